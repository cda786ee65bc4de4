"""The only writers of an image's state from outside the pipeline: they check, store, and queue the work."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from celery.app.task import Task
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

import mlcore.images
from accounts.models import User
from images import replies, selectors, stages, tasks
from images.index import model_version
from images.models import Garment, Image, Kind, Purpose, Stage
from images.replies import NobodyAnswered
from mlcore.types import Box, Category

UPLOADS, INDEX = "uploads", "index"  # queues: a user's picture does not wait behind an import


class KeyReused(Exception):
    """The idempotency key came before, with another picture."""


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A catalogue picture to be stored. `subject`: the category that it is known to show."""

    file: IO[bytes]
    kind: Kind
    subject: Category | None = None
    price: float | None = None
    in_stock: bool = True


def add_image(*, owner: User, purpose: Purpose, file: IO[bytes], idempotency_key: str = "") -> tuple[Image, bool]:
    """Store a user's picture and queue its description. Same key or same bytes: the image that is there, and False.

    Raises mlcore.images.Unreadable, TooLarge or TooSmall, and KeyReused; nothing is stored then.
    """
    facts = mlcore.images.inspect(file)
    retried: dict[str, Any] = {
        "owner": owner,
        "purpose": purpose,
        "digest": facts.digest,
        "idempotency_key": idempotency_key,
    }
    there = selectors.stored_before(**retried)
    if there is None:
        image = _stored(file, facts, kind=Kind.USER, purpose=purpose, owner=owner, idempotency_key=idempotency_key)
        if purpose == Purpose.SEARCH:
            image.expires_at = _query_picture_expires(owner)
        try:
            with transaction.atomic():
                image.save(force_insert=True)
        except IntegrityError:  # the same upload a moment ago, in another process
            default_storage.delete(image.file_name)
            there = selectors.stored_before(**retried)
            if there is None:
                raise
        except BaseException:
            default_storage.delete(image.file_name)
            raise
        else:
            queue_description([image])
            return image, True
    if (there.digest, there.purpose) != (facts.digest, purpose):
        raise KeyReused
    if there.stage == Stage.FAILED:  # whoever sends it again asks for another try
        queue_description(describe_again(images=[there], subject=None))
        there.refresh_from_db()
    return there, False


def add_query_picture(*, owner: User | None, file: IO[bytes]) -> Image:
    """Store a picture to search with and wait until it is described. It is erased after an hour, a user's after a day.

    Raises mlcore.images.Unreadable, TooLarge or TooSmall, and NobodyAnswered; nothing is left then.
    """
    facts = mlcore.images.inspect(file)
    image = _stored(file, facts, kind=Kind.USER, purpose=Purpose.SEARCH, owner=owner)
    image.expires_at = _query_picture_expires(owner)
    try:
        image.save(force_insert=True)
        _ask_online(tasks.describe_now, image_id=str(image.pk))
        image.refresh_from_db()
        if image.stage == Stage.FAILED:
            raise mlcore.images.Unreadable(image.error)
        if image.stage != Stage.READY:
            raise NobodyAnswered("the worker was lost over it")
    except BaseException:
        stages.erase(image)
        raise
    return image


def describe_box(*, image: Image, box: Box, category: Category | None) -> tuple[Garment, bytes] | None:
    """What a drawn box shows: a garment that is not stored, and its packed vector. None: nothing can be made out there.

    Raises NobodyAnswered.
    """
    answer = _ask_online(
        tasks.describe_box, image_id=str(image.pk), box=asdict(box), category=category.value if category else ""
    )
    if not answer["found"]:
        return None
    return Garment(image=image, position=0, **answer["garment"]), base64.b64decode(answer["vector"])


def prepare_catalogue_image(picture: NewPicture) -> Image:
    """Check and store a catalogue picture's file; its row is the caller's to save, in the transaction of its own rows.

    Raises mlcore.images.Unreadable, TooLarge or TooSmall; nothing is stored then.
    """
    facts = mlcore.images.inspect(picture.file)
    image = _stored(picture.file, facts, kind=picture.kind)
    image.subject = picture.subject.value if picture.subject else ""
    image.price, image.in_stock = picture.price, picture.in_stock
    return image


def discard_files(images: Iterable[Image]) -> None:
    """For prepared pictures whose rows were not saved."""
    for image in images:
        default_storage.delete(image.file_name)


def queue_description(images: Sequence[Image]) -> None:
    """Describe these pictures once the transaction is committed, in batches."""
    for queue, group in (
        (UPLOADS, [image for image in images if not image.public]),
        (INDEX, [image for image in images if image.public]),
    ):
        for start in range(0, len(group), settings.DESCRIBE_BATCH):
            ids = [str(image.pk) for image in group[start : start + settings.DESCRIBE_BATCH]]
            tasks.describe.apply_async_on_commit(kwargs={"image_ids": ids}, queue=queue)


def set_offer(*, images: Sequence[Image], price: float | None, in_stock: bool) -> None:
    """A new price or stock: the index learns of it, and no model runs."""
    ids = [image.pk for image in images]
    with transaction.atomic():
        Image.objects.filter(pk__in=ids).update(price=price, in_stock=in_stock)
        _put_into_index_again(ids)


def describe_again(*, images: Sequence[Image], subject: Category | None) -> list[Image]:
    """The pictures show something else than was said: forget their garments. The caller queues the description."""
    ids = [image.pk for image in images]
    with transaction.atomic():
        garment_ids = _garment_ids(ids)
        Garment.objects.filter(image__in=ids).delete()
        Image.objects.filter(pk__in=ids).update(
            subject=subject.value if subject else "",
            stage=Stage.STORED,
            claim=None,
            claimed_until=None,
            attempts=0,
            error="",
            queued_at=timezone.now(),
        )
        tasks.unindex.delay_on_commit(garment_ids=garment_ids)
    return list(images)


def describe_outdated() -> int:
    """After a change of models: queue every picture that the old one described. Returns how many."""
    images = list(selectors.outdated(model_version=model_version()))
    for image in images:
        subject = Category(image.subject) if image.subject else None
        queue_description(describe_again(images=[image], subject=subject))
    return len(images)


def set_visible(*, images: Sequence[Image], visible: bool) -> None:
    """Show or hide public pictures: at once in every answer (SQL decides), soon in the index."""
    ids = [image.pk for image in images]
    with transaction.atomic():
        Image.objects.filter(pk__in=ids).update(visible=visible)
        if visible:
            _put_into_index_again(ids)
        else:
            tasks.unindex.delay_on_commit(garment_ids=_garment_ids(ids))


def erase_images(*, images: Sequence[Image]) -> None:
    """Rows, files, and what the index holds of them."""
    garment_ids = _garment_ids([image.pk for image in images])
    for image in images:
        stages.erase(image)
    tasks.unindex.delay_on_commit(garment_ids=garment_ids)


def _put_into_index_again(image_ids: Sequence[uuid.UUID]) -> None:
    """Also what is on its way into the index: whoever is writing it has read the old values."""
    described = Image.objects.filter(pk__in=image_ids, stage__in=(Stage.READY, Stage.DESCRIBED))
    described.update(stage=Stage.DESCRIBED, claimed_until=timezone.now())
    tasks.index.delay_on_commit(image_ids=[str(pk) for pk in image_ids])


def _query_picture_expires(owner: User | None) -> datetime:
    kept = settings.QUERY_PICTURES_KEPT_S if owner else settings.ANONYMOUS_PICTURES_KEPT_S
    return timezone.now() + timedelta(seconds=kept)


def _garment_ids(image_ids: Sequence[uuid.UUID]) -> list[int]:
    return list(Garment.objects.filter(image__in=image_ids).values_list("pk", flat=True))


def _stored(
    file: IO[bytes],
    facts: mlcore.images.Facts,
    *,
    kind: Kind,
    purpose: Purpose | str = "",
    owner: User | None = None,
    idempotency_key: str = "",
) -> Image:
    """An unsaved row whose file is in the storage, named by us: a client's file name is never used."""
    image = Image(
        kind=kind,
        purpose=purpose,
        owner=owner,
        digest=facts.digest,
        size=facts.size,
        format=facts.format,
        width=facts.width,
        height=facts.height,
        idempotency_key=idempotency_key,
    )
    name = f"{kind}/{image.pk.hex[:2]}/{image.pk}{mlcore.images.EXTENSIONS[facts.format]}"
    image.file.name = default_storage.save(name, File(file))
    return image


def _ask_online(task: Task[..., None], **arguments: Any) -> dict[str, Any]:
    """Queue work that somebody waits for, and wait. Raises NobodyAnswered; the work is then dropped by the queue."""
    reply_to = str(uuid.uuid4())
    try:
        task.apply_async(kwargs={**arguments, "reply_to": reply_to}, expires=settings.ONLINE_TIMEOUT_S)
    except OperationalError as error:
        raise NobodyAnswered("the queue is away") from error
    return replies.wait(reply_to, timeout_s=settings.ONLINE_TIMEOUT_S)
