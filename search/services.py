"""The online flow: a picture, a garment, a drawn box or a few words in; what fits it out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import IO
from uuid import UUID

import images.services
from accounts.models import User
from images import queries
from images import selectors as readable
from images.index import model_version
from images.models import Garment, Image
from images.queries import NothingToSearch, Query
from mlcore.index.base import IndexAway
from mlcore.types import Box, Category
from search import history, pages
from search.filters import Filters
from search.postprocess import Candidate, Likeness, Match, Ranked, Shown, explain
from search.query import Wish, categories, elsewhere, likeness
from search.selectors import page, ranked_batches, ranked_without_picture


@dataclass(frozen=True, slots=True)
class Result:
    candidate: Candidate
    match: Match


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a result set. `next`: the cursor of the page after it, None at the end."""

    results: Sequence[Result]
    next: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found for one garment; `garment` is None for a search by words alone."""

    garment: Garment | None
    page: Page
    dropped_filters: Sequence[str]


@dataclass(frozen=True, slots=True)
class Answer:
    image: Image | None
    garments: Sequence[Garment]
    found: Sequence[Found]
    """One, or one per garment of the picture where all were searched."""
    timings_ms: dict[str, float]


def search_by_picture(*, reader: readable.Reader, file: IO[bytes], wish: Wish, every: bool = False) -> Answer:
    """With a picture's most prominent garment; `every`: with each of its garments.

    Raises what `images.services.add_query_picture` raises, NothingToSearch (nothing is kept then) and IndexAway.
    """
    start = time.perf_counter()
    image = images.services.add_query_picture(owner=reader if isinstance(reader, User) else None, file=file)
    try:
        return _answer(reader, queries.in_picture(image, wish.category, every=every), wish, start=start)
    except (NothingToSearch, IndexAway):
        images.services.erase_images(images=[image])
        raise


def search_by_garment(*, reader: readable.Reader, garment_id: UUID, wish: Wish) -> Answer:
    """No model runs. Raises UnknownPicture, NotReady and IndexAway."""
    start = time.perf_counter()
    return _answer(reader, [queries.by_garment(reader, garment_id)], wish, start=start)


def search_in_picture(
    *, reader: readable.Reader, image_id: UUID, box: Box | None, wish: Wish, every: bool = False
) -> Answer:
    """By the picture's most prominent garment, by each (`every`), or by what a drawn box frames, detected or not.

    Raises UnknownPicture, NotReady, NothingToSearch, NobodyAnswered and IndexAway.
    """
    start = time.perf_counter()
    image = queries.described_image(reader, image_id)
    if box is None:
        searched = queries.in_picture(image, wish.category, every=every)
    else:
        searched = [queries.in_box(image, box, wish.category)]
    return _answer(reader, searched, wish, start=start)


def search_by_words(*, reader: readable.Reader, wish: Wish) -> Answer:
    """By colour, labels and the other filters alone. Raises IndexAway."""
    start = time.perf_counter()
    found = _first_found(None, wish, partial(_ranked_without_picture, wish))
    end = time.perf_counter()
    history.record(reader=reader, queries=[], wish=wish)
    return Answer(None, [], [found], _timings(start, start, end))


def next_page(*, cursor: str) -> Page:
    """The page of a result set that the cursor names. Raises pages.NoSuchPage."""
    rest = pages.take(cursor)
    found, used = page(rest.target, rest.left, shown=rest.shown, text=rest.text, limit=rest.limit)
    further = replace(rest, left=rest.left[used:])
    return Page(_explained(rest.likeness, found), pages.keep(further, after=cursor))


def _answer(reader: readable.Reader, searched: Sequence[Query], wish: Wish, *, start: float) -> Answer:
    analysed = time.perf_counter()
    found = [_found(query, wish) for query in searched]
    end = time.perf_counter()
    history.record(reader=reader, queries=searched, wish=wish)
    return Answer(searched[0].image, searched[0].garments, found, _timings(start, analysed, end))


def _timings(start: float, analysed: float, end: float) -> dict[str, float]:
    timings = {"analyse": analysed - start, "search": end - analysed, "total": end - start}
    return {name: round(1000 * seconds, 2) for name, seconds in timings.items()}


def _found(query: Query, wish: Wish) -> Found:
    filters, unknown = wish.as_in_picture.applied(wish.filters, query.garment)
    found = _first_found(query.garment, replace(wish, filters=filters), partial(_ranked, query, wish))
    return replace(found, dropped_filters=(*unknown, *found.dropped_filters))


def _first_found(garment: Garment | None, wish: Wish, ranking: Callable[[Filters], Iterator[list[Ranked]]]) -> Found:
    """A first page under all filters, or under those that are left when nothing has all of them."""
    for filters, dropped in wish.filters.relaxed():
        shown = Shown(set(), [])
        found, left = _first_page(wish, ranking(filters), shown=shown, text=filters.text)
        if found:
            alike = likeness(garment, filters)
            rest = pages.Rest(wish.target, left, shown, alike, filters.text, wish.limit)
            return Found(garment, Page(_explained(alike, found), pages.keep(rest)), dropped)
    return Found(garment, Page([], None), ())


def _first_page(
    wish: Wish, batches: Iterator[list[Ranked]], *, shown: Shown, text: str
) -> tuple[list[Candidate], list[Ranked]]:
    """(results, what of their batch is left): further batches are looked at only until the page is full."""
    found: list[Candidate] = []
    left: list[Ranked] = []
    for batch in batches:
        more, used = page(wish.target, batch, shown=shown, text=text, limit=wish.limit - len(found))
        found, left = [*found, *more], batch[used:]
        if len(found) == wish.limit:
            break
    return found, left


def _ranked(query: Query, wish: Wish, filters: Filters) -> Iterator[list[Ranked]]:
    """Of the garment's own category; and its twins of those it may be taken for, unless a category was asked for.

    What the detector calls outerwear a shop may have filed under tops: the same garment is to be found all the same.
    """
    wanted = categories(query.garment, wish.category)
    return ranked_batches(
        wish.target,
        query.vector,
        model_version=query.model_version,
        categories=wanted,
        elsewhere=elsewhere(wanted) if wish.category is None else (),
        filters=filters,
    )


def _ranked_without_picture(wish: Wish, filters: Filters) -> Iterator[list[Ranked]]:
    wanted = [wish.category] if wish.category is not None else list(Category)
    yield ranked_without_picture(wish.target, model_version=model_version(), categories=wanted, filters=filters)


def _explained(alike: Likeness, found: Sequence[Candidate]) -> list[Result]:
    return [Result(candidate, explain(alike, candidate)) for candidate in found]
