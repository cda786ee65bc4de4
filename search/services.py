"""The online flow: a picture, a garment or a drawn box in; what looks like it out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO
from uuid import UUID

import images.services
from accounts.models import User
from images import selectors as readable
from images.index import model_version
from images.models import Descriptor, Garment, Image, Stage
from mlcore.index.base import IndexAway
from mlcore.types import Box, Category, Vector
from search.postprocess import Candidate, Match, explain, merged
from search.query import TWIN, TWINS, Query, categories, chosen, drawn_over
from search.selectors import Target, nearest


class UnknownPicture(Exception):
    """No such picture or garment, or it is another user's."""


class NotReady(Exception):
    """The picture is still being described."""


class NothingToSearch(Exception):
    """A picture, or a box in it, in which no garment was found."""


@dataclass(frozen=True, slots=True)
class Result:
    candidate: Candidate
    match: Match


@dataclass(frozen=True, slots=True)
class Answer:
    query: Query
    results: Sequence[Result]
    timings_ms: dict[str, float]


def search_by_picture(
    *, reader: readable.Reader, file: IO[bytes], target: Target, category: Category | None, limit: int
) -> Answer:
    """Raises what `images.services.add_query_picture` raises, NothingToSearch (nothing is kept then) and IndexAway."""
    start = time.perf_counter()
    image = images.services.add_query_picture(owner=reader if isinstance(reader, User) else None, file=file)
    try:
        return _answer(_query_of(image, category), target=target, category=category, limit=limit, start=start)
    except (NothingToSearch, IndexAway):
        images.services.erase_images(images=[image])
        raise


def search_by_garment(
    *, reader: readable.Reader, garment_id: UUID, target: Target, category: Category | None, limit: int
) -> Answer:
    """No model runs. Raises UnknownPicture and IndexAway."""
    start = time.perf_counter()
    garment = readable.readable_garment(reader, garment_id)
    if garment is None:
        raise UnknownPicture("no such garment")
    query = Query(garment.image, list(garment.image.garments.all()), garment, *_vector(garment))
    return _answer(query, target=target, category=category, limit=limit, start=start)


def search_in_picture(
    *,
    reader: readable.Reader,
    image_id: UUID,
    box: Box | None,
    target: Target,
    category: Category | None,
    limit: int,
) -> Answer:
    """By the picture's most prominent garment, or by what a drawn box frames, detected or not.

    Raises UnknownPicture, NotReady, NothingToSearch, NobodyAnswered and IndexAway.
    """
    start = time.perf_counter()
    image = readable.readable_image(reader, image_id)
    if image is None:
        raise UnknownPicture("no such picture")
    if image.stage == Stage.STORED:
        raise NotReady("the picture is still being described")
    if image.stage == Stage.FAILED:
        raise NothingToSearch(f"the picture could not be described: {image.error}")
    query = _query_of(image, category) if box is None else _query_in_box(image, box, category)
    return _answer(query, target=target, category=category, limit=limit, start=start)


def _query_of(image: Image, category: Category | None) -> Query:
    garments = list(image.garments.select_related("descriptor"))
    if not garments:
        raise NothingToSearch(
            "no garment was found in the picture (looked for tops, outerwear, trousers, skirts, dresses and rompers); "
            "draw a box around the garment and search with `image` and `box`, or take a picture that shows it whole"
        )
    garment = chosen(garments, category)
    return Query(image, garments, garment, *_vector(garment))


def _query_in_box(image: Image, box: Box, category: Category | None) -> Query:
    garments = list(image.garments.select_related("descriptor"))
    framed = drawn_over(garments, box)
    if framed is not None:
        return Query(image, garments, framed, *_vector(framed))
    described = images.services.describe_box(image=image, box=box, category=category)
    if described is None:
        raise NothingToSearch("no garment can be made out in the box; name its `category` to search all the same")
    garment, packed = described
    return Query(image, garments, garment, Descriptor(data=packed).vector, model_version())


def _vector(garment: Garment) -> tuple[Vector, str]:
    return garment.descriptor.vector, garment.descriptor.model_version


def _found(query: Query, *, target: Target, category: Category | None, limit: int) -> list[Candidate]:
    """The most similar of the garment's own category; and its twins of any other, unless a category was asked for.

    What the detector calls outerwear a shop may have filed under tops: the same garment is to be found all the same.
    """
    wanted = categories(query.garment, category)
    search = partial(nearest, target, query.vector, model_version=query.model_version)
    found = search(categories=wanted, limit=limit)
    if category is not None or (found and found[0].similarity >= TWIN):
        return found
    elsewhere = search(categories=[c for c in Category if c not in wanted], limit=min(limit, TWINS))
    return merged(found, [c for c in elsewhere if c.similarity >= TWIN])[:limit]


def _answer(query: Query, *, target: Target, category: Category | None, limit: int, start: float) -> Answer:
    analysed = time.perf_counter()
    found = _found(query, target=target, category=category, limit=limit)
    results = [Result(candidate, explain(query.garment, candidate)) for candidate in found]
    end = time.perf_counter()
    timings = {"analyse": analysed - start, "search": end - analysed, "total": end - start}
    return Answer(query, results, {name: round(1000 * seconds, 2) for name, seconds in timings.items()})
