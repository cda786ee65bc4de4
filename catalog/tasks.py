"""What the workers call. The work is in stages.py."""

from __future__ import annotations

from celery import shared_task

from catalog import stages


@shared_task(name="catalog.withdraw_looks", expires=60)
def withdraw_looks() -> None:
    stages.withdraw_looks()
