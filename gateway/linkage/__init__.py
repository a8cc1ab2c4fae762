"""Pseudonym and original, sealed. The only package that can re-identify."""
