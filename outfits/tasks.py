"""What the workers call. The work is in stages.py; who queues it is in services.py."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from outfits import census, stages


@shared_task(name="outfits.compose_cover", queue="index")
def compose_cover(*, outfit_id: str) -> None:
    stages.compose_cover(UUID(outfit_id))


@shared_task(name="outfits.take_census", queue="index", expires=3600)
def take_census() -> None:
    census.take_census()


@shared_task(name="outfits.sweep", expires=60)
def sweep() -> None:
    for outfit_id in [*stages.overdue(), *stages.outdated()]:
        compose_cover.delay(outfit_id=str(outfit_id))


# Long: acknowledged at once, or the broker would hand it out again while it runs. The next one comes in an hour.
@shared_task(name="outfits.sweep_covers", acks_late=False, soft_time_limit=3500, time_limit=3600, expires=3600)
def sweep_covers() -> None:
    stages.sweep_covers()
    for outfit_id in stages.all_outdated():
        compose_cover.delay(outfit_id=str(outfit_id))
