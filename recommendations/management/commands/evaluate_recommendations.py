"""manage.py evaluate_recommendations [--photos DIR] [--users N] [--seed S] [--json FILE]: how good is the feed?"""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from catalog.drawn import draw_look
from images.index import model_version
from images.models import Descriptor
from mlcore.evaluation.files import BadFile, pictures_below, read_picture
from mlcore.pipeline import pipeline
from mlcore.types import Category, Description, Pixels
from outfits.census import photographs
from recommendations.evaluation import ABLATIONS, MEASURES, METHODS, Measured, Product, Trial, lead, ratio
from recommendations.ranking import Worn
from recommendations.simulation import Assumptions, Catalogue, Look, User, simulate

BATCH: Final = 16
FEWEST: Final = 100  # photographs, in which users can differ
DRAWN: Final = 300
FIRST_SEED: Final = 3_000_000  # of drawings that no demo shows
USERS: Final = 200


class Command(BaseCommand):
    help = (
        "Plant users with tastes of their own among real descriptors, let them look and like for some months, and hold "
        "the feed against what they would like after that, beside simple methods. The photographs are those "
        "of --photos, else of this installation, else drawn ones. docs/recommendations.md has the assumptions."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--photos", type=Path, metavar="DIR", help="pictures; nothing is imported")
        parser.add_argument("--users", type=_users, default=USERS)
        parser.add_argument("--seed", type=_seed, default=0)
        parser.add_argument("--json", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            looks, source = _looks(options["photos"])
        except BadFile as error:
            raise CommandError(str(error), returncode=2) from error
        if len(looks) < FEWEST:
            raise CommandError(f"{len(looks)} photographs with garments are too few; {FEWEST} at least", returncode=2)
        catalogue, users, seed = Catalogue(looks), options["users"], options["seed"]
        found = _measured(catalogue, Assumptions(), users, seed)
        tables = {
            "ablations": _ablations(catalogue, users, seed),
            "noise twice as loud": _pair(catalogue, replace(Assumptions(), noise=2 * Assumptions().noise), users, seed),
            "one taste each": _pair(catalogue, replace(Assumptions(), tastes=(1, 1)), users, seed),
        }
        self.stdout.write(f"{len(looks)} photographs ({source}), {users} users, seed {seed}\n")
        self.stdout.write(_table("methods", found))
        for title, rows in tables.items():
            self.stdout.write(_table(title, rows))
        self.stdout.write(_against("nearest_to_mean", found))
        self.stdout.write(_leads(found["ours"], tables["ablations"]))
        if options["json"]:
            try:
                options["json"].write_text(json.dumps(_as_json(found, tables, source), indent=2) + "\n")
            except OSError as error:
                raise CommandError(str(error), returncode=2) from error


def _users(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise ArgumentTypeError("1 to 10,000")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise ArgumentTypeError("0 or more, of nine digits at most")
    return int(text)


def _looks(folder: Path | None) -> tuple[list[Look], str]:
    """(photographs, what they are). Raises BadFile."""
    if folder is not None:
        paths = pictures_below(folder)
        return _described(len(paths), lambda number: read_picture(paths[number])), folder.name
    here = _stored()
    if len(here) >= FEWEST:
        return here, "of this installation"
    return _described(DRAWN, lambda number: draw_look(FIRST_SEED + number).pixels), "drawn"


def _described(count: int, picture: Callable[[int], Pixels]) -> list[Look]:
    models = pipeline("throughput")
    looks: list[Look] = []
    for start in tqdm(range(0, count, BATCH), desc="looking at pictures", unit=f"{BATCH} pictures"):
        part = [picture(number) for number in range(start, min(start + BATCH, count))]
        for number, analysis in enumerate(models.analyse(part), start):
            if analysis.garments:
                looks.append(_look(number, analysis.garments))
    return looks


def _look(number: int, garments: Sequence[Description]) -> Look:
    worn = tuple(
        Worn(f"{number}:{place}", one.detection.category, one.embedding, one.colours[0].hex if one.colours else "")
        for place, one in enumerate(garments)
    )
    labels = tuple({name: label.value for name, label in one.labels.items()} for one in garments)
    return Look(worn, labels, sum(one.quality for one in garments) / len(garments))


def _stored() -> list[Look]:
    rows = Descriptor.objects.filter(
        garment__image__in=photographs(), garment__due_at__isnull=True, model_version=model_version()
    )
    by_picture: dict[Any, list[Descriptor]] = {}
    for row in rows.select_related("garment").order_by("garment__image", "garment__position").iterator(2_000):
        by_picture.setdefault(row.garment.image_id, []).append(row)
    looks = []
    for of_one in by_picture.values():
        garments = [row.garment for row in of_one]
        worn = tuple(
            Worn(str(g.uid), Category(g.category), row.vector, g.colours[0]["hex"] if g.colours else "")
            for g, row in zip(garments, of_one, strict=True)
        )
        labels = tuple({name: label["value"] for name, label in g.labels.items()} for g in garments)
        looks.append(Look(worn, labels, sum(g.quality for g in garments) / len(garments)))
    return looks


def _measured(catalogue: Catalogue, assumed: Assumptions, users: int, seed: int) -> dict[str, Measured]:
    trial = Trial(simulate(catalogue, users=users, seed=seed, assumed=assumed), seed)
    return {name: trial.measure(getattr(trial, name)) for name in tqdm(METHODS, desc="measuring", unit="method")}


def _ablations(catalogue: Catalogue, users: int, seed: int) -> dict[str, Measured]:
    trial = Trial(simulate(catalogue, users=users, seed=seed, assumed=Assumptions()), seed)

    def without(product: Product) -> Callable[[int, User], Sequence[int]]:
        return lambda number, user: trial.ours(number, user, product)

    return {name: trial.measure(without(one)) for name, one in tqdm(ABLATIONS.items(), desc="taking out", unit="part")}


def _pair(catalogue: Catalogue, assumed: Assumptions, users: int, seed: int) -> dict[str, Measured]:
    trial = Trial(simulate(catalogue, users=users, seed=seed, assumed=assumed), seed)
    return {name: trial.measure(getattr(trial, name)) for name in ("ours", "nearest_to_mean", "popularity")}


def _table(title: str, rows: dict[str, Measured]) -> str:
    lines = [f"\n{title:<26}" + "".join(f"{name:>24}" for name in MEASURES)]
    for name, measured in rows.items():
        means, ends = measured.summary(), measured.intervals()
        cells = [
            f"{means[m]:.3f}" + (f" ({ends[m][0]:.3f} to {ends[m][1]:.3f})" if m in ends else "") for m in MEASURES
        ]
        lines.append(f"  {name:<24}" + "".join(f"{cell:>24}" for cell in cells))
    return "\n".join(lines)


def _against(name: str, rows: dict[str, Measured]) -> str:
    ours, other = rows["ours"].summary(), rows[name].summary()
    said = []
    for measure, words in (("ndcg_at_20", "nDCG@20"), ("diversity", "diversity")):
        low, high = ratio(rows["ours"], rows[name], measure)
        said.append(f"{words} {ours[measure] / max(1e-9, other[measure]):.2f} ({low:.2f} to {high:.2f})")
    return f"\nours ÷ {name}: {', '.join(said)}"


def _leads(ours: Measured, without: dict[str, Measured]) -> str:
    """What each part brings, over the same users: of two means with wide intervals the difference may be sure."""
    lines = []
    for name, measured in without.items():
        low, high = lead(ours, measured, "ndcg_at_20")
        lines.append(f"ours − {name}: nDCG@20 {low:+.3f} to {high:+.3f}")
    return "\n".join(lines)


def _as_json(found: dict[str, Measured], tables: dict[str, dict[str, Measured]], source: str) -> dict[str, Any]:
    return {
        **{name: measured.summary() for name, measured in found.items()},
        "intervals": {name: measured.intervals() for name, measured in found.items()}
        | {
            "ours_over_nearest_to_mean": {
                measure: ratio(found["ours"], found["nearest_to_mean"], measure)
                for measure in ("ndcg_at_20", "diversity")
            }
        },
        **{
            title.replace(" ", "_"): {name: measured.summary() for name, measured in rows.items()}
            for title, rows in tables.items()
        },
        "assumptions": asdict(Assumptions()),
        "photographs": source,
    }
