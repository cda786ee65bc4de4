"""What signed-in people searched for."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from images.models import Garment, Image
from search.query import Target


class Search(models.Model):
    """One garment that was searched with, or a search by words alone.

    It outlives its picture, which is erased when its time is over (QUERY_PICTURES_KEPT_S): `category`, `colours`,
    `labels` and the vector are copies, by which later recommendations know the taste.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="searches")
    created_at = models.DateTimeField(default=timezone.now)
    target = models.CharField(max_length=8, choices=[(target.value, target.value) for target in Target])
    filters: Any = models.JSONField(default=dict)
    """As they were asked for."""
    image = models.ForeignKey(Image, models.SET_NULL, null=True, related_name="+")
    garment = models.ForeignKey(Garment, models.SET_NULL, null=True, related_name="+")
    category = models.CharField(max_length=10, blank=True)
    colours: Any = models.JSONField(default=list)
    labels: Any = models.JSONField(default=dict)
    model_version = models.CharField(max_length=12, blank=True)
    vector = models.BinaryField(max_length=1024, default=bytes)
    """float16, packed as a descriptor is; empty for a search by words."""

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["user", "-created_at"], name="search_by_user")]

    def __str__(self) -> str:
        return f"search {self.pk} of {self.user_id}"
