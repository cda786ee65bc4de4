"""Users, who sign in by e-mail, and the keys of their programs."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail. Addresses differ by more than case: `A@b.c` and `a@b.c` are one person."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        if not email:
            raise ValueError("a user has an e-mail address")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractUser):
    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    keeps_history = models.BooleanField(default=True)
    """Whether searches are remembered. Switching it off keeps what is there; DELETE search/history/ forgets it."""
    public_looks = models.BooleanField(default=False)
    """Whether the user's looks may be published (after moderation)."""

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []  # type: ignore[misc]  # noqa: RUF012

    objects = UserManager()  # type: ignore[assignment,misc]

    class Meta(AbstractUser.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]  # noqa: RUF012

    def __str__(self) -> str:
        return self.email

    @property
    def name(self) -> str:
        """How the user wants to be called: one text, though Apple and Google tell it in two parts."""
        return self.get_full_name()


class Scope(models.TextChoices):
    """What an API key opens: the views that name it in `api_key_scopes`."""

    SEARCH = "search", "Search and browse"
    CATALOGUE = "catalogue", "Load the catalogue"


class ApiKey(models.Model):
    """A program's way in, in its owner's name. The secret itself is shown once and kept nowhere."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    """Names the key in requests, logs and lists; no secret."""
    digest = models.CharField(max_length=64)
    """SHA-256 of the secret, in hex. The secret has 256 random bits: nothing slower is needed against guessing."""
    scopes = models.JSONField(default=list)
    """Values of Scope."""
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    """To the minute."""

    class Meta:
        verbose_name = "API key"
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"
