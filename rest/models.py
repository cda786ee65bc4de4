"""What the API remembers for itself."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class IdempotentRequest(models.Model):
    """What was answered to a POST that came with an Idempotency-Key. Committed together with what it created, so a row
    that can be seen has its answer."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="idempotent_requests")
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    """SHA-256 of method, path and content (idempotency.fingerprint)."""
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    """JSON as it was sent; empty where there was none, or where it holds a secret."""
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["owner", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.key} of user {self.owner_id}"
