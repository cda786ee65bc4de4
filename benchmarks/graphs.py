"""hnswlib in this process: what a walk costs with no server around it. A graph for each shelf, as for a partition."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.garments import FILTERS, Shelf
from benchmarks.mixture import Floats

STEP = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """`seconds`: what building took, on all cores. `filters`: by name, row by row what each lets through."""

    shelf: Shelf
    index: Any
    seconds: float
    filters: dict[str, list[bool] | None]

    def search(self, vector: Floats, name: str, ef: int, limit: int) -> list[int]:
        """Ids, best first. A filter is asked garment by garment: hnswlib knows no other."""
        self.index.set_ef(max(ef, limit))
        fitting, found = self.filters[name], limit
        while found:
            try:
                rows, _ = self.index.knn_query(
                    vector, k=found, num_threads=1, filter=None if fitting is None else fitting.__getitem__
                )
            except RuntimeError:  # its walk met fewer than were asked for; it then gives none at all
                found //= 2
                continue
            return [int(self.shelf.ids[row]) for row in rows[0]]
        return []


def build(shelf: Shelf, m: int, ef_construction: int) -> Graph:
    import hnswlib

    index = hnswlib.Index(space="ip", dim=shelf.vectors.shape[1])
    index.init_index(max_elements=len(shelf.ids), ef_construction=ef_construction, M=m)
    seconds = 0.0
    with tqdm(total=len(shelf.ids), desc=f"hnswlib {shelf.category} M={m} ef={ef_construction}", leave=False) as bar:
        for first in range(0, len(shelf.ids), STEP):
            part: NDArray[np.float32] = shelf.vectors[first : first + STEP]
            start = time.perf_counter()
            index.add_items(part, np.arange(first, first + len(part)), num_threads=os.cpu_count() or 1)
            seconds += time.perf_counter() - start
            bar.update(len(part))
    masks = {name: shelf.fitting(name) for name in FILTERS}
    filters = {name: None if mask is None else mask.tolist() for name, mask in masks.items()}
    return Graph(shelf, index, seconds, filters)
