"""De-identified instances on disk: write, sync, rename; nothing identified is ever here."""
