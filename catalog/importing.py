"""Imports as a person at a terminal sees them: batches with a progress bar, refusals line by line, and the wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeVar
from uuid import UUID

from tqdm import tqdm

from catalog import services
from catalog.feeds import BadRow, Credit, FeedProduct, credit, product, read_rows
from catalog.services import Outcome
from images.selectors import unfinished

BATCH = 32
ASKED_AT_ONCE = 1_000  # SQLite takes as few as 32,766 values in one question
PATIENCE_S = 300  # longer than a lease and a lost message take to come back

Item = TypeVar("Item")
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif")


class GaveUp(Exception):
    """Nothing moved for PATIENCE_S seconds."""


@dataclass(slots=True)
class Report:
    """What became of a whole import."""

    image_ids: list[UUID] = field(default_factory=list)
    unchanged: int = 0
    refused: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        self.image_ids += [image.pk for image in outcome.images]
        self.unchanged += outcome.unchanged
        self.refused += [f"{name}: {reason}" for name, reason in outcome.refused.items()]

    def __str__(self) -> str:
        return f"{len(self.image_ids)} new, {self.unchanged} as before, {len(self.refused)} refused"


def import_feed(feed: Path, folder: Path, *, limit: int | None = None) -> Report:
    """Products of a CSV feed whose pictures lie in a folder. Raises BadFeed."""
    report = Report()
    products: list[FeedProduct] = []
    lines: dict[str, int] = {}
    for line, row in read_rows(feed):
        if len(products) == limit:
            break
        try:
            taken = product(row, folder=folder)
        except BadRow as reason:
            report.refused.append(f"line {line}: {reason}")
            continue
        if taken.sku in lines:
            report.refused.append(f"line {line}: the sku {taken.sku} is that of line {lines[taken.sku]}")
            continue
        lines[taken.sku] = line
        products.append(taken)

    def store(batch: Sequence[FeedProduct]) -> Outcome:
        outcome = services.import_products(batch)
        outcome.refused = {f"line {lines[sku]}": reason for sku, reason in outcome.refused.items()}
        return outcome

    return _in_batches(products, store, report, "products")


def import_folder(folder: Path, *, credits: Path | None = None, limit: int | None = None) -> Report:
    """Every picture below a folder as a street photograph. Raises BadFeed.

    `credits`: a CSV with `file` (path in the folder, or name alone), licence, source …
    """
    report = Report()
    owed: dict[str, Credit] = {}
    for line, row in read_rows(credits) if credits else ():
        try:
            owed[row["file"]] = credit(row)
        except BadRow as reason:
            report.refused.append(f"{credits}, line {line}: {reason}")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES and path.is_file())[:limit]

    def store(batch: Sequence[Path]) -> Outcome:
        return services.import_photos(_opened(batch, folder, owed))

    return _in_batches(paths, store, report, "photographs")


def wait_until_described(image_ids: Sequence[UUID], *, what: str) -> None:
    """Show how far the workers are, until every picture is ready or failed. Raises GaveUp."""
    waiting = [image_ids[start : start + ASKED_AT_ONCE] for start in range(0, len(image_ids), ASKED_AT_ONCE)]
    left, moved = len(image_ids), time.monotonic()
    with tqdm(total=left, desc=f"Describing {what}", unit="picture") as bar:
        while True:
            numbers = [unfinished(ids) for ids in waiting]
            waiting = [ids for ids, number in zip(waiting, numbers, strict=True) if number]
            if sum(numbers) != left:
                bar.update(left - sum(numbers))
                left, moved = sum(numbers), time.monotonic()
            elif time.monotonic() - moved > PATIENCE_S:
                raise GaveUp(
                    f"{left} of {len(image_ids)} pictures are not described yet and nothing moves; does a worker run "
                    "for the queue `index`? They will be described as soon as one does."
                )
            if not left:
                return
            time.sleep(0.3)


def _opened(paths: Iterable[Path], folder: Path, owed: Mapping[str, Credit]) -> Iterator[tuple[str, IO[bytes], Credit]]:
    for path in paths:
        name = path.relative_to(folder).as_posix()
        with path.open("rb") as file:
            yield name, file, owed.get(name) or owed.get(path.name, Credit())


def _in_batches(items: Sequence[Item], store: Callable[[Sequence[Item]], Outcome], report: Report, what: str) -> Report:
    with tqdm(total=len(items), desc=f"Storing {what}", unit="picture") as bar:
        for start in range(0, len(items), BATCH):
            batch = items[start : start + BATCH]
            report.add(store(batch))
            bar.update(len(batch))
    return report
