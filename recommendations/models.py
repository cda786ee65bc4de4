"""What a user looked at and said, and what a feed showed: the events that taste is made of, beside likes, searches and
items, which are rows of their own apps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from catalog.models import Photo

OLDEST_EVENT: Final = timedelta(days=7)  # that may still be sent; days are counted anew for as long (stages.roll_up)


class Signal(models.TextChoices):
    """What a user did with a photograph."""

    VIEW = "view"
    """Looked at it for more than a moment."""
    CLICK = "click"
    """Opened it from the feed."""
    UNLIKE = "unlike"
    MORE = "more"
    """More like this."""
    LESS = "less"
    """Not my style."""
    WRONG_COLOUR = "wrong_colour"
    HIDE = "hide"
    """Never this photograph again."""
    HIDE_PHOTOGRAPHER = "hide_photographer"


class Event(models.Model):
    """A signal on a photograph, at a moment. The photograph's own garments say what it was about."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="events")
    photo = models.ForeignKey(Photo, models.CASCADE, related_name="events")
    signal = models.CharField(max_length=17, choices=Signal)
    garment_category = models.CharField(max_length=10, blank=True)
    """The part of the photograph that was meant, if one was named."""
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["user", "-created_at"], name="event_by_user"),
            models.Index(fields=["user", "signal", "photo"], name="event_by_signal"),
            models.Index(fields=["created_at"], name="event_by_time"),
        ]

    def __str__(self) -> str:
        return f"user {self.user_id}: {self.signal} photo {self.photo_id}"


class Taste(models.Model):
    """What a user's signals come down to; made anew when they have changed (recommendations/stages.py, ADR 12).

    `medoids`: what taste.as_rows gives. `learnt_from`: signals before it do not count: the user has had their taste
    reset. `watermark`: of the signals that it was made of (selectors.py); when theirs is another, it is out of date.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="taste")
    personal = models.BooleanField(default=True)
    """False: the feed is what is popular and fresh, and nothing is stored."""
    learnt_from = models.DateTimeField(null=True, blank=True)
    medoids: Any = models.JSONField(default=list)
    model_version = models.CharField(max_length=12, blank=True)
    watermark = models.CharField(max_length=32, blank=True, editable=False)
    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    """Something has happened since `made_at`: to be made anew, and queued once more should it not be by then."""
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at"], name="taste_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"taste of user {self.user_id}"


class HiddenPhotographer(models.Model):
    """Whose photographs a user never wants to see."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    photographer = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "photographer"], name="photographer_hidden_once")
        ]
        ordering: ClassVar = ["photographer"]

    def __str__(self) -> str:
        return f"user {self.user_id} hides {self.photographer}"


class Impression(models.Model):
    """A photograph that a feed showed: appended, never changed; rolled up nightly (Rollup) and then removed.

    `position`: 0 is the first of the page series. `page` names the answer that it was in. The database does not hold
    `photo` against the photographs: a page that is noted while one of them is erased would keep it from being erased.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="impressions")
    photo = models.ForeignKey(Photo, models.CASCADE, db_constraint=False, related_name="impressions")
    page = models.UUIDField()
    position = models.PositiveSmallIntegerField()
    score = models.FloatField()
    features: Any = models.JSONField(default=dict)
    """What the score was made of, by name: what `fit_ranking` learns from."""
    shown_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "-shown_at"], name="impression_by_user"),
            models.Index(fields=["shown_at"], name="impression_by_time"),
        ]

    def __str__(self) -> str:
        return f"photo {self.photo_id} shown to user {self.user_id}"


class Rollup(models.Model):
    """How often a photograph was shown, opened and liked on a day, by anybody: no user in it."""

    photo = models.ForeignKey(Photo, models.CASCADE, related_name="rollups")
    day = models.DateField()
    shown = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    liked = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["photo", "day"], name="rollup_once_a_day")]

    def __str__(self) -> str:
        return f"photo {self.photo_id} on {self.day}"
