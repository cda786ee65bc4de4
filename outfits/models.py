"""What goes with what: outfits that a user has put together, when they plan to wear them, and what is worn at all."""

from __future__ import annotations

import secrets
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from wardrobe.models import Item


def new_nonce() -> str:
    return secrets.token_hex(16)


class Outfit(models.Model):
    """Items of one owner that are worn together. Each season is a column of its own, as of an item.

    `cover`: names the picture that was composed of the pieces' cut-outs; empty until it is. `cover_due_at`: a new cover
    is owed, and is queued once more should it not be there by then.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="outfits")
    name = models.CharField(max_length=200, blank=True)
    occasion = models.CharField(max_length=50, blank=True)
    spring = models.BooleanField(default=False)
    summer = models.BooleanField(default=False)
    autumn = models.BooleanField(default=False)
    winter = models.BooleanField(default=False)
    notes = models.TextField(blank=True)
    cover = models.CharField(max_length=64, blank=True, editable=False)
    cover_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["owner", "-created_at"], name="outfit_by_owner"),
            models.Index(fields=["cover_due_at"], name="outfit_cover_due", condition=Q(cover_due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name or f"outfit {self.pk}"

    @property
    def cover_name(self) -> str:
        """Where the cover lies in the storage, once there is one."""
        return f"covers/{self.pk.hex[:2]}/{self.pk}-{self.cover}.webp"


class Piece(models.Model):
    """An item's place on an outfit's canvas: its upper left corner and its width, as shares of the canvas's width and
    height; degrees clockwise; what lies on top has the higher layer."""

    outfit = models.ForeignKey(Outfit, models.CASCADE, related_name="pieces")
    item = models.ForeignKey(Item, models.CASCADE, related_name="pieces")
    x = models.FloatField()
    y = models.FloatField()
    width = models.FloatField()
    rotation = models.FloatField(default=0.0)
    layer = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["layer", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["outfit", "item"], name="piece_once")]

    def __str__(self) -> str:
        return f"item {self.item_id} in outfit {self.outfit_id}"


class Plan(models.Model):
    """An outfit that is to be worn on a day. Several a day, and the same one once a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="plans")
    outfit = models.ForeignKey(Outfit, models.CASCADE, related_name="plans")
    day = models.DateField()
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["day", "created_at", "id"]
        indexes: ClassVar = [models.Index(fields=["owner", "day"], name="plan_by_day")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["outfit", "day"], name="plan_once_a_day")]

    def __str__(self) -> str:
        return f"outfit {self.outfit_id} on {self.day}"


class CalendarLink(models.Model):
    """The private address of a user's calendar feed is signed with `nonce`: a new one ends the address before."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    nonce = models.CharField(max_length=32, default=new_nonce)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"calendar of user {self.owner_id}"


class Census(models.Model):
    """How people dress at all: figures drawn at random from the photographs that everybody may see, counted nightly.

    `photographs`: how many there were to draw from. `figures`: [[garment id, …], …], each the garments of one person.
    """

    taken_at = models.DateTimeField(default=timezone.now)
    model_version = models.CharField(max_length=12)
    photographs = models.PositiveIntegerField()
    figures: Any = models.JSONField(default=list)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["model_version", "-taken_at"], name="census_newest")]

    def __str__(self) -> str:
        return f"{len(self.figures)} figures on {self.taken_at:%Y-%m-%d}"
