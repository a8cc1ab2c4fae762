"""DICOM nodes on loopback: the gateway, its archives and its clients, as real processes.

Used by the demonstration, the corpus run and tests/flow. Every node takes a free port, writes into
a folder that it is given, and is gone when its ``with`` block ends.
"""
