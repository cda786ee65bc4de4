"""Outfit formulas: which kinds of garment are worn together, how often, and how much more often than by chance. Pure.

A formula's *support* is in how many photographs somebody wears all its parts with such a garment; its *confidence* the
share of them among the photographs of such a garment; its *lift* that share over the share of people who wear the
parts, whatever with (Agrawal, Imieliński and Swami 1993; Brin et al. 1997).

Few photographs prove little, in two places. How likely a part is at all is counted together with PRIOR people who wear
any garment of the category asked with; and a formula weighs by the lower end of its confidence's interval (Wilson
1927).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final
from uuid import UUID

from mlcore.types import Category
from outfits.kinds import Kind, Worn, nearest

MOST_PARTS: Final = 3  # beside the garment that was asked with: four in all
LEAST_SUPPORT: Final = 3  # photographs: two may be one person on one day
Z: Final = 1.645  # of a normal distribution: the truth is above the lower end in 95 of 100 cases
PRIOR: Final = 20  # people who wear something of the category asked with, beside those who wear something like it
WEIGHT: Final = 0.25  # the power of the confidence's lower end; 1 would show single garments only: docs/outfits.md
COMPLETED: Final = 0.1  # of a combination's photographs, that must show what completes it
SHARED: Final = 0.8  # of the smaller formula's photographs, from which on two formulas are one
MOST: Final = 12
ORDER: Final = (
    Category.OUTERWEAR, Category.DRESSES, Category.ROMPERS, Category.TOPS, Category.TROUSERS, Category.SKIRTS,
)  # fmt: skip

Combination = tuple[int, ...]
"""Places of kinds, ascending."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What somebody wears in a photograph with a garment like the one asked with. `similarity`: of that, a cosine."""

    photograph: UUID
    similarity: float
    companions: tuple[Worn, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Formula:
    """`examples`: (photograph, its garments in the order of the parts), those most like the asked garment first.

    `confidence_low`: it is higher in 95 of 100 cases. `lift`: None where nobody has counted what is worn anywhere.
    """

    parts: tuple[Kind, ...]
    examples: tuple[tuple[UUID, tuple[Worn, ...]], ...]
    confidence: float
    confidence_low: float
    lift: float | None

    @property
    def support(self) -> int:
        return len(self.examples)


def formulas(
    seen: Sequence[Seen],
    kinds: Sequence[Kind],
    anywhere: Sequence[Sequence[Worn]] = (),
    *,
    category: Category,
    least_support: int = LEAST_SUPPORT,
    most: int = MOST,
) -> list[Formula]:
    """The best formulas, each of which names something that those before it do not.

    `anywhere`: what people wear at all, each with their garments. `category`: of the garment asked with. Of several
    people in one photograph the one with the most similar garment counts.
    """
    seen = _once(seen)
    worn = _kinds_of([person.companions for person in seen], kinds)
    supported: dict[Combination, list[int]] = defaultdict(list)
    for place, of_one in enumerate(worn):
        for combination in _combinations(of_one):
            supported[combination].append(place)
    frequent = {c: places for c, places in supported.items() if len(places) >= least_support}
    chosen = _chosen(frequent, kinds, _likely(seen, anywhere, category), len(seen), most)
    usual = _counted(anywhere, kinds, chosen)
    found = []
    for combination in chosen:
        order = sorted(combination, key=lambda place: (ORDER.index(kinds[place].name[0]), kinds[place].name[1], place))
        confidence = len(frequent[combination]) / len(seen)
        found.append(
            Formula(
                parts=tuple(kinds[place] for place in order),
                examples=tuple(
                    (seen[n].photograph, tuple(worn[n][place] for place in order)) for n in frequent[combination]
                ),
                confidence=confidence,
                confidence_low=wilson(len(frequent[combination]), len(seen))[0],
                # Of a sample that has none: less than one in it.
                lift=confidence / (max(1, usual[combination]) / len(anywhere)) if anywhere else None,
            )
        )
    return found


def wilson(successes: float, trials: float, z: float = Z) -> tuple[float, float]:
    """The ends of the interval of a share; (0, 1) where nothing was tried."""
    if trials <= 0:
        return 0.0, 1.0
    share = successes / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return max(0.0, middle - half), min(1.0, middle + half)


def _once(seen: Sequence[Seen]) -> list[Seen]:
    """One person of each photograph, the most similar first."""
    found: dict[UUID, Seen] = {}
    for person in sorted(seen, key=lambda person: (-person.similarity, person.photograph)):
        found.setdefault(person.photograph, person)
    return list(found.values())


def _likely(
    seen: Sequence[Seen], anywhere: Sequence[Sequence[Worn]], category: Category
) -> dict[tuple[Category, str], float]:
    """By category and colour, how likely it is worn with the garment, 0..1."""
    usual = [figure for figure in anywhere if any(garment.category == category for garment in figure)]
    prior = Counter(name for figure in usual for name in _names(figure))
    counted = Counter(name for person in seen for name in _names(person.companions))
    weight = PRIOR if usual else 0
    return {
        name: (number + weight * prior[name] / max(1, len(usual))) / (len(seen) + weight)
        for name, number in counted.items()
    }


def _names(garments: Sequence[Worn]) -> set[tuple[Category, str]]:
    return {(garment.category, garment.colour) for garment in garments}


def _counted(
    anywhere: Sequence[Sequence[Worn]], kinds: Sequence[Kind], wanted: Collection[Combination]
) -> Counter[Combination]:
    """How many people wear each of the combinations."""
    counted: Counter[Combination] = Counter()
    for worn in _kinds_of(anywhere, kinds):
        counted.update(combination for combination in _combinations(worn) if combination in wanted)
    return counted


def _kinds_of(figures: Sequence[Sequence[Worn]], kinds: Sequence[Kind]) -> list[dict[int, Worn]]:
    """Of each person the garments that are of a kind, by the kind's place."""
    found: list[dict[int, Worn]] = [{} for _ in figures]
    worn = [(number, garment) for number, figure in enumerate(figures) for garment in figure]
    own = nearest([garment for _, garment in worn], [kind.middle for kind in kinds])
    for (number, garment), kind in zip(worn, own, strict=True):
        if kind is not None:
            found[number].setdefault(kind, garment)
    return found


def _combinations(worn: Iterable[int]) -> Iterable[Combination]:
    places = sorted(worn)
    return (c for size in range(1, MOST_PARTS + 1) for c in combinations(places, size))


def _chosen(
    frequent: Mapping[Combination, Sequence[int]],
    kinds: Sequence[Kind],
    likely: Mapping[tuple[Category, str], float],
    matched: int,
    most: int,
) -> list[Combination]:
    """The combination that tells the most of what is worn, then the one that tells the most beside it, and so on.

    It tells how likely its parts are that none before it named, weighed by the lower end of its confidence, so that
    three lucky photographs do not beat thirty. Each is completed; one that shares its photographs with one chosen
    before is that one.
    """
    left = {c: wilson(len(ids), matched)[0] ** WEIGHT for c, ids in frequent.items()}
    chosen: list[Combination] = []
    named: set[tuple[Category, str]] = set()

    def gain(combination: Combination) -> tuple[float, int, Combination]:
        told = sum(likely[name] for name in {kinds[place].name for place in combination} - named)
        return told * left[combination], len(frequent[combination]), tuple(-place for place in combination)

    while left and len(chosen) < most:
        best = max(left, key=gain)
        if gain(best)[0] <= 0:
            break
        del left[best]
        whole = _completed(best, frequent)
        if not any(_shared(frequent[whole], frequent[other]) for other in chosen):
            chosen.append(whole)
            named |= {kinds[place].name for place in whole}
    return chosen


def _completed(combination: Combination, frequent: Mapping[Combination, Sequence[int]]) -> Combination:
    """With what it is most often worn with, part by part: "brown top" alone is no outfit."""
    least = COMPLETED * len(frequent[combination])
    whole = combination
    while more := [
        c for c, places in frequent.items() if len(c) == len(whole) + 1 and len(places) >= least and set(c) > set(whole)
    ]:
        whole = max(more, key=lambda c: (len(frequent[c]), tuple(-place for place in c)))
    return whole


def _shared(one: Sequence[int], other: Sequence[int]) -> bool:
    return len(set(one) & set(other)) >= SHARED * min(len(one), len(other))
