"""Products and photographs as they may be shown, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from catalog.models import Photo, Product, ProductPicture
from images.models import Garment


def products(*, category: str = "") -> QuerySet[Product]:
    """Products with at least one visible picture, with those pictures."""
    shown = ProductPicture.objects.filter(product=OuterRef("pk"), image__visible=True)
    found = Product.objects.filter(Exists(shown)).prefetch_related(_visible_pictures())
    return found.filter(category=category) if category else found


def product(product_id: int) -> Product | None:
    """With the garments of its pictures."""
    found = products().filter(pk=product_id)
    return found.prefetch_related(None).prefetch_related(_visible_pictures("image__garments")).first()


def photos(*, category: str = "") -> QuerySet[Photo]:
    """Visible photographs; of a category: those in which somebody wears such a garment."""
    found = Photo.objects.filter(image__visible=True).select_related("image")
    worn = Garment.objects.filter(image=OuterRef("image"), category=category)
    return found.filter(Exists(worn)) if category else found


def photo(photo_id: int) -> Photo | None:
    """With the garments in it."""
    return photos().filter(pk=photo_id).prefetch_related("image__garments").first()


def products_by_image(image_ids: Collection[UUID]) -> dict[UUID, Product]:
    pictures = ProductPicture.objects.filter(image__in=image_ids).select_related("product")
    return {picture.image_id: picture.product for picture in pictures}


def photos_by_image(image_ids: Collection[UUID]) -> dict[UUID, Photo]:
    return {photo.image_id: photo for photo in Photo.objects.filter(image__in=image_ids)}


def _visible_pictures(*more: str) -> Prefetch[str]:
    pictures = ProductPicture.objects.filter(image__visible=True).select_related("image").prefetch_related(*more)
    return Prefetch("pictures", pictures)
