"""Clean Descriptors (PS3.15 E.3.5): text in, text without what identifies out.

`cleaner.Cleaner` reads a text (`lexer`), marks what the header of the instance knows (`known`),
what has the form of a date, number or address (`date`, `pattern`, `address`), what a cue
introduces (`cue`, `introduction`) and, in a descriptor, each word that is not clinical
vocabulary or is a name by its neighbours (`neighbour`), and puts the rest together again (`gap`).
"""
