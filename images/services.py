"""The only writers of an image's state from outside the pipeline: they check, store, and queue the work."""

from __future__ import annotations

import base64
import bisect
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from celery.app.task import Task
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

import mlcore.images
from accounts.models import User
from images import events, replies, selectors, stages, tasks, transitions
from images.index import model_version
from images.models import Garment, Image, Kind, Purpose, Review, Stage
from images.replies import NobodyAnswered
from images.screening import Blocked
from mlcore.metadata import stripped
from mlcore.types import Box, Category

UPLOADS, INDEX = "uploads", "index"  # queues: a user's picture does not wait behind an import
TURNS = (8, 32, 128)  # pictures of one owner that wait, from which the next ones have priority 1, 2, 3 (0 is first)
LAST = TURNS[-1]


class KeyReused(Exception):
    """The idempotency key came before, with another picture."""


class LooksAreOff(Exception):
    """The owner's settings say that their looks stay private."""


class CannotStrip(Exception):
    """A stored picture whose file is gone or damaged."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """A picture of a user's that mlcore.images.inspect has passed."""

    file: IO[bytes]
    facts: mlcore.images.Facts


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

    A look waits for moderators from the start. Raises mlcore.images.Unreadable, TooLarge or TooSmall, KeyReused and
    LooksAreOff; nothing is stored then.
    """
    facts = mlcore.images.inspect(file)
    image, is_new = _stored_once(file, facts, owner=owner, purpose=purpose, idempotency_key=idempotency_key)
    if is_new:
        queue_description([image])
    else:
        try_again(images=[image])
        if purpose == Purpose.LOOK and not image.review and owner.public_looks:  # it was withdrawn meanwhile
            Image.objects.filter(pk=image.pk, review="").update(review=Review.PENDING)
            image.refresh_from_db()
    return image, is_new


def add_images(*, owner: User, purpose: Purpose, pictures: Sequence[Inspected]) -> list[tuple[Image, bool]]:
    """`add_image` for pictures that came together, no two of the same bytes: all are stored, or none."""
    added: dict[str, tuple[Image, bool]] = {}
    try:
        with transaction.atomic():
            # By digest: two requests with the same pictures then never wait for each other.
            for picture in sorted(pictures, key=lambda picture: picture.facts.digest):
                added[picture.facts.digest] = _stored_once(picture.file, picture.facts, owner=owner, purpose=purpose)
            images = [added[picture.facts.digest] for picture in pictures]
            queue_description([image for image, is_new in images if is_new])
            try_again(images=[image for image, is_new in images if not is_new])
    except BaseException:
        discard_files(image for image, is_new in added.values() if is_new)
        raise
    return images


def try_again(*, images: Sequence[Image]) -> None:
    """Whoever sends a picture again that FAILED asks for another try."""
    for image in images:
        if image.stage == Stage.FAILED:
            queue_description(describe_again(images=[image], subject=None))
            image.refresh_from_db()


def _stored_once(
    file: IO[bytes], facts: mlcore.images.Facts, *, owner: User, purpose: Purpose, idempotency_key: str = ""
) -> tuple[Image, bool]:
    """The picture's row, and whether it is new. Raises KeyReused and LooksAreOff."""
    retried: dict[str, Any] = {
        "owner": owner,
        "purpose": purpose,
        "digest": facts.digest,
        "idempotency_key": idempotency_key,
    }
    there = selectors.stored_before(**retried)
    if there is None:
        if purpose == Purpose.LOOK and not owner.public_looks:
            raise LooksAreOff("your looks are private: switch `public_looks` on in your settings to publish one")
        image = _stored(file, facts, kind=Kind.USER, purpose=purpose, owner=owner, idempotency_key=idempotency_key)
        if purpose == Purpose.LOOK:
            image.review = Review.PENDING
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
            return image, True
    if (there.digest, there.purpose) != (facts.digest, purpose):
        raise KeyReused
    return there, False


def add_query_picture(*, owner: User | None, file: IO[bytes]) -> Image:
    """Store a picture to search with and wait until it is described. It is erased after an hour, a user's after a day.

    Raises mlcore.images.Unreadable, TooLarge or TooSmall, screening.Blocked and NobodyAnswered; nothing is left then.
    """
    facts = mlcore.images.inspect(file)
    image = _stored(file, facts, kind=Kind.USER, purpose=Purpose.SEARCH, owner=owner)
    image.expires_at = _query_picture_expires(owner)
    try:
        image.save(force_insert=True)
        _ask_online(tasks.describe_now, image_id=str(image.pk))
        image.refresh_from_db()
        if not image.visible:
            raise Blocked(image.error)
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
    public = [image for image in images if image.public]
    _queue_batches(public, queue=INDEX, ahead=LAST)
    by_owner: dict[int | None, list[Image]] = {}
    for image in images:
        if not image.public:
            by_owner.setdefault(image.owner_id, []).append(image)
    for owner_id, theirs in by_owner.items():
        waiting = selectors.waiting(owner_id).exclude(pk__in=[image.pk for image in theirs]).count()
        _queue_batches(theirs, queue=UPLOADS, ahead=waiting)


def _queue_batches(images: Sequence[Image], *, queue: str, ahead: int) -> None:
    """`ahead`: how many pictures of the same owner wait already. The more, the later is the turn of the next: who has
    sent one picture does not wait for all two hundred of somebody else."""
    for start in range(0, len(images), settings.DESCRIBE_BATCH):
        ids = [str(image.pk) for image in images[start : start + settings.DESCRIBE_BATCH]]
        priority = bisect.bisect_right(TURNS, ahead + start)
        tasks.describe.apply_async_on_commit(kwargs={"image_ids": ids}, queue=queue, priority=priority)


def set_offer(*, images: Sequence[Image], price: float | None, in_stock: bool) -> None:
    """A new price or stock: the index learns of it, and no model runs."""
    ids = [image.pk for image in images]
    with transaction.atomic():
        Image.objects.filter(pk__in=ids).update(price=price, in_stock=in_stock)
        _put_into_index_again(ids)


def describe_again(*, images: Sequence[Image], subject: Category | None) -> list[Image]:
    """The pictures show something else than was said: forget their garments. The caller queues the description.

    A user's garments stay, under their ids: items hang on them, and what the owner has said. They are described anew
    where they are, which is queued here.
    """
    kept = selectors.users_with_garments([image.pk for image in images])
    ids = [image.pk for image in images if image.pk not in kept]
    with transaction.atomic():
        if kept:
            _describe_in_place(kept)
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
        events.announce([image.pk for image in images])
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


def strip_metadata(*, image: Image) -> bool:
    """Take the metadata out of a stored picture's file. False: there were none. Raises CannotStrip.

    The new file comes first, and the old one goes when the row names the new one.
    """
    try:
        with default_storage.open(image.file_name) as file:
            facts = mlcore.images.inspect(file)
            data = file.read()
        clean, form = stripped(data, facts)
    except (FileNotFoundError, *stages.UNREADABLE) as error:
        raise CannotStrip(str(error)) from error
    if clean == data:
        return False
    old, image.format = image.file_name, form
    image.file.name = default_storage.save(_file_name(image), ContentFile(clean))
    there = Image.objects.filter(pk=image.pk, file=old)
    moved = there.update(file=image.file_name, format=form, size=len(clean))
    default_storage.delete(old if moved else image.file_name)
    return bool(moved)


def erase_images(*, images: Sequence[Image]) -> None:
    """Rows, files, and what the index holds of them."""
    garment_ids = _garment_ids([image.pk for image in images])
    for image in images:
        stages.erase(image)
    tasks.unindex.delay_on_commit(garment_ids=garment_ids)


def _describe_in_place(image_ids: Collection[uuid.UUID]) -> None:
    failed = Image.objects.filter(pk__in=image_ids, stage=Stage.FAILED)
    failed.update(stage=Stage.DESCRIBED, error="", claimed_until=timezone.now())
    described = Image.objects.filter(pk__in=image_ids, stage__in=transitions.DESCRIBED)
    transitions.owe_descriptions(Garment.objects.filter(image__in=described))
    tasks.redescribe.apply_async_on_commit(kwargs={"image_ids": [str(pk) for pk in image_ids]}, queue=INDEX)


def _put_into_index_again(image_ids: Sequence[uuid.UUID]) -> None:
    transitions.index_again(image_ids)
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
    """An unsaved row whose file is in the storage, without metadata, named by us: a client's file name is never used.

    `digest` stays that of the bytes that came: by it a retry is known. Raises Unreadable.
    """
    data, form = stripped(file.read(), facts)
    image = Image(
        kind=kind,
        purpose=purpose,
        owner=owner,
        digest=facts.digest,
        size=len(data),
        format=form,
        width=facts.width,
        height=facts.height,
        idempotency_key=idempotency_key,
    )
    image.file.name = default_storage.save(_file_name(image), ContentFile(data))
    return image


def _file_name(image: Image) -> str:
    return f"{image.kind}/{image.pk.hex[:2]}/{image.pk}{mlcore.images.EXTENSIONS[image.format]}"


def _ask_online(task: Task[..., None], **arguments: Any) -> dict[str, Any]:
    """Queue work that somebody waits for, and wait. Raises NobodyAnswered; the work is then dropped by the queue."""
    reply_to = str(uuid.uuid4())
    try:
        task.apply_async(kwargs={**arguments, "reply_to": reply_to}, expires=settings.ONLINE_TIMEOUT_S)
    except OperationalError as error:
        raise NobodyAnswered("the queue is away") from error
    return replies.wait(reply_to, timeout_s=settings.ONLINE_TIMEOUT_S)
