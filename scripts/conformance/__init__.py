"""What `scripts/generate_conformance` is made of: look at the core, compare with the Standard, write."""
