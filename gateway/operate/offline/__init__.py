"""The same core on files."""
