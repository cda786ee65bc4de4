"""What a user owns: items, the garments of photographs that show them, when they were worn and washed, uploads."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from images.models import CATEGORY_CHOICES, Garment, Image


class ArchiveReason(models.TextChoices):
    """Why an item is no longer worn."""

    SOLD = "sold"
    DONATED = "donated"
    WORN_OUT = "worn_out"
    OTHER = "other"


class Care(models.TextChoices):
    """What happened to an item on a day."""

    WEAR = "wear"
    WASH = "wash"


SEASONS = ("spring", "summer", "autumn", "winter")


class Item(models.Model):
    """One thing that hangs in a wardrobe. Each season is a column of its own: SQL filters and counts by it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="items")
    category = models.CharField(max_length=10, choices=CATEGORY_CHOICES)
    name = models.CharField(max_length=200, blank=True)
    brand = models.CharField(max_length=100, blank=True)
    size = models.CharField(max_length=30, blank=True)
    price = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    bought_on = models.DateField(null=True, blank=True)
    spring = models.BooleanField(default=False)
    summer = models.BooleanField(default=False)
    autumn = models.BooleanField(default=False)
    winter = models.BooleanField(default=False)
    notes = models.TextField(blank=True)
    favourite = models.BooleanField(default=False)
    archive_reason = models.CharField(max_length=8, choices=ArchiveReason, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["owner", "-created_at"], name="item_by_owner")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(archive_reason="", archived_at__isnull=True)
                | (~Q(archive_reason="") & Q(archived_at__isnull=False)),
                name="item_archived_with_a_reason",
            ),
            models.CheckConstraint(condition=Q(price__isnull=True) | Q(price__gte=0), name="item_price_not_negative"),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | ~Q(currency=""), name="item_price_with_a_currency"
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.category} {self.pk}"


class Tag(models.Model):
    """A word that the owner put on an item."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="tags")
    name = models.CharField(max_length=50)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "name"], name="tag_once")]

    def __str__(self) -> str:
        return self.name


class ItemPicture(models.Model):
    """A garment in a photograph that shows the item; the lowest position is the cover."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="pictures")
    garment = models.OneToOneField(Garment, models.CASCADE, related_name="item_picture")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return f"picture {self.position} of {self.item_id}"


class CareDay(models.Model):
    """An item was worn, or washed, on a day. Once a day, so that a retry counts once."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="care_days")
    care = models.CharField(max_length=4, choices=Care)
    day = models.DateField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-day", "-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "care", "day"], name="care_once_a_day")]

    def __str__(self) -> str:
        return f"{self.care} on {self.day}"


class Upload(models.Model):
    """Up to 50 pictures that came together, from which items are proposed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"upload {self.pk}"


class UploadPicture(models.Model):
    """One picture of an upload, in the order sent: an image, or why there is none.

    `duplicate`: its bytes were there before, from an earlier upload or earlier in this one.
    """

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="pictures")
    position = models.PositiveSmallIntegerField()
    image = models.ForeignKey(Image, models.CASCADE, null=True, related_name="upload_pictures")
    duplicate = models.BooleanField(default=False)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["upload", "position"], name="upload_picture_position_once")
        ]

    def __str__(self) -> str:
        return f"picture {self.position} of {self.upload_id}"
