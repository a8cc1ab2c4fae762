"""Instances on disk, written, synced, renamed: de-identified ones, and sealed what was refused."""
