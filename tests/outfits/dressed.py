"""Photographs in which people wear things, as rows with vectors that the test chooses; in the index too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from accounts.models import User
from catalog.models import Photo, Product, ProductPicture
from images import stages
from images.index import model_version
from images.models import Descriptor, Garment, Image, Kind, Stage
from mlcore.types import Vector
from tests.search.conftest import alike
from wardrobe.models import Item, ItemPicture

HEX = {
    "black": "#0f110d",
    "white": "#f8f8f8",
    "blue": "#2363b8",
    "red": "#c51928",
    "green": "#2f8a45",
    "camel": "#b78a57",
}
ROWS = {"outerwear": 0.2, "tops": 0.22, "dresses": 0.2, "rompers": 0.2, "trousers": 0.5, "skirts": 0.5}

Thing = tuple[str, str, Vector]
"""Category, colour, vector."""

LIKE_IT = alike(0.8)
UNLIKE = alike(0.05)


def thing(category: str, colour: str, vector: Vector | None = None) -> Thing:
    return category, colour, alike(0.9, axis=7 + sorted(HEX).index(colour)) if vector is None else vector


def picture(kind: Kind, people: Sequence[Sequence[Thing]], owner: User | None = None, **facts: Any) -> Image:
    """Each of the people stands upright in a place of their own."""
    mine = kind == Kind.USER
    image = Image.objects.create(
        kind=kind, owner=owner, purpose="wardrobe" if mine else "", stage=Stage.READY if mine else Stage.DESCRIBED,
        digest=uuid4().hex, size=1, format="JPEG", width=240, height=320, file="missing.jpg", **facts,
    )  # fmt: skip
    position = 0
    for number, person in enumerate(people):
        for category, colour, vector in person:
            garment = Garment.objects.create(
                image=image, position=position, category=category, score=0.9, quality=0.5,
                colours=[{"name": colour, "hex": HEX[colour], "share": 0.9}], labels={},
                x=0.05 + 0.3 * number, y=ROWS[category], width=0.2, height=0.3,
            )  # fmt: skip
            Descriptor.objects.create(garment=garment, model_version=model_version(), data=Descriptor.pack(vector))
            position += 1
    stages.index([image.pk])
    return image


def photograph(*people: Sequence[Thing], **facts: Any) -> Photo:
    return Photo.objects.create(image=picture(Kind.PHOTO, people, **facts), title="a street")


def product(sku: str, one: Thing, **facts: Any) -> Product:
    made = Product.objects.create(sku=sku, title=sku, category=one[0])
    ProductPicture.objects.create(product=made, image=picture(Kind.PRODUCT, [[one]], **facts))
    return made


def own(owner: User, one: Thing, name: str = "") -> Item:
    garment = picture(Kind.USER, [[one]], owner).garments.get()
    item = Item.objects.create(owner=owner, category=one[0], name=name or f"{one[1]} {one[0]}")
    ItemPicture.objects.create(item=item, garment=garment)
    return item
