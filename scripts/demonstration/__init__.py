"""Parts of the demonstration: the nodes, and what is printed."""
