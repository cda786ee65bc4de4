"""What people report, and what moderators decided: an audit that is only ever added to."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from images.models import Image

REASON_LENGTH = 300  # as long as Image.review_reason, which the owner reads


class Reason(models.TextChoices):
    """Why somebody reports a picture."""

    NUDITY = "nudity", "Nudity or sexual content"
    CHILD = "child", "A child is shown"
    VIOLENCE = "violence", "Violence or hate"
    PERSON = "person", "Shows a person against their will"
    COPYRIGHT = "copyright", "Belongs to somebody else"
    SPAM = "spam", "Advertising, or no clothes at all"
    OTHER = "other", "Something else"


class Action(models.TextChoices):
    APPROVE = "approve", "Approve"
    REJECT = "reject", "Reject"
    HIDE = "hide", "Hide from everybody"
    SHOW = "show", "Show again"
    ERASE = "erase", "Erase"


class Report(models.Model):
    """Somebody says that a picture should not be there. Open until a moderator who saw it decides about the picture."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="reports"
    )
    reason = models.CharField(max_length=9, choices=Reason, default=Reason.OTHER)
    text = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["image", "reporter"], condition=Q(resolved_at__isnull=True), name="report_open_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["image"], name="report_open", condition=Q(resolved_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"report {self.pk}: {self.reason}"


class Decision(models.Model):
    """What a moderator did with a picture, and what it changed. `picture` names the picture once it is erased.

    `before`, `after`: {stage, visible, review, review_reason}; nothing after: it is erased.
    """

    image = models.ForeignKey(Image, models.SET_NULL, null=True, related_name="decisions")
    picture = models.UUIDField(db_index=True)
    moderator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="decisions")
    action = models.CharField(max_length=7, choices=Action)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.action} of picture {self.picture}"


class Queue(Image):
    """Pictures that wait for a moderator; a page of the admin of its own."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "picture to decide on"
        verbose_name_plural = "pictures to decide on"
