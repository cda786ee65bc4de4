"""What the workers call. The work is in stages.py; who queues it is in services.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from celery import shared_task
from django.utils import timezone

from recommendations import selectors, stages

PATIENCE: Final = timedelta(minutes=1)  # a taste that is owed for longer is queued once more


@shared_task(name="recommendations.learn", expires=600)
def learn(*, user_id: int) -> None:
    stages.learn(user_id)


@shared_task(name="recommendations.sweep", expires=60)
def sweep() -> None:
    for user_id in selectors.overdue(timezone.now(), patience=PATIENCE):
        learn.delay(user_id=user_id)


# Long: acknowledged at once, or the broker would hand it out again while it runs. The next one comes in a day.
@shared_task(name="recommendations.roll_up", acks_late=False, soft_time_limit=3500, time_limit=3600, expires=3600)
def roll_up() -> None:
    stages.roll_up(timezone.now())
