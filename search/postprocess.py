"""From hits of the index to results for a person. Pure functions, each tested on its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from catalog.models import Photo, Product
from images.models import Garment
from mlcore.index.base import Hit
from mlcore.palette import delta_e, lookup


@dataclass(frozen=True, slots=True)
class Match:
    """Why a result is where it is."""

    similarity: float
    """Cosine of the two garments, −1..1; results are ordered by it."""
    colour_delta_e: float | None
    """ΔE2000 between the main colours; None if one has none."""
    labels_agree: tuple[str, ...]
    labels_differ: tuple[str, ...]
    quality: float
    rank_before: int
    """The place among the index's hits, from 1, before doubles were folded."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A hit that may be shown, with what is shown of it."""

    garment: Garment
    similarity: float
    rank_before: int
    shown: Product | Photo


def candidates(
    hits: Sequence[Hit], garments: Mapping[int, Garment], shown: Mapping[UUID, Product] | Mapping[UUID, Photo]
) -> list[Candidate]:
    """The hits that SQL knows and lets be seen, in the index's order."""
    found = []
    for place, hit in enumerate(hits, start=1):
        garment = garments.get(hit.garment_id)
        thing = shown.get(garment.image_id) if garment is not None else None
        if garment is not None and thing is not None:
            found.append(Candidate(garment, hit.similarity, place, thing))
    return found


def one_each(ranked: Iterable[Candidate]) -> list[Candidate]:
    """Each product and each photograph once, with its best garment."""
    best: dict[tuple[type, int], Candidate] = {}
    for candidate in ranked:
        best.setdefault((type(candidate.shown), candidate.shown.pk), candidate)
    return list(best.values())


def merged(ranked: Sequence[Candidate], others: Sequence[Candidate]) -> list[Candidate]:
    """Two ranked lists as one, each product and photograph once."""
    return one_each(sorted([*ranked, *others], key=lambda candidate: candidate.similarity, reverse=True))


def explain(query: Garment, candidate: Candidate) -> Match:
    garment = candidate.garment
    both = [name for name in query.labels if name in garment.labels]
    same = {name for name in both if query.labels[name]["value"] == garment.labels[name]["value"]}
    return Match(
        similarity=candidate.similarity,
        colour_delta_e=_colour_distance(query.colours, garment.colours),
        labels_agree=tuple(name for name in both if name in same),
        labels_differ=tuple(name for name in both if name not in same),
        quality=round(garment.quality, 4),
        rank_before=candidate.rank_before,
    )


def _colour_distance(ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]) -> float | None:
    if not ours or not theirs:
        return None
    return round(float(delta_e(lookup(ours[0]["hex"]), lookup(theirs[0]["hex"]))), 2)
