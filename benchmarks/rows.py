"""A large installation's rows, and its index made of them. Runs with Django: `Installation.call("benchmarks.rows.…")`.

Whatever is alike in all rows of a table is prepared once, and the rows go to the database many at a time: `bulk_create`
takes twice as long.
"""

from __future__ import annotations

import functools
import io
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import Max, Min, Model
from django.utils import timezone
from numpy.typing import NDArray
from PIL import Image as Pictures
from tqdm import tqdm

from benchmarks import crowd
from benchmarks.garments import MEDIAN_PRICE, sizes
from benchmarks.mixture import Mixture, mixture
from benchmarks.seeds import seeds
from catalog.models import Photo, Product, ProductPicture
from images.index import entries, model_version
from images.models import Descriptor, Garment, Image, Kind, Stage
from mlcore.index.base import CollectionName
from mlcore.index.milvus import MilvusIndex
from mlcore.labels import LABELS, applies
from mlcore.palette import PROTOTYPES
from mlcore.types import Category

AT_ONCE: Final = 10_000  # pictures in one transaction, for which other writers wait
TO_INDEX: Final = 1_000
PATIENCE_S: Final = 60.0
PER_PHOTOGRAPH: Final = sum(len(worn) * share for worn, share in crowd.SHAPES.items())
SIDES: Final = (480, 640)
BRANDS: Final = 300
PHOTOGRAPHERS: Final = 2_000
UNSURE: Final = 0.06  # of garments whose second category is close: docs/performance.md
SOLD_OUT: Final = 0.1
OLDEST: Final = timedelta(days=365)
DESCRIPTION: Final = "Regular fit, made of cotton and recycled polyester. Machine wash at 30 degrees, never tumble dry"


def fill(*, products: int, photos: int, seed: int = 0) -> dict[str, Any]:
    """So many products and photographs, described by no model. Raises ValueError if there are pictures already."""
    if Image.objects.exists():
        raise ValueError("there are pictures in this database: a benchmark fills an empty one")
    real = seeds(None)
    made = mixture(real, sizes(products + round(photos * PER_PHOTOGRAPH)), seed)
    rng = np.random.default_rng([seed, 6])
    worn = crowd.styles(made, rng)
    start = time.perf_counter()
    with _quickly(), tqdm(total=products + photos, desc="writing rows", unit="picture", unit_scale=True) as bar:
        tables = _Tables(made, rng, _file(), products + photos)
        for number in _parts(products):
            tables.add_products(crowd.products(made, number, rng))
            bar.update(number)
        for number in _parts(photos):
            tables.add_photographs(*crowd.photographs(made, worn, number, rng))
            bar.update(number)
    return {
        "products": products,
        "photographs": photos,
        "garments": Garment.objects.count(),
        "seconds": round(time.perf_counter() - start, 1),
    }


def fill_index() -> dict[str, Any]:
    """Write every descriptor to the index. Raises ValueError if it holds any."""
    index = MilvusIndex(settings.MILVUS_URI, token=settings.MILVUS_TOKEN, version=model_version(), patience=PATIENCE_S)
    index.ensure()
    if any(index.count(collection) for collection in CollectionName):
        raise ValueError("there are garments in this index: a benchmark fills an empty one")
    written = {collection.value: 0 for collection in CollectionName}
    last = Descriptor.objects.aggregate(last=Max("pk"))["last"] or 0
    reading = writing = 0.0
    with tqdm(total=last, desc="writing to the index", unit="garment", unit_scale=True) as bar:
        for first in range(1, last + 1, TO_INDEX):
            start = time.perf_counter()
            rows = Descriptor.objects.filter(garment__gte=first, garment__lt=first + TO_INDEX)
            by_collection = entries(rows.select_related("garment__image"))
            read = time.perf_counter()
            for collection, batch in by_collection.items():
                index.refill(collection, batch)
                written[collection.value] += len(batch)
            reading, writing = reading + read - start, writing + time.perf_counter() - read
            bar.update(min(TO_INDEX, last + 1 - first))
    index.close()
    return {**written, "read_s": round(reading, 1), "written_s": round(writing, 1)}


def sample(*, kind: str, number: int, vectors_to: str, seed: int = 0) -> list[str]:
    """Garments at random of pictures of this kind, by the ids that the API knows. `vectors_to`: an .npz of their
    `vectors` (n, 512) and `categories` (n, names), in the same order."""
    of_kind = Garment.objects.filter(image__kind=kind).aggregate(first=Min("pk"), last=Max("pk"))  # nothing in between
    rng = np.random.default_rng([seed, 7])
    drawn = dict.fromkeys(rng.integers(of_kind["first"], of_kind["last"] + 1, 2 * number).tolist())
    found = Descriptor.objects.select_related("garment").in_bulk(list(drawn)[:number])
    chosen = list(found.values())
    np.savez(
        vectors_to,
        vectors=np.array([row.vector for row in chosen]),
        categories=np.array([row.garment.category for row in chosen]),
    )
    return [str(row.garment.uid) for row in chosen]


class _Table:
    """Where rows of a model go. `alike`: what all of them share, beside the defaults."""

    def __init__(self, model: type[Model], **alike: Any) -> None:
        self._to = connections[DEFAULT_DB_ALIAS]
        self._fields = {field.attname: field for field in model._meta.concrete_fields}
        pattern = model(**alike)
        self._alike = {name: self._prepared(name, [getattr(pattern, name)])[0] for name in self._fields}
        quote = self._to.ops.quote_name
        columns = ", ".join(quote(str(field.column)) for field in self._fields.values())
        places = ", ".join(["%s"] * len(self._fields))
        self._sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608  # our names

    def add(self, number: int, **columns: Sequence[Any]) -> None:
        """So many rows with these values, a column for each field that is not alike in all."""
        if unknown := columns.keys() - self._fields.keys():
            raise TypeError(f"{self._sql.split()[2]} has no {', '.join(unknown)}")
        values = [
            self._prepared(name, columns[name]) if name in columns else [alike] * number
            for name, alike in self._alike.items()
        ]
        with self._to.cursor() as cursor:
            cursor.executemany(self._sql, list(zip(*values, strict=True)))

    def _prepared(self, name: str, values: Sequence[Any]) -> list[Any]:
        prepare = self._fields[name].get_db_prep_save
        return [prepare(value, self._to) for value in values]


class _Tables:
    """Pictures and all that hangs on them. Whatever comes later is newer, and has the higher id."""

    def __init__(self, made: Mixture, rng: np.random.Generator, file: str, pictures: int) -> None:
        self._made, self._rng = made, rng
        self._pictures = self._garments = self._named = 0
        self._now, self._age = timezone.now(), OLDEST / max(1, pictures)
        self._in_all = pictures
        shared = {
            "file": file,
            "size": 1,
            "format": "JPEG",
            "stage": Stage.READY,
            "width": SIDES[0],
            "height": SIDES[1],
        }
        self._product_images = _Table(Image, kind=Kind.PRODUCT, **shared)
        self._photo_images = _Table(Image, kind=Kind.PHOTO, **shared)
        self._garment = _Table(Garment)
        self._descriptor = _Table(Descriptor, model_version=model_version())
        self._product = _Table(Product, currency="EUR", description=DESCRIPTION, source="benchmark", licence="CC0")
        self._picture = _Table(ProductPicture)
        self._photo = _Table(Photo, licence="CC BY 4.0", licence_url="https://creativecommons.org/licenses/by/4.0/")

    def add_products(self, block: crowd.Block) -> None:
        number, first = block.pictures, self._pictures + 1
        ids, made_at = self._ids(number), self._made_at(number)
        prices = np.round(MEDIAN_PRICE * np.exp(0.5 * self._rng.standard_normal(number)), 2).tolist()
        in_stock = (self._rng.random(number) >= SOLD_OUT).tolist()
        categories = _categories(block)
        with transaction.atomic():
            self._product_images.add(
                number,
                id=ids,
                created_at=made_at,
                subject=categories,
                price=prices,
                in_stock=in_stock,
                **self._marks(number),
            )
            self._add_garments(block, ids)
            keys = range(first, first + number)
            self._product.add(
                number,
                id=keys,
                sku=[f"bench-{key}" for key in keys],
                title=[_title(*look) for look in zip(categories, block.cluster.tolist(), strict=True)],
                brand=[f"Brand {place}" for place in self._rng.integers(BRANDS, size=number)],
                category=categories,
                price=prices,
                in_stock=in_stock,
                url=[f"https://shop.example/{key}" for key in keys],
                created_at=made_at,
            )
            self._picture.add(number, id=keys, product_id=keys, image_id=ids)

    def add_photographs(self, block: crowd.Block, style: NDArray[np.int64]) -> None:
        number, first = block.pictures, self._pictures + 1
        ids, made_at = self._ids(number), self._made_at(number)
        with transaction.atomic():
            self._photo_images.add(number, id=ids, created_at=made_at, **self._marks(number))
            self._add_garments(block, ids)
            keys = range(first, first + number)
            self._photo.add(
                number,
                id=keys,
                image_id=ids,
                title=[f"Photograph {key}" for key in keys],
                photographer=[f"Photographer {place}" for place in self._rng.integers(PHOTOGRAPHERS, size=number)],
                source=[f"{source_of(of)}{key}" for key, of in zip(keys, style.tolist(), strict=True)],
                created_at=made_at,
            )

    def _add_garments(self, block: crowd.Block, image_ids: Sequence[UUID]) -> None:
        """The pictures of a block are there; what counts them is advanced."""
        number = len(block.picture)
        keys = range(self._garments + 1, self._garments + 1 + number)
        looks = [_look(*look) for look in zip(_categories(block), block.cluster.tolist(), strict=True)]
        x, y, width, height = block.boxes.T.tolist()
        score = self._rng.uniform(0.6, 0.99, number)
        unsure = self._rng.random(number) < UNSURE
        others = np.array([category.value for category in Category])[(block.category + 1) % len(Category)]
        self._garment.add(
            number,
            id=keys,
            uid=self._ids(number),
            image_id=[image_ids[place] for place in block.picture.tolist()],
            position=block.position.tolist(),
            category=_categories(block),
            score=score.tolist(),
            runner_up=np.where(unsure, others, "").tolist(),
            runner_up_score=np.where(unsure, score - 0.1, 0.0).tolist(),
            x=x,
            y=y,
            width=width,
            height=height,
            colours=[colours for colours, _ in looks],
            labels=[labels for _, labels in looks],
            quality=self._rng.uniform(0.2, 1.0, number).tolist(),
        )
        packed = block.vectors(self._made, self._rng).astype(np.float16)
        self._descriptor.add(number, garment_id=keys, data=[row.tobytes() for row in packed])
        self._pictures, self._garments = self._pictures + block.pictures, self._garments + number

    def _ids(self, number: int) -> list[UUID]:
        """Ascending, so that the database appends to its indexes."""
        first, self._named = self._named, self._named + number
        random = self._rng.bytes(8 * number)
        return [UUID(bytes=(first + place).to_bytes(8) + random[8 * place : 8 * place + 8]) for place in range(number)]

    def _made_at(self, number: int) -> list[Any]:
        return [
            self._now - self._age * (self._in_all - place) for place in range(self._pictures, self._pictures + number)
        ]

    def _marks(self, number: int) -> dict[str, list[str]]:
        """Digests and fingerprints: no two pictures are the same or copies."""
        marks = [self._rng.bytes(64).hex() for _ in range(number)]
        return {"digest": [mark[:64] for mark in marks], "fingerprint": [mark[64:] for mark in marks]}


@contextmanager
def _quickly() -> Iterator[None]:
    """What a benchmark fills need not survive a power cut."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            for setting in ("synchronous = OFF", "cache_size = -1000000", "foreign_keys = OFF"):
                cursor.execute(f"PRAGMA {setting}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [Garment, Product, ProductPicture, Photo]):
                cursor.execute(statement)


def source_of(style: int) -> str:
    """How the sources of the photographs in a style begin."""
    return f"https://photographs.example/{style}/"


def _parts(number: int) -> Iterator[int]:
    return (min(AT_ONCE, number - first) for first in range(0, number, AT_ONCE))


def _file() -> str:
    """The file that all pictures share."""
    file = io.BytesIO()
    Pictures.new("RGB", SIDES, "grey").save(file, "JPEG")
    return str(default_storage.save("benchmark/grey.jpg", ContentFile(file.getvalue())))


def _categories(block: crowd.Block) -> list[str]:
    names = [category.value for category in Category]
    return [names[place] for place in block.category.tolist()]


@functools.cache
def _look(category: str, cluster: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Colours and labels of a cluster's garments, which are alike."""
    rng = np.random.default_rng([8, list(Category).index(Category(category)), cluster])
    names = rng.choice(list(PROTOTYPES), size=2, replace=False).tolist()
    shares = (0.7, round(float(rng.uniform(0.05, 0.3)), 3))
    colours = [
        {"name": name, "hex": PROTOTYPES[name][0], "share": share} for name, share in zip(names, shares, strict=True)
    ]
    labels = {
        name: {"value": str(rng.choice(values)), "confidence": round(float(rng.uniform(0.5, 1)), 3)}
        for name, values in LABELS.items()
        if applies(name, Category(category))
    }
    return colours, labels


def _title(category: str, cluster: int) -> str:
    colours, labels = _look(category, cluster)
    return f"{colours[0]['name']} {labels['pattern']['value']} {category}"
