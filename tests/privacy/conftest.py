"""A user with a bit of everything, made without a model run."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import PIL.Image
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

import mlcore.images
from accounts.models import User
from catalog.models import Like, Photo, Product
from images.index import model_version
from images.models import Correction, Descriptor, Garment, Image, Kind, Purpose, Stage
from mlcore.types import EMBEDDING_SIZE
from search.models import Search
from tests.catalog import rows
from wardrobe.models import Care, CareDay, Item, ItemPicture, Tag, Upload, UploadPicture


@dataclass(frozen=True)
class Person:
    user: User
    image: Image
    look: Image
    garment: Garment
    item: Item
    product: Product


def picture(owner: User, *, shade: int, purpose: Purpose = Purpose.WARDROBE, **fields: object) -> Image:
    """A real file with its row, as it stands after the description."""
    file = io.BytesIO()
    PIL.Image.new("RGB", (60, 80), (shade, 100, 150)).save(file, "JPEG")
    file.seek(0)
    facts = mlcore.images.inspect(file)
    image = Image(
        kind=Kind.USER, owner=owner, purpose=purpose, stage=Stage.READY, digest=facts.digest, size=facts.size,
        format=facts.format, width=facts.width, height=facts.height, **fields,
    )  # fmt: skip
    image.file.name = default_storage.save(f"user/{image.pk.hex[:2]}/{image.pk}.jpg", ContentFile(file.getvalue()))
    default_storage.save(image.thumbnail_name, ContentFile(file.getvalue()))
    image.save()
    return image


def garment(image: Image, category: str = "tops", position: int = 0) -> Garment:
    made = Garment.objects.create(
        image=image, position=position, category=category, score=0.9, quality=0.5, x=0.1, y=0.2, width=0.5, height=0.6,
        colours=[{"name": "red", "hex": "#ff0000", "share": 1.0}],
        labels={"pattern": {"value": "stripe", "confidence": 0.9}},
    )  # fmt: skip
    vector = np.zeros(EMBEDDING_SIZE, np.float32)
    vector[position] = 1
    Descriptor.objects.create(garment=made, model_version=model_version(), data=Descriptor.pack(vector))
    return made


@pytest.fixture
def ada(user: User) -> Person:
    User.objects.filter(pk=user.pk).update(public_looks=True)
    user.refresh_from_db()
    image, look = picture(user, shade=10), picture(user, shade=20, purpose=Purpose.LOOK, review="approved")
    worn = garment(image)
    garment(look, "dresses")
    Photo.objects.create(image=look, title="A look of Ada's")
    Correction.objects.create(
        image=image, garment=worn, owner=user, before={"category": "dresses"}, after={"category": "tops"}
    )
    item = Item.objects.create(owner=user, category="tops", name="the red one", price="19.90", currency="EUR")
    Tag.objects.create(item=item, name="holiday")
    ItemPicture.objects.create(item=item, garment=worn)
    CareDay.objects.create(item=item, care=Care.WEAR, day="2026-03-01")
    upload = Upload.objects.create(owner=user)
    UploadPicture.objects.create(upload=upload, position=0, image=image)
    UploadPicture.objects.create(upload=upload, position=1, error="not a picture")
    Search.objects.create(user=user, target="products", image=image, garment=worn, category="tops")
    product = rows.product("sku-1")
    Like.objects.create(user=user, product=product)
    return Person(user, image, look, worn, item, product)
