"""The index of this installation, and how a descriptor row becomes an entry of it."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from django.conf import settings

from images.models import Descriptor, Kind
from mlcore.index.base import NO_COLOUR, NO_PRICE, Attributes, CollectionName, Entry, VectorIndex
from mlcore.index.milvus import MilvusIndex
from mlcore.manifest import model
from mlcore.palette import lookup
from mlcore.types import Category

KINDS = {CollectionName.PRODUCTS: (Kind.PRODUCT,), CollectionName.PHOTOS: (Kind.PHOTO, Kind.USER)}
"""Whose public pictures each collection holds; a user's are looks that moderators let pass."""


def model_version() -> str:
    """The version of the model that makes this process's vectors."""
    return model("embedding").version


@functools.cache
def vector_index() -> VectorIndex:
    """One per process, with its collections in place. Raises IndexAway; the next call then tries again."""
    index = MilvusIndex(settings.MILVUS_URI, token=settings.MILVUS_TOKEN, version=model_version())
    index.ensure()
    return index


def entries(descriptors: Iterable[Descriptor]) -> dict[CollectionName, list[Entry]]:
    """By collection; the descriptors come with their garments and pictures."""
    by_collection: dict[CollectionName, list[Entry]] = {}
    for descriptor in descriptors:
        kind = descriptor.garment.image.kind
        collection = next(name for name, kinds in KINDS.items() if kind in kinds)
        by_collection.setdefault(collection, []).append(_entry(descriptor))
    return by_collection


def _entry(descriptor: Descriptor) -> Entry:
    garment, image = descriptor.garment, descriptor.garment.image
    main, second = (*garment.main_colours, None, None)[:2]
    lab_l, lab_a, lab_b = _lab(main)
    second_l, second_a, second_b = _lab(second)
    labels = {name: label["value"] for name, label in garment.labels.items()}
    return Entry(
        garment_id=garment.pk,
        category=Category(garment.category),
        vector=descriptor.vector,
        attributes=Attributes(
            colour=main["name"] if main else "",
            second_colour=second["name"] if second else "",
            lab_l=lab_l,
            lab_a=lab_a,
            lab_b=lab_b,
            second_l=second_l,
            second_a=second_a,
            second_b=second_b,
            sleeve_length=labels.get("sleeve_length", ""),
            garment_length=labels.get("garment_length", ""),
            collar_style=labels.get("collar_style", ""),
            pattern=labels.get("pattern", ""),
            quality=garment.quality,
            price=NO_PRICE if image.price is None else image.price,
            in_stock=image.in_stock,
        ),
    )


def _lab(colour: dict[str, Any] | None) -> tuple[float, float, float]:
    if colour is None:
        return NO_COLOUR, 0.0, 0.0
    lightness, a, b = lookup(colour["hex"])
    return float(lightness), float(a), float(b)
