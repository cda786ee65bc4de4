"""Cut-outs asked for and undone by the owners of garments. The picture that they are made of stays as it is."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts.models import User
from images import cut_outs, selectors, tasks
from images.corrections import PictureInWork
from images.models import CutOut, Garment, Image, Review, Stage
from images.services import UPLOADS
from images.transitions import DESCRIBED

MAY_BE_CUT = ("", CutOut.FAILED)


def request_cut_out(*, owner: User, uid: UUID) -> Garment | None:
    """Queue it, unless it is there or being made. None: the owner has no such garment. Raises PictureInWork."""
    with transaction.atomic():
        garment = _garment(owner, uid)
        if garment is None:
            return None
        _check(garment.image)
        if Garment.objects.filter(pk=garment.pk, cut_out__in=MAY_BE_CUT).update(cut_out=CutOut.QUEUED):
            garment.cut_out = CutOut.QUEUED
            tasks.cut_out.apply_async_on_commit(  # type: ignore[attr-defined]  # queueing.Task
                kwargs={"garments": [str(uid)]}, queue=UPLOADS
            )
    return garment


def undo_cut_out(*, owner: User, uid: UUID) -> bool:
    """False: the owner has no such garment."""
    with transaction.atomic():
        garment = _garment(owner, uid)
        if garment is None:
            return False
        cut_outs.forget_cut_out(garment)
    return True


def _garment(owner: User, uid: UUID) -> Garment | None:
    garments = Garment.objects.filter(uid=uid, image__owner=owner, image__in=selectors.unexpired_images())
    return garments.select_related("image").first()


def _check(image: Image) -> None:
    """Raises PictureInWork."""
    if image.stage not in DESCRIBED:
        failed = image.stage == Stage.FAILED
        raise PictureInWork("the picture could not be described" if failed else "the picture is being described")
    if not image.visible or image.review == Review.REJECTED:
        raise PictureInWork("the picture was hidden or rejected")
