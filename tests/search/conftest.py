"""A stocked index without a model run: garments whose vectors, and so whose similarities, are chosen by the test."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from rest_framework.test import APIClient

from accounts.models import User
from catalog.models import Photo, Product, ProductPicture
from images import stages
from images.index import model_version
from images.models import Descriptor, Garment, Image, Kind, Stage
from mlcore.types import EMBEDDING_SIZE, Vector
from tests.servers import Server


def alike(similarity: float, axis: int = 1) -> Vector:
    """A unit vector of that cosine to the query's; two with other axes differ from each other."""
    vector = np.zeros(EMBEDDING_SIZE, np.float32)
    vector[0], vector[axis] = similarity, math.sqrt(1 - similarity**2)
    return vector


def described(
    kind: Kind,
    *garments: tuple[str, Vector],
    owner: User | None = None,
    fingerprint: str = "",
    price: float | None = None,
    in_stock: bool = True,
    quality: float = 0.5,
    colours: Sequence[tuple[str, str, float]] = (),
    **labels: str,
) -> Image:
    """A picture with its garments (category, vector), the most prominent first, as the offline flow leaves it.

    `colours`: (name, hex, share); they and the labels are those of each garment.
    """
    mine = kind == Kind.USER
    image = Image.objects.create(
        kind=kind, owner=owner, purpose="wardrobe" if mine else "", stage=Stage.READY if mine else Stage.DESCRIBED,
        digest=uuid4().hex, size=1, format="JPEG", width=240, height=320, file="missing.jpg",
        fingerprint=fingerprint, price=price, in_stock=in_stock,
    )  # fmt: skip
    for position, (category, vector) in enumerate(garments):
        garment = Garment.objects.create(
            image=image, position=position, category=category, score=0.9, quality=quality,
            colours=[{"name": name, "hex": value, "share": share} for name, value, share in colours],
            labels={name: {"value": value, "confidence": 0.9} for name, value in labels.items()},
            x=0.1 + 0.4 * position, y=0.2, width=0.35, height=0.6,
        )  # fmt: skip
        Descriptor.objects.create(garment=garment, model_version=model_version(), data=Descriptor.pack(vector))
    stages.index([image.pk])
    return image


def product(sku: str, *vectors: Vector, category: str = "dresses", title: str = "", **facts: Any) -> Product:
    """With a picture per vector; `facts` are those of `described`."""
    made = Product.objects.create(sku=sku, title=title or sku, category=category)
    for position, vector in enumerate(vectors):
        image = described(Kind.PRODUCT, (category, vector), **facts)
        ProductPicture.objects.create(product=made, image=image, position=position)
    return made


def photo(title: str, *garments: tuple[str, Vector], **facts: Any) -> Photo:
    return Photo.objects.create(image=described(Kind.PHOTO, *garments, **facts), title=title)


def skus(body: dict[str, Any]) -> list[str]:
    return [result["product"]["sku"] for result in body["results"]]


def titles(body: dict[str, Any]) -> list[str]:
    return [result["photo"]["title"] for result in body["results"]]


@pytest.fixture
def stocked(db: None, queue: object, vectors: object) -> None:
    """Database, queue and index, empty. No worker is asked for."""


@pytest.fixture
def query_garment(stocked: None) -> Garment:
    """A dress in a product's picture; `alike` is measured against its vector."""
    return product("query", alike(1.0)).pictures.get().image.garments.get()


@pytest.fixture
def post(anonymous: APIClient) -> Callable[..., Any]:
    """POST search/ as JSON, without a user."""
    return lambda **body: anonymous.post("/api/v1/search/", body)


@pytest.fixture
def worker_that_hangs(worker: Server) -> Iterator[Server]:
    """It takes tasks and does nothing."""
    assert worker.process is not None
    os.killpg(worker.process.pid, signal.SIGSTOP)
    yield worker
    os.killpg(worker.process.pid, signal.SIGCONT)


def similarities(body: dict[str, Any]) -> list[float]:
    """Three digits: vectors lie in SQL as float16."""
    return [round(result["match"]["similarity"], 3) for result in body["results"]]


def sequence_of(body: dict[str, Any], *path: str) -> Sequence[Any]:
    found = []
    for result in body["results"]:
        for step in path:
            result = result[step]
        found.append(result)
    return found
