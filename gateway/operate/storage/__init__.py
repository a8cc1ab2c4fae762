"""What is done to a storage directory: reconciled, pruned, watched, backed up, released."""
