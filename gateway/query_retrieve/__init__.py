"""C-FIND, C-MOVE and C-GET SCP (PS3.4 Annex C)."""
