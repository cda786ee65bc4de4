"""Products and photographs as rows alone, described without a model."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from catalog.models import Photo, Product, ProductPicture
from images.models import Garment, Image, Kind, Stage


def picture(kind: Kind, *categories: str, visible: bool = True) -> Image:
    """With a red garment of each category."""
    image = Image.objects.create(
        kind=kind, digest=uuid4().hex, size=1, format="JPEG", width=240, height=320, stage=Stage.READY, visible=visible,
        file="product/00/a.jpg",
    )  # fmt: skip
    for category in categories:
        garment(image, category)
    return image


def garment(image: Image, category: str, *colours: str, labels: Mapping[str, str] | None = None) -> Garment:
    """`colours`: names, the largest share first."""
    return Garment.objects.create(
        image=image, position=image.garments.count(), category=category, score=0.9, quality=0.5,
        x=0.1, y=0.2, width=0.5, height=0.6,
        colours=[{"name": name, "hex": "#ff0000", "share": 1.0} for name in colours or ("red",)],
        labels={name: {"value": value, "confidence": 0.9} for name, value in (labels or {}).items()},
    )  # fmt: skip


def product(sku: str, category: str = "dresses", *, pictures: int = 1, **fields: object) -> Product:
    made = Product.objects.create(**{"sku": sku, "title": f"Product {sku}", "category": category, **fields})
    for position in range(pictures):
        categories = (category,) if category else ()
        ProductPicture.objects.create(product=made, image=picture(Kind.PRODUCT, *categories), position=position)
    return made


def described(sku: str, category: str, *colours: str, **labels: str) -> Product:
    """A product with one such garment."""
    made = product(sku, category, pictures=0)
    image = picture(Kind.PRODUCT)
    ProductPicture.objects.create(product=made, image=image)
    garment(image, category, *colours, labels=labels)
    return made


def photo(title: str, *categories: str) -> Photo:
    return Photo.objects.create(image=picture(Kind.PHOTO, *categories), title=title, photographer="Ada", licence="CC0")
