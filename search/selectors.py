"""Results from the index, decided and filled in by SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from django.conf import settings

import catalog.selectors
import images.selectors
from images.index import vector_index
from mlcore.index.base import MAX_LIMIT, CollectionName, Hit, Range, VectorIndex, Where, best_first
from mlcore.types import Category, Vector
from search.filters import Filters
from search.postprocess import Candidate, Ranked, Shown, candidates, fitting, new_ones, rank, rank_without_picture
from search.query import TWIN, TWINS, Target

DEPTH = 200  # hits that one result set is made from: more than anybody scrolls through
DEEPEST = 20_000  # hits that are looked at before a page stays short: filters that only SQL knows may hide most
SPARE = 10  # candidates read beyond what a page wants: hidden ones, and further views of one product
MOST_BY_TEXT = 5_000  # garments that the index is told by their ids; where more match, SQL sifts its hits
NARROWER = (0.25, 0.5, 1.0)  # parts of a colour's tolerance, by which a search without a picture widens
QUALITIES = (0.8, 0.6, 0.4, 0.0)  # the same where no colour was asked for: the better pictures first


def ranked_batches(
    target: Target,
    vector: Vector,
    *,
    model_version: str,
    categories: Collection[Category],
    elsewhere: Collection[Category],
    filters: Filters,
) -> Iterator[list[Ranked]]:
    """The most similar garments, in batches: DEPTH at first, which is a result set, then as many as it takes.

    If none of the `categories` holds a twin (TWIN), twins of the categories `elsewhere` stand among them. Raises
    IndexAway.
    """
    index, collection = _collection(model_version, target)
    where = _where(filters)
    seen: list[int] = []
    size, place = DEPTH, 1
    while len(seen) < DEEPEST:
        further = replace(where, excluded=tuple(seen))
        hits = index.search(collection, vector, categories=categories, where=further, limit=size)
        seen += [hit.garment_id for hit in hits]
        fit = fitting(hits, filters)
        if place == 1 and elsewhere and not (fit and fit[0].similarity >= TWIN):
            others = index.search(collection, vector, categories=elsewhere, where=where, limit=TWINS)
            twins = [hit for hit in fitting(others, filters) if hit.similarity >= TWIN]
            fit = best_first([*fit, *twins], len(fit) + len(twins))
        yield rank(fit, quality_weight=settings.SEARCH_QUALITY_WEIGHT, first_place=place)
        if len(hits) < size:
            return
        size, place = MAX_LIMIT, place + len(fit)


def ranked_without_picture(
    target: Target, *, model_version: str, categories: Collection[Category], filters: Filters
) -> list[Ranked]:
    """Garments that fit, by colour and quality; at most MAX_LIMIT are compared, of the nearest shade that has enough.

    Raises IndexAway.
    """
    index, collection = _collection(model_version, target)
    hits: list[Hit] = []
    for where, narrowed in _rings(filters):
        listed = index.listed(collection, categories=categories, where=where, limit=MAX_LIMIT)
        hits = fitting(listed, narrowed)
        if len(hits) >= DEPTH:
            break
    return rank_without_picture(hits, filters.colour, quality_weight=settings.SEARCH_QUALITY_WEIGHT)


def page(
    target: Target, ranked: Sequence[Ranked], *, shown: Shown, text: str, limit: int
) -> tuple[list[Candidate], int]:
    """(up to `limit` results that may be shown and were not yet, how many of `ranked` were used up).

    What was shown is noted in `shown`. Two SQL queries a round (three with a text); one round is the rule.
    """
    found: list[Candidate] = []
    used = 0
    while len(found) < limit and used < len(ranked):
        part = ranked[used : used + limit - len(found) + SPARE]
        places = {place.garment_id: used + i for i, place in enumerate(part)}
        used += len(part)
        for candidate in new_ones(_hydrated(target, part, text), shown):
            found.append(candidate)
            if len(found) == limit:
                used = places[candidate.ranked.garment_id] + 1
                break
    return found, used


def _collection(model_version: str, target: Target) -> tuple[VectorIndex, CollectionName]:
    return vector_index().at(model_version), CollectionName(target.value)


def _where(filters: Filters) -> Where:
    """What the index can apply, the text included where few enough garments match."""
    where = filters.where()
    if filters.text:
        matching = catalog.selectors.garments_of_products_matching(filters.text, limit=MOST_BY_TEXT)
        if matching is not None:
            return replace(where, among=tuple(matching))
    return where


def _rings(filters: Filters) -> Iterator[tuple[Where, Filters]]:
    """From the nearest shade, or the best pictures, outwards."""
    where = _where(filters)
    colour = filters.colour
    if colour is not None and colour.tolerance is not None:
        for part in NARROWER:
            narrowed = replace(filters, colour=replace(colour, tolerance=part * colour.tolerance))
            yield replace(where, near=narrowed.where().near), narrowed
    else:
        for quality in QUALITIES:
            yield replace(where, quality=Range(low=quality)), filters


def _hydrated(target: Target, ranked: Sequence[Ranked], text: str) -> list[Candidate]:
    garments = images.selectors.public_garments([place.garment_id for place in ranked])
    image_ids = {garment.image_id for garment in garments.values()}
    if target is Target.PHOTOS:
        return candidates(ranked, garments, catalog.selectors.photos_by_image(image_ids))
    found = candidates(ranked, garments, catalog.selectors.products_by_image(image_ids))
    if not text:
        return found
    matching = catalog.selectors.products_matching(text, [candidate.shown.pk for candidate in found])
    return [candidate for candidate in found if candidate.shown.pk in matching]
