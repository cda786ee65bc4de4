"""The offline flow's work: STORED → DESCRIBED → READY. Callable without Celery, safe to run twice or die half-way."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.utils import timezone

import mlcore.images
import mlcore.safety
from images import cut_outs, events, screening, selectors, thumbnails, transitions
from images.index import KINDS, entries, model_version, vector_index
from images.models import Descriptor, Garment, Image, Kind, Stage
from images.screening import Verdict
from mlcore.engine import Hint
from mlcore.fingerprints import fingerprint
from mlcore.manifest import ModelMissing
from mlcore.pipeline import pipeline
from mlcore.types import Analysis, Box, Category, Description, Pixels

PAUSE_S = 30  # before a picture is tried again when storage, database or models were away
AT_ONCE = 500  # garments in one write to the index, pictures in one round of erasing
UNREADABLE = (mlcore.images.Unreadable, mlcore.images.TooLarge, mlcore.images.TooSmall)


def describe(image_ids: Sequence[UUID], *, hint: Hint = "throughput") -> None:
    """Find and describe the garments of pictures that are STORED and that nobody else is describing.

    Raises OSError (the storage is away), ModelMissing and DatabaseError; the pictures are then free for another try.
    """
    claimed = transitions.claim(image_ids)
    try:
        _describe(claimed, hint)
    except (OSError, ModelMissing, DatabaseError):
        transitions.give_back(claimed, for_s=PAUSE_S)
        raise


def _describe(claimed: Sequence[Image], hint: Hint) -> None:
    readable: list[tuple[Image, Pixels]] = []
    for image, pixels in zip(claimed, _decoded(claimed), strict=True):
        if isinstance(pixels, Exception):
            transitions.fail(image, reason=str(pixels) or type(pixels).__name__)
        else:
            readable.append((image, pixels))
    if not readable:
        return
    nudity = _nudity(readable, hint)
    readable = _passed(readable, nudity)
    if not readable:
        return
    subjects = [Category(image.subject) if image.subject else None for image, _ in readable]
    analyses = pipeline(hint).analyse([pixels for _, pixels in readable], subjects=subjects)
    fingerprints = {image.pk: fingerprint(pixels) for image, pixels in readable}
    for image, pixels in readable:
        thumbnails.make_first(image, pixels)
    void: list[Image] = []
    with transaction.atomic():  # short: only the rows are written here
        for (image, _), analysis in zip(readable, analyses, strict=True):
            stage = Stage.DESCRIBED if image.public else Stage.READY
            if transitions.advance(image, to=stage, fingerprint=fingerprints[image.pk], safety=nudity.get(image.pk)):
                _replace_garments(image, analysis)
            else:
                void.append(image)
    _remove_thumbnails_of_erased(void)


def _nudity(readable: Sequence[tuple[Image, Pixels]], hint: Hint) -> dict[UUID, float]:
    """How surely users' pictures show any; a shop answers for its own."""
    theirs = [(image, pixels) for image, pixels in readable if image.kind == Kind.USER]
    scores = mlcore.safety.score([pixels for _, pixels in theirs], hint=hint)
    return {image.pk: score for (image, _), score in zip(theirs, scores, strict=True)}


def _passed(readable: Sequence[tuple[Image, Pixels]], nudity: Mapping[UUID, float]) -> list[tuple[Image, Pixels]]:
    """What is described; the rest ends here. Moderators see it by its thumbnail."""
    passed: list[tuple[Image, Pixels]] = []
    for image, pixels in readable:
        let_through = image.visible and image.safety is not None
        if screening.verdict(nudity.get(image.pk), let_through=let_through) == Verdict.BLOCK:
            thumbnails.make_first(image, pixels)
            if not transitions.block(image, safety=nudity[image.pk], reason=screening.BLOCKED_REASON):
                _remove_thumbnails_of_erased([image])
        else:
            passed.append((image, pixels))
    return passed


def index(image_ids: Sequence[UUID]) -> None:
    """Put the garments of DESCRIBED pictures into the index. Raises IndexAway; the rows then stay DESCRIBED."""
    described = Image.objects.filter(pk__in=image_ids, stage=Stage.DESCRIBED)
    due = dict(described.values_list("pk", "claimed_until"))
    if not due:
        return
    version = model_version()
    target = vector_index().at(version)
    for collection, batch in entries(selectors.for_index(list(due), model_version=version)).items():
        target.upsert(collection, batch)
        # Hidden or erased between the reading and the writing: whoever did it has taken it out before we put it in.
        written = {entry.garment_id for entry in batch}
        target.delete(collection, written - selectors.public_ids(written))
    transitions.settle(due)


def unindex(garment_ids: Sequence[int]) -> None:
    """Take garments out of every collection, in whichever they are. Raises IndexAway."""
    for collection in KINDS:
        vector_index().delete(collection, garment_ids)


def describe_box(image_id: UUID, box: Box, category: Category | None) -> dict[str, Any]:
    """The garment inside a drawn box, as JSON; `{"found": false}` if none can be made out, or the picture is gone."""
    image = Image.objects.filter(pk=image_id).first()
    if image is None:
        return {"found": False}
    pixels = decode(image)
    if isinstance(pixels, Exception):
        return {"found": False}
    description = pipeline("latency").describe_box(pixels, box, category=category)
    if description is None:
        return {"found": False}
    return {
        "found": True,
        "vector": base64.b64encode(Descriptor.pack(description.embedding)).decode(),
        "garment": _garment_fields(description),
    }


def stalled_batches() -> Iterator[tuple[Stage, list[UUID]]]:
    """Unfinished pictures that nobody works on, in batches to queue once more; noted as queued now.

    A picture whose lease ran out before it was described may be what killed its worker, so it comes alone.
    """
    now = timezone.now()
    stalled = sorted(selectors.stalled(now), key=lambda image: image.created_at)  # who waits the longest goes first
    transitions.queue_again(stalled, now=now, patience=timedelta(seconds=settings.QUEUE_PATIENCE_S))
    described = [image.pk for image in stalled if image.stage == Stage.DESCRIBED]
    tried = [image.pk for image in stalled if image.stage == Stage.STORED and image.attempts]
    fresh = [image.pk for image in stalled if image.stage == Stage.STORED and not image.attempts]
    yield from ((Stage.DESCRIBED, described[start : start + AT_ONCE]) for start in range(0, len(described), AT_ONCE))
    yield from ((Stage.STORED, [pk]) for pk in tried)
    for start in range(0, len(fresh), settings.DESCRIBE_BATCH):
        yield Stage.STORED, fresh[start : start + settings.DESCRIBE_BATCH]


def reconcile() -> dict[str, int]:
    """Make the index hold exactly what SQL says: what is missing is written, what should not be there is taken out.

    Returns how many of each. Only the ids travel; a garment that changed in place is its writer's task. Once no picture
    is left that another model described, the collections of this model go live.
    """
    version = model_version()
    target = vector_index().at(version)
    target.ensure()
    missing_in_all = surplus_in_all = 0
    for collection, kinds in KINDS.items():
        wanted = set(selectors.indexed_garment_ids(kinds, model_version=version))
        held = set(target.ids(collection))
        missing = sorted(wanted - held)
        for start in range(0, len(missing), AT_ONCE):
            due = missing[start : start + AT_ONCE]
            rows = Descriptor.objects.filter(selectors.public("garment__image__"), pk__in=due)
            for batch in entries(rows.select_related("garment__image")).values():
                target.refill(collection, batch)
        surplus = sorted(held - wanted)
        # Between the two readings above a garment may have come or gone: look once more before anything is taken out.
        wanted = set(selectors.indexed_garment_ids(kinds, model_version=version))
        surplus = [garment_id for garment_id in surplus if garment_id not in wanted]
        target.delete(collection, surplus)
        target.flush(collection)
        missing_in_all, surplus_in_all = missing_in_all + len(missing), surplus_in_all + len(surplus)
    if not selectors.outdated(model_version=version).exists():
        vector_index().switch(version)
    return {"written": missing_in_all, "removed": surplus_in_all}


def erase_expired() -> None:
    """A round of query pictures whose time is over; the next round takes the rest."""
    for image in Image.objects.filter(expires_at__lt=timezone.now(), kind=Kind.USER)[:AT_ONCE]:
        erase(image)


def erase(image: Image) -> None:
    """The row, then (once that is committed) its files: never a row without its file."""
    made = cut_outs.names(image)
    Image.objects.filter(pk=image.pk).delete()
    events.announce([image.pk])
    transaction.on_commit(partial(remove_files, image), robust=True)
    cut_outs.remove_on_commit(made)


def remove_files(image: Image) -> None:
    """The picture itself and all that was made of it. Raises OSError if the storage is away."""
    default_storage.delete(image.file_name)
    thumbnails.remove(image)


def _decoded(images: Sequence[Image]) -> list[Pixels | Exception]:
    """Pixels, or why there are none. Decoding leaves Python's lock: two at a time use both cores of a small machine."""
    if len(images) == 1:
        return [decode(images[0])]
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(decode, images))


def decode(image: Image, *, long_side: int = mlcore.images.WORKING_SIDE) -> Pixels | Exception:
    """A picture's pixels, or why it has none. Raises OSError where the storage is away."""
    try:
        with default_storage.open(image.file_name) as file:
            return mlcore.images.decode(file, long_side=long_side)
    except FileNotFoundError:
        return FileNotFoundError("the picture's file is not in the storage any more")  # its own words name our folders
    except UNREADABLE as error:
        return error


def _remove_thumbnails_of_erased(images: Sequence[Image]) -> None:
    """A picture that was erased while we described it has lost its files once; ours came after."""
    there = set(Image.objects.filter(pk__in=[image.pk for image in images]).values_list("pk", flat=True))
    for image in images:
        if image.pk not in there:
            thumbnails.remove(image)


def _replace_garments(image: Image, analysis: Analysis) -> None:
    image.garments.all().delete()  # of a run that died after its commit; the index has not seen them yet
    garments = Garment.objects.bulk_create(
        Garment(image=image, position=position, **_garment_fields(found))
        for position, found in enumerate(analysis.garments)
    )
    version = model_version()
    Descriptor.objects.bulk_create(
        Descriptor(garment=garment, model_version=version, data=Descriptor.pack(found.embedding))
        for garment, found in zip(garments, analysis.garments, strict=True)
    )


def _garment_fields(found: Description) -> dict[str, Any]:
    detection = found.detection
    return {
        "category": detection.category.value,
        "score": detection.score,
        "runner_up": detection.runner_up.value if detection.runner_up else "",
        "runner_up_score": detection.runner_up_score,
        **asdict(detection.box),
        "colours": [asdict(colour) for colour in found.colours],
        "labels": {name: asdict(label) for name, label in found.labels.items()},
        "quality": found.quality,
    }
