"""Do I own this? The owner's items that are most like a garment: exact, over their own descriptors in SQL.

What people own is private and never in the index, and a wardrobe is small: a matrix product is all there is to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from accounts.models import User
from images.models import Descriptor
from images.queries import Query
from mlcore.palette import delta_e, lab_of
from mlcore.types import Category
from wardrobe import selectors
from wardrobe.proposals import COLOUR_WEIGHT, FURTHEST_COLOUR, NEVER, OWN_ITEM, compatible, likeness_of

Values = NDArray[np.float64]

AT_ONCE: Final = 128  # crops that are looked at closely, the most alike first


@dataclass(frozen=True, slots=True)
class Match:
    """An item by its most alike picture. `similarity`: the cosine; `likeness`: less what the colours differ.

    `same`: whether it is the thing itself, as surely as proposals say so of an upload (proposals.OWN_ITEM).
    """

    item: UUID
    garment: UUID
    similarity: float
    likeness: float

    @property
    def same(self) -> bool:
        return self.likeness >= OWN_ITEM


@dataclass(frozen=True, slots=True)
class _Owned:
    """What the owner's items show: n crops. `cosines`, `likenesses` (n,): to the query, before a closer look."""

    garments: Sequence[int]
    items: Sequence[UUID]
    cosines: Values
    likenesses: Values


def matches(owner: User, query: Query, *, limit: int) -> list[Match]:
    """The most alike first, of what still hangs there.

    Only vectors of the model that made the query's are compared, and only categories that are confused with its own.
    """
    owned = _owned(owner, query)
    order = np.argsort(-owned.likenesses, kind="stable")
    asked = selectors.crop_of(query.garment, query.image, vector=query.vector, model_version=query.model_version)
    best: dict[UUID, Match] = {}
    for start in range(0, len(order), AT_ONCE):
        places = order[start : start + AT_ONCE].tolist()
        # A closer look only rules out: once enough items are more alike than all that are to come, that is all.
        if len(best) >= limit and _last(best, limit) >= owned.likenesses[places[0]]:
            break
        crops = selectors.crops(owned.garments[place] for place in places)
        places = [place for place in places if owned.garments[place] in crops]
        looked_at = likeness_of([asked], [crops[owned.garments[place]] for place in places])
        for place, likeness in zip(places, looked_at.ravel().tolist(), strict=True):
            garment, item = owned.garments[place], owned.items[place]
            alike = 1.0 if garment == query.garment.pk else likeness  # the very garment
            if alike != NEVER and (item not in best or alike > best[item].likeness):
                best[item] = Match(item, crops[garment].garment, float(owned.cosines[place]), alike)
    return sorted(best.values(), key=lambda match: (-match.likeness, str(match.item)))[:limit]


def _last(best: Mapping[UUID, Match], limit: int) -> float:
    return sorted((match.likeness for match in best.values()), reverse=True)[limit - 1]


def _owned(owner: User, query: Query) -> _Owned:
    rows = list(
        Descriptor.objects.filter(
            garment__item_picture__item__owner=owner,
            garment__item_picture__item__archived_at__isnull=True,
            garment__category__in=compatible(Category(query.garment.category)),
            garment__due_at__isnull=True,
            model_version=query.model_version,
        ).values_list("garment", "garment__item_picture__item", "data", "garment__colours__0__hex")
    )
    cosines = (Descriptor.unpack([data for _, _, data, _ in rows]) @ query.vector).astype(np.float64)
    main = query.garment.colours[0]["hex"] if query.garment.colours else None
    apart = delta_e(_labs([main]), _labs([value for *_, value in rows]))
    likenesses = cosines - COLOUR_WEIGHT * np.nan_to_num(apart, nan=0.0).clip(0, FURTHEST_COLOUR)
    return _Owned([pk for pk, *_ in rows], [item for _, item, *_ in rows], cosines, likenesses)


def _labs(values: Sequence[str | None]) -> Values:
    """CIELAB (n, 3) of `#rrggbb`; NaN where there is none. A wardrobe has few colours and many crops."""
    there = sorted({value for value in values if value})
    labs = np.full((len(there) + 1, 3), np.nan)
    if there:
        rgb = np.frombuffer(bytes.fromhex("".join(value[1:] for value in there)), np.uint8).reshape(-1, 3)
        labs[:-1] = lab_of(rgb)
    place = {value: n for n, value in enumerate(there)}
    return labs[[place.get(value or "", len(there)) for value in values]]
