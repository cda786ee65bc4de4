"""Own items without a database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from mlcore.palette import PROTOTYPES
from mlcore.types import Category, Colour
from outfits.owned import OwnItem


def own(number: int, category: str, *colours: str, pattern: str = "", **fields: Any) -> OwnItem:
    """`number` is its id; black unless a name of the palette or `#rrggbb` says otherwise, in equal shares."""
    named = colours or ("black",)
    found = [Colour(name, PROTOTYPES[name][0] if name in PROTOTYPES else name, 1 / len(named)) for name in named]
    labels: Mapping[str, Mapping[str, Any]] = {"pattern": {"value": pattern, "confidence": 0.9}} if pattern else {}
    given = {"name": f"{category} {number}", "colours": tuple(found), "labels": labels, **fields}
    return OwnItem(id=UUID(int=number), category=Category(category), **given)


def numbers(items: Any) -> list[int]:
    return [item.id.int for item in items]


class Counted:
    """Lifts by the colours of two kinds, in either order; None for all others."""

    def __init__(self, lifts: Mapping[tuple[str, str], float]) -> None:
        self.lifts = {frozenset(pair): lift for pair, lift in lifts.items()}
        self.asked = 0

    def lift(self, first: tuple[str, str], second: tuple[str, str]) -> float | None:
        self.asked += 1
        return self.lifts.get(frozenset((first[1], second[1])))


ONLY = 9.0


def only(*pairs: tuple[str, str], colours: str = "red orange yellow green teal blue purple pink") -> Counted:
    """These colours go together, and no others do."""
    names = colours.split()
    wanted = set(map(frozenset, pairs))
    lifts = {(one, other): ONLY if {one, other} in wanted else 0.0 for one in names for other in names}
    return Counted(lifts)
