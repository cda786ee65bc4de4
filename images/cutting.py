"""Cut-outs made: QUEUED → READY, or FAILED with no file left. Callable without Celery, safe to run twice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.db.models import QuerySet

import mlcore.cutouts
import mlcore.images
from images import cut_outs, selectors, stages
from images.models import CutOut, Garment, Image
from mlcore.cutouts import NothingStandsOut
from mlcore.manifest import ModelMissing

MOST_PIXELS = 2560  # long side of the picture from which a small garment is cut
AT_ONCE = 200  # garments that one sweep queues again
_TRIES_KEPT_S = 86_400


def cut(uids: Sequence[UUID]) -> None:
    """Cut out those of the garments that are QUEUED.

    Raises OSError (the storage is away), ModelMissing and DatabaseError; the garments then stay QUEUED for the sweeper.
    """
    for garment in Garment.objects.filter(uid__in=uids, cut_out=CutOut.QUEUED).select_related("image"):
        if not selectors.servable_by_token().filter(pk=garment.image_id).exists():
            cut_outs.forget_cut_out(garment)  # hidden, rejected or expired meanwhile
        elif _tried(garment) > settings.DESCRIBE_ATTEMPTS:  # it takes the worker down
            _end(garment, CutOut.FAILED)
        else:
            try:
                _cut(garment)
            except (OSError, ModelMissing, DatabaseError):  # not the garment's fault
                cache.delete(_tries(garment))
                raise


def overdue() -> list[UUID]:
    """Garments that wait for their cut-out, to queue once more; each again after QUEUE_PATIENCE_S."""
    waiting = Garment.objects.filter(cut_out=CutOut.QUEUED).order_by("pk").values_list("uid", flat=True)[:AT_ONCE]
    return [uid for uid in waiting if cache.add(f"cut-out-swept:{uid}", 1, timeout=settings.QUEUE_PATIENCE_S)]


def _cut(garment: Garment) -> None:
    pixels = stages.decode(garment.image, long_side=_long_side(garment))
    if isinstance(pixels, Exception):
        _end(garment, CutOut.FAILED)
        return
    try:
        made = mlcore.cutouts.encode_webp(mlcore.cutouts.cut_out(pixels, garment.box))
    except NothingStandsOut:
        _end(garment, CutOut.FAILED)
        return
    if _still(garment).exists():
        cut_outs.keep(garment, made)
        _end(garment, CutOut.READY)


def _end(garment: Garment, state: CutOut) -> None:
    """Compare-and-swap: whoever undid it, erased it or moved the box meanwhile has made this result void."""
    _still(garment).update(cut_out=state)
    cut_outs.remove_unless_ready(garment)
    cache.delete_many([_tries(garment), f"cut-out-swept:{garment.uid}"])


def _still(garment: Garment) -> QuerySet[Garment]:
    box = {side: getattr(garment, side) for side in ("x", "y", "width", "height")}
    shown = selectors.servable_by_token()
    return Garment.objects.filter(pk=garment.pk, cut_out=CutOut.QUEUED, image__in=shown, **box)


def _tried(garment: Garment) -> int:
    """How often it was begun and not ended, this time included."""
    cache.add(_tries(garment), 0, timeout=_TRIES_KEPT_S)
    return int(cache.incr(_tries(garment)))


def _tries(garment: Garment) -> str:
    return f"cut-out-tries:{garment.uid}"


def _long_side(garment: Garment) -> int:
    """At which the picture is decoded, so that its garment is as large as a cut-out may be, if the picture has that."""
    image: Image = garment.image
    longest = max(garment.width * image.width, garment.height * image.height, 1.0)
    whole = max(image.width, image.height)
    wanted = math.ceil(whole * min(1.0, mlcore.cutouts.LONG_SIDE / longest))
    return min(max(wanted, mlcore.images.WORKING_SIDE), MOST_PIXELS)
