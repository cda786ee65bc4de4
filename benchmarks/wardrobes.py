"""What users of a large installation own. Runs with Django: `Installation.call("benchmarks.wardrobes…")`."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import numpy as np
from django.db.models import Max

from accounts.models import User
from images.index import model_version
from images.models import Descriptor, Garment, Image, Kind, Purpose, Stage
from wardrobe.models import Item, ItemPicture


def add_items(*, emails: Sequence[str], number: int, seed: int = 0) -> int:
    """So many items of each user, each like a garment of the catalogue. Returns how many there are in all."""
    rng = np.random.default_rng([seed, 10])
    last = Descriptor.objects.aggregate(last=Max("pk"))["last"]
    for user in User.objects.filter(email__in=emails).order_by("pk"):
        drawn = rng.integers(1, last + 1, 2 * number).tolist()
        patterns = list(Descriptor.objects.filter(pk__in=drawn).select_related("garment")[:number])
        images = Image.objects.bulk_create(
            Image(
                kind=Kind.USER, owner=user, purpose=Purpose.WARDROBE, stage=Stage.READY, digest=uuid4().hex, size=1,
                format="JPEG", width=480, height=640, file="missing.jpg",
            )
            for _ in patterns
        )  # fmt: skip
        garments = Garment.objects.bulk_create(
            _copy(one.garment, image) for one, image in zip(patterns, images, strict=True)
        )
        Descriptor.objects.bulk_create(
            Descriptor(garment=garment, model_version=model_version(), data=bytes(one.data))
            for one, garment in zip(patterns, garments, strict=True)
        )
        items = Item.objects.bulk_create(
            Item(owner=user, category=garment.category, name=f"{garment.category} {place}")
            for place, garment in enumerate(garments)
        )
        ItemPicture.objects.bulk_create(
            ItemPicture(item=item, garment=garment) for item, garment in zip(items, garments, strict=True)
        )
    return Item.objects.count()


def _copy(garment: Garment, image: Image) -> Garment:
    return Garment(
        image=image, position=0, category=garment.category, score=0.9, quality=garment.quality, x=0.2, y=0.2,
        width=0.6, height=0.6, colours=garment.colours, labels=garment.labels,
    )  # fmt: skip
