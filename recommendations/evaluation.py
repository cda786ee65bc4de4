"""How good is the feed? The product's own taste, ranking and diversity against simple methods, in a simulation. Pure.

What was before a day is learnt from, what is liked after it is to be foreseen; docs/recommendations.md has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice, zip_longest
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mlcore.types import Category, Vector
from recommendations.candidates import ALIKE, APIECE, CHOSEN, COVERED, FURTHER
from recommendations.diversity import PAGE, Page, look_of, page_of
from recommendations.ranking import DEFAULT_WEIGHTS, Candidate, Weights, popularity_of, rank
from recommendations.simulation import User, World
from recommendations.taste import RULES, SIGNALS, Kind, Rules, Strength, Taste, taste_of

Floats = NDArray[np.float64]
AT: Final = 20
RESAMPLED: Final = 1_000
METHODS: Final = ("ours", "nearest_to_mean", "popularity", "random", "last_item")
MEASURES: Final = ("ndcg_at_20", "recall_at_20", "coverage", "diversity", "novelty")
NEVER: Final = 1e9  # days after which a signal that does not decay has halved


@dataclass(frozen=True, slots=True)
class Product:
    """The product's own way to a page, or one with a part of it taken out."""

    strengths: Mapping[Kind, Strength] = field(default_factory=lambda: SIGNALS)
    rules: Rules = RULES
    weights: Weights = DEFAULT_WEIGHTS
    page: Page = PAGE


OURS: Final = Product()
ABLATIONS: Final[Mapping[str, Product]] = {
    "no_medoids": Product(rules=replace(RULES, merge_below=1e9, per_category=1, in_all=1)),
    "one_medoid_per_category": Product(rules=replace(RULES, merge_below=1e9, per_category=1)),
    "no_decay": Product(strengths={kind: replace(one, half_life_days=NEVER) for kind, one in SIGNALS.items()}),
    "no_mmr": Product(page=replace(PAGE, trade_off=1.0)),
    "no_exploration": Product(page=replace(PAGE, explored=0.0)),
    "similarity_alone": Product(weights=Weights(1.0, 0.0, 0.0, 0.0, 0.0, 0.0)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A method's figures: by measure one value for each user; `coverage` is of all their pages together, 0..1."""

    by_user: Mapping[str, Floats]
    coverage: float

    def summary(self) -> dict[str, float]:
        means = {name: float(values.mean()) for name, values in self.by_user.items()} | {"coverage": self.coverage}
        return {name: round(means[name], 4) for name in MEASURES}

    def intervals(self, seed: int = 0) -> dict[str, list[float]]:
        """95 %, by drawing users with replacement."""
        return {name: _interval(_resampled(values, seed)) for name, values in self.by_user.items()}


class Trial:
    """A world, and what can be measured in it. Users without anything to foresee are left out."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.seed = seed
        self.users = [(number, user) for number, user in enumerate(world.users) if user.relevant]
        self.looks = np.stack([look_of(Candidate(0, look.garments)) for look in world.catalogue.looks])
        heard = world.liked + world.opened + 1.0
        self.surprise = -np.log2(heard / heard.sum())
        self.candidates = [
            Candidate(
                place,
                look.garments,
                quality=look.quality,
                age_days=float(world.days - world.born[place]),
                popularity=popularity_of(
                    shown=int(world.shown[place]), opened=int(world.opened[place]), liked=int(world.liked[place])
                ),
                photographer=world.photographers[place],
            )
            for place, look in enumerate(world.catalogue.looks)
        ]
        self.popular = [int(place) for place in np.argsort(-world.liked, kind="stable")]
        self.fresh = [int(place) for place in np.argsort(-world.born, kind="stable")]

    def measure(self, method: Callable[[int, User], Sequence[int]]) -> Measured:
        by_user: dict[str, list[float]] = {name: [] for name in MEASURES if name != "coverage"}
        ever: set[int] = set()
        for number, user in self.users:
            page = list(method(number, user))[:AT]
            ever.update(page)
            hits = [place in user.relevant for place in page]
            by_user["ndcg_at_20"].append(ndcg(hits, len(user.relevant)))
            by_user["recall_at_20"].append(sum(hits) / len(user.relevant))
            by_user["diversity"].append(spread(self.looks[page]))
            by_user["novelty"].append(float(self.surprise[page].mean()) if page else 0.0)
        return Measured({name: np.array(values) for name, values in by_user.items()}, len(ever) / len(self.looks))

    # The methods: each gives places of looks, the best first, none that the user has seen.

    def ours(self, number: int, user: User, product: Product = OURS) -> list[int]:
        """Candidates, ranking and page as a feed has them; similarity is computed instead of asked of the index."""
        taste = taste_of(user.signals, now=self.world.now, strengths=product.strengths, rules=product.rules)
        ranked = rank(self._considered(taste, user), taste, weights=product.weights)
        page = page_of(ranked, seed=self.seed + number, page=product.page)
        return [shown.ranked.candidate.photo for shown in page]

    def nearest_to_mean(self, _number: int, user: User) -> list[int]:
        """One vector for all that was liked, owned, searched and looked at, weighed as ours weighs it."""
        total = np.zeros(self.looks.shape[1])
        for signal in user.signals:
            strength = SIGNALS[signal.kind]
            if strength.weight > 0:
                age = (self.world.now - signal.at).total_seconds() / 86_400
                total += strength.weight * 0.5 ** (age / strength.half_life_days) * signal.vector
        return self._best(self.world.catalogue.vectors @ total, user)

    def popularity(self, _number: int, user: User) -> list[int]:
        return _unseen(self.popular, user, AT)

    def random(self, number: int, user: User) -> list[int]:
        chance = np.random.default_rng((self.seed, number))
        return _unseen(chance.permutation(len(self.looks)).tolist(), user, AT)

    def last_item(self, number: int, user: User) -> list[int]:
        """Nearest to a garment, of its category, of what was liked last; popular if nothing was."""
        catalogue = self.world.catalogue
        if user.last_liked is None:
            return self.popularity(number, user)
        rows = np.flatnonzero(catalogue.look_of == user.last_liked)
        cosine = catalogue.vectors @ catalogue.vectors[rows].T
        same = catalogue.categories[:, None] == catalogue.categories[rows]
        return self._best(np.where(same, cosine, -1.0).max(axis=1), user)

    def _considered(self, taste: Taste, user: User) -> list[Candidate]:
        """As candidates.considered: what is like the medoids and the newest own garments, popular, fresh."""
        wanted = [(medoid.category, medoid.vector) for medoid in taste.medoids]
        owned = {one.category: one for one in sorted(user.signals, key=lambda one: one.at) if one.kind is Kind.WARDROBE}
        wanted += [(category, one.vector) for category, one in owned.items()]
        alike = self._alike(wanted, user, depth=ALIKE)
        if len(alike) < AT:
            alike = self._alike(wanted, user, depth=FURTHER)
        popular, fresh = _unseen(self.popular, user, APIECE), _unseen(self.fresh, user, APIECE)
        places = dict.fromkeys([*alike, *popular, *fresh])
        return _covered([self.candidates[place] for place in places], user)

    def _alike(self, wanted: Sequence[tuple[Category, Vector]], user: User, *, depth: int) -> list[int]:
        lists = [self._nearest(category, vector, depth) for category, vector in wanted]
        in_turn = dict.fromkeys(place for place in chain.from_iterable(zip_longest(*lists)) if place is not None)
        return _unseen(in_turn, user, CHOSEN)

    def _nearest(self, category: Category, vector: Vector, depth: int) -> list[int]:
        catalogue = self.world.catalogue
        rows = np.flatnonzero(catalogue.categories == category)
        nearest = rows[np.argsort(-(catalogue.vectors[rows] @ vector), kind="stable")[:depth]]
        return list(dict.fromkeys(catalogue.look_of[nearest].tolist()))

    def _best(self, of_garments: Floats, user: User) -> list[int]:
        best = np.full(len(self.looks), -np.inf)
        np.maximum.at(best, self.world.catalogue.look_of, of_garments)
        return _unseen((int(place) for place in np.argsort(-best, kind="stable")), user, AT)


def ndcg(hits: Sequence[bool], relevant: int, at: int = AT) -> float:
    """Binary; 1 if as many of the first `at` are hits as can be (Järvelin & Kekäläinen 2002)."""
    best = sum(1 / np.log2(place + 2) for place in range(min(at, relevant)))
    return float(sum(hit / np.log2(place + 2) for place, hit in enumerate(hits[:at])) / best) if best else 0.0


def spread(looks: Floats) -> float:
    """Mean distance, 1 − cosine, of every two looks of a page."""
    count = len(looks)
    if count < 2:
        return 0.0
    cosine = looks @ looks.T
    return float(1 - (cosine.sum() - np.trace(cosine)) / (count * (count - 1)))


def ratio(one: Measured, other: Measured, measure: str, seed: int = 0) -> list[float]:
    """95 % of how many times `other` `one` is. Both are of the same users, who are drawn together."""
    below = np.maximum(_resampled(other.by_user[measure], seed), 1e-9)
    return _interval(_resampled(one.by_user[measure], seed) / below)


def lead(one: Measured, other: Measured, measure: str, seed: int = 0) -> list[float]:
    """95 % of how much better `one` is than `other`, with the same users."""
    return _interval(_resampled(one.by_user[measure] - other.by_user[measure], seed))


def _covered(candidates: Sequence[Candidate], user: User) -> list[Candidate]:
    """With the share of their garments that the user owns the like of."""
    owned = [signal for signal in user.signals if signal.kind is Kind.WARDROBE]
    if not owned:
        return list(candidates)
    vectors = np.stack([signal.vector for signal in owned])
    categories = np.array([signal.category.value for signal in owned])
    covered = []
    for one in candidates:
        cosine = np.stack([worn.vector for worn in one.garments]) @ vectors.T
        same = np.array([worn.category.value for worn in one.garments])[:, None] == categories
        covered.append(replace(one, coverage=float((np.where(same, cosine, -1.0).max(axis=1) >= COVERED).mean())))
    return covered


def _unseen(places: Iterable[int], user: User, most: int) -> list[int]:
    return list(islice((place for place in places if place not in user.seen), most))


def _resampled(values: Floats, seed: int) -> Floats:
    """(RESAMPLED,): means over users drawn with replacement, the same users for the same seed and number."""
    drawn = np.random.default_rng(seed).integers(0, len(values), (RESAMPLED, len(values)))
    means: Floats = values[drawn].mean(axis=1)
    return means


def _interval(means: Floats) -> list[float]:
    return [round(float(value), 4) for value in np.percentile(means, (2.5, 97.5))]
