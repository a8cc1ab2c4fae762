"""Encoded data set in, encoded data set out, or Refused (PS3.15 Annex E).

Pure: no network, disk, database, log or clock.
"""
