"""Do formulas foresee what people wear? Of each held-out person one garment is hidden and asked for with another. Pure.

A hit: the hidden garment's category and colour are named by one of the first TOP formulas. Against it stands what needs
no picture at all: the commonest companions of the asked garment's category, as many of them as the formulas name, so
that nobody wins by naming more. Photographs are held out in turns, each with all its people.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from mlcore.types import Category
from outfits.formulas import Formula, Seen, formulas
from outfits.kinds import Worn, kinds

TOP: Final = 3
FOLDS: Final = 5
RESAMPLED: Final = 2_000
INTERVAL: Final = (2.5, 97.5)  # percentiles: 95 %

Person = tuple[Worn, ...]
Name = tuple[Category, str]
Alike = Callable[[Worn, Sequence[Worn]], list[tuple[Worn, float]]]
"""Of garments of one category those that the product would hold to be like the first, with their cosines."""

TAGS: Final = MappingProxyType(
    {
        **dict.fromkeys(
            ("blouse", "bodysuit", "bra", "hoodie", "jumper", "shirt", "sweater", "sweatshirt", "t-shirt", "top"),
            (Category.TOPS,),
        ),
        **dict.fromkeys(("blazer", "cape", "coat", "jacket"), (Category.OUTERWEAR,)),
        **dict.fromkeys(("cardigan", "vest"), (Category.TOPS, Category.OUTERWEAR)),
        **dict.fromkeys(("jeans", "leggings", "pants", "shorts"), (Category.TROUSERS,)),
        "skirt": (Category.SKIRTS,),
        "dress": (Category.DRESSES,),
        "romper": (Category.ROMPERS,),
        "suit": (Category.OUTERWEAR, Category.TROUSERS, Category.ROMPERS),
    }
)
"""What people's words for a garment say of its category."""


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of hits with the ends of the interval. `n`: hidden garments."""

    hit_at_3: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`baseline` names as many companions as the formulas do (`named`, on average); `three` names TOP."""

    n: int
    photographs: int
    formulas: Score
    baseline: Score
    three: Score
    ahead: Score
    """What the formulas have more than the baseline."""
    named: float
    unanswered: float
    """The share of questions to which there is no formula."""

    def as_json(self) -> dict[str, Any]:
        def said(score: Score) -> dict[str, float]:
            return {"hit_at_3": score.hit_at_3, "low": score.low, "high": score.high}

        return {
            "n": self.n,
            "formulas": said(self.formulas),
            "baseline": said(self.baseline),
            "photographs": self.photographs,
            "named": self.named,
            "unanswered": self.unanswered,
            "baseline_of_three": said(self.three),
            "ahead": said(self.ahead),
        }


def evaluate(
    people: Sequence[Person],
    *,
    alike: Alike,
    seed: int = 0,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> Evaluation:
    """Raises ValueError where nothing can be asked."""
    asked = 0
    hits: dict[UUID, list[tuple[bool, bool, bool]]] = defaultdict(list)
    named, unanswered = [], 0
    known = [_Known([person for person in people if _fold(person) != fold]) for fold in range(FOLDS)]
    for person, garment in progress(_questions(people)):
        fold = _fold(person)
        said = known[fold].formulas(garment, alike)
        answer = {part.name for formula in said for part in formula.parts}
        usual = known[fold].usual[garment.category]
        for hidden in person:
            if hidden is garment:
                continue
            name = (hidden.category, hidden.colour)
            asked += 1
            named.append(len(answer))
            unanswered += not said
            hits[garment.photograph].append((name in answer, name in usual[: len(answer)], name in usual[:TOP]))
    if not asked:
        raise ValueError("nobody wears two garments in these photographs")
    ours, equal, three, ahead = _scores(list(hits.values()), seed)
    return Evaluation(
        n=asked,
        photographs=len(hits),
        formulas=ours,
        baseline=equal,
        three=three,
        ahead=ahead,
        named=round(float(np.mean(named)), 2),
        unanswered=round(unanswered / asked, 4),
    )


class _Known:
    """The photographs that are not held out."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = people
        self._wearing: dict[Category, list[Worn]] = defaultdict(list)
        self._of: dict[int, Person] = {}
        companions: dict[Category, Counter[Name]] = defaultdict(Counter)
        for person in people:
            for garment in person:
                self._wearing[garment.category].append(garment)
                self._of[garment.garment] = person
                others = ((other.category, other.colour) for other in person if other is not garment)
                companions[garment.category].update(others)
        self.usual: dict[Category, list[Name]] = defaultdict(list)
        """The commonest companions of each category, the commonest first."""
        for category, counted in companions.items():
            self.usual[category] = sorted(counted, key=lambda name: (-counted[name], name))

    def formulas(self, garment: Worn, alike: Alike) -> list[Formula]:
        seen = []
        for found, similarity in alike(garment, self._wearing[garment.category]):
            companions = tuple(other for other in self._of[found.garment] if other is not found)
            seen.append(Seen(found.photograph, similarity, companions))
        grouped = kinds([other for person in seen for other in person.companions])
        return formulas(seen, grouped, self._people, category=garment.category, most=TOP)


def confirmed(garments: Iterable[Worn], tags: Iterable[str]) -> list[Worn]:
    """Those whose category the photograph's tags confirm: what the detector made up is not asked for."""
    said = {category for tag in tags for category in TAGS.get(tag, ())}
    return [garment for garment in garments if garment.category in said]


def answers(people: Sequence[Person], *, alike: Alike, count: int, seed: int) -> list[tuple[Worn, list[Formula]]]:
    """Some of the questions, drawn at random from those that have an answer, to be looked at."""
    questions = _questions(people)
    random.Random(seed).shuffle(questions)
    found = []
    for person, garment in questions:
        said = _Known([other for other in people if _fold(other) != _fold(person)]).formulas(garment, alike)
        if said:
            found.append((garment, said))
        if len(found) == count:
            break
    return found


def _questions(people: Iterable[Person]) -> list[tuple[Person, Worn]]:
    return [(person, garment) for person in people if len(person) > 1 for garment in person]


def _fold(person: Person) -> int:
    return hashlib.sha256(person[0].photograph.bytes).digest()[0] % FOLDS


def _scores(hits: Sequence[Sequence[tuple[bool, bool, bool]]], seed: int) -> list[Score]:
    """With intervals by drawing photographs anew (Efron 1979): garments of one photograph are not independent."""
    sums = np.array([np.sum(np.array(of_one, np.float64), axis=0) for of_one in hits])
    counts = np.array([len(of_one) for of_one in hits], np.float64)
    chance = np.random.default_rng(seed)
    drawn = chance.integers(0, len(hits), (RESAMPLED, len(hits)))
    resampled = np.array([sums[rows].sum(axis=0) / counts[rows].sum() for rows in drawn])
    means = sums.sum(axis=0) / counts.sum()
    values = np.column_stack([resampled, resampled[:, 0] - resampled[:, 1]])
    return [_score(mean, column) for mean, column in zip([*means, means[0] - means[1]], values.T, strict=True)]


def _score(mean: float, resampled: NDArray[np.float64]) -> Score:
    low, high = np.percentile(resampled, INTERVAL)
    return Score(round(float(mean), 4), round(float(low), 4), round(float(high), 4))
