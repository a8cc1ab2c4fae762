"""What ``gateway check`` looks at."""
