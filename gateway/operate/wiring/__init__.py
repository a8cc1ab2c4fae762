"""Where settings become objects, and rooms that do not know each other meet."""
