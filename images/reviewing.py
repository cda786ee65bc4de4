"""Looks: what their owners ask for, and what moderators answer. Who decided, and why, stands in `moderation`."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from accounts.models import User
from images import events, services, tasks, transitions
from images.models import Garment, Image, Purpose, Review, Stage


def set_review(*, images: Sequence[Image], review: Review | None, reason: str = "") -> None:
    """Let looks be public or not: at once in every answer (SQL decides), soon in the index.

    None: their owner does not ask for it any more. `reason` is for the owner to read.
    """
    ids = [image.pk for image in images]
    with transaction.atomic():
        looks = Image.objects.filter(pk__in=ids, purpose=Purpose.LOOK)
        looks.update(review=review or "", review_reason=reason)
        if review == Review.APPROVED:
            transitions.index_again(ids)
            tasks.index.delay_on_commit(image_ids=[str(pk) for pk in ids])
        else:
            garments = Garment.objects.filter(image__in=ids).values_list("pk", flat=True)
            tasks.unindex.delay_on_commit(garment_ids=list(garments))
        events.announce(ids)


def show_images(*, images: Sequence[Image]) -> None:
    """Show pictures again. One that was blocked is now described: whoever shows it has looked at it."""
    blocked = [image for image in images if is_blocked(image)]
    with transaction.atomic():
        services.set_visible(images=images, visible=True)
        ids = [image.pk for image in images]
        Image.objects.filter(pk__in=ids).exclude(review=Review.REJECTED).update(review_reason="")
        services.queue_description(services.describe_again(images=blocked, subject=None))


def hide_images(*, images: Sequence[Image], reason: str) -> None:
    """From everybody but moderators; the owner reads why."""
    with transaction.atomic():
        services.set_visible(images=images, visible=False)
        Image.objects.filter(pk__in=[image.pk for image in images]).update(review_reason=reason)


def is_blocked(image: Image) -> bool:
    """Ended by its safety score (or unreadable, and hidden then)."""
    return image.stage == Stage.FAILED and not image.visible


def erase_own_image(*, owner: User, image: Image) -> bool:
    """Rows, files, index entries, and what hangs on the picture in other apps. False: it is not theirs."""
    if image.owner_id != owner.pk:
        return False
    with transaction.atomic():
        services.erase_images(images=[image])
    return True
