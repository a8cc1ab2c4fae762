"""The kill campaign: real processes under load, killed anywhere; nothing that was answered is lost."""
