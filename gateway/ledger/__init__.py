"""Where every instance is: the single writer, group commit, forward tasks, audit trail."""
