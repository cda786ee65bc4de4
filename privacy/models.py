"""What a user asked to take along, and what was erased: the only rows that outlive their user."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class State(models.TextChoices):
    QUEUED = "queued"
    READY = "ready"
    FAILED = "failed"


class Export(models.Model):
    """The ZIP of a user's data; one a user. `claimed_until`: a worker is writing it until then, or has died."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="export")
    state = models.CharField(max_length=6, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, editable=False)
    size = models.PositiveBigIntegerField(default=0)
    """Of the ZIP, in bytes."""
    error = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, db_index=True)

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def file_name(self) -> str:
        """Where the ZIP lies in the storage, once it is READY."""
        return f"exports/{self.pk.hex[:2]}/{self.pk}.zip"


class Erasure(models.Model):
    """A user who is gone. `pictures`, `garments`, `outfits` and `export` are what the storage and the index may still
    hold until `finished_at`; then they are forgotten."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    counts = models.JSONField(default=dict)
    """How many rows by model, files, and garments taken out of the index. Nothing that tells who it was."""
    pictures = models.JSONField(default=list)
    """[id, name in the storage] of each."""
    garments = models.JSONField(default=list)
    """[id, uid] of each."""
    outfits = models.JSONField(default=list)
    """The id of each: covers are named after them."""
    export = models.CharField(max_length=200, blank=True)
    """Name in the storage."""
    erased_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["erased_at"], name="erasure_unfinished", condition=models.Q(finished_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}"
