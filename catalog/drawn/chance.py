"""Named streams of chance, so that one decision (a colour) can be fixed without moving any other (a fold)."""

from __future__ import annotations

import random


def stream(seed: int, *purpose: str | int) -> random.Random:
    """An own generator for one purpose. Seeding by text goes through SHA-512: the same on every machine and run."""
    return random.Random(f"{seed}/{'/'.join(map(str, purpose))}")
