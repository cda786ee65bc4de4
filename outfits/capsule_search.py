"""Choosing the items of a capsule: grow outfit by outfit and item by item, exchange, shrink; from several beginnings.

Greedy with exchanges (ADR 11). Nothing is drawn at random and no clock is asked: equal questions have equal answers.
"""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np

from outfits.capsule_board import Board, Choice, Value

BEGINNINGS: Final = ((False, 0), (True, 0), (False, 1), (False, 2), (True, 1), (False, 3))
"""Whether the choice grows from a dress or romper, and from the rank of that outfit among its kind.

On 72 drawn wardrobes six find the best choice known in 69, the first three in 65 and in less than half the time."""
FEW: Final = 20  # items up to which a choice still shows where it began; with more two beginnings are enough
LOOKED_AT: Final = 2  # items of each place that are tried in an exchange: those that make most outfits
EXCHANGED_BY_TWO: Final = 10
"""Items: of more there are too many pairs. On 96 drawn wardrobes it found a better choice in 3."""
MOST_GOALS: Final = 6  # with which that is still done in a second; three occasions have six at most
MOST_ROUNDS: Final = 8  # of exchanges over the whole choice; 3 were the most that any drawn wardrobe took


def choose(board: Board, *, must_have: Choice, most: int, fill: bool) -> Choice:
    """The items, `must_have` among them, `most` at most.

    Fewest (`fill` false): as few as reach the level that was found to be reachable. Fill: as many as make new outfits.
    """
    best: Choice | None = None
    for whole, rank in BEGINNINGS if not fill or most <= FEW else BEGINNINGS[:2]:
        grown = _grow(board, _begun(board, must_have, most, whole, rank), most, fill=fill)
        found = _shrink(board, _exchange(board, grown, must_have), must_have, fill=fill)
        if best is None or _better(board, found, best, fill=fill):
            best = found
    assert best is not None  # there are beginnings
    few = len(best) <= EXCHANGED_BY_TWO and board.goals <= MOST_GOALS
    while few and (better := _exchange_two(board, best, must_have)) is not None:
        best = _shrink(board, _exchange(board, better, must_have), must_have, fill=fill)
    return best


def _begun(board: Board, must_have: Choice, most: int, whole: bool, rank: int) -> Choice:
    """With the outfit from which the choice grows, for the first goal."""
    first = 0 if board.goals else None
    return must_have | board.core(must_have, most - len(must_have), first, whole=whole, rank=rank)


def _better(board: Board, one: Choice, other: Choice, *, fill: bool) -> bool:
    """Of equally good choices the one with the lower places: the first by id."""
    return _order(board, one, fill=fill) > _order(board, other, fill=fill)


def _order(board: Board, chosen: Choice, *, fill: bool) -> tuple[object, ...]:
    value = board.value(chosen)
    places = [-place for place in sorted(chosen)]
    if fill:
        return value.level, value.outfits, -len(chosen), value.liking, places
    return value.level, -len(chosen), value.outfits, value.liking, places


def _grow(board: Board, chosen: Choice, most: int, *, fill: bool) -> Choice:
    """By the smallest outfit for each goal that is not met, then by what makes most outfits."""
    for goal in range(board.goals):
        if goal in board.unmet(chosen):
            chosen |= board.core(chosen, most - len(chosen), goal)
    while len(chosen) < most and (fill or not _reached(board, board.value(chosen))):
        grown = _with_one_more(board, chosen)
        if board.value(grown)[:5] <= board.value(chosen)[:5]:
            grown = chosen | board.core(chosen, most - len(chosen))
            if board.value(grown)[:5] <= board.value(chosen)[:5]:
                break
        chosen = grown
    return chosen


def _reached(board: Board, value: Value) -> bool:
    return value.level == board.enough


def _with_one_more(board: Board, chosen: Choice) -> Choice:
    return max((chosen | {item} for item in _looked_at(board, chosen)), key=board.value, default=chosen)


def _looked_at(board: Board, chosen: Choice) -> list[int]:
    """Items that may be worth adding, ascending: of each place those that make most outfits, also for each goal that
    is not met."""
    pairs = board.pairs
    found: set[int] = set()
    for goal in (None, *board.unmet(chosen)):
        gains = board.gains(chosen, goal)
        # What makes equally many outfits here is told apart by what it makes with all items, then by what is liked.
        ranked = (gains * (int(board.potential.max(initial=0)) + 1) + board.potential) * board.size + board.liking
        for places in (pairs.tops, pairs.bottoms, pairs.wholes, pairs.outers):
            useful = places[gains[places] > 0]
            best = useful[np.argsort(-ranked[useful], kind="stable")[:LOOKED_AT]]
            found.update(best.tolist())
    return sorted(found)


def _exchange_two(board: Board, chosen: Choice, must_have: Choice) -> Choice | None:
    """Two items for two others: the first choice with more of anything but liking. None: there is none."""
    value = board.value(chosen)[:5]
    for two in combinations(sorted(chosen - must_have), 2):
        rest = chosen - set(two)
        for item in _looked_at(board, rest):
            changed = _with_one_more(board, rest | {item})
            if board.value(changed)[:5] > value:
                return changed
    return None


def _exchange(board: Board, chosen: Choice, must_have: Choice) -> Choice:
    """One item for another, as long as the choice gets better by it."""
    value = board.value(chosen)
    for _ in range(MOST_ROUNDS):
        before = value
        for item in sorted(chosen - must_have):
            if item not in chosen:
                continue
            rest = chosen - {item}
            for other in _looked_at(board, rest):
                changed = rest | {other}
                if (new := board.value(changed)) > value:
                    chosen, value = changed, new
        if value == before:
            break
    return chosen


def _shrink(board: Board, chosen: Choice, must_have: Choice, *, fill: bool) -> Choice:
    """Fewer items, as long as the level stays; and, where outfits are wanted, every one of them."""
    value = board.value(chosen)
    while len(chosen) > len(must_have):
        smaller = max((chosen - {item} for item in sorted(chosen - must_have)), key=board.value)
        if not fill:
            smaller = _exchange(board, smaller, must_have)
        new = board.value(smaller)
        if new.level < value.level or (fill and new.outfits < value.outfits):
            break
        chosen, value = smaller, new
    return chosen
