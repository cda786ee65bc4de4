"""What shops sell, and street-style photographs. Their pictures and garments are in `images`."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from images.models import CATEGORY_CHOICES, Image


class Product(models.Model):
    """Something to buy. `sku` is the shop's own name for it: importing it again updates this row."""

    sku = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=300)
    brand = models.CharField(max_length=100, blank=True)
    description = models.TextField(blank=True)
    category = models.CharField(max_length=10, choices=CATEGORY_CHOICES, blank=True)
    price = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    in_stock = models.BooleanField(default=True)
    url = models.URLField(max_length=500, blank=True)
    licence = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["category", "-created_at"], name="product_by_category")]

    def __str__(self) -> str:
        return self.title


class ProductPicture(models.Model):
    """A view of a product; 0 is the one shown first."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="pictures")
    image = models.OneToOneField(Image, models.CASCADE, related_name="product_picture")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "position"], name="product_picture_position_once")
        ]

    def __str__(self) -> str:
        return f"picture {self.position} of {self.product_id}"


class Photo(models.Model):
    """A street-style photograph, with whom it is owed to."""

    image = models.OneToOneField(Image, models.CASCADE, related_name="photo")
    title = models.CharField(max_length=300, blank=True)
    photographer = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=100, blank=True)
    licence_url = models.URLField(max_length=500, blank=True)
    source = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.title or f"photo {self.pk}"


class Like(models.Model):
    """Somebody likes a product, or a photograph: one of the two."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="likes")
    product = models.ForeignKey(Product, models.CASCADE, null=True, blank=True, related_name="likes")
    photo = models.ForeignKey(Photo, models.CASCADE, null=True, blank=True, related_name="likes")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["user", "-created_at"], name="like_by_user")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(product__isnull=False, photo__isnull=True) | Q(product__isnull=True, photo__isnull=False),
                name="like_of_one_thing",
            ),
            models.UniqueConstraint(fields=["user", "product"], name="product_liked_once"),
            models.UniqueConstraint(fields=["user", "photo"], name="photo_liked_once"),
        ]

    def __str__(self) -> str:
        liked = f"product {self.product_id}" if self.product_id else f"photo {self.photo_id}"
        return f"user {self.user_id} likes {liked}"
