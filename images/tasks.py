"""What the workers call. The work is in stages.py; who queues it is in services.py."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from celery import shared_task

from images import cutting, redescription, replies, stages, sweeping
from images.models import Stage
from mlcore.index.base import IndexAway
from mlcore.types import Box, Category

logger = logging.getLogger(__name__)

# A few tries soon; after them the row says what is left to do, and the sweeper queues it again.
RETRY_TRANSIENT: Any = {
    "autoretry_for": (IndexAway,),
    "retry_backoff": 2,
    "retry_backoff_max": 60,
    "max_retries": 3,
}


@shared_task(name="images.describe", **RETRY_TRANSIENT)
def describe(*, image_ids: list[str]) -> None:
    stages.describe(_uuids(image_ids))
    stages.index(_uuids(image_ids))  # in the same task: there is no hand-over to lose; a redelivery heals a lost one


@shared_task(name="images.index", **RETRY_TRANSIENT)
def index(*, image_ids: list[str]) -> None:
    stages.index(_uuids(image_ids))


@shared_task(name="images.unindex", **RETRY_TRANSIENT)
def unindex(*, garment_ids: list[int]) -> None:
    stages.unindex(garment_ids)


@shared_task(name="images.describe_now")
def describe_now(*, image_id: str, reply_to: str) -> None:
    stages.describe([UUID(image_id)], hint="latency")
    replies.send(reply_to, {})


@shared_task(name="images.describe_box")
def describe_box(*, image_id: str, box: Mapping[str, float], category: str, reply_to: str) -> None:
    answer = stages.describe_box(UUID(image_id), Box(**box), Category(category) if category else None)
    replies.send(reply_to, answer)


@shared_task(name="images.redescribe", **RETRY_TRANSIENT)
def redescribe(*, image_ids: list[str]) -> None:
    redescription.redescribe(_uuids(image_ids))
    stages.index(_uuids(image_ids))


@shared_task(name="images.cut_out")
def cut_out(*, garments: list[str]) -> None:
    cutting.cut(_uuids(garments))


@shared_task(name="images.sweep", expires=60)
def sweep() -> None:
    for uid in cutting.overdue():
        cut_out.apply_async(kwargs={"garments": [str(uid)]}, queue="uploads")
    for pictures in redescription.overdue_batches():
        redescribe.delay(image_ids=[str(pk) for pk in pictures])
    for stage, batch in stages.stalled_batches():
        (index if stage == Stage.DESCRIBED else describe).delay(image_ids=[str(pk) for pk in batch])


# Long: acknowledged at once, or the broker would hand it out again while it runs. The next one comes in six hours.
@shared_task(name="images.reconcile", acks_late=False, soft_time_limit=3500, time_limit=3600, expires=3600)
def reconcile() -> None:
    stages.reconcile()


@shared_task(name="images.sweep_storage", acks_late=False, soft_time_limit=7100, time_limit=7200, expires=3600)
def sweep_storage() -> None:
    swept = sweeping.sweep_storage()
    logger.info(
        "storage swept: %d files, %d removed, %d missing", swept.looked_at, len(swept.removed), len(swept.missing)
    )
    for name in swept.missing[:100]:
        logger.error("a picture's file is not in the storage: %s", name)


@shared_task(name="images.erase_expired", expires=600)
def erase_expired() -> None:
    stages.erase_expired()


def _uuids(ids: list[str]) -> list[UUID]:
    return [UUID(value) for value in ids]
