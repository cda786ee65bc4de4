"""From hits of the index to results for a person. Pure functions, each tested on its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from catalog.models import Photo, Product
from images.models import Garment
from mlcore.fingerprints import same_picture
from mlcore.index.base import Hit
from mlcore.palette import delta_e
from search.filters import Colour, Filters, Lab, lab

SAME_SHADE = 5.0  # ΔE00 within which two copies of a picture lie; a shop's recoloured picture is another thing to buy
SAME_LIKENESS = 0.02  # by which the similarities of two copies of a picture differ at most


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit with its place among all."""

    garment_id: int
    similarity: float | None
    """Cosine, −1..1, six digits; None where no picture was given."""
    score: float
    """What results are ordered by, six digits."""
    rank_before: int
    """The place by similarity alone, from 1."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ranked hit that may be shown, with what is shown of it."""

    garment: Garment
    ranked: Ranked
    shown: Product | Photo


@dataclass(frozen=True, slots=True)
class Likeness:
    """What results are compared with: the searched garment's labels, and its colour or the one that was asked for."""

    labels: Mapping[str, str]
    colour: Lab | None


@dataclass(frozen=True, slots=True)
class Match:
    """Why a result is where it is."""

    similarity: float | None
    colour_delta_e: float | None
    """ΔE00 of the nearest of the garment's colours to the asked one, else to the query's main colour; None if either is
    unknown."""
    labels_agree: tuple[str, ...]
    labels_differ: tuple[str, ...]
    quality: float
    rank_before: int


@dataclass(slots=True)
class Shown:
    """What earlier results were, so that nothing comes twice, on this page or a later one."""

    things: set[int]
    """Ids of products, or of photographs; one search shows one kind."""
    pictures: list[Picture]


@dataclass(frozen=True, slots=True)
class Picture:
    """What two copies of one picture have in common."""

    fingerprint: str
    similarity: float
    """To the query; where there is none, the score."""
    colour: Lab | None

    def is_copy_of(self, other: Picture) -> bool:
        return (
            abs(self.similarity - other.similarity) <= SAME_LIKENESS
            and same_picture(self.fingerprint, other.fingerprint)
            and _same_shade(self.colour, other.colour)
        )


def rank(hits: Sequence[Hit], *, quality_weight: float, first_place: int = 1) -> list[Ranked]:
    """Hits with similarities (best first) by similarity − quality_weight × (1 − quality): of two near-equals the better
    picture comes first, and a difference of more than `quality_weight` decides whatever the pictures are like."""
    scored = [
        Ranked(hit.garment_id, hit.similarity, _score(hit.similarity, hit.quality, quality_weight), place)
        for place, hit in enumerate(hits, start=first_place)
    ]
    return sorted(scored, key=lambda ranked: (-ranked.score, ranked.garment_id))


def rank_without_picture(hits: Iterable[Hit], colour: Colour | None, *, quality_weight: float) -> list[Ranked]:
    """By 1 − ΔE00 / 100 to the asked colour (1 where none was asked for) in the place of similarity."""
    near = {hit.garment_id: (1 - round(colour.distance(hit.colours), 2) / 100) if colour else 1.0 for hit in hits}
    by_colour = sorted(hits, key=lambda hit: (-near[hit.garment_id], hit.garment_id))
    scored = [
        Ranked(hit.garment_id, None, _score(near[hit.garment_id], hit.quality, quality_weight), place)
        for place, hit in enumerate(by_colour, start=1)
    ]
    return sorted(scored, key=lambda ranked: (-ranked.score, ranked.garment_id))


def fitting(hits: Iterable[Hit], filters: Filters) -> list[Hit]:
    """Those that really fit: the index let through a box around the colour."""
    return [hit for hit in hits if filters.fits(hit)]


def candidates(
    ranked: Sequence[Ranked], garments: Mapping[int, Garment], shown: Mapping[UUID, Product] | Mapping[UUID, Photo]
) -> list[Candidate]:
    """The hits that SQL knows and lets be seen, in their order."""
    found = []
    for place in ranked:
        garment = garments.get(place.garment_id)
        thing = shown.get(garment.image_id) if garment is not None else None
        if garment is not None and thing is not None:
            found.append(Candidate(garment, place, thing))
    return found


def new_ones(ranked: Iterable[Candidate], shown: Shown) -> Iterator[Candidate]:
    """Each product and photograph once, with its best garment; of a picture's copies the first. Notes them all."""
    for candidate in ranked:
        garment, ranked_as = candidate.garment, candidate.ranked
        picture = Picture(
            garment.image.fingerprint,
            ranked_as.score if ranked_as.similarity is None else ranked_as.similarity,
            lab(garment.colours[0]["hex"]) if garment.colours else None,
        )
        if candidate.shown.pk in shown.things or any(picture.is_copy_of(other) for other in shown.pictures):
            continue
        shown.things.add(candidate.shown.pk)
        shown.pictures.append(picture)
        yield candidate


def explain(likeness: Likeness, candidate: Candidate) -> Match:
    garment = candidate.garment
    theirs = {name: label["value"] for name, label in garment.labels.items()}
    both = [name for name in likeness.labels if name in theirs]
    return Match(
        similarity=candidate.ranked.similarity,
        colour_delta_e=_colour_distance(likeness.colour, garment),
        labels_agree=tuple(name for name in both if likeness.labels[name] == theirs[name]),
        labels_differ=tuple(name for name in both if likeness.labels[name] != theirs[name]),
        quality=round(garment.quality, 4),
        rank_before=candidate.ranked.rank_before,
    )


def _same_shade(first: Lab | None, second: Lab | None) -> bool:
    if first is None or second is None:
        return first is second
    return float(delta_e(first, second)) <= SAME_SHADE


def _score(likeness: float, quality: float, quality_weight: float) -> float:
    return round(likeness - quality_weight * (1 - round(quality, 4)), 6)


def _colour_distance(ours: Lab | None, garment: Garment) -> float | None:
    theirs = tuple(lab(colour["hex"]) for colour in garment.main_colours)
    return None if ours is None or not theirs else round(Colour(ours).distance(theirs), 2)
