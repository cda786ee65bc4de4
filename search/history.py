"""The search history: kept for who wants it kept, listed and deleted by its owner alone."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from images.models import Descriptor
from images.queries import Query
from images.selectors import Reader, readable
from search.models import Search
from search.query import Wish


def record(*, reader: Reader, queries: Sequence[Query], wish: Wish) -> None:
    """Note what a signed-in user searched, one row a garment; nothing where the history is switched off."""
    if not isinstance(reader, User) or not reader.keeps_history:
        return
    common = {"user": reader, "target": wish.target.value, "filters": dict(wish.asked)}
    if not queries:
        _written([Search(**common, category=wish.category or "")])
        return
    rows = [
        Search(
            **common,
            image=query.image,
            garment=query.garment if query.garment.pk else None,
            category=query.garment.category,
            colours=query.garment.colours,
            labels=query.garment.labels,
            model_version=query.model_version,
            vector=Descriptor.pack(query.vector),
        )
        for query in queries
    ]
    if not _written(rows):  # picture or garment went while the index was asked
        for row in rows:
            row.pk = row.image = row.garment = None
        _written(rows)  # if not even now, the user went: nobody's history is kept


def _written(rows: Sequence[Search]) -> bool:
    """Whether all that the rows point to was still there."""
    try:
        with transaction.atomic():  # foreign keys are checked as it ends
            Search.objects.bulk_create(rows)
    except IntegrityError:
        return False
    return True


def of(user: User) -> QuerySet[Search]:
    """The newest first. `readable`: whether the user may see its picture, which may have been public only then."""
    pictures = readable(user).filter(pk=OuterRef("image"))
    searches = Search.objects.filter(user=user).annotate(readable=Exists(pictures))
    return searches.select_related("garment", "image__owner").order_by("-created_at", "-id")


def forget(*, user: User, search_id: int | None = None) -> int:
    """One search, or all. Returns how many rows went."""
    mine = Search.objects.filter(user=user)
    deleted, _ = (mine if search_id is None else mine.filter(pk=search_id)).delete()
    return deleted
