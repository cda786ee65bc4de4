"""How many of the harmless photographs in folders the safety score would hold or block.

    python -m benchmarks.safety DIR [DIR …]

Each folder is one row. What share of unsafe pictures is found cannot be measured without any.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from tqdm import tqdm

import mlcore.images
from mlcore import safety

THRESHOLDS = (0.4, 0.5, 0.6, 0.7, 0.8)
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", type=Path, nargs="+", metavar="DIR")
    for folder in parser.parse_args().folders:
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
        if not paths:
            parser.error(f"{folder} holds no pictures")
        scores, seconds = _scores(paths)
        over = ", ".join(f"> {limit:g}: {int((scores > limit).sum())}" for limit in THRESHOLDS)
        median, most, nearly_all = np.percentile(scores, [50, 99, 99.9])
        print(
            f"{folder}: {len(scores)} pictures, median {median:.3f}, 99 % {most:.3f}, 99.9 % {nearly_all:.3f}, "
            f"largest {scores.max():.3f}; {over}; {1000 * seconds / len(scores):.0f} ms a picture"
        )


def _scores(paths: list[Path]) -> tuple[np.ndarray, float]:
    """And the seconds that scoring took, decoding left out."""
    scores: list[float] = []
    seconds = 0.0
    for start in tqdm(range(0, len(paths), safety.AT_ONCE), unit="batch", leave=False):
        pictures = []
        for path in paths[start : start + safety.AT_ONCE]:
            with path.open("rb") as file:
                pictures.append(mlcore.images.decode(file))
        began = time.perf_counter()
        scores += safety.score(pictures, hint="throughput")
        seconds += time.perf_counter() - began
    return np.array(scores), seconds


if __name__ == "__main__":
    main()
