"""Pictures, garments and items as rows alone, described without a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import numpy as np

from accounts.models import User
from images.models import Descriptor, Garment, Image, Kind, Purpose, Review, Stage
from mlcore.types import Vector
from wardrobe.models import Item, ItemPicture, Upload, UploadPicture

RED = ("red", "#c51928")
NAVY = ("navy", "#202746")
WHITE = ("white", "#f8f8f8")


def direction(number: int, *, lean: float = 0.0) -> Vector:
    """A unit vector of its own; `lean`: the cosine that it has to number 500."""
    vector = np.zeros(512, np.float32)
    vector[number], vector[500] = (1 - lean**2) ** 0.5, lean
    return vector


def picture(owner: User, *, purpose: Purpose = Purpose.WARDROBE, stage: Stage = Stage.READY, **fields: Any) -> Image:
    return Image.objects.create(
        kind=Kind.USER, purpose=purpose, owner=owner, digest=uuid4().hex, size=1, format="JPEG", width=240, height=320,
        stage=stage, file="user/00/a.jpg", **fields,
    )  # fmt: skip


def garment(
    image: Image,
    category: str = "outerwear",
    *colours: tuple[str, str],
    vector: Vector | None = None,
    **fields: Any,
) -> Garment:
    """`colours`: (name, hex), of equal shares."""
    named = colours or (NAVY,)
    made = Garment.objects.create(**{
        "image": image, "position": image.garments.count(), "category": category, "score": 0.9, "quality": 0.5,
        "x": 0.1, "y": 0.2, "width": 0.5, "height": 0.6,
        "colours": [{"name": name, "hex": value, "share": round(1 / len(named), 3)} for name, value in named],
        **fields,
    })  # fmt: skip
    given = direction(made.pk % 500) if vector is None else vector
    Descriptor.objects.create(garment=made, model_version="tests", data=Descriptor.pack(given))
    return made


def found(owner: User, category: str = "outerwear", *colours: tuple[str, str], **fields: Any) -> Garment:
    """A garment alone in a picture."""
    return garment(picture(owner), category, *colours, **fields)


def worn_in_public(owner: User, category: str = "outerwear", *colours: tuple[str, str], **fields: Any) -> Garment:
    """A garment alone in a look that moderators let pass."""
    return garment(picture(owner, purpose=Purpose.LOOK, review=Review.APPROVED), category, *colours, **fields)


def item(owner: User, name: str = "navy jacket", *, garments: Sequence[Garment] = (), **fields: Any) -> Item:
    shown = garments or [found(owner)]
    made = Item.objects.create(owner=owner, category=shown[0].category, name=name, **fields)
    for position, one in enumerate(shown):
        ItemPicture.objects.create(item=made, garment=one, position=position)
    return made


def upload(owner: User, *images: Image) -> Upload:
    made = Upload.objects.create(owner=owner)
    for position, image in enumerate(images):
        UploadPicture.objects.create(upload=made, position=position, image=image)
    return made
