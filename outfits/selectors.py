"""What is known of a user's outfits."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Count, Exists, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from outfits.models import Outfit, Piece
from wardrobe.models import Care, CareDay, Item, ItemPicture
from wardrobe.selectors import MOST_WORDS, spellings


def outfits(owner: User) -> QuerySet[Outfit]:
    """With pieces, their items and covers, and on how many days all of its items were worn; three queries."""
    return with_wears(with_pieces(Outfit.objects.filter(owner=owner)))


def outfit(owner: User, outfit_id: UUID) -> Outfit | None:
    return outfits(owner).filter(pk=outfit_id).first()


def with_pieces(found: QuerySet[Outfit]) -> QuerySet[Outfit]:
    """What cover_parts reads."""
    return found.prefetch_related(Prefetch("pieces", with_items(Piece.objects.all())))


def with_items(pieces: QuerySet[Piece]) -> QuerySet[Piece]:
    """Each with its item, and that with its cover."""
    return pieces.select_related("item").prefetch_related(_covers("item__"))


def with_covers(items: QuerySet[Item]) -> QuerySet[Item]:
    """Each with its first picture alone, as `covers`."""
    return items.prefetch_related(_covers(""))


def with_wears(found: QuerySet[Outfit]) -> QuerySet[Outfit]:
    """`wears` and `last_worn_on`: of the days on which every item was worn that is in the outfit now."""
    first = Piece.objects.filter(outfit=OuterRef(OuterRef("pk"))).order_by("pk").values("item")[:1]
    worn_too = CareDay.objects.filter(item=OuterRef("item"), care=Care.WEAR, day=OuterRef(OuterRef("day")))
    left_out = Piece.objects.filter(~Exists(worn_too), outfit=OuterRef(OuterRef("pk")))
    # Days of one of its items, less those on which another was not worn: both by the index of once a day.
    worn = CareDay.objects.filter(~Exists(left_out), item=Subquery(first), care=Care.WEAR)
    number = worn.order_by().values("item").annotate(number=Count("pk")).values("number")
    return found.annotate(
        wears=Coalesce(Subquery(number, output_field=IntegerField()), 0),
        last_worn_on=Subquery(worn.order_by("-day").values("day")[:1]),
    )


def narrowed(
    found: QuerySet[Outfit], *, season: str = "", occasion: str = "", item: UUID | None = None, q: str = ""
) -> QuerySet[Outfit]:
    """Only what is given narrows. `item`: one that is in it. `q`: words, each in name or notes."""
    if season:
        found = found.filter(**{season: True})
    if occasion:
        found = found.filter(occasion__iexact=occasion)
    if item is not None:
        found = found.filter(Exists(Piece.objects.filter(outfit=OuterRef("pk"), item=item)))
    for word in q.split()[:MOST_WORDS]:
        found = found.filter(_somewhere(word))
    return found


def composed(outfit_ids: Collection[UUID]) -> list[Outfit]:
    """Whoever's: with what their covers show. Ordered by id."""
    return list(with_pieces(Outfit.objects.filter(pk__in=outfit_ids)).order_by("pk"))


def _covers(way: str) -> Prefetch[str]:
    first = ItemPicture.objects.select_related("garment__image__owner").order_by("position", "pk")[:1]
    return Prefetch(f"{way}pictures", first, to_attr="covers")


def _somewhere(word: str) -> Q:
    found = Q()
    for spelling in spellings(word):
        found |= Q(name__icontains=spelling) | Q(notes__icontains=spelling)
    return found
