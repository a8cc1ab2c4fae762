"""Fuzzing of the de-identification core: seeds, mutations and what must hold."""
