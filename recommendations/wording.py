"""What a feed says of its reasons, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from recommendations.ranking import Reason
from recommendations.taste import Kind

KINDS: Final = (
    *(kind.value for kind in Kind if kind not in (Kind.LESS, Kind.UNLIKED)),
    "wearable",
    "popular",
    "fresh",
    "different",
)
"""Of reasons: what a user did, and what is true without anybody's doing."""
_LIKE: Final = {
    Kind.CLICKED: "Like a photograph that you opened",
    Kind.VIEWED: "Like a photograph that you looked at",
    Kind.MORE: "You asked for more like this",
    Kind.WRONG_COLOUR: "Like a photograph whose colour you did not want",
    Kind.SEARCHED: "Like what you searched for",
}
_PLAIN: Final = {
    "popular": "Popular at the moment",
    "fresh": "New",
    "different": "Something other than what you usually look at",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A reason as a reader gets it. At most one of the four is given: the own thing, or the one acted on."""

    kind: str
    text: str
    similarity: float | None = None
    photo: int | None = None
    product: int | None = None
    search: int | None = None
    item: UUID | None = None


def items_in(reasons: Iterable[Iterable[Reason]]) -> set[UUID]:
    """The own items that reasons name."""
    named = [reason.source.partition(":") for of_one in reasons for reason in of_one]
    return {UUID(key) for thing, _, key in named if thing == "item"}


def said(reason: Reason, names: Mapping[UUID, str]) -> Said | None:
    """`names`: of the user's items. None: of an item that is not there any more."""
    thing, _, key = reason.source.partition(":")
    match thing:
        case "item":
            item = UUID(key)
            if item not in names:
                return None
            return Said(reason.kind, _of_item(reason.kind, names[item]), reason.similarity, item=item)
        case "product":
            return Said(reason.kind, "Like a product that you liked", reason.similarity, product=int(key))
        case "search":
            return Said(reason.kind, _LIKE[Kind.SEARCHED], reason.similarity, search=int(key))
        case "photo":
            text = _LIKE.get(Kind(reason.kind), "Like a photograph that you liked")
            return Said(reason.kind, text, reason.similarity, photo=int(key))
    return Said(reason.kind, _PLAIN[reason.kind], reason.similarity)


def _of_item(kind: str, name: str) -> str:
    if kind == "wearable":
        return f"You could wear this with your {name}"
    if kind == Kind.WORN:
        return f"Like your {name}, which you have worn"
    return f"Like your {name}"
