"""The work on covers: made, made anew when what they show has changed, and swept. Callable without Celery, safe to run
twice or die half-way: the file comes before its row and goes after it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.utils import timezone

import mlcore.images
from images import cut_outs
from images.models import Image
from images.stages import decode
from mlcore.cutouts import Cutout
from mlcore.types import Pixels
from outfits import cover_files, covers, selectors
from outfits.cover_parts import Part, digests, is_current, may_be_seen, named, parts_of
from outfits.covers import Drawn
from outfits.models import Outfit

logger = logging.getLogger(__name__)

AT_ONCE = 200  # covers that one sweep queues again
COMPARED = 200  # outfits that one sweep holds against their covers: 0.15 s, while queries by picture wait behind it
SHARDS = tuple(f"{number:02x}" for number in range(256))
AGE = timedelta(hours=1)  # a younger file may belong to a run that has not written its row yet; a run ends in a minute
_SWEPT_TO, _FIRST = "outfits-swept-to", UUID(int=0)
_TRIES_KEPT_S = 86_400


def compose_cover(outfit_id: UUID) -> None:
    """Make the cover that the rows ask for, unless it is there.

    Raises OSError (the storage is away) and DatabaseError; the cover then stays due for the sweeper.
    """
    outfit = _read(outfit_id)
    if outfit is None:
        return
    parts = parts_of(outfit)
    wanted = digests(parts)
    if is_current(outfit.cover, wanted):
        _advance(outfit, wanted, outfit.cover)
    elif not parts:
        _advance(outfit, wanted, "")
    elif _tried(outfit, wanted) > settings.DESCRIBE_ATTEMPTS:  # it takes the worker down
        logger.error("the cover of outfit %s is given up", outfit_id)
        Outfit.objects.filter(pk=outfit_id, cover=outfit.cover).update(cover_due_at=None)
    else:
        try:
            _compose(outfit, parts, wanted)
        except (OSError, DatabaseError):  # not the pictures' fault
            cache.delete(_tries(outfit, wanted))
            raise
        cache.delete(_tries(outfit, wanted))


def overdue() -> list[UUID]:
    """Outfits whose covers should be there by now, to queue once more; each again after QUEUE_PATIENCE_S."""
    now = timezone.now()
    late = Outfit.objects.filter(cover_due_at__lte=now).order_by("cover_due_at")
    ids = list(late.values_list("pk", flat=True)[:AT_ONCE])
    Outfit.objects.filter(pk__in=ids, cover_due_at__lte=now).update(cover_due_at=_later())
    return ids


def outdated() -> list[UUID]:
    """Outfits whose covers no longer show what they should, to queue: an item has another picture, a garment its
    cut-out, a photograph was erased or hidden. Each call looks at the next COMPARED; then it begins anew."""
    compared, ids = _compare(after=UUID(cache.get(_SWEPT_TO) or str(_FIRST)))
    cache.set(_SWEPT_TO, str(compared[-1]) if len(compared) == COMPARED else "", timeout=None)
    return ids


def all_outdated() -> Iterator[UUID]:
    """The same of every outfit there is."""
    compared, ids = _compare(after=_FIRST)
    while compared:
        yield from ids
        compared, ids = _compare(after=compared[-1])


def sweep_covers() -> None:
    """Files that no row names are removed, and a row whose file is gone gets another. Raises OSError."""
    before = timezone.now() - AGE
    there = set(cover_files.shards())
    for shard in SHARDS:
        listed = cover_files.listed(shard) if shard in there else []
        known = _known({outfit_id for _, outfit_id in listed})
        for name, _ in listed:
            if name not in known and cover_files.is_older(name, before):
                default_storage.delete(name)
        _make_what_is_missing(shard, {name for name, _ in listed})


def _compare(*, after: UUID) -> tuple[list[UUID], list[UUID]]:
    """Ids of the next COMPARED outfits, and of those whose covers are owed from now on."""
    found = selectors.with_pieces(Outfit.objects.filter(pk__gt=after, cover_due_at__isnull=True)).order_by("pk")
    compared = list(found[:COMPARED])
    wanted = {outfit.pk: digests(parts_of(outfit)) for outfit in compared}
    stale = [outfit for outfit in compared if not is_current(outfit.cover, wanted[outfit.pk])]
    for outfit in stale:
        if outfit.cover and not may_be_seen(outfit.cover, wanted[outfit.pk]):
            _take_away(outfit)
    ids = [outfit.pk for outfit in stale]
    Outfit.objects.filter(pk__in=ids, cover_due_at__isnull=True).update(cover_due_at=_later())
    return [outfit.pk for outfit in compared], ids


def _take_away(outfit: Outfit) -> None:
    """A cover that shows what has gone does not wait for its turn behind an import."""
    with transaction.atomic():
        if Outfit.objects.filter(pk=outfit.pk, cover=outfit.cover).update(cover=""):
            cut_outs.remove_on_commit([outfit.cover_name])


def _read(outfit_id: UUID) -> Outfit | None:
    return next(iter(selectors.composed([outfit_id])), None)


def _compose(outfit: Outfit, parts: Sequence[Part], wanted: str) -> None:
    drawn = [Drawn(picture, part.place, part.aspect) for part in parts if (picture := _picture(part)) is not None]
    made = covers.encode(covers.compose(drawn))
    new = Outfit(pk=outfit.pk, cover=named(wanted))
    moved = False
    try:
        cover_files.keep(new, made)
        moved = _advance(outfit, wanted, new.cover)
    finally:
        if not moved:
            default_storage.delete(new.cover_name)


def _advance(outfit: Outfit, wanted: str, cover: str) -> bool:
    """Compare-and-swap. False: the outfit is gone, has changed, or another run was faster; our work is void."""
    with transaction.atomic():
        # Whoever changes the pieces holds this row too, and has a new cover made after us.
        if Outfit.objects.select_for_update().filter(pk=outfit.pk, cover=outfit.cover).first() is None:
            return False
        now = _read(outfit.pk)
        if now is None or digests(parts_of(now)) != wanted:
            return False
        Outfit.objects.filter(pk=outfit.pk).update(cover=cover, cover_due_at=None)
        if outfit.cover and outfit.cover != cover:
            cut_outs.remove_on_commit([outfit.cover_name])
    return True


def _picture(part: Part) -> Cutout | None:
    """The garment alone, else its part of the picture; None if the file is gone. Raises OSError."""
    cut_out = _cut_out(part) if part.is_cut_out else None
    if cut_out is not None:
        return cut_out
    image: Image = part.garment.image
    pixels: Pixels | Exception = decode(image)
    return None if isinstance(pixels, Exception) else covers.opaque(mlcore.images.crop(pixels, part.garment.box))


def _cut_out(part: Part) -> Cutout | None:
    try:
        with default_storage.open(part.garment.cut_out_name) as file:
            return covers.read_cut_out(file.read())
    except (FileNotFoundError, mlcore.images.Unreadable):
        return None


def _known(outfit_ids: set[UUID]) -> set[str]:
    """The files that rows name."""
    ids = list(outfit_ids)
    found: set[str] = set()
    for start in range(0, len(ids), COMPARED):
        rows = Outfit.objects.filter(pk__in=ids[start : start + COMPARED]).exclude(cover="").only("cover")
        found |= {outfit.cover_name for outfit in rows}
    return found


def _make_what_is_missing(shard: str, listed: set[str]) -> None:
    ids = UUID(shard + "0" * 30), UUID(shard + "f" * 30)
    for outfit in Outfit.objects.filter(pk__range=ids).exclude(cover="").only("cover").iterator():
        if outfit.cover_name not in listed and not default_storage.exists(outfit.cover_name):  # it may have come since
            Outfit.objects.filter(pk=outfit.pk, cover=outfit.cover).update(cover="", cover_due_at=timezone.now())


def _tried(outfit: Outfit, wanted: str) -> int:
    """How often it was begun and not ended, this time included."""
    cache.add(_tries(outfit, wanted), 0, timeout=_TRIES_KEPT_S)
    return int(cache.incr(_tries(outfit, wanted)))


def _tries(outfit: Outfit, wanted: str) -> str:
    return f"cover-tries:{outfit.pk}:{wanted}"


def _later() -> datetime:
    return timezone.now() + timedelta(seconds=settings.QUEUE_PATIENCE_S)
