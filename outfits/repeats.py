"""What is worn too often: which items of a planned outfit are worn, or planned, again within a few days of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    WORN = "worn"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the items of its outfit in the order in which they are told."""

    plan: UUID
    day: date
    items: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`item` None: the outfit as a whole. `days_apart`: from the plan's day, negative before it."""

    item: UUID | None
    kind: Kind
    day: date
    days_apart: int

    @property
    def text(self) -> str:
        """As a sentence goes on after the item's name; of a whole outfit it is one."""
        if self.item is not None:
            return _when(self.kind, self.days_apart)
        return f"the whole outfit {'was' if self.kind == Kind.WORN else 'is'} {_when(self.kind, self.days_apart)}"


@dataclass(frozen=True, slots=True)
class Around:
    """What happens on the days around. `worn`: by item; `planned`: by day, the plan that is asked about among them."""

    worn: Mapping[UUID, Collection[date]]
    planned: Mapping[date, Sequence[Planned]]


def repeats(plan: Planned, around: Around, *, within: int) -> list[Repeat]:
    """Up to `within` days before and after the plan's day, the nearest first, and on one day the whole outfit first.

    Of each item, and of the outfit as a whole if it has two items or more, at most four: the nearest day on which it
    was worn and the nearest on which it is planned, each before and after. What was worn on a day for which it was
    planned is worn, not planned. Worn on the plan's day is no repeat: that is the plan itself.
    """
    found: dict[tuple[UUID | None, Kind, bool], Repeat] = {}
    for days_apart in _outwards(within):
        day = plan.day + timedelta(days=days_apart)
        for item, kind in _on(day, plan, around):
            # The first is the nearest. The same day counts as before: nothing comes in between.
            found.setdefault((item, kind, days_apart > 0), Repeat(item, kind, day, days_apart))
    return sorted(found.values(), key=lambda one: (abs(one.days_apart), one.item is not None))


def is_worn(items: Iterable[UUID], day: date, worn: Mapping[UUID, Collection[date]]) -> bool:
    """Whether all items are logged on the day. An outfit that has lost all of its items is not."""
    each = [day in worn.get(item, ()) for item in items]
    return bool(each) and all(each)


def _on(day: date, plan: Planned, around: Around) -> Iterator[tuple[UUID | None, Kind]]:
    worn = [item for item in plan.items if day != plan.day and day in around.worn.get(item, ())]
    others = [set(one.items) for one in around.planned.get(day, ()) if one.plan != plan.plan]
    planned = [item for item in plan.items if item not in worn and any(item in other for other in others)]
    if len(plan.items) > 1:
        if len(worn) == len(plan.items):
            yield None, Kind.WORN
        elif any(other.issuperset(plan.items) for other in others):
            yield None, Kind.PLANNED
    yield from ((item, Kind.WORN) for item in worn)
    yield from ((item, Kind.PLANNED) for item in planned)


def _outwards(within: int) -> Iterator[int]:
    """0, -1, 1, -2, 2, …"""
    yield 0
    for distance in range(1, within + 1):
        yield from (-distance, distance)


def _when(kind: Kind, days_apart: int) -> str:
    if days_apart == 0:
        return "planned again the same day"
    distance = abs(days_apart)
    if days_apart < 0:
        return f"{kind} the day before" if distance == 1 else f"{kind} {distance} days before"
    later = "the next day" if distance == 1 else f"{distance} days later"
    return f"{kind} again {later}"
