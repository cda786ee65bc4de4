"""What the tests of pictures share: drawn files, rows, and a stand-in for the models where they would not matter."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.utils import timezone

from catalog.drawn import Drawing, draw_product
from images import services, stages
from images.index import model_version
from images.models import Garment, Image, Kind, Stage
from images.services import NewPicture
from mlcore.index.base import CollectionName
from mlcore.index.milvus import MilvusIndex
from mlcore.types import Analysis, Box, Category, Colour, Description, Detection, Pixels
from tests.environment import FOLDER

MakeImage = Callable[..., Image]


def drawn(seed: int = 1, category: Category = Category.DRESSES) -> Drawing:
    return draw_product(seed, category=category, background="paper", size=(240, 320))


def files() -> list[Path]:
    """Everything in the storage."""
    return sorted(path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())


@pytest.fixture
def make_image(db: None) -> MakeImage:
    """A catalogue picture that is STORED, as an import leaves it; other values by keyword."""

    def make(seed: int = 1, *, kind: Kind = Kind.PRODUCT, subject: Category | None = None, **values: object) -> Image:
        image = services.prepare_catalogue_image(NewPicture(io.BytesIO(drawn(seed).jpeg()), kind, subject))
        for name, value in values.items():
            setattr(image, name, value)
        image.save(force_insert=True)
        return image

    return make


class Prepared:
    """Stands in for the models: one dress in each picture. `meanwhile` runs while a picture is being described."""

    def __init__(self) -> None:
        self.seen = 0
        self.garments = 1
        self.meanwhile: Callable[[], object] | None = None

    def analyse(self, pictures: Sequence[Pixels], *, subjects: Sequence[Category | None]) -> list[Analysis]:
        self.seen += len(pictures)
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()
        return [
            Analysis(p.shape[1], p.shape[0], tuple(self._garment(n, s) for n in range(1 if s else self.garments)))
            for p, s in zip(pictures, subjects, strict=True)
        ]

    def _garment(self, number: int, subject: Category | None) -> Description:
        vector = np.zeros(512, np.float32)
        vector[number] = 1
        detection = Detection(Box(0.2, 0.1, 0.5, 0.75), subject or Category.DRESSES, 0.9, Category.ROMPERS, 0.4)
        return Description(detection, vector, (Colour("red", "#c02030", 0.8),), 0.7)


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> Prepared:
    stand_in = Prepared()
    monkeypatch.setattr(stages, "pipeline", lambda hint="throughput": stand_in)
    return stand_in


def stage_of(image: Image) -> Stage:
    return Stage(Image.objects.values_list("stage", flat=True).get(pk=image.pk))


PRODUCTS, PHOTOS = CollectionName.PRODUCTS, CollectionName.PHOTOS


def lease_runs_out(*images: Image) -> None:
    Image.objects.filter(pk__in=[i.pk for i in images]).update(claimed_until=timezone.now() - timedelta(seconds=1))


def ids(image: Image) -> list[int]:
    return sorted(Garment.objects.filter(image=image).values_list("pk", flat=True))


def held(vectors: Any, collection: CollectionName = PRODUCTS) -> list[int]:
    return list(vectors.ids(collection))


@pytest.fixture
def milvus_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real client, and nobody at its socket."""
    nobody = MilvusIndex(f"unix:{FOLDER}/nobody.sock", version=model_version(), patience=0.1)
    monkeypatch.setattr(stages, "vector_index", lambda: nobody)
