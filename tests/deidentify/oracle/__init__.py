"""The same rules once more, slowly and obviously, over pydicom's reading of a data set.

Of the code under test it uses the facts of the Standard (`gateway.standard`), the cleaner of one text, and
the cleaner of one bitmap. Which attributes these see, and with what, it decides itself. The result is a
plain tree: bytes without padding by tag, texts that were cleaned, and lists of trees for sequences.
"""

from __future__ import annotations

from .compare import differences, output_tree
from .instance import MARKERS, OFFSET_TABLES, Oracle, Settings

__all__ = ["MARKERS", "OFFSET_TABLES", "Oracle", "Settings", "differences", "output_tree"]
