"""Products and photographs as they may be shown, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from catalog.models import Photo, Product, ProductPicture
from catalog.text import matching
from images.models import Garment, Kind
from images.selectors import public


def products(
    *,
    category: str = "",
    q: str = "",
    price_min: Decimal | None = None,
    price_max: Decimal | None = None,
    in_stock: bool | None = None,
    colour: str = "",
    **labels: str,
) -> QuerySet[Product]:
    """Products with at least one visible picture, with those pictures; only what is given narrows them.

    `colour`, the main one's name, and `labels`, key labels and their values, hold for one and the same visible garment,
    of `category` if that is given. A product without a price has none in any range. Raises text.NoWords.
    """
    found = Product.objects.prefetch_related(_visible_pictures())
    if category:
        found = found.filter(category=category)
    if q:
        found = matching(found, q)
    if price_min is not None:
        found = found.filter(price__gte=price_min)
    if price_max is not None:
        found = found.filter(price__lte=price_max)
    if in_stock is not None:
        found = found.filter(in_stock=in_stock)
    if colour or labels:
        shown = _garments(category, colour, labels)
        return found.filter(Exists(shown.filter(image__product_picture__product=OuterRef("pk"), image__visible=True)))
    return found.filter(Exists(ProductPicture.objects.filter(product=OuterRef("pk"), image__visible=True)))


def product(product_id: int) -> Product | None:
    """With the garments of its pictures."""
    found = products().filter(pk=product_id)
    return found.prefetch_related(None).prefetch_related(_visible_pictures("image__garments")).first()


def photos(*, category: str = "", colour: str = "", **labels: str) -> QuerySet[Photo]:
    """Photographs and looks that anyone may see; what narrows them is all true of one garment that is worn there."""
    found = Photo.objects.filter(public("image__")).select_related("image__owner")
    if not (category or colour or labels):
        return found
    return found.filter(Exists(_garments(category, colour, labels).filter(image=OuterRef("image"))))


def photo(photo_id: int) -> Photo | None:
    """With the garments in it."""
    return photos().filter(pk=photo_id).prefetch_related("image__garments").first()


def products_by_image(image_ids: Collection[UUID]) -> dict[UUID, Product]:
    pictures = ProductPicture.objects.filter(image__in=image_ids).select_related("product")
    return {picture.image_id: picture.product for picture in pictures}


def photos_by_image(image_ids: Collection[UUID]) -> dict[UUID, Photo]:
    return {photo.image_id: photo for photo in Photo.objects.filter(image__in=image_ids)}


def garments_of_products_matching(q: str, *, limit: int) -> list[int] | None:
    """Ascending ids of the visible garments of products whose text has every word of `q`; None: more than `limit`.

    Raises text.NoWords.
    """
    pictured = Garment.objects.filter(image__kind=Kind.PRODUCT, image__visible=True)
    garments = pictured.filter(image__product_picture__product__in=matching(Product.objects.all(), q))
    ids = garments.order_by().values_list("pk", flat=True)[: limit + 1]  # unsorted: SQL may stop at the first too many
    return sorted(ids) if len(ids) <= limit else None


def products_matching(q: str, product_ids: Collection[int]) -> set[int]:
    """Which of these products have every word of `q` in their text. Raises text.NoWords."""
    return set(matching(Product.objects.filter(pk__in=product_ids), q).values_list("pk", flat=True))


def _garments(category: str, colour: str, labels: Mapping[str, str]) -> QuerySet[Garment]:
    wanted = {f"labels__{name}__value": value for name, value in labels.items()}
    if colour:
        wanted["colours__0__name"] = colour
    if category:
        wanted["category"] = category
    return Garment.objects.filter(**wanted)


def _visible_pictures(*more: str) -> Prefetch[str]:
    pictures = ProductPicture.objects.filter(image__visible=True).select_related("image").prefetch_related(*more)
    return Prefetch("pictures", pictures)
