"""The parts of the soak: what is sent, who sends it, an archive that comes and goes, and what is measured."""
