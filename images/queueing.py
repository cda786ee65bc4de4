"""The Celery task class of the project: a queue that is away loses nothing."""

from __future__ import annotations

import functools
import logging
from typing import Any

from celery.contrib.django.task import DjangoTask
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


class Task(DjangoTask):  # type: ignore[type-arg]
    """`delay_on_commit` survives a broker that is away: the row says what is to be done, the sweeper queues it."""

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        transaction.on_commit(functools.partial(self._delay_or_leave_it_to_the_sweeper, *args, **kwargs))

    def _delay_or_leave_it_to_the_sweeper(self, *args: Any, **kwargs: Any) -> None:
        try:
            self.delay(*args, **kwargs)
        except OperationalError as error:
            logger.warning("%s stays for the sweeper: the queue is away (%s)", self.name, error)
