"""Every step of a training asks for the same hundreds of megabytes; glibc gives them back to the system in between."""

from __future__ import annotations

import ctypes

MOST = 2**31 - 1
KEEP = {-3: MOST, -1: MOST, -2: 2**28}
"""mallopt's M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD (malloc.h): no block is mapped by itself, none is given
back, and the heap grows by a quarter of a gigabyte."""


def keep() -> None:
    """Keep what is freed, for this process, where the C library can. A step of the embedder takes three quarters of the
    time."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in KEEP.items():
            mallopt(option, value)
