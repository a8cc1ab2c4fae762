"""The searchable view of the ledger's instances (PS3.4 C.2.2.2 matching). Read only."""
