"""Every step of a training asks for the same hundreds of megabytes; glibc gives them back to the system in between."""

from __future__ import annotations

import ctypes

M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, M_TOP_PAD = -3, -1, -2  # of malloc.h
MOST = 2**31 - 1
OLDER = 2**25  # what glibc before 2.35 takes at most for the first


def keep() -> None:
    """Keep what is freed, for this process, where the C library can. A step of the embedder takes three quarters of the
    time."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None and (mallopt(M_MMAP_THRESHOLD, MOST) or mallopt(M_MMAP_THRESHOLD, OLDER)):
        mallopt(M_TRIM_THRESHOLD, MOST)
        mallopt(M_TOP_PAD, 2**28)
