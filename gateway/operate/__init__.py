"""Running it: command line, wiring, processes, log."""
