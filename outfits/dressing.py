"""What a user has of what an outfit wants, and what shops have for the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import catalog.selectors
import images.selectors
from accounts.models import User
from catalog.models import Product
from images.models import Garment
from mlcore.index.base import IndexAway
from mlcore.types import Category
from outfits.fitting import Fit, Wanted, best_fits, vectors_of
from outfits.selectors import with_covers
from outfits.shopping import PRODUCTS, in_shops
from outfits.suggesting import Suggested, part_key
from wardrobe.models import Item

OWN: Final = 3  # items shown for a part


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """A product for what is missing, by the garment in its picture that is like it."""

    product: Product
    garment: Garment


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What there is for one part: own items, the best first, and products where none of those can be worn for it."""

    fits: Sequence[Fit] = ()
    offers: Sequence[Offer] = ()

    @property
    def owned(self) -> bool:
        return any(fit.fits for fit in self.fits)


@dataclass(frozen=True, slots=True, eq=False)
class Dressed:
    """`choices`: by what each is for. `items`: the own ones that they name, with their covers."""

    choices: Mapping[str, Choice]
    items: Mapping[UUID, Item] = field(default_factory=dict)


def for_suggestions(owner: User, suggested: Suggested, *, model_version: str) -> Dressed:
    """By `part_key`. What shops have was looked up with the suggestions; that is only filled in here."""
    parts = {part_key(part): part for one in suggested.suggestions for part in one.parts}
    vectors = vectors_of([part.middle for part in parts.values()])
    wanted = {
        key: Wanted(part.category, vectors[part.middle], suggested.garments[part.middle].colours)
        for key, part in parts.items()
        if part.middle in vectors and part.middle in suggested.garments
    }
    found = _fits(owner, wanted, model_version)
    missing = {key for key in parts if not any(fit.fits for fit in found.get(key, ()))}
    nearest = {key: suggested.products.get(key, ()) for key in missing}
    return _dressed(owner, parts, found, _offers(nearest))


def for_garments(owner: User, garments: Sequence[Garment], *, model_version: str) -> Dressed:
    """By the id in the API, of garments in a photograph that come with their descriptors. Without the index nothing is
    offered."""
    wanted = {
        str(garment.uid): Wanted(Category(garment.category), garment.descriptor.vector, garment.colours)
        for garment in garments
        if garment.descriptor.model_version == model_version
    }
    found = _fits(owner, wanted, model_version)
    missing = {key: one for key, one in wanted.items() if not any(fit.fits for fit in found[key])}
    try:
        nearest = in_shops(missing, model_version=model_version)
    except IndexAway:
        nearest = {}
    return _dressed(owner, [str(garment.uid) for garment in garments], found, _offers(nearest))


def _fits(owner: User, wanted: Mapping[str, Wanted], model_version: str) -> dict[str, list[Fit]]:
    found = best_fits(owner, list(wanted.values()), model_version=model_version, most=OWN)
    return dict(zip(wanted, found, strict=True))


def _dressed(
    owner: User, keys: Collection[str], found: Mapping[str, Sequence[Fit]], offers: Mapping[str, Sequence[Offer]]
) -> Dressed:
    named = {fit.item for fits in found.values() for fit in fits}
    items = {item.pk: item for item in with_covers(Item.objects.filter(owner=owner, pk__in=named))}
    choices = {
        key: Choice([fit for fit in found.get(key, ()) if fit.item in items], offers.get(key, ())) for key in keys
    }
    return Dressed(choices, items)


def _offers(nearest: Mapping[str, Sequence[int]]) -> dict[str, list[Offer]]:
    """One of each product, in stock by SQL, whatever the index said; two queries."""
    shown = images.selectors.public_garments({pk for ids in nearest.values() for pk in ids})
    pictures = {shown[pk].image_id for ids in nearest.values() for pk in ids if pk in shown}
    products = catalog.selectors.products_by_image(pictures)
    offers: dict[str, list[Offer]] = {}
    for key, ids in nearest.items():
        of_part: dict[int, Offer] = {}
        for pk in ids:
            product = products.get(shown[pk].image_id) if pk in shown else None
            if product is not None and product.in_stock:
                of_part.setdefault(product.pk, Offer(product, shown[pk]))
        offers[key] = list(of_part.values())[:PRODUCTS]
    return offers
