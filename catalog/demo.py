"""The demo catalogue, drawn: products with a feed row each, looks as photographs."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from catalog import services
from catalog.drawn import Drawing, demo_looks, demo_products
from catalog.feeds import Credit, FeedProduct
from catalog.importing import BATCH, Report

LICENCE = "AGPL-3.0-or-later"
SOURCE = "drawn by Garderobe"

Item = TypeVar("Item")


def load_drawn(*, products: int, looks: int) -> Report:
    """Draw and store the demo catalogue; a second time changes nothing."""
    report = Report()
    with tqdm(total=products + looks, desc="Drawing the demo catalogue", unit="picture") as bar:
        with tempfile.TemporaryDirectory() as folder:
            for batch in _batches(demo_products(products)):
                report.add(services.import_products([_product(drawing, Path(folder)) for drawing in batch]))
                bar.update(len(batch))
        for batch in _batches(demo_looks(looks)):
            report.add(services.import_photos(_look(drawing) for drawing in batch))
            bar.update(len(batch))
    return report


def _product(drawing: Drawing, folder: Path) -> FeedProduct:
    file = folder / f"{drawing.sku}.jpg"
    file.write_bytes(drawing.jpeg())
    return FeedProduct(
        file=file,
        sku=drawing.sku,
        title=drawing.title,
        category=drawing.garments[0].category,
        brand=drawing.brand,
        price=Decimal(drawing.price),
        currency="EUR",
        licence=LICENCE,
        source=SOURCE,
    )


def _look(drawing: Drawing) -> tuple[str, io.BytesIO, Credit]:
    return drawing.title, io.BytesIO(drawing.jpeg()), Credit(title=drawing.title, licence=LICENCE, source=SOURCE)


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch
