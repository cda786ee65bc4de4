"""Whose key it is, and what it opens."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import ApiKey, Scope, User

MAY_LOAD_CATALOGUE = "catalog.add_product"


def live_keys(owner: User) -> QuerySet[ApiKey]:
    """Those that open something: neither revoked nor expired. The newest first."""
    unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    return ApiKey.objects.filter(unexpired, owner=owner, revoked_at__isnull=True)


def listed_keys(owner: User) -> QuerySet[ApiKey]:
    """With the expired ones: their owner wonders why a program was refused."""
    return ApiKey.objects.filter(owner=owner, revoked_at__isnull=True)


def key_by_prefix(prefix: str) -> ApiKey | None:
    """With its owner; also if it is revoked or expired."""
    return ApiKey.objects.select_related("owner").filter(prefix=prefix).first()


def is_live(key: ApiKey) -> bool:
    """Neither revoked nor expired, and its owner is not suspended."""
    unexpired = key.expires_at is None or key.expires_at > timezone.now()
    return key.revoked_at is None and unexpired and key.owner.is_active


def may_give(owner: User, scope: str) -> bool:
    return scope != Scope.CATALOGUE or owner.has_perm(MAY_LOAD_CATALOGUE)


def user_by_email(email: str) -> User | None:
    return User.objects.filter(email__iexact=email).first()
