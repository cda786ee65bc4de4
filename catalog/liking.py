"""Likes: what somebody likes, who likes it, and the writers of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import User
from catalog.models import Like, Photo, Product, ProductPicture
from images.selectors import Reader, public


@dataclass(frozen=True, slots=True)
class Liked:
    """Ids of what the reader likes, out of what is shown."""

    products: frozenset[int]
    photos: frozenset[int]


@transaction.atomic
def like_product(*, user: User, product_id: int) -> bool:
    """Once, however often it is said. False: there is no such product, or none that is shown."""
    if Product.objects.select_for_update().filter(_shown_product(), pk=product_id).first() is None:
        return False
    Like.objects.get_or_create(user=user, product_id=product_id)
    return True


@transaction.atomic
def like_photo(*, user: User, photo_id: int) -> bool:
    """Once, however often it is said. False: there is no such photograph, or it is not shown."""
    if Photo.objects.select_for_update(of=("self",)).filter(public("image__"), pk=photo_id).first() is None:
        return False
    Like.objects.get_or_create(user=user, photo_id=photo_id)
    return True


def unlike_product(*, user: User, product_id: int) -> bool:
    """False: there is nothing to be liked no more. What was hidden meanwhile can be."""
    gone, _ = Like.objects.filter(user=user, product=product_id).delete()
    return gone > 0 or Product.objects.filter(_shown_product(), pk=product_id).exists()


def unlike_photo(*, user: User, photo_id: int) -> bool:
    """False: there is nothing to be liked no more. What was hidden meanwhile can be."""
    gone, _ = Like.objects.filter(user=user, photo=photo_id).delete()
    return gone > 0 or Photo.objects.filter(public("image__"), pk=photo_id).exists()


def likes(user: User, *, kind: str = "") -> QuerySet[Like]:
    """With what is liked and may be shown; what is hidden is left out. `kind`: product or photo, empty for both."""
    pictures = ProductPicture.objects.filter(image__visible=True).select_related("image")
    shown = Exists(ProductPicture.objects.filter(product=OuterRef("product"), image__visible=True))
    found = Like.objects.filter(shown | public("photo__image__"), user=user)
    if kind:
        found = found.filter(**{f"{kind}__isnull": False})
    return found.select_related("product", "photo__image__owner").prefetch_related(
        Prefetch("product__pictures", pictures)
    )


def liked_among(reader: Reader, shown: Iterable[Product | Photo]) -> Liked | None:
    """One query. None: nobody is signed in."""
    if not isinstance(reader, User):
        return None
    every = list(shown)
    products = {thing.pk for thing in every if isinstance(thing, Product)}
    photos = {thing.pk for thing in every if isinstance(thing, Photo)}
    if not every:
        return Liked(frozenset(), frozenset())
    rows = Like.objects.filter(Q(product__in=products) | Q(photo__in=photos), user=reader).order_by()
    pairs = list(rows.values_list("product", "photo"))
    return Liked(frozenset(p for p, _ in pairs if p is not None), frozenset(p for _, p in pairs if p is not None))


def _shown_product() -> Exists:
    return Exists(ProductPicture.objects.filter(product=OuterRef("pk"), image__visible=True))
