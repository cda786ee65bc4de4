"""How long do capsules take, how many outfits do they make, and how near is that to the most that is possible?

    python -m benchmarks.capsules [--seeds 3]

Wardrobes are drawn: categories as wardrobes have them, colours of the palette at random, every fourth item patterned,
some tagged for occasions. Two opinions of what goes together: the colour rules, by which nine of ten pairs do, and
lifts drawn at random, by which three of ten do. Without a database; seconds of one core's time.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from statistics import median
from uuid import UUID

from benchmarks.machine import machine
from mlcore.palette import PROTOTYPES
from mlcore.types import Category, Colour
from outfits.capsule_answer import Asked
from outfits.capsules import pack
from outfits.harmony import PairLift, Uncounted
from outfits.owned import OwnItem
from outfits.pairing import pairs

SIZES = (30, 100, 300, 2_000)
ASKED = {
    "3 days": Asked(days=3),
    "14 days": Asked(days=14),
    "14 days, 2 occasions": Asked(days=14, occasions=("office", "party")),
    "most outfits of 10": Asked(days=7, most_items=10, fill=True),
    "most outfits of 60": Asked(days=60, most_items=60, fill=True),
}
_CATEGORIES = {"tops": 40, "trousers": 18, "skirts": 8, "dresses": 10, "rompers": 2, "outerwear": 14}
_TAGS = {("office",): 25, ("party",): 10, ("sport",): 7, (): 58}


class Drawn:
    """Lifts of pairs of kinds, drawn once for each: a third of them go together."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def lift(self, first: tuple[str, str], second: tuple[str, str]) -> float | None:
        return random.Random(f"{self._seed} {sorted((first, second))}").choice((0.1, 0.2, 1.5))


def wardrobe(number: int, seed: int) -> list[OwnItem]:
    luck = random.Random(seed)
    return [_item(luck) for _ in range(number)]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capsules", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args(arguments)
    print(f"{machine()}\n")
    print("| items | asked for | by the rules | by drawn lifts | seconds |")
    print("| --- | --- | --- | --- | --- |")
    for number in SIZES:
        for name, asked in ASKED.items():
            _row(number, name, asked, options.seeds)
        _count(number)
    return 0


def _row(number: int, name: str, asked: Asked, seeds: int) -> None:
    cells, seconds = [], []
    for drawn in (False, True):
        found = []
        for seed in range(seeds):
            lifts: PairLift = Drawn(seed) if drawn else Uncounted()
            items = wardrobe(number, seed)
            started = time.process_time()
            capsule = pack(items, asked, lifts)
            seconds.append(time.process_time() - started)
            found.append((len(capsule.items), capsule.outfits, capsule.bound, capsule.fewest))
        packed, outfits, bound = (round(median(values)) for values in list(zip(*found, strict=True))[:3])
        proved = sum(one[3] for one in found)
        told = "" if asked.fill else f", fewest in {proved} of {seeds}"
        cells.append(f"{packed} items, {outfits} of at most {bound} outfits{told}")
    print(f"| {number} | {name} | {' | '.join(cells)} | {median(seconds):.2f} ({max(seconds):.2f}) |", flush=True)


def _count(number: int) -> None:
    items = wardrobe(number, 0)
    started = time.process_time()
    total = pairs(items, Uncounted()).total()
    print(f"| {number} | versatility | {total:,} outfits | | {time.process_time() - started:.2f} |", flush=True)


def _item(luck: random.Random) -> OwnItem:
    names = [luck.choice([*PROTOTYPES]) for _ in range(1 + (luck.random() < 0.3))]
    shares = (1.0,) if len(names) == 1 else (0.6, 0.4)
    (category,) = luck.choices([*_CATEGORIES], [*_CATEGORIES.values()])
    (tags,) = luck.choices([*_TAGS], [*_TAGS.values()])
    patterned = luck.random() < 0.25
    return OwnItem(
        id=UUID(int=luck.getrandbits(128)),
        category=Category(category),
        colours=tuple(Colour(n, luck.choice(PROTOTYPES[n]), share) for n, share in zip(names, shares, strict=True)),
        labels={"pattern": {"value": "stripe", "confidence": 0.9}} if patterned else {},
        tags=tags,
        favourite=luck.random() < 0.1,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
