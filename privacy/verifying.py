"""Whether anything is left of a user who was erased: asked of SQL, the storage and the index."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.core.files.storage import default_storage

from accounts.models import User
from images import thumbnails
from images.index import vector_index
from images.models import Garment, Image
from mlcore.index.base import CollectionName, Where
from moderation.models import Decision
from outfits import cover_files
from outfits.models import Outfit
from privacy import selectors
from privacy.receipts import Receipt

AT_ONCE = 500


def traces(receipt: Receipt) -> Iterator[str]:
    """One line for each thing that is left. Raises IndexAway."""
    yield from _rows(receipt)
    yield from _decisions(receipt)
    yield from _files(receipt)
    yield from _vectors(receipt)


def _rows(receipt: Receipt) -> Iterator[str]:
    keys = (
        (User, [receipt.user]),
        (Image, [UUID(pk) for pk, _ in receipt.pictures]),
        (Garment, [pk for pk, _ in receipt.garments]),
        (Outfit, [UUID(pk) for pk in receipt.outfits]),
    )
    for model, pks in keys:
        for start in range(0, len(pks), AT_ONCE):
            for name, count in selectors.rows_left(model, pks[start : start + AT_ONCE]):
                yield f"SQL: {count} rows in {name}"


def _decisions(receipt: Receipt) -> Iterator[str]:
    """They name a picture also when it is gone."""
    ids = [UUID(pk) for pk, _ in receipt.pictures]
    for start in range(0, len(ids), AT_ONCE):
        if count := Decision.objects.filter(picture__in=ids[start : start + AT_ONCE]).count():
            yield f"SQL: {count} rows in moderation.decision.picture"


def _files(receipt: Receipt) -> Iterator[str]:
    names = [receipt.export] if receipt.export else []
    names += [Garment(uid=UUID(uid)).cut_out_name for _, uid in receipt.garments]
    for outfit_id in receipt.outfits:
        names += cover_files.stored(UUID(outfit_id))
    for pk, name in receipt.pictures:
        names.append(name)
        names += thumbnails.stored(Image(pk=UUID(pk), file=name))
    for name in names:
        if default_storage.exists(name):
            yield f"storage: {name}"


def _vectors(receipt: Receipt) -> Iterator[str]:
    """In every version of every collection."""
    ids = [pk for pk, _ in receipt.garments]
    for collection in CollectionName:
        for version in sorted(vector_index().versions(collection)):
            index = vector_index().at(version)
            for start in range(0, len(ids), AT_ONCE):
                among = Where(among=tuple(ids[start : start + AT_ONCE]))
                for hit in index.listed(collection, where=among, limit=AT_ONCE):
                    yield f"index: garment {hit.garment_id} in {collection} {version}"
