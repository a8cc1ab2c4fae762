"""What all services share: application entities, peers and rights, presentation contexts, hardened transport."""
