"""What the workers call. The work is in stages.py; who queues it is in services.py."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from mlcore.index.base import IndexAway
from privacy import selectors, stages

# Acknowledged at once, or the broker would hand it out again while it runs. The sweeper queues what died.
LONG: Any = {"acks_late": False, "soft_time_limit": 3500, "time_limit": 3600}


@shared_task(name="privacy.write_export", **LONG)
def write_export(*, export_id: str) -> None:
    stages.write_export(UUID(export_id))


@shared_task(name="privacy.finish_erasure", **LONG)
def finish_erasure(*, erasure_id: str) -> None:
    try:
        stages.finish_erasure(UUID(erasure_id))
    except IndexAway:
        return  # the sweeper comes again


@shared_task(name="privacy.sweep", expires=60)
def sweep() -> None:
    stages.erase_expired_exports()
    for export in selectors.due_exports(timezone.now()):
        write_export.delay(export_id=str(export.pk))
    for erasure in selectors.unfinished_erasures():
        finish_erasure.delay(erasure_id=str(erasure.pk))


@shared_task(name="privacy.sweep_exports", expires=3600)
def sweep_exports() -> None:
    stages.sweep_exports()
