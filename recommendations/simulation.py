"""Users with planted tastes, who look through a catalogue of real descriptors day by day. Pure; one seed, one world.

What is assumed, and why, is in docs/recommendations.md. Nothing here is told to the recommender but the signals that an
installation would have, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mlcore.palette import delta_e, lab_of
from recommendations.ranking import Worn
from recommendations.taste import Kind, Signal

NOISE: Final = 0.05  # in which a taste's strength is turned into affinity: e times the odds are so much
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """How the planted users are. Affinities are 0..1; noise and appeal are in the same unit."""

    tastes: tuple[int, int] = (2, 4)
    beside: float = 0.5
    """Chance of a further taste to be in a category that the user has one in already."""
    days: int = 120
    """Of signals; what is liked in the `tested_days` after them is to be foreseen."""
    tested_days: int = 30
    visits: tuple[int, int] = (6, 40)
    page: int = 20
    likes_a_page: int = 3
    by_vector: float = 0.7
    by_colour: float = 0.15
    by_labels: float = 0.15
    noise: float = 0.05
    """Scale of the Gumbel noise of a choice."""
    appeal: float = 0.05
    """Standard deviation of what a photograph has for everybody."""
    to_taste: tuple[float, float] = (0.01, 0.05)
    """The share of all photographs that is to a user's taste: what is just so is liked as often as not."""
    drifting: float = 0.5
    """Share of the users with a taste that is over before the test, and one that begins late."""
    skew: float = 0.6
    """Exponent of Zipf's law by which photographs are shown."""
    photographers: float = 0.125
    """For each photograph."""
    busy: float = 0.8
    """Exponent of Zipf's law by which photographers have photographs."""
    wardrobe: tuple[int, int] = (0, 15)
    searching: float = 0.25
    """Searches a visit."""
    complaining: float = 0.1
    """`less` a visit."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A photograph of the catalogue. `labels`: of each garment, {name: value}."""

    garments: tuple[Worn, ...]
    labels: tuple[dict[str, str], ...]
    quality: float = 0.5


class Catalogue:
    """The looks, and what is compared of their garments, as arrays with a row for each garment."""

    def __init__(self, looks: Sequence[Look]) -> None:
        self.looks = list(looks)
        worn = [one for look in looks for one in look.garments]
        self.look_of = np.array([place for place, look in enumerate(looks) for _ in look.garments])
        self.vectors = np.stack([one.vector for one in worn]).astype(np.float32)
        self.categories = np.array([one.category.value for one in worn])
        self.labs = np.full((len(worn), 3), np.nan)
        coloured = [row for row, one in enumerate(worn) if one.colour]
        if coloured:
            codes = [worn[row].colour for row in coloured]
            self.labs[coloured] = lab_of([[int(c[s : s + 2], 16) for s in (1, 3, 5)] for c in codes])
        self.labels = [labels for look in looks for labels in look.labels]
        self.worn = worn

    def affinity(self, centre: int, share: Assumptions) -> Floats:
        """(garments,): how much each is what somebody likes who likes the garment `centre`, 1 at most."""
        cosine = self.vectors @ self.vectors[centre]
        apart = np.nan_to_num(delta_e(self.labs[centre], self.labs), nan=40.0)
        mine = self.labels[centre]
        agree = np.array([_agreement(mine, other) for other in self.labels])
        worth = share.by_vector * cosine + share.by_colour * np.exp(-apart / 20) + share.by_labels * agree
        return np.where(self.categories == self.categories[centre], worth, 0.0)


@dataclass(frozen=True, slots=True)
class Planted:
    """A latent taste: garments around `centre`, `size` 0..1, from day `begins` until day `ends`."""

    centre: int
    size: float
    begins: float = -1e9
    ends: float = 1e9

    def strength(self, day: float) -> float:
        """What the odds of its garments are multiplied with."""
        if day < self.begins:
            return 1e-6
        faded = self.size * float(0.5 ** (max(0.0, day - self.ends) / 7))
        return max(1e-6, faded)


@dataclass(slots=True, eq=False)
class User:
    """`relevant`: the looks that are liked in the test; `seen`: those that no list may hold."""

    tastes: tuple[Planted, ...]
    signals: list[Signal] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    relevant: frozenset[int] = frozenset()
    last_liked: int | None = None


@dataclass(slots=True, eq=False)
class World:
    catalogue: Catalogue
    users: list[User]
    born: Floats
    """(looks,): the day on which each was published."""
    photographers: list[str]
    shown: NDArray[np.int64]
    opened: NDArray[np.int64]
    liked: NDArray[np.int64]
    now: datetime
    """Between the signals and the test."""
    days: int


def simulate(catalogue: Catalogue, *, users: int, seed: int, assumed: Assumptions) -> World:
    chance = np.random.default_rng(seed)
    looks = len(catalogue.looks)
    zeros = np.zeros(looks, np.int64)
    world = World(
        catalogue,
        [],
        chance.uniform(-120, assumed.days, looks),
        _photographers(looks, assumed, chance),
        zeros.copy(),
        zeros.copy(),
        zeros.copy(),
        START + timedelta(days=assumed.days),
        assumed.days,
    )
    appeal = chance.normal(0, assumed.appeal, looks)
    exposure: Floats = np.power(1.0 + chance.permutation(looks), -assumed.skew, dtype=np.float64)
    for _ in range(users):
        one = _Life(world, appeal, exposure, assumed, chance)
        one.live()
        world.users.append(one.user)
    return world


class _Life:
    """One user's days."""

    def __init__(
        self, world: World, appeal: Floats, exposure: Floats, assumed: Assumptions, chance: np.random.Generator
    ) -> None:
        self.world, self.appeal, self.exposure, self.assumed, self.chance = world, appeal, exposure, assumed, chance
        self.catalogue = world.catalogue
        self.user = User(tuple(self._tastes()))
        self.affinities = [self.catalogue.affinity(taste.centre, assumed) for taste in self.user.tastes]
        picky = float(np.exp(chance.uniform(*np.log(assumed.to_taste))))
        self.threshold = float(np.quantile(self._worth([taste.size for taste in self.user.tastes]), 1 - picky))

    def _tastes(self) -> Iterator[Planted]:
        count = int(self.chance.integers(self.assumed.tastes[0], self.assumed.tastes[1] + 1))
        drifts = count > 1 and self.chance.random() < self.assumed.drifting
        before: list[int] = []
        for number in range(count):
            centre = self._centre(before)
            before.append(centre)
            size = float(self.chance.uniform(0.3, 1.0))
            days = self.assumed.days
            if drifts and number == 0:
                yield Planted(centre, size, ends=float(self.chance.uniform(0.2, 0.6) * days))
            elif drifts and number == 1:
                yield Planted(centre, size, begins=float(self.chance.uniform(0.4, 0.8) * days))
            else:
                yield Planted(centre, size)

    def _centre(self, before: Sequence[int]) -> int:
        if before and self.chance.random() < self.assumed.beside:
            category = self.catalogue.categories[int(self.chance.choice(before))]
            return int(self.chance.choice(np.flatnonzero(self.catalogue.categories == category)))
        return int(self.chance.integers(len(self.catalogue.vectors)))

    def live(self) -> None:
        self._dress()
        visits = int(self.chance.integers(self.assumed.visits[0], self.assumed.visits[1] + 1))
        for day in np.sort(self.chance.uniform(0, self.assumed.days, visits)):
            self._visit(float(day))
        self._be_tested()

    def _worth_on(self, day: float) -> Floats:
        return self._worth([taste.strength(day) for taste in self.user.tastes])

    def _worth(self, strengths: Sequence[float]) -> Floats:
        """(looks,): what each is to the user, without the noise of a choice. A taste of half the strength is acted on
        with half the odds."""
        each = zip(self.affinities, strengths, strict=True)
        garments = np.max([affinity + NOISE * np.log(strength) for affinity, strength in each], axis=0)
        best = np.full(len(self.catalogue.looks), -1.0)
        np.maximum.at(best, self.catalogue.look_of, garments)
        return best + self.appeal

    def _choose(self, places: NDArray[np.int64], worth: Floats) -> tuple[NDArray[np.int64], Floats]:
        """(those that are liked, by how much each is above what leaves one cold)."""
        noisy = worth[places] + self.chance.gumbel(0, self.assumed.noise, len(places))
        above = noisy - self.threshold - self.chance.gumbel(0, self.assumed.noise)
        order = np.argsort(-above)[: self.assumed.likes_a_page]
        return places[order[above[order] > 0]], above

    def _visit(self, day: float) -> None:
        there = np.flatnonzero(self.world.born <= day)
        odds = self.exposure[there] / self.exposure[there].sum()
        places = self.chance.choice(there, min(self.assumed.page, len(there)), replace=False, p=odds)
        worth = self._worth_on(day)
        liked, above = self._choose(places, worth)
        self.world.shown[places] += 1
        self.user.seen.update(int(place) for place in places)
        for place, by in zip(places, above, strict=True):
            if by > -self.assumed.noise:
                self.world.opened[place] += 1
                self._say(Kind.CLICKED, int(place), day)
            elif by > -2 * self.assumed.noise or self.chance.random() < 0.03:
                self._say(Kind.VIEWED, int(place), day)
        for place in liked:
            self.world.liked[place] += 1
            self._say(Kind.LIKED, int(place), day)
            self.user.last_liked = int(place)
        if self.chance.random() < self.assumed.complaining:
            self._say(Kind.LESS, int(places[np.argmin(above)]), day)
        if self.chance.random() < self.assumed.searching:
            row = self._garment(day)
            self._about(Kind.SEARCHED, f"search:{len(self.user.signals)}", [row], day)

    def _dress(self) -> None:
        for number in range(int(self.chance.integers(self.assumed.wardrobe[0], self.assumed.wardrobe[1] + 1))):
            day = float(self.chance.uniform(-300, self.assumed.days))
            row = self._garment(day)
            self._about(Kind.WARDROBE, f"item:{number}", [row], day)
            for _ in range(int(self.chance.poisson(2))):
                self._about(
                    Kind.WORN, f"item:{number}", [row], float(self.chance.uniform(max(0, day), self.assumed.days))
                )

    def _garment(self, day: float) -> int:
        """One that somebody with these tastes owns or searches with: the odds are those of a choice, twice as noisy."""
        sizes = np.array([taste.strength(day) for taste in self.user.tastes])
        taste = int(self.chance.choice(len(sizes), p=sizes / sizes.sum()))
        worth = self.affinities[taste] + self.chance.gumbel(0, 2 * self.assumed.noise, len(self.affinities[taste]))
        row = int(np.argmax(worth))
        self.user.seen.add(int(self.catalogue.look_of[row]))  # its own picture is no discovery
        return row

    def _say(self, kind: Kind, look: int, day: float) -> None:
        self._about(kind, f"photo:{look}", [int(row) for row in np.flatnonzero(self.catalogue.look_of == look)], day)

    def _about(self, kind: Kind, source: str, rows: Sequence[int], day: float) -> None:
        at = START + timedelta(days=day)
        for row in rows:
            worn = self.catalogue.worn[row]
            self.user.signals.append(Signal(kind, source, worn.garment, worn.category, worn.vector, at, worn.colour))

    def _be_tested(self) -> None:
        """Every look that was never seen, in pages at random: what would be liked if everything were shown."""
        unseen = np.array([place for place in range(len(self.catalogue.looks)) if place not in self.user.seen])
        order = self.chance.permutation(unseen)
        relevant: set[int] = set()
        for start in range(0, len(order), self.assumed.page):
            day = self.assumed.days + float(self.chance.uniform(0, self.assumed.tested_days))
            liked, _ = self._choose(order[start : start + self.assumed.page], self._worth_on(day))
            relevant.update(int(place) for place in liked)
        self.user.relevant = frozenset(relevant)


def _agreement(one: dict[str, str], other: dict[str, str]) -> float:
    shared = one.keys() & other.keys()
    return sum(one[name] == other[name] for name in shared) / len(shared) if shared else 0.0


def _photographers(looks: int, assumed: Assumptions, chance: np.random.Generator) -> list[str]:
    names = max(1, round(looks * assumed.photographers))
    odds = np.arange(1, names + 1) ** -assumed.busy
    return [f"photographer {number}" for number in chance.choice(names, looks, p=odds / odds.sum())]
