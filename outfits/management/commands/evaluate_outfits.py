"""manage.py evaluate_outfits [--photos DIR --tags tags.json]: do formulas foresee what people wear?"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from PIL import Image as Pillow
from tqdm import tqdm

from images.index import model_version
from mlcore.evaluation.files import BadFile, picture_path, pictures_below, read_json, read_picture
from mlcore.pipeline import pipeline
from mlcore.types import Category, Description
from outfits.census import photographs, worn_in
from outfits.evaluation import Evaluation, Person, Score, answers, confirmed, evaluate
from outfits.figures import figures
from outfits.kinds import Worn
from outfits.sheet import Row, draw_sheet
from outfits.street import ALIKE, MOST
from outfits.suggestions import suggestion

BATCH: Final = 16
PAIRS: Final = 200_000  # of garments, from which the scale of similarities is read
ROWS: Final = 5
COLUMNS: Final = 5
CALIBRATED: Final = 80  # percentile: street.ALIKE


class Command(BaseCommand):
    help = (
        "Hide one garment of each person in turn and ask for it with another: how often the first three formulas name "
        "its category and colour, against the commonest companions of the category. Without --photos: the photographs "
        "of this installation."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--photos", type=Path, metavar="DIR", help="pictures that no one needs to import")
        parser.add_argument(
            "--tags",
            type=Path,
            metavar="tags.json",
            help='[{"file": …, "tags": […]}]: only what tags confirm is asked for',
        )
        parser.add_argument("--seed", type=int, default=0, help="of the intervals")
        parser.add_argument("--sheet", type=Path, metavar="OUT.png", help="five answers to look at; with --photos only")
        parser.add_argument("--json", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["tags"] or options["sheet"]) and not options["photos"]:
            raise CommandError("--tags and --sheet are about the pictures of --photos: give that too")
        try:
            people = _people(options["photos"], options["tags"]) if options["photos"] else _people_here()
            found = evaluate(people, alike=_alike, seed=options["seed"], progress=_progress)
        except (BadFile, ValueError) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(_table(found))
        self.stdout.write(_scale(people))
        try:
            if options["sheet"]:
                _sheet(people, options["photos"], options["seed"]).save(options["sheet"])
            if options["json"]:
                options["json"].write_text(json.dumps(found.as_json(), indent=2) + "\n")
        except (BadFile, OSError, ValueError) as error:  # ValueError: a file name that says no format
            raise CommandError(str(error), returncode=2) from error


def _people_here() -> list[Person]:
    return worn_in(photographs().order_by("pk").values_list("pk", flat=True), model_version=model_version())


def _people(folder: Path, tags: Path | None) -> list[Person]:
    """Raises BadFile."""
    said = _tags(tags, folder) if tags else dict.fromkeys(pictures_below(folder))
    paths = sorted(said)
    models = pipeline("throughput")
    people: list[Person] = []
    number = 0
    for start in tqdm(range(0, len(paths), BATCH), desc="looking at pictures", unit=f"{BATCH} pictures"):
        part = paths[start : start + BATCH]
        for path, analysis in zip(part, models.analyse([read_picture(path) for path in part]), strict=True):
            garments = [_worn(path, number + place, one) for place, one in enumerate(analysis.garments)]
            number += len(garments)
            words = said[path]
            people += [f.garments for f in figures(garments if words is None else confirmed(garments, words))]
    return people


def _tags(file: Path, folder: Path) -> dict[Path, Sequence[str] | None]:
    """By picture. Raises BadFile."""
    rows = read_json(file)
    if not isinstance(rows, list) or not rows:
        raise BadFile(f"{file}: not a list of pictures")
    found: dict[Path, Sequence[str] | None] = {}
    for row in rows:
        words = row.get("tags") if isinstance(row, Mapping) else None
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise BadFile(f"{file}: not a picture with its tags: {str(row)[:100]}")
        found[_there(picture_path(folder, row.get("file"), file), folder)] = words
    return found


def _there(path: Path, folder: Path) -> Path:
    """The picture, which may lie in a folder `images` of its set."""
    return path if path.exists() else picture_path(folder / "images", path.name, path)


def _worn(path: Path, number: int, one: Description) -> Worn:
    return Worn(
        garment=number,
        photograph=_name(path),
        category=one.detection.category,
        box=one.detection.box,
        vector=one.embedding,
        colours=[asdict(colour) for colour in one.colours],
        labels={name: asdict(label) for name, label in one.labels.items()},
        quality=one.quality,
    )


def _name(path: Path) -> UUID:
    return uuid5(NAMESPACE_URL, path.name)


def _sheet(people: Sequence[Person], folder: Path, seed: int) -> Pillow.Image:
    rows = []
    for asked, (best, *_) in answers(people, alike=_alike, count=ROWS, seed=seed):
        said = suggestion(best)
        figures = f"support {best.support}, confidence {best.confidence:.2f}, lift {best.lift:.2f}"
        rows.append(Row(asked, said.title, figures, best.examples))
    return draw_sheet(rows, {_name(path): path for path in pictures_below(folder)}, columns=COLUMNS)


def _alike(asked: Worn, garments: Sequence[Worn]) -> list[tuple[Worn, float]]:
    """As street.seen_with would find them."""
    if not garments:
        return []
    cosines = np.array([garment.vector for garment in garments]) @ asked.vector
    best = np.argsort(-cosines, kind="stable")[:MOST]
    return [(garments[n], float(cosines[n])) for n in best if cosines[n] >= ALIKE[asked.category]]


def _progress(questions: Iterable[Any]) -> Iterable[Any]:
    shown: Iterable[Any] = tqdm(questions, desc="asking", unit="garment")
    return shown


def _table(found: Evaluation) -> str:
    def row(name: str, score: Score) -> str:
        return f"  {name:<52}{score.hit_at_3:>8.3f}   {score.low:.3f} to {score.high:.3f}"

    return "\n".join(
        [
            f"{found.n} hidden garments in {found.photographs} photographs; hit at 3, with its interval of 95 %",
            row(f"formulas ({found.named} garments named, on average)", found.formulas),
            row("as many of the category's commonest companions", found.baseline),
            row("its three commonest companions", found.three),
            row("the formulas' lead over as many", found.ahead),
            f"  no formula at all: {found.unanswered:.1%}",
        ]
    )


def _scale(people: Sequence[Person]) -> str:
    """The cosine that one pair in five of a category exceeds: what street.ALIKE should be for this model."""
    chance = random.Random(0)
    lines = [f"cosine that {100 - CALIBRATED} % of pairs exceed (outfits/street.py: ALIKE)"]
    for category in Category:
        worn = [garment.vector for person in people for garment in person if garment.category == category]
        if len(worn) < 2:
            continue
        pairs = [chance.sample(range(len(worn)), 2) for _ in range(min(PAIRS, len(worn) ** 2))]
        vectors = np.array(worn)
        cosines = np.einsum("ij,ij->i", vectors[[a for a, _ in pairs]], vectors[[b for _, b in pairs]])
        value = float(np.percentile(cosines, CALIBRATED))
        lines.append(f"  {category.value:<10}{len(worn):>7} garments{value:>8.2f}   set: {ALIKE[category]:.2f}")
    return "\n".join(lines)
