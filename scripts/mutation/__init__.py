"""Mutation testing of the de-identification core: which mutants, which tests, and their outcome."""
