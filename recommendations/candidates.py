"""Which photographs are considered for a page: like the user's taste, wearable with what they own, popular, new.

The index says what is alike, in one call for each category; SQL says what of it may be shown, in a constant number of
queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, zip_longest
from typing import Final

import numpy as np
from django.db.models import QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from accounts.models import User
from images.index import model_version
from images.models import Descriptor
from images.selectors import public
from mlcore.types import EMBEDDING_SIZE, Category
from recommendations.likeness import Wanted, alike
from recommendations.pools import pools, popularity
from recommendations.ranking import Candidate, Worn
from recommendations.selectors import Barred
from recommendations.taste import Taste

ALIKE: Final = 60  # garments that are looked for like each medoid
FURTHER: Final = 400  # the same where not even a page of these is left
CHOSEN: Final = 80  # photographs that are looked at closely for being alike (3 a place, where pages are long) …
APIECE: Final = 25  # … and for being popular, and for being new (1 a place)
MOST_OWNED: Final = 300  # garments of the wardrobe that photographs are held against, the newest
COVERED: Final = 0.6  # cosine from which an own garment stands in for the one that is worn

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Wardrobe:
    """What a user owns, as far as it is described, the newest first. `items`: by row the item that the garment shows.
    `vectors`: float32 (n, 512), of unit length."""

    items: Sequence[str] = ()
    categories: NDArray[np.str_] = field(default_factory=lambda: np.zeros(0, np.str_))
    vectors: Matrix = field(default_factory=lambda: np.zeros((0, EMBEDDING_SIZE), np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """The own item that is most like a garment of a photograph."""

    item: str
    similarity: float


@dataclass(frozen=True, slots=True, eq=False)
class Considered:
    """`covers`: by photograph, for those of which the wardrobe has something."""

    candidates: Sequence[Candidate]
    covers: Mapping[int, Cover]


@dataclass(frozen=True, slots=True, eq=False)
class _Garments:
    """Of n garments: (photograph, photographer, when it came, id, category, colour, quality), and vectors (n, 512)."""

    facts: Sequence[tuple[int, str, datetime, int, str, str | None, float]]
    vectors: Matrix


def considered(
    user: User, taste: Taste, wardrobe: Wardrobe, *, barred: Barred, passed: Collection[int], limit: int
) -> Considered:
    """Photographs to be ranked for a page of `limit`. `passed`: those shown of late or on an earlier page.

    While the index is away, what is popular and new.
    """
    shared = pools()
    without = barred.photos.union(passed)
    chosen = chain(
        _alike(taste, wardrobe, without, limit),
        _unseen(shared.popular, without, APIECE),
        _unseen(shared.fresh, without, max(APIECE, limit)),
    )
    return described(user, list(dict.fromkeys(chosen)), wardrobe, barred=barred)


def described(user: User, photo_ids: Sequence[int], wardrobe: Wardrobe, *, barred: Barred) -> Considered:
    """Those of the photographs that the user may be shown and in which garments are known. Three queries."""
    now = timezone.now()
    garments = _garments_of(user, photo_ids, barred)
    popular = popularity(photo_ids, now)
    cosines = _to_wardrobe(garments, wardrobe)
    rows: dict[int, list[int]] = defaultdict(list)
    for row, (photo, *_) in enumerate(garments.facts):
        rows[photo].append(row)
    candidates, covers = [], {}
    for photo, own in rows.items():
        _, photographer, made_at, *_ = garments.facts[own[0]]
        best = cosines[own].max(axis=1, initial=-1.0)
        if best.max() >= COVERED:
            row = own[int(np.argmax(best))]
            covers[photo] = Cover(wardrobe.items[int(np.argmax(cosines[row]))], round(float(best.max()), 4))
        candidates.append(
            Candidate(
                photo=photo,
                garments=[_worn(garments, row) for row in own],
                quality=sum(garments.facts[row][6] for row in own) / len(own),
                age_days=(now - made_at).total_seconds() / 86_400,
                popularity=popular.get(photo, 0.5),
                photographer=photographer,
                coverage=float((best >= COVERED).mean()),
            )
        )
    return Considered(candidates, covers)


def wardrobe_of(user: User) -> Wardrobe:
    """One query."""
    hanging = Descriptor.objects.filter(
        garment__item_picture__item__owner=user,
        garment__item_picture__item__archived_at__isnull=True,
        garment__due_at__isnull=True,
        model_version=model_version(),
    ).order_by("-garment_id")
    rows = list(hanging.values_list("garment__item_picture__item", "garment__category", "data")[:MOST_OWNED])
    if not rows:
        return Wardrobe()
    items, categories, data = zip(*rows, strict=True)
    return Wardrobe([str(item) for item in items], np.array(categories), Descriptor.unpack(data))


def _alike(taste: Taste, wardrobe: Wardrobe, without: Collection[int], limit: int) -> list[int]:
    """Like the medoids, the most important first, and like the newest of each category that is owned."""
    most = max(CHOSEN, 3 * limit)
    newest = {category: row for row, category in reversed(list(enumerate(wardrobe.categories.tolist())))}
    wanted = [Wanted(medoid.garment, medoid.category, medoid.vector) for medoid in taste.medoids]
    wanted += [
        Wanted(f"item:{wardrobe.items[row]}", Category(category), wardrobe.vectors[row])
        for category, row in newest.items()
    ]
    near = alike(wanted, depth=ALIKE)
    found = list(_round_robin([one.photos for one in near], without, most))
    if len(found) < limit and any(one.cut for one in near):
        found = list(_round_robin([one.photos for one in alike(wanted, depth=FURTHER)], without, most))
    return found


def _round_robin(lists: Sequence[Sequence[int]], without: Collection[int], most: int) -> Iterator[int]:
    """The best of each list, then the second of each: no medoid takes all places from the others."""
    taken: set[int] = set()
    for photo in chain.from_iterable(zip_longest(*lists)):
        if photo is not None and photo not in taken and photo not in without:
            taken.add(photo)
            yield photo
            if len(taken) == most:
                return


def _unseen(photo_ids: Iterable[int], without: Collection[int], most: int) -> Iterator[int]:
    left = most
    for photo in photo_ids:
        if photo not in without:
            yield photo
            left -= 1
            if not left:
                return


def _garments_of(user: User, photo_ids: Sequence[int], barred: Barred) -> _Garments:
    """Of photographs that may be shown, the user's own looks left out."""
    shown: QuerySet[Descriptor] = Descriptor.objects.filter(
        public("garment__image__"), garment__image__photo__in=photo_ids, model_version=model_version()
    ).exclude(garment__image__owner=user)
    rows = shown.order_by("garment__image__photo", "garment__position").values_list(
        "garment__image__photo",
        "garment__image__photo__photographer",
        "garment__image__photo__created_at",
        "garment",
        "garment__category",
        "garment__colours__0__hex",
        "garment__quality",
        "data",
    )
    left = [row for row in rows if row[1] not in barred.photographers]
    return _Garments([row[:7] for row in left], Descriptor.unpack([row[7] for row in left]))


def _worn(garments: _Garments, row: int) -> Worn:
    _, _, _, pk, category, colour, _ = garments.facts[row]
    return Worn(str(pk), Category(category), garments.vectors[row], colour or "")


def _to_wardrobe(garments: _Garments, wardrobe: Wardrobe) -> Matrix:
    """(garments, own garments): cosines, −1 where the category is another."""
    categories = np.array([category for _, _, _, _, category, _, _ in garments.facts], np.str_)
    same = categories[:, None] == wardrobe.categories[None, :]
    return np.where(same, garments.vectors @ wardrobe.vectors.T, np.float32(-1))
