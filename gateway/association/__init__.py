"""What all services share.

Application entities, peers and their rights, presentation contexts, hardened transport.
"""
