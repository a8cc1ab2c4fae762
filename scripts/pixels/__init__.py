"""Burned-in text by the thousand: instances with known glyphs, and how much of them a tool leaves behind."""
