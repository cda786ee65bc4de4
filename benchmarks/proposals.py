"""How often are garments of an upload taken for one thing, rightly and wrongly?

python -m benchmarks.proposals --data DIR

Uploads of 50 photographs are put together: 30 by one person at home, no two of one thing but those in REPEATED, and two
views each of ten items of shops in one colour, front and back or front and another side. At home every garment lies
on the same floor in the same light: nothing is harder to tell apart. Every picture takes the product's own path.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
from tqdm import tqdm

from benchmarks.machine import machine
from mlcore.evaluation.files import picture_path, read_csv, read_picture
from mlcore.evaluation.retrieval import read_views
from mlcore.fingerprints import fingerprint
from mlcore.pipeline import pipeline
from mlcore.types import Category, Description
from wardrobe.proposals import Crop, group_by_likeness, likeness_of

AT_HOME, ITEMS = 30, 10
PER_SENDER = 12  # uploads
WARDROBE = 100  # crops of one person's items, against which the rest of the pictures is held
THRESHOLDS = (0.75, 0.80, 0.83, 0.85, 0.87, 0.89, 0.91, 0.93, 0.95)
AT_ONCE = 16
# Looked for by eye among the 440 pairs of one sender with a cosine of .85 and above: one thing twice, or so alike that
# a person cannot tell.
REPEATED = (
    ("2edb1db6-cd17-41d2-88e0-ba34801b656d.jpg", "74f16421-14fd-43de-9883-cbc02819336e.jpg"),
    ("9fba5065-dc5e-40b8-9548-40d2d498d7a2.jpg", "b0d71fba-23a7-4912-b6c6-16b7d8a5bd43.jpg"),
    ("09b36693-00d5-403b-b706-c18d9d10cb52.jpg", "195de33e-ed94-4729-b254-b351aafbfca8.jpg"),
    ("31bfad90-ce1e-4185-b92b-c527804af85f.jpg", "d5f4fb0d-b9c3-4358-8e33-fc0ac615c9d7.jpg"),
    ("5d4e1c72-615e-49b5-84ad-f52d18d665d2.jpg", "d898c146-ef98-42ef-ad34-062d0a089673.jpg"),
    ("f6f0b6a5-5053-44d2-8fa4-241719f97237.jpg", "fc68930e-47fe-4972-894a-c52eac23d77d.jpg"),
    ("56d07422-f624-4412-a108-7f43c126ee3b.jpg", "ee889861-d5a6-4ff1-8e72-7bae60e6ac09.jpg"),
    ("1d91c19f-0cf1-4a4c-bf39-2a0133757a21.jpg", "2a15cfb2-881f-47f2-a631-decf0a5ec2af.jpg"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A crop, and the name of the thing that it shows."""

    crop: Crop
    thing: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="with wardrobe/ and shop/ in it")
    parser.add_argument("--labels", type=Path, metavar="CSV", help="some of the pictures of wardrobe/: held-out ones")
    parser.add_argument("--items", type=Path, metavar="JSON", help="some of the items of shop/")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    facts = machine()
    home = at_home(given.labels or given.data / "wardrobe/labels.csv", given.data / "wardrobe/images")
    items = in_shops(given.items or given.data / "shop/items.json", given.data / "shop/images")
    print(
        f"{facts['processor']}, {facts['cores']} cores; {sum(map(len, home.values()))} pictures by {len(home)} people"
    )
    print(f"with {AT_HOME} at least, {len(items)} items of shops in two views\n")
    show_uploads(home, items, np.random.default_rng(given.seed))
    show_own(home, items, np.random.default_rng(given.seed))


def at_home(labels: Path, images: Path) -> dict[str, list[Shown]]:
    """By sender. What was found in the picture, the most prominent garment; nobody tells the category."""
    once = {second: first for first, second in REPEATED}
    rows = read_csv(labels, ("file", "sender_id"))
    by_sender: dict[str, list[Shown]] = defaultdict(list)
    paths = [picture_path(images, row["file"], labels) for row in rows]
    for row, crop in zip(rows, crops(paths, [None] * len(paths)), strict=True):
        if crop:
            by_sender[row["sender_id"]].append(Shown(crop, once.get(row["file"], row["file"])))
    return {sender: shown for sender, shown in by_sender.items() if len(shown) >= AT_HOME}


def in_shops(items: Path, images: Path) -> list[tuple[Shown, Shown]]:
    """The main view, and the first other one in the same colour; one colour of each item."""
    gallery, queries = read_views(items, images)
    main = {view.item: view for view in gallery}
    pairs = {view.item[0]: (main[view.item], view) for view in reversed(queries)}
    views = [view for pair in pairs.values() for view in pair]
    found = list(crops([view.path for view in views], [view.category for view in views]))
    both = zip(views[::2], found[::2], found[1::2], strict=True)
    return [(Shown(one, v.item[0]), Shown(other, v.item[0])) for v, one, other in both if one and other]


def crops(paths: Sequence[Path], subjects: Sequence[Category | None]) -> Iterator[Crop | None]:
    """The most prominent garment of each picture, or the subject that a shop names."""
    models = pipeline("throughput")
    for start in tqdm(range(0, len(paths), AT_ONCE), unit="batch", mininterval=5, disable=None):
        pictures = [read_picture(path) for path in paths[start : start + AT_ONCE]]
        analyses = models.analyse(pictures, subjects=subjects[start : start + AT_ONCE])
        for pixels, analysis in zip(pictures, analyses, strict=True):
            yield crop_of(analysis.garments[0], fingerprint(pixels)) if analysis.garments else None


def crop_of(found: Description, of_picture: str) -> Crop:
    detection = found.detection
    return Crop(
        garment=uuid4(),
        picture=uuid4(),
        category=detection.category,
        vector=found.embedding,
        model_version="one",
        box=detection.box,
        score=detection.score,
        quality=found.quality,
        colours=[{"name": colour.name, "hex": colour.hex, "share": colour.share} for colour in found.colours],
        fingerprint=of_picture,
    )


def show_uploads(home: dict[str, list[Shown]], items: Sequence[tuple[Shown, Shown]], dice: np.random.Generator) -> None:
    counts = {threshold: np.zeros(3, int) for threshold in THRESHOLDS}  # proposed pairs, right ones, all right ones
    uploads = 0
    for shown in home.values():
        for _ in range(PER_SENDER):
            chosen = [shown[n] for n in dice.choice(len(shown), AT_HOME, replace=False)]
            views = [view for n in dice.choice(len(items), min(ITEMS, len(items)), replace=False) for view in items[n]]
            uploads += 1
            for threshold, count in pairs_of([*chosen, *views]):
                counts[threshold] += count
    print(f"{uploads} uploads of {AT_HOME + 2 * min(ITEMS, len(items))} pictures: pairs proposed as one thing")
    print(f"{'likeness':>10}{'precision':>11}{'recall':>9}{'wrong pairs an upload':>24}")
    for threshold, (proposed, right, every) in counts.items():
        print(
            f"{threshold:>10.2f}{right / max(1, proposed):>11.3f}{right / max(1, every):>9.3f}"
            f"{(proposed - right) / uploads:>24.2f}"
        )


def pairs_of(shown: Sequence[Shown]) -> Iterator[tuple[float, tuple[int, int, int]]]:
    likeness = likeness_of([one.crop for one in shown], [one.crop for one in shown])
    things = [one.thing for one in shown]
    every = sum(one == other for place, one in enumerate(things) for other in things[:place])
    for threshold in THRESHOLDS:
        groups = group_by_likeness(likeness, threshold)
        pairs = [(things[a], things[b]) for group in groups for a in group for b in group if a < b]
        yield threshold, (len(pairs), sum(one == other for one, other in pairs), every)


def show_own(home: dict[str, list[Shown]], items: Sequence[tuple[Shown, Shown]], dice: np.random.Generator) -> None:
    """New pictures against a wardrobe: what is new must not be taken for what is there, what is there must be found."""
    new = asked = 0
    taken, found = dict.fromkeys(THRESHOLDS, 0), dict.fromkeys(THRESHOLDS, 0)
    mains, views = [main for main, _ in items], [view for _, view in items]
    for shown in home.values():
        order = dice.permutation(len(shown))
        wardrobe = [shown[n] for n in order[:WARDROBE]]
        fresh = [shown[n] for n in order[WARDROBE:] if shown[n].thing not in {one.thing for one in wardrobe}]
        owned = [*wardrobe, *mains]
        if not fresh:
            continue
        strange = likeness_of([one.crop for one in fresh], [one.crop for one in owned]).max(axis=1)
        known = likeness_of([view.crop for view in views], [one.crop for one in owned])
        best = [
            (owned[int(row.argmax())].thing == view.thing, row.max()) for row, view in zip(known, views, strict=True)
        ]
        new, asked = new + len(fresh), asked + len(known)
        for threshold in THRESHOLDS:
            taken[threshold] += int((strange >= threshold).sum())
            found[threshold] += sum(right and likeness >= threshold for right, likeness in best)
    print(f"\n{new} new things against {WARDROBE} of the same person and {len(items)} of shops, {asked} views of these")
    print(f"{'likeness':>10}{'new taken for owned':>22}{'owned found':>14}")
    for threshold in THRESHOLDS:
        print(f"{threshold:>10.2f}{taken[threshold] / max(1, new):>22.3f}{found[threshold] / max(1, asked):>14.3f}")


if __name__ == "__main__":
    main()
