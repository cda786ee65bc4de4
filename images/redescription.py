"""Garments described anew where they are: after their owner put them right, and after a change of models.

Rows and their ids stay, since items hang on them. What the owner has said stays too. Callable without Celery, safe to
run twice or die half-way: `Garment.due_at` says what is owed until it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from images import events, selectors, stages, transitions
from images.index import model_version
from images.models import Descriptor, Garment, Image, Stage
from mlcore.index.base import IndexAway
from mlcore.labels import applies
from mlcore.manifest import ModelMissing
from mlcore.pipeline import pipeline
from mlcore.types import Box, Category, Description, Detection, Pixels

Found = tuple[Garment, Description]


def redescribe(image_ids: Sequence[UUID]) -> None:
    """Describe the garments of these pictures that are owed a description.

    Raises IndexAway, OSError (the storage is away), ModelMissing and DatabaseError; the garments are still owed it.
    """
    for image in selectors.owed(image_ids):
        if not transitions.begin_again(image):
            _give_up(image)
            continue
        try:
            _redescribe(image)
        except (IndexAway, OSError, ModelMissing, DatabaseError):
            transitions.take_back_try(image, for_s=stages.PAUSE_S)
            raise


def overdue_batches() -> Iterator[list[UUID]]:
    """Pictures whose new descriptions did not come, to queue once more; noted as queued now."""
    now = timezone.now()
    pictures = selectors.overdue(now)
    owed = Garment.objects.filter(image__in=pictures, due_at__lt=now)
    owed.update(due_at=now + timedelta(seconds=settings.QUEUE_PATIENCE_S))
    for start in range(0, len(pictures), settings.DESCRIBE_BATCH):
        yield pictures[start : start + settings.DESCRIBE_BATCH]


def _redescribe(image: Image) -> None:
    garments = list(image.garments.filter(due_at__isnull=False).select_related("descriptor"))
    if image.public:
        # The entry of what has changed goes before the new one comes: that may lie in another category's partition.
        stages.unindex([g.pk for g in garments if not g.descriptor.model_version])
    pixels = stages.decode(image)
    if isinstance(pixels, Exception):
        _fail(image, str(pixels) or type(pixels).__name__)
        return
    found = _descriptions(pixels, garments)
    version = model_version()
    with transaction.atomic():
        # Corrections take the same lock: what is read here is what the owner has said last.
        now = Image.objects.select_for_update().filter(pk=image.pk, stage__in=transitions.DESCRIBED).first()
        if now is None:
            return
        there = {garment.pk: garment for garment in now.garments.all()}
        for described, description in found:
            if described.pk in there and _as_described(there[described.pk], described):
                _write(there[described.pk], description, version)
        Image.objects.filter(pk=now.pk).update(attempts=0)
        if now.public or now.stage == Stage.DESCRIBED:
            transitions.index_again([now.pk])
        events.announce([now.pk])


def _descriptions(pixels: Pixels, garments: Sequence[Garment]) -> list[Found]:
    """Where the owner has drawn a box and not said what is in it, the models say; all else is known."""
    found: list[Found] = []
    known: list[Garment] = []
    for garment in garments:
        description = None
        if "box" in garment.corrected and "category" not in garment.corrected:
            description = pipeline("throughput").describe_box(pixels, garment.box)
        if description is None:  # known, or nothing can be made out: then it stays what it is called
            known.append(garment)
        else:
            found.append((garment, description))
    descriptions = pipeline("throughput").describe_known(pixels, [_as_detection(garment) for garment in known])
    return [*found, *zip(known, descriptions, strict=True)]


def _as_detection(garment: Garment) -> Detection:
    return Detection(
        garment.box,
        Category(garment.category),
        garment.score,
        Category(garment.runner_up) if garment.runner_up else None,
        garment.runner_up_score,
    )


def _as_described(now: Garment, then: Garment) -> bool:
    """Compare-and-swap: with another box or category it has a task of its own, and this result is void.

    Labels and colours that were corrected meanwhile are kept by `_write`.
    """
    return now.due_at is not None and _looked_at(now) == _looked_at(then)


def _looked_at(garment: Garment) -> tuple[Box, str, bool]:
    return garment.box, garment.category, "category" in garment.corrected


def _write(garment: Garment, description: Description, version: str) -> None:
    detection = description.detection
    labels: dict[str, Any] = {name: asdict(label) for name, label in description.labels.items()}
    said = [name for name in garment.corrected if applies(name, detection.category)]
    garment.labels = {
        **{name: label for name, label in labels.items() if name not in said},
        **{name: label for name, label in garment.labels.items() if name in said},
    }
    garment.corrected = said
    garment.category, garment.score = detection.category.value, detection.score
    garment.runner_up = detection.runner_up.value if detection.runner_up else ""
    garment.runner_up_score = detection.runner_up_score
    if "colours" not in said:
        garment.colours = [asdict(colour) for colour in description.colours]
    garment.quality = description.quality
    garment.due_at = None
    garment.save(
        update_fields=[
            "category", "score", "runner_up", "runner_up_score",
            "labels", "corrected", "colours", "quality", "due_at",
        ]
    )  # fmt: skip
    Descriptor.objects.filter(pk=garment.pk).update(model_version=version, data=Descriptor.pack(description.embedding))


def _give_up(image: Image) -> None:
    if Image.objects.filter(pk=image.pk, attempts__gte=settings.DESCRIBE_ATTEMPTS).exists():
        _fail(image, f"given up after {settings.DESCRIBE_ATTEMPTS} attempts that did not end")


def _fail(image: Image, reason: str) -> None:
    transitions.fail_again(image, reason=reason)
    events.announce([image.pk])
