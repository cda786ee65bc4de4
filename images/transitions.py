"""How a picture's row moves: compare-and-swap, one winner, whoever else works on the same picture."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from images import events
from images.models import Garment, Image, Stage

DESCRIBED = (Stage.DESCRIBED, Stage.READY)
"""Stages of a picture whose garments are known."""


def claim(image_ids: Sequence[UUID]) -> list[Image]:
    """Take the pictures that nobody is describing, for the length of a lease, in the order of the ids.

    What was tried too often fails here: its lease ran out each time, so it takes the worker down.
    """
    now = timezone.now()
    free = Image.objects.filter(pk__in=image_ids, stage=Stage.STORED).filter(
        Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    )
    given_up = free.filter(attempts__gte=settings.DESCRIBE_ATTEMPTS).update(
        stage=Stage.FAILED, error=f"given up after {settings.DESCRIBE_ATTEMPTS} attempts that did not end", claim=None
    )
    token = uuid.uuid4()
    until = now + timedelta(seconds=settings.DESCRIBE_LEASE_S)
    free.update(claim=token, claimed_until=until, attempts=F("attempts") + 1)
    claimed = {image.pk: image for image in Image.objects.filter(pk__in=image_ids, claim=token)}
    events.announce(image_ids if given_up else list(claimed))
    return [claimed[pk] for pk in image_ids if pk in claimed]


def advance(image: Image, *, to: Stage, fingerprint: str, safety: float | None = None) -> bool:
    """Move a claimed picture on. False: somebody else took it over meanwhile, and our work is void."""
    lease = timezone.now() + timedelta(seconds=settings.DESCRIBE_LEASE_S)
    moved = Image.objects.filter(pk=image.pk, stage=Stage.STORED, claim=image.claim).update(
        stage=to,
        claim=None,
        claimed_until=None if to == Stage.READY else lease,
        error="",
        fingerprint=fingerprint,
        safety=safety,
    )
    events.announce([image.pk])
    return moved == 1


def fail(image: Image, *, reason: str) -> bool:
    """End a claimed picture with a reason that the API and the admin show."""
    moved = Image.objects.filter(pk=image.pk, stage=Stage.STORED, claim=image.claim).update(
        stage=Stage.FAILED, error=reason[:300], claim=None, claimed_until=None
    )
    events.announce([image.pk])
    return moved == 1


def block(image: Image, *, safety: float, reason: str) -> bool:
    """End a claimed picture that nobody but moderators is to see."""
    moved = Image.objects.filter(pk=image.pk, stage=Stage.STORED, claim=image.claim).update(
        stage=Stage.FAILED, error=reason, safety=safety, visible=False, claim=None, claimed_until=None
    )
    events.announce([image.pk])
    return moved == 1


def give_back(images: Sequence[Image], *, for_s: int) -> None:
    """Claimed pictures as if never tried, after a pause: the fault was not theirs."""
    until = timezone.now() + timedelta(seconds=for_s)
    for image in images:
        Image.objects.filter(pk=image.pk, stage=Stage.STORED, claim=image.claim).update(
            claim=None, claimed_until=until, attempts=F("attempts") - 1
        )
    events.announce([image.pk for image in images])


def queue_again(images: Sequence[Image], *, now: datetime, patience: timedelta) -> None:
    """Note that stalled pictures are being queued, so that the next sweep leaves them alone for `patience`."""
    ids = [image.pk for image in images]
    idle = Image.objects.filter(pk__in=ids).filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=now))
    idle.filter(stage=Stage.STORED).update(claim=None, claimed_until=None, queued_at=now)
    idle.filter(stage=Stage.DESCRIBED).update(claimed_until=now + patience)


def index_again(image_ids: Collection[UUID]) -> None:
    """Described pictures as if never written to the index. Whoever is writing them has read the old values."""
    described = Image.objects.filter(pk__in=image_ids, stage__in=DESCRIBED)
    described.update(stage=Stage.DESCRIBED, claimed_until=timezone.now())


def owe_descriptions(garments: QuerySet[Garment]) -> None:
    """Note that a worker is to describe garments of described pictures anew. The caller queues it."""
    pictures = Image.objects.filter(pk__in=garments.values("image"))
    pictures.update(attempts=0)
    garments.update(due_at=timezone.now() + timedelta(seconds=settings.QUEUE_PATIENCE_S))


def begin_again(image: Image) -> bool:
    """Count a try at describing the garments that are owed. False: it was tried too often, or the picture has moved."""
    free = Image.objects.filter(pk=image.pk, stage__in=DESCRIBED, attempts__lt=settings.DESCRIBE_ATTEMPTS)
    return free.update(attempts=F("attempts") + 1) == 1


def take_back_try(image: Image, *, for_s: int) -> None:
    """As if never tried, after a pause: the fault was not the picture's."""
    Image.objects.filter(pk=image.pk, attempts__gt=0).update(attempts=F("attempts") - 1)
    owed = Garment.objects.filter(image=image.pk, due_at__isnull=False)
    owed.update(due_at=timezone.now() + timedelta(seconds=for_s))


def fail_again(image: Image, *, reason: str) -> None:
    """End a described picture whose garments cannot be described anew. They stay as they are, and are compared with
    nothing."""
    with transaction.atomic():
        Image.objects.filter(pk=image.pk, stage__in=DESCRIBED).update(stage=Stage.FAILED, error=reason[:300])
        Garment.objects.filter(image=image.pk).update(due_at=None)
        events.announce([image.pk])


def settle(due: Mapping[UUID, datetime | None]) -> int:
    """DESCRIBED pictures that the index now holds are READY, unless something changed meanwhile.

    `due`: each with the `claimed_until` that it had before the index was written. A new price, a new description or
    the sweeper moves it, and the picture then is to be written once more, whether another worker has settled it or is
    about to: nobody knows whose values the index took last. It waits for a lease first: who writes it now is done by
    then, and the next one is alone.
    """
    with transaction.atomic():
        # In one order: two workers that settle the same pictures do not wait for each other.
        list(Image.objects.select_for_update().filter(pk__in=due).order_by("pk").values_list("pk"))
        events.announce(list(due))
        settled = [
            pk
            for pk, until in due.items()
            if Image.objects.filter(pk=pk, stage=Stage.DESCRIBED, claimed_until=until).update(
                stage=Stage.READY, claimed_until=None
            )
        ]
        overtaken = Image.objects.filter(pk__in=due.keys() - set(settled), stage__in=DESCRIBED)
        lease = timezone.now() + timedelta(seconds=settings.DESCRIBE_LEASE_S)
        overtaken.update(stage=Stage.DESCRIBED, claimed_until=lease)
        return len(settled)
