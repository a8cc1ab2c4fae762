"""Invented studies with identities planted in them, and what must become of each plant.

Knows nothing of the gateway: any de-identifier that turns files into files can be measured.
"""
