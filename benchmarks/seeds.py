"""Real descriptors to make a large index from: those of a file, or of pictures that the project draws itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.installation import ROOT
from catalog.drawn import draw_product
from mlcore.manifest import model
from mlcore.pipeline import pipeline
from mlcore.types import EMBEDDING_SIZE, Category

PER_CATEGORY = 80
FEWEST = 10  # of a category: neighbours of fewer say nothing
FIRST_DRAWING = 800_000
AT_ONCE = 16


@dataclass(frozen=True, slots=True, eq=False)
class Seeds:
    """`vectors`: float32 (n, 512), unit length. `categories`: int64 (n,), places in `Category`."""

    vectors: NDArray[np.float32]
    categories: NDArray[np.int64]
    source: str

    def of(self, category: Category) -> NDArray[np.float32]:
        return np.asarray(self.vectors[self.categories == list(Category).index(category)], np.float32)


def seeds(file: Path | None) -> Seeds:
    """From an .npz with `vectors` (n, 512) and `categories` (n, names), or drawn; these are kept in bench-results/.

    Raises ValueError for a file without ten descriptors of each category.
    """
    if file is None:
        file = ROOT / "bench-results" / f"descriptors-{model('embedding').version}.npz"
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            _draw(file)
    with np.load(file) as stored:
        vectors = np.asarray(stored["vectors"], np.float32)
        categories = np.array([list(Category).index(Category(str(name))) for name in stored["categories"]])
    if vectors.shape != (len(categories), EMBEDDING_SIZE):
        raise ValueError(f"{file}: vectors {vectors.shape} for {len(categories)} categories")
    few = [c.value for place, c in enumerate(Category) if np.count_nonzero(categories == place) < FEWEST]
    if few:
        raise ValueError(f"{file}: fewer than {FEWEST} descriptors of {', '.join(few)}")
    return Seeds(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), categories, file.name)


def _draw(file: Path) -> None:
    """Products drawn, and described as an import describes them."""
    models = pipeline("throughput")
    wanted = [category for category in Category for _ in range(PER_CATEGORY)]
    vectors = []
    for first in tqdm(range(0, len(wanted), AT_ONCE), desc="describing drawn products", unit="batch"):
        batch = wanted[first : first + AT_ONCE]
        pictures = [draw_product(FIRST_DRAWING + first + n, category=c).pixels for n, c in enumerate(batch)]
        vectors += [found.garments[0].embedding for found in models.analyse(pictures, subjects=batch)]
    np.savez(file, vectors=np.array(vectors), categories=np.array([category.value for category in wanted]))
