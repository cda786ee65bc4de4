"""What beat calls for accounts."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounts import stages


@shared_task(name="accounts.forget_sessions", expires=3600)
def forget_sessions() -> None:
    stages.forget_sessions(now=timezone.now())
