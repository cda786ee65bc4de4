"""The Celery task class of the project, by which a queue that is away loses nothing; and how messages take turns."""

from __future__ import annotations

import functools
import logging
from typing import Any

from celery.contrib.django.task import DjangoTask
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

PRIORITIES = (0, 1, 2, 3)  # the first is taken first; of equals, the older


def lists(queue: str) -> list[str]:
    """The lists in Redis in which the messages of a queue wait, one a priority, as kombu names them."""
    return [f"{queue}\x06\x16{priority}" if priority else queue for priority in PRIORITIES]


class Task(DjangoTask):  # type: ignore[type-arg]
    """Survives a broker that is away: the row says what is to be done, and the sweeper queues it later."""

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        self.apply_async_on_commit(args, kwargs)

    def apply_async_on_commit(self, *args: Any, **options: Any) -> None:  # type: ignore[override]
        transaction.on_commit(functools.partial(self._queue_or_leave_to_the_sweeper, *args, **options))

    def _queue_or_leave_to_the_sweeper(self, *args: Any, **options: Any) -> None:
        try:
            self.apply_async(*args, **options)
        except OperationalError as error:
            logger.warning("%s stays for the sweeper: the queue is away (%s)", self.name, error)
