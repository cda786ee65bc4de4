"""A capsule of what a user owns. Nothing is stored."""

from __future__ import annotations

from uuid import UUID

from accounts.models import User
from outfits.capsule_answer import Asked, Capsule
from outfits.capsules import pack
from outfits.closet import Closet, closet, pair_lift
from wardrobe.models import Item
from wardrobe.services import Refused, UnknownThing


def pack_capsule(*, owner: User, asked: Asked) -> tuple[Capsule, Closet]:
    """With the closet of which it was chosen. Raises UnknownThing for items that are not there or another user's, and
    Refused for ones that cannot be packed."""
    named = asked.must_have | asked.leave_out
    own = closet(owner, also=named)
    _check(owner, asked, named - {item.id for item in own.items})
    return pack(own.items, asked, pair_lift()), own


def _check(owner: User, asked: Asked, absent: frozenset[UUID]) -> None:
    """What is archived may be left out: it is."""
    archived = set(Item.objects.filter(owner=owner, pk__in=absent).values_list("pk", flat=True)) if absent else set()
    if missing := sorted(str(pk) for pk in absent - archived):
        raise UnknownThing(f"no item of yours: {', '.join(missing)}")
    if away := sorted(str(pk) for pk in archived & asked.must_have):
        raise Refused("must_have", f"archived: {', '.join(away)}")
