"""A stocked installation without a model run, and what a user does in it. Vectors, and so likeness, are the test's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from catalog.models import Like, Photo
from images import stages
from images.index import model_version
from images.models import Descriptor, Garment, Image, Kind, Purpose, Review, Stage
from mlcore.types import EMBEDDING_SIZE, Category, Vector
from wardrobe.models import Item, ItemPicture

API = "/api/v1/"
FEED = f"{API}recommendations/photos/"
TASTE = f"{API}recommendations/taste/"
CATEGORIES = [category.value for category in Category]
"""What is of different categories is never one taste."""
EVENTS = f"{API}recommendations/events/"
MINE, OTHER = 7, 8  # styles


def style(number: int, lean: float = 0.0, axis: int = 300) -> Vector:
    """A unit vector of style `number`, which it leaves by `lean` towards `axis`. Styles have nothing in common."""
    vector = np.zeros(EMBEDDING_SIZE, np.float32)
    vector[number], vector[axis] = (1 - lean**2) ** 0.5, lean
    return vector


def shot(number: int, *, category: str = "dresses", by: str = "", lean: float = 0.0, indexed: bool = True) -> Photo:
    """A photograph of one garment of a style, which it leaves in a direction of its own by `lean`."""
    image = Image.objects.create(
        kind=Kind.PHOTO, stage=Stage.DESCRIBED, digest=uuid4().hex, size=1, format="JPEG", width=240, height=320,
        file="missing.jpg",
    )  # fmt: skip
    add_garment(image, style(number, lean, 200 + Photo.objects.count() % 300), category=category)
    if indexed:
        stages.index([image.pk])
    return Photo.objects.create(image=image, title=f"style {number}", photographer=by or f"photographer {image.pk}")


def look(owner: User, number: int, *, category: str = "dresses") -> Photo:
    """A user's look that moderators let pass."""
    image = owned_picture(owner, number, category=category, purpose=Purpose.LOOK, review=Review.APPROVED)
    stages.index([image.pk])
    return Photo.objects.create(image=image, title="A look", photographer=owner.email)


def owned_picture(owner: User, number: int, *, category: str, **fields: Any) -> Image:
    image = Image.objects.create(**{
        "kind": Kind.USER, "owner": owner, "purpose": Purpose.WARDROBE, "stage": Stage.READY, "digest": uuid4().hex,
        "size": 1, "format": "JPEG", "width": 240, "height": 320, "file": "missing.jpg", **fields,
    })  # fmt: skip
    add_garment(image, style(number), category=category)
    return image


def item(owner: User, number: int, *, category: str = "dresses", name: str = "") -> Item:
    garment = owned_picture(owner, number, category=category).garments.get()
    made = Item.objects.create(owner=owner, category=category, name=name)
    ItemPicture.objects.create(item=made, garment=garment)
    return made


def add_garment(image: Image, vector: Vector, *, category: str = "tops") -> Garment:
    made = Garment.objects.create(
        image=image, position=image.garments.count(), category=category, score=0.9, quality=0.5,
        x=0.1, y=0.2, width=0.3, height=0.3, colours=[{"name": "red", "hex": "#c51928", "share": 1.0}],
    )  # fmt: skip
    Descriptor.objects.create(garment=made, model_version=model_version(), data=Descriptor.pack(vector))
    return made


def like(user: User, *photos: Photo) -> None:
    for one in photos:
        Like.objects.create(user=user, photo=one)


def shown(body: dict[str, Any]) -> list[int]:
    return [entry["photo"]["id"] for entry in body["results"]]


def reasons_of(body: dict[str, Any], photo: Photo) -> list[dict[str, Any]]:
    return next(entry["reasons"] for entry in body["results"] if entry["photo"]["id"] == photo.pk)


def kinds(reasons: Sequence[dict[str, Any]]) -> list[str]:
    return [reason["kind"] for reason in reasons]


@pytest.fixture(autouse=True)
def _fresh(queue: object) -> None:
    """Redis, empty: throttles, what was seen, what all users share."""
    cache.clear()


@pytest.fixture
def stocked(db: None, vectors: object) -> None:
    """Database and index, empty. No worker is asked for."""


@pytest.fixture
def api(user: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(user)


@pytest.fixture
def eve(make_user: Callable[[str], User]) -> User:
    return make_user("eve@example.org")


@pytest.fixture
def street() -> list[Photo]:
    """Five photographs of one style that are so old, and under so many newer ones, that nobody comes across them."""
    made = [shot(MINE, lean=0.3) for _ in range(5)]
    Photo.objects.filter(pk__in=[one.pk for one in made]).update(created_at=timezone.now() - timedelta(days=400))
    for number in range(90):
        shot(20 + number, indexed=False)
    return made


def ids(photos: list[Photo]) -> set[int]:
    return {photo.pk for photo in photos}
