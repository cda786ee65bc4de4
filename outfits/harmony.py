"""How well two of a user's own items go together, 0 to 1, and what says so.

1. *The photographs.* Where somebody has counted how often two kinds of garment (category, main colour) are worn by one
   person, compared with chance (`PairLift`), the score is lift / (lift + ½): ⅔ for what is worn together as often as
   chance has it, ½ for half as often, ⅘ for twice as often.
2. *Colour rules*, where nobody has. A neutral (black to brown, navy, what is nearly grey, and denim: muted blue that is
   not a top or a dress) goes with everything. Two colours are judged by how far their hues are apart in CIELAB: close
   and opposite ones go together, what is a quarter to a third of the circle apart does not; the less colourful the
   duller of the two is, the less that counts. An item of two colours counts with both, by their shares. They are rules
   of thumb: nobody has measured them.
3. Whatever says so, two patterns at once do not go together, and neither do items without a season in common.

An item whose colours nobody knows goes with everything, just so. GOES is where "goes together" begins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from mlcore.palette import lookup
from mlcore.types import Category
from outfits.owned import BOTTOMS, OwnItem

Scores = NDArray[np.float32]
"""float32 (n, m), 0..1: how well each of n items goes with each of m."""

GOES: Final = 0.5
NEUTRAL: Final = 0.75
MUTED: Final = 0.65
UNKNOWN: Final = 0.5
TWO_PATTERNS: Final = 0.4  # at most
NO_SEASON: Final = 0.0
CHANCE: Final = 0.5  # the lift at which photographs say ½

NEUTRALS: Final = frozenset({"black", "charcoal", "grey", "white", "cream", "beige", "khaki", "camel", "brown", "navy"})
DENIM: Final = frozenset({"blue", "light blue", "navy"})
DENIM_CHROMA: Final = 40.0  # C*: washed blues of the palette are 20 to 33, royal blue is 52
GREY_CHROMA: Final = 12.0  # C* below which a colour is hardly one
DULL_CHROMA, VIVID_CHROMA = 15.0, 40.0  # C* from which hue begins to count, and counts in full
_HUES: Final = (0.0, 30.0, 60.0, 90.0, 120.0, 150.0, 180.0)  # degrees apart
_BY_HUE: Final = (0.75, 0.65, 0.50, 0.40, 0.40, 0.50, 0.60)


class PairLift(Protocol):
    """What photographs say of two kinds of garment. A kind is (category, name of the main colour)."""

    def lift(self, first: tuple[str, str], second: tuple[str, str]) -> float | None:
        """How often one person wears both, compared with chance (1.0). None: never counted. The order says nothing."""
        ...


class Uncounted:
    """Nobody has counted anything: a new installation."""

    def lift(self, first: tuple[str, str], second: tuple[str, str]) -> float | None:  # noqa: ARG002
        return None


class Basis(StrEnum):
    """What says how well two items go together."""

    PHOTOGRAPHS = "photographs"
    COLOURS = "colours"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Harmony:
    """Of two items. `lift`: where photographs say it. `why`: in plain words."""

    score: float
    basis: Basis
    lift: float | None
    why: str

    @property
    def goes(self) -> bool:
        return self.score >= GOES


def worn_together(first: Category, second: Category) -> bool:
    """Whether one outfit may have both. Never two of one place: one top, one bottom, one outerwear."""
    over = {first, second} - {Category.OUTERWEAR}
    if len(over) == 2:
        return Category.TOPS in over and bool(over & BOTTOMS)
    return Category.OUTERWEAR in (first, second) and len(over) == 1


def scores(first: Sequence[OwnItem], second: Sequence[OwnItem], lifts: PairLift) -> Scores:
    """How well each of `first` goes with each of `second`; that they may be worn together at all, the caller knows."""
    if not first or not second:
        return np.zeros((len(first), len(second)), np.float32)
    one, other = _Looks(first), _Looks(second)
    found = _by_colour(one, other)
    counted = _lifts(first, second, lifts)
    said = ~np.isnan(counted)
    found[said] = counted[said] / (counted[said] + CHANCE)
    patterns = one.patterned[:, None] & other.patterned[None]
    found[patterns] = np.minimum(found[patterns], TWO_PATTERNS)
    found[_apart_in_season(first, second)] = NO_SEASON
    return found.round(6).astype(np.float32)  # what is GOES by the rules is not missed by the last bit


def pair(first: OwnItem, second: OwnItem, lifts: PairLift) -> Harmony:
    """Of two items that may be worn together, with its reason. Its score is that of `scores`."""
    score = float(scores([first], [second], lifts)[0, 0])
    kinds = first.kind, second.kind
    if kinds[0] is None or kinds[1] is None:
        basis, lift, why = Basis.NOTHING, None, "the colours of one are not known"
    elif (lift := _lift(kinds[0], kinds[1], lifts)) is not None:
        basis, why = Basis.PHOTOGRAPHS, _counted_words(kinds[0], kinds[1], lift)
    else:
        basis, why = Basis.COLOURS, _colour_words(first, second)
    if first.seasons and second.seasons and not first.seasons & second.seasons:
        why = "no season in common"
    elif first.patterned and second.patterned:
        why = "two patterns at once"
    return Harmony(score, basis, lift, why)


def said_by(first: Sequence[OwnItem], second: Sequence[OwnItem], lifts: PairLift) -> frozenset[Basis]:
    """What says how well any of `first` goes with any of `second`."""
    found = set()
    for one in {item.kind for item in first}:
        for other in {item.kind for item in second}:
            if one is None or other is None:
                found.add(Basis.NOTHING)
            else:
                found.add(Basis.COLOURS if _lift(one, other, lifts) is None else Basis.PHOTOGRAPHS)
    return frozenset(found)


class _Looks:
    """Two colours at most of each of n items: hue (degrees), chroma, whether neutral, share; float64 (n, 2)."""

    def __init__(self, items: Sequence[OwnItem]) -> None:
        shape = (len(items), 2)
        self.hue, self.chroma, self.share = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.neutral = np.zeros(shape, bool)
        self.patterned = np.array([item.patterned for item in items])
        for row, item in enumerate(items):
            for place, colour in enumerate(item.colours[:2]):
                self.hue[row, place], chroma = _hue_and_chroma(colour.hex)
                self.chroma[row, place] = chroma
                self.neutral[row, place] = _is_neutral(item.category, colour.name, chroma)
                self.share[row, place] = colour.share
        total = self.share.sum(axis=1, keepdims=True)
        self.known = total[:, 0] > 0
        self.share /= np.where(total > 0, total, 1)


@lru_cache(4_096)
def _hue_and_chroma(value: str) -> tuple[float, float]:
    """Degrees and C* of `#rrggbb`."""
    _, a, b = (float(one) for one in lookup(value))
    return math.degrees(math.atan2(b, a)) % 360, math.hypot(a, b)


def _is_neutral(category: Category, name: str, chroma: float) -> bool:
    denim = name in DENIM and chroma < DENIM_CHROMA and category in BOTTOMS | {Category.OUTERWEAR}
    return name in NEUTRALS or chroma < GREY_CHROMA or denim


def _by_colour(one: _Looks, other: _Looks) -> NDArray[np.float64]:
    found = np.zeros((len(one.known), len(other.known)))
    for i in range(2):
        for j in range(2):
            weight = one.share[:, i, None] * other.share[None, :, j]
            if not weight.any():
                continue
            apart = np.abs(one.hue[:, i, None] - other.hue[None, :, j])
            apart = np.minimum(apart, 360 - apart)
            dullest = np.minimum(one.chroma[:, i, None], other.chroma[None, :, j])
            vivid = np.clip((dullest - DULL_CHROMA) / (VIVID_CHROMA - DULL_CHROMA), 0, 1)
            score = MUTED + vivid * (np.interp(apart, _HUES, _BY_HUE) - MUTED)
            score[one.neutral[:, i, None] | other.neutral[None, :, j]] = NEUTRAL
            found += weight * score
    found[~(one.known[:, None] & other.known[None])] = UNKNOWN
    return found


def _lifts(first: Sequence[OwnItem], second: Sequence[OwnItem], lifts: PairLift) -> NDArray[np.float64]:
    """(n, m), NaN where nobody has counted. A kind is asked for once, however many items are of it."""
    rows, of_row = _kinds(first)
    columns, of_column = _kinds(second)
    table = np.full((len(rows), len(columns)), np.nan)
    for row, one in enumerate(rows):
        for column, other in enumerate(columns):
            if one is not None and other is not None and (lift := _lift(one, other, lifts)) is not None:
                table[row, column] = lift
    return np.asarray(table[np.ix_(of_row, of_column)])


def _kinds(items: Sequence[OwnItem]) -> tuple[list[tuple[str, str] | None], list[int]]:
    """The kinds, and of each item which."""
    places: dict[tuple[str, str] | None, int] = {}
    of = [places.setdefault(item.kind, len(places)) for item in items]
    return list(places), of


def _lift(first: tuple[str, str], second: tuple[str, str], lifts: PairLift) -> float | None:
    lift = lifts.lift(first, second)
    return lift if lift is not None and math.isfinite(lift) and lift >= 0 else None


def _apart_in_season(first: Sequence[OwnItem], second: Sequence[OwnItem]) -> NDArray[np.bool_]:
    """Both have seasons, and none in common."""
    names = sorted({season for items in (first, second) for item in items for season in item.seasons})
    if not names:
        return np.zeros((len(first), len(second)), bool)
    one, other = (np.array([[n in item.seasons for n in names] for item in items], float) for items in (first, second))
    said = np.outer(one.any(axis=1), other.any(axis=1))
    return np.asarray(said & (one @ other.T == 0))


def _counted_words(first: tuple[str, str], second: tuple[str, str], lift: float) -> str:
    one, other = (f"{colour} {category}" for category, colour in (first, second))
    return f"in the photographs {one} and {other} are worn together {lift:.1f} times as often as by chance"


def _colour_words(first: OwnItem, second: OwnItem) -> str:
    """By the main colours; how much a second colour changes, the score alone says."""
    one, other = first.colours[0].name, second.colours[0].name
    looks = _Looks([first]), _Looks([second])
    for name, look in zip((one, other), looks, strict=True):
        if look.neutral[0, 0]:
            return f"{name} goes with everything"
    if min(look.chroma[0, 0] for look in looks) < DULL_CHROMA:
        return f"{one} and {other} are muted"
    apart = abs(looks[0].hue[0, 0] - looks[1].hue[0, 0])
    apart = min(apart, 360 - apart)
    if apart <= 60:
        return f"{one} and {other} are close" if one != other else f"both are {one}"
    if apart >= 150:
        return f"{one} and {other} are opposites"
    duller = min(zip((one, other), looks, strict=True), key=lambda named: named[1].chroma[0, 0])
    if duller[1].chroma[0, 0] < VIVID_CHROMA:
        return f"{one} and {other} are apart, and {duller[0]} is muted"
    return f"{one} and {other} are neither close nor opposites"
