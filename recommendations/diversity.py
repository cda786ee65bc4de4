"""Which of the ranked photographs make a page, so that it is not twenty times the same. Pure.

MMR (Carbonell & Goldstein, SIGIR 1998): each place goes to the photograph with the best of λ × score − (1 − λ) ×
likeness to what is most like it on the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mlcore.types import EMBEDDING_SIZE
from recommendations.ranking import Candidate, Ranked

KEPT_FIRST: Final = 3  # places at the top that no exploration takes


@dataclass(frozen=True, slots=True)
class Page:
    """`trade_off`: MMR's λ; 1 is the order of the scores. `explored`: the share of places outside the taste."""

    size: int = 20
    trade_off: float = 0.8
    per_photographer: int = 2
    explored: float = 0.1


PAGE: Final = Page()


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A photograph in its place. `exploring`: it is there for the sake of what the taste does not know."""

    ranked: Ranked
    exploring: bool = False


def page_of(ranked: Sequence[Ranked], *, seed: int, page: Page = PAGE) -> list[Shown]:
    """At most `page.size`, in the order to be shown. What was seen already the caller has left out. The same for the
    same seed."""
    chance = np.random.default_rng(seed)
    looks = np.stack([look_of(one.candidate) for one in ranked]) if ranked else np.zeros((0, EMBEDDING_SIZE))
    scores = np.array([one.score for one in ranked])
    outside = np.array([one.medoid is None for one in ranked], bool)
    explored = _explored_places(page, chance) if outside.any() and not outside.all() else frozenset()
    open_to = np.ones(len(ranked), bool)
    nearest = np.zeros(len(ranked))
    by_photographer: Counter[str] = Counter()
    shown: list[Shown] = []
    while len(shown) < page.size and open_to.any():
        exploring = len(shown) in explored and bool((open_to & outside).any())
        if exploring:
            places = np.flatnonzero(open_to & outside)
            place = int(chance.choice(places, p=_odds(scores[places])))
        else:
            worth = page.trade_off * scores - (1 - page.trade_off) * nearest
            place = int(np.argmax(np.where(open_to, worth, -np.inf)))
        shown.append(Shown(ranked[place], exploring))
        open_to[place] = False
        nearest = np.maximum(nearest, looks @ looks[place])
        photographer = ranked[place].candidate.photographer
        by_photographer[photographer] += 1
        if photographer and by_photographer[photographer] >= page.per_photographer:
            open_to &= np.array([one.candidate.photographer != photographer for one in ranked])
    return shown


def look_of(candidate: Candidate) -> NDArray[np.float64]:
    """(512,): what a photograph is like as a whole, the mean of its garments, of unit length; 0 without garments."""
    if not candidate.garments:
        return np.zeros(EMBEDDING_SIZE)
    mean: NDArray[np.float64] = np.array([worn.vector for worn in candidate.garments], np.float64).mean(axis=0)
    length = float(np.linalg.norm(mean))
    return mean / length if length > 0 else mean


def _explored_places(page: Page, chance: np.random.Generator) -> frozenset[int]:
    count = int(page.explored * page.size + chance.random())  # on average as many as the share says
    open_places = np.arange(min(KEPT_FIRST, page.size), page.size)
    return frozenset(int(place) for place in chance.permutation(open_places)[:count])


def _odds(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Outside the taste the score is what is popular, fresh and good to look at: the better, the likelier."""
    odds = np.exp(10 * (scores - scores.max()))
    shares: NDArray[np.float64] = odds / odds.sum()
    return shares
