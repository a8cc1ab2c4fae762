"""De-identifiers that the red-team command measures, each behind the same few lines."""
