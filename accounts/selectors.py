"""Whose key it is, and what it opens; whose address nobody proved."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import Exists, ForeignKey, ForeignObjectRel, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import ApiKey, Scope, User

MAY_LOAD_CATALOGUE = "catalog.add_product"
OF_A_SIGN_UP = (EmailAddress, SocialAccount, UserSession)  # all that it may have before its address is proved


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


def unproved(*, before: datetime) -> QuerySet[User]:
    """Who signed up before then, did not prove the address and never got in.

    Who has anything is none of them: an account from an import, or one made by hand, waits for its code like a sign-up
    from its owner's first sign-in on, however old it is by then.
    """
    waiting = User.objects.filter(
        date_joined__lt=before, last_login__isnull=True, is_staff=False, emailaddress__verified=False
    ).exclude(emailaddress__verified=True)
    for relation in User._meta.get_fields(include_hidden=True):  # every app's, and those that come
        if isinstance(relation, ForeignObjectRel) and isinstance(relation.field, ForeignKey):
            model = relation.field.model
            if model not in OF_A_SIGN_UP:
                rows = model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
                waiting = waiting.exclude(Exists(rows))
    return waiting
