"""How entries are chosen, and what people and programs are shown."""
