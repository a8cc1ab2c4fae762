"""Coded pixel data without decoding it: which bytes are the image, and which are words about it."""
