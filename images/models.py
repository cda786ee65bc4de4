"""Every picture, the garments in it, and the numbers that describe them. The row is the state machine."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from numpy.typing import NDArray

from mlcore.types import EMBEDDING_SIZE, Box, Category, Vector

Vectors = NDArray[np.float32]
"""Embeddings: float32 (n, 512), each of unit length."""

CATEGORY_CHOICES = [(c.value, c.value) for c in Category]


class Kind(models.TextChoices):
    """Who a picture comes from."""

    USER = "user"
    PRODUCT = "product"
    PHOTO = "photo"


class Purpose(models.TextChoices):
    """What a user uploads a picture for."""

    WARDROBE = "wardrobe"
    SEARCH = "search"
    LOOK = "look"


class Stage(models.TextChoices):
    """How far a picture is. User pictures go from STORED to READY, public ones are put into the index in between."""

    STORED = "stored"
    DESCRIBED = "described"
    READY = "ready"
    FAILED = "failed"


class Review(models.TextChoices):
    """What moderators say of a look. Empty: nobody has asked for it to be public."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class CutOut(models.TextChoices):
    """Whether a garment stands free of its background in a file of its own. Empty: nobody has asked."""

    QUEUED = "queued"
    READY = "ready"
    FAILED = "failed"


SECOND_SHARE = 0.25  # of a garment, from which its second colour is one that people would name

PUBLIC_KINDS = (Kind.PRODUCT, Kind.PHOTO)


class Image(models.Model):
    """A picture and how far its description is.

    `claim` names the worker run that is describing the picture, until `claimed_until`; a run that dies leaves a claim
    that runs out. `price` and `in_stock` are what search filters by: this row alone tells what the index holds.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    purpose = models.CharField(max_length=8, choices=Purpose, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="images")
    subject = models.CharField(max_length=10, choices=CATEGORY_CHOICES, blank=True)
    """The category that the picture is known to show, from a shop's feed; empty: all its garments count."""

    file = models.FileField(max_length=200)
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    format = models.CharField(max_length=4)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    """By which copies of a picture are known (mlcore/fingerprints.py); empty until it is described."""

    stage = models.CharField(max_length=9, choices=Stage, default=Stage.STORED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    claim = models.UUIDField(null=True, editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)
    queued_at = models.DateTimeField(default=timezone.now, editable=False)

    idempotency_key = models.CharField(max_length=100, blank=True, editable=False)
    visible = models.BooleanField(default=True)
    safety = models.FloatField(null=True, blank=True)
    """How surely a user's picture shows nudity, 0..1 (mlcore/safety.py); None until it is described."""
    review = models.CharField(max_length=8, choices=Review, blank=True)
    review_reason = models.CharField(max_length=300, blank=True)
    """Why it was rejected: its owner reads this."""
    price = models.FloatField(null=True, blank=True)
    in_stock = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["owner", "purpose", "digest"],
                condition=Q(owner__isnull=False) & ~Q(purpose=Purpose.SEARCH),  # a query's picture expires
                name="image_once_per_owner",
            ),
            models.UniqueConstraint(
                fields=["owner", "idempotency_key"], condition=~Q(idempotency_key=""), name="image_once_per_key"
            ),
            models.UniqueConstraint(fields=["digest"], condition=Q(kind=Kind.PHOTO), name="photo_once"),
            models.CheckConstraint(condition=Q(review="") | Q(purpose=Purpose.LOOK), name="only_looks_are_reviewed"),
            models.CheckConstraint(
                condition=Q(kind=Kind.USER) | Q(owner__isnull=True, purpose=""), name="public_images_have_no_owner"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["stage", "claimed_until"], name="image_unfinished", condition=~Q(stage=Stage.READY)),
            models.Index(fields=["expires_at"], name="image_expiring", condition=Q(expires_at__isnull=False)),
            models.Index(fields=["review", "created_at"], name="image_reviewed", condition=~Q(review="")),
            models.Index(fields=["safety"], name="image_scored", condition=Q(safety__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} picture {self.pk}"

    @property
    def public(self) -> bool:
        """Whether it is meant for everybody: the catalogue's, and looks that moderators let pass, while their owners
        want them to be public. `selectors.public` asks the same of the database, and whether the picture is visible.
        Of an approved look it needs `owner`."""
        if self.kind in PUBLIC_KINDS:
            return True
        return self.review == Review.APPROVED and self.owner is not None and self.owner.public_looks

    @property
    def file_name(self) -> str:
        """Where the picture lies in the storage."""
        return str(self.file.name)

    @property
    def thumbnail_name(self) -> str:
        """Where the thumbnail lies in the storage, once the picture is described."""
        return f"thumbnails/{self.pk.hex[:2]}/{self.pk}.jpg"


class Garment(models.Model):
    """One garment in a picture. `id` names it in the index, `uid` in the API: nobody guesses it (ADR 5)."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    image = models.ForeignKey(Image, models.CASCADE, related_name="garments")
    position = models.PositiveSmallIntegerField()
    """0 is the most prominent garment of the picture."""
    category = models.CharField(max_length=10, choices=CATEGORY_CHOICES)
    score = models.FloatField()
    runner_up = models.CharField(max_length=10, choices=CATEGORY_CHOICES, blank=True)
    runner_up_score = models.FloatField(default=0.0)
    x = models.FloatField()
    y = models.FloatField()
    width = models.FloatField()
    height = models.FloatField()
    colours = models.JSONField(default=list)
    """[{name, hex, share}], the largest share first."""
    labels = models.JSONField(default=dict)
    """{sleeve_length: {value, confidence}, …}"""
    quality = models.FloatField()
    corrected = models.JSONField(default=list, blank=True)
    """What the owner has said, and no model changes any more: "category", "box", "colours", names of labels."""
    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    """A new description is owed, and is queued once more should it not be there by then. None: nothing is owed."""
    cut_out = models.CharField(max_length=6, choices=CutOut, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["image", "position"], name="garment_position_once")]
        indexes: ClassVar = [
            models.Index(fields=["category", "id"], name="garment_by_category"),
            models.Index(fields=["due_at"], name="garment_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["cut_out"], name="garment_to_cut", condition=Q(cut_out=CutOut.QUEUED)),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.uid}"

    @property
    def cut_out_name(self) -> str:
        """Where the cut-out lies in the storage, once it is READY."""
        return f"cut_outs/{self.uid.hex[:2]}/{self.uid}.webp"

    @property
    def box(self) -> Box:
        return Box(self.x, self.y, self.width, self.height)

    @property
    def main_colours(self) -> list[dict[str, Any]]:
        """The largest colour, and the second where people would name it too: what filters by colour look at."""
        return [colour for place, colour in enumerate(self.colours[:2]) if not place or colour["share"] >= SECOND_SHARE]


class Descriptor(models.Model):
    """A garment's vector by one model: the truth from which the index is rebuilt. 512 × float16 = 1 KB.

    No `model_version`: of a garment whose box or category has changed since, or that the owner has just added. Such a
    vector is never compared with anything.
    """

    garment = models.OneToOneField(Garment, models.CASCADE, primary_key=True, related_name="descriptor")
    model_version = models.CharField(max_length=12, blank=True)  # no index: nearly all rows have the same one
    data = models.BinaryField(max_length=1024)

    def __str__(self) -> str:
        return f"descriptor of garment {self.garment_id}"

    @staticmethod
    def pack(vector: Vector) -> bytes:
        return vector.astype(np.float16).tobytes()

    @staticmethod
    def unpack(packed: Sequence[bytes | memoryview]) -> Vectors:
        """float32 (n, 512), of unit length again after the rounding to float16 (off by less than 1e-4)."""
        vectors = np.frombuffer(b"".join(bytes(data) for data in packed), np.float16)
        vectors = vectors.reshape(len(packed), EMBEDDING_SIZE).astype(np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        lengths[lengths == 0] = 1  # what is nothing has no direction
        unit: Vectors = vectors / lengths
        return unit

    @property
    def vector(self) -> Vector:
        """float32 (512,)."""
        vector: Vector = self.unpack([self.data])[0]
        return vector


class Correction(models.Model):
    """What an owner has put right: an example to train on. `before`, `after`: the values that differ, by name.

    Nothing before: the owner added the garment. Nothing after: there is none at this place, and `garment` is gone.
    """

    image = models.ForeignKey(Image, models.CASCADE, related_name="corrections")
    garment = models.ForeignKey(Garment, models.SET_NULL, null=True, blank=True, related_name="corrections")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="corrections")
    before = models.JSONField()
    after = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"correction in picture {self.image_id}"
