"""Storage SCU towards each destination, with endless retry."""
