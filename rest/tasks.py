"""What beat calls for the platform of the API."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from rest.models import IdempotentRequest


@shared_task(name="rest.forget_requests", expires=600)
def forget_requests() -> None:
    """Idempotency keys of long ago."""
    before = timezone.now() - timedelta(seconds=settings.IDEMPOTENCY_KEPT_S)
    IdempotentRequest.objects.filter(created_at__lt=before).delete()
