"""In what order a user's candidates are shown, and why: a sum of parts that anyone can read. Pure.

score = Σ weight × feature. A feature is 0..1 and says one thing; a part is what it adds to the score; a reason is said
only where what it says is so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import accumulate
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlcore.palette import delta_e, lookup
from mlcore.types import EMBEDDING_SIZE, Category, Vector
from recommendations.taste import Taste

Floats = NDArray[np.float64]

UNLIKE: Final = (
    0.5  # cosine to a dislike up to which it costs nothing: above .9 of all pairs of a category are below it
)
SOFTNESS: Final = 0.2  # h: cosines that are as far apart count e times as much
FRESH_HALF_LIFE_DAYS: Final = 14.0
FRESH_DAYS: Final = 7.0  # up to which a photograph is called fresh
POPULAR_FROM: Final = 0.6
WEARABLE_FROM: Final = 0.5
ALIKE_FROM: Final = 0.4  # cosine from which a reason says that a garment is like another
SAME_COLOUR: Final = 20.0  # ΔE00 within which a garment has the colour that was called wrong
REASONS: Final = 3
PRIOR_RATE, PRIOR_SHOWN = 0.05, 20.0  # what is opened of what is shown, and how many showings that belief is worth


@dataclass(frozen=True, slots=True)
class Weights:
    """What each feature counts, 0..10; `away` is taken off."""

    similarity: float = 1.0
    quality: float = 0.1
    freshness: float = 0.05
    popularity: float = 0.1
    coverage: float = 0.05
    away: float = 0.5

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Weights:
        """From settings or a file; what is not named stays as it is. Raises ValueError."""
        known = {field.name for field in fields(cls)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"no weight {name!r}; there are {', '.join(sorted(known))}")
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10:
                raise ValueError(f"the weight {name} must be a number from 0 to 10, not {value!r}")
        return cls(**{name: float(value) for name, value in values.items()})

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


DEFAULT_WEIGHTS: Final = Weights()


@dataclass(frozen=True, slots=True, eq=False)
class Worn:
    """A garment in a photograph. `colour`: `#rrggbb`, the main one, or empty."""

    garment: str
    category: Category
    vector: Vector
    colour: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A photograph that may be shown. `quality`, `popularity` (see popularity_of) and `coverage` (the share of its
    garments that the user's own wardrobe has the like of) 0..1."""

    photo: int
    garments: Sequence[Worn]
    quality: float = 0.5
    age_days: float = 0.0
    popularity: float = 0.5
    photographer: str = ""
    coverage: float = 0.0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a photograph is shown. `kind`: a Kind of taste.py, or `popular`, `fresh`, `wearable`. `source`: the signal's.
    `similarity`: cosine of a garment of the photograph to that of the source; None where nothing is compared."""

    kind: str
    source: str = ""
    similarity: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """A candidate with its score, which is the sum of `parts` in their order."""

    candidate: Candidate
    score: float
    parts: Mapping[str, float]
    features: Mapping[str, float]
    """Before weighing, 0..1: what Impression.features stores and fit_ranking learns from."""
    reasons: tuple[Reason, ...] = ()
    medoid: int | None = None
    """The place in Taste.medoids of the one that a garment is most like; None: outside the taste, like none of them."""


def rank(candidates: Sequence[Candidate], taste: Taste, *, weights: Weights = DEFAULT_WEIGHTS) -> list[Ranked]:
    """The best first; of equals the one with the higher id."""
    worn = [one for candidate in candidates for one in candidate.garments]
    ends = list(accumulate(len(candidate.garments) for candidate in candidates))
    liking, disliking, likeness = _liking(worn, taste), _disliking(worn, taste), _Likeness.of(worn, taste)
    counts = weights.as_dict()
    ranked = []
    for candidate, end in zip(candidates, ends, strict=True):
        own = slice(end - len(candidate.garments), end)
        features = {
            "similarity": float(liking[own].max(initial=0.0)),
            "quality": _share(candidate.quality),
            "freshness": 0.5 ** (max(0.0, candidate.age_days) / FRESH_HALF_LIFE_DAYS),
            "popularity": _share(candidate.popularity),
            "coverage": _share(candidate.coverage),
            "away": float(disliking[own].max(initial=0.0)),
        }
        parts = {name: (-1 if name == "away" else 1) * counts[name] * value for name, value in features.items()}
        alike = likeness.within(own)
        ranked.append(
            Ranked(
                candidate,
                sum(parts.values()),
                parts,
                features,
                _reasons(candidate, taste, alike),
                alike[0][1] if alike else None,
            )
        )
    return sorted(ranked, key=lambda one: (-one.score, -one.candidate.photo))


def popularity_of(*, shown: int, opened: int, liked: int) -> float:
    """0..1: .5 for what is opened and liked as often as most of what is shown, or was never shown. A like counts as
    three openings."""
    rate = (opened + 3 * liked + PRIOR_RATE * PRIOR_SHOWN) / (max(shown, 0) + PRIOR_SHOWN)
    return rate / (rate + PRIOR_RATE)


def _liking(worn: Sequence[Worn], taste: Taste) -> Floats:
    """(garments,): softly the greatest of the cosines to the medoids of the garment's category, 0 or more.

    h ln Σ importance / greatest importance × exp(cosine / h): the medoids of a category are a mixture of what the user
    likes, and this is its density. A garment between two tastes gets something of both; a taste of half the importance
    comes h ln 2 = .14 after the greater one.
    """
    if not worn or not taste:
        return np.zeros(len(worn))
    cosine = _stacked([one.vector for one in worn]) @ _stacked([medoid.centre for medoid in taste.medoids]).T
    importance = np.array([medoid.importance for medoid in taste.medoids])
    strength = importance / importance.max()
    same = _same([one.category for one in worn], [medoid.category for medoid in taste.medoids])
    total = (np.exp(cosine / SOFTNESS) * strength * same).sum(axis=1)
    liking: Floats = np.maximum(0.0, SOFTNESS * np.log(np.maximum(total, 1e-12)))
    return liking


def _disliking(worn: Sequence[Worn], taste: Taste) -> Floats:
    """(garments,): how like it is to what the user wants less of, 0..1."""
    cosine = _stacked([one.vector for one in worn]) @ _stacked([away.vector for away in taste.away]).T
    strength = np.array([min(1.0, away.weight) for away in taste.away])
    same = _same([one.category for one in worn], [away.category for away in taste.away])
    for column, away in enumerate(taste.away):
        if away.colour:
            refused = lookup(away.colour)
            for row, one in enumerate(worn):
                if same[row, column] and one.colour:
                    same[row, column] = float(delta_e(refused, lookup(one.colour))) <= SAME_COLOUR
    worth = np.clip((cosine - UNLIKE) / (1 - UNLIKE), 0, 1) * strength * same
    most: Floats = worth.max(axis=1, initial=0.0)
    return most


@dataclass(frozen=True, slots=True, eq=False)
class _Likeness:
    """Of each garment, the medoid whose own garment it is most like, and the cosine; −1 if none is of its category."""

    medoid: NDArray[np.intp]
    cosine: Floats

    @classmethod
    def of(cls, worn: Sequence[Worn], taste: Taste) -> _Likeness:
        if not worn or not taste:
            return cls(np.zeros(len(worn), np.intp), np.full(len(worn), -1.0))
        cosine = _stacked([one.vector for one in worn]) @ _stacked([medoid.vector for medoid in taste.medoids]).T
        same = _same([one.category for one in worn], [medoid.category for medoid in taste.medoids])
        cosine = np.where(same > 0, cosine, -1.0)
        return cls(cosine.argmax(axis=1), cosine.max(axis=1))

    def within(self, own: slice) -> list[tuple[float, int]]:
        """(cosine, medoid) of those that a person would call alike, the most alike first."""
        pairs = zip(self.cosine[own].tolist(), self.medoid[own].tolist(), strict=True)
        return sorted((pair for pair in pairs if pair[0] >= ALIKE_FROM), reverse=True)


def _reasons(one: Candidate, taste: Taste, alike: Sequence[tuple[float, int]]) -> tuple[Reason, ...]:
    """Of a medoid, what was said of its own garment weighs most: that garment is what was compared."""
    found: dict[tuple[str, str], Reason] = {}
    for cosine, medoid in alike:
        own = taste.medoids[medoid]
        said = next((origin for origin in own.origins if origin.garment == own.garment), None)
        if said is not None:
            found.setdefault((said.kind, said.source), Reason(said.kind.value, said.source, round(cosine, 4)))
    reasons = list(found.values())[:REASONS]
    if one.coverage >= WEARABLE_FROM:
        reasons.append(Reason("wearable"))
    if one.popularity >= POPULAR_FROM:
        reasons.append(Reason("popular"))
    if one.age_days <= FRESH_DAYS:
        reasons.append(Reason("fresh"))
    return tuple(reasons)


def _stacked(vectors: Sequence[Vector]) -> Floats:
    return np.stack(vectors).astype(np.float64) if vectors else np.zeros((0, EMBEDDING_SIZE))


def _same(some: Sequence[Category], others: Sequence[Category]) -> Floats:
    return np.array([[float(one == other) for other in others] for one in some]).reshape(len(some), len(others))


def _share(value: float) -> float:
    """Within 0..1; what is no number is nothing."""
    return min(1.0, max(0.0, value)) if math.isfinite(value) else 0.0
