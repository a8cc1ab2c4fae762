"""What a fork server of pixel workers imports first: numerical libraries look here how many threads to start.

There is a worker for each core; more threads would only be in each other's way.
"""

from __future__ import annotations

import os
from typing import Final

_THREADS: Final = ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS")

os.environ.update(dict.fromkeys(_THREADS, "1"))
