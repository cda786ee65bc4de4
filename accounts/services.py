"""What changes of users, their sessions and their keys: the only writers."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import selectors
from accounts.models import ApiKey, Scope, User

KEYS_AT_MOST = 20
KEY_SEEN_EVERY = timedelta(minutes=1)


class TooManyKeys(Exception):
    """The user has as many keys as one may have."""


class ScopeNotAllowed(Exception):
    """The user may not give this scope away."""


@dataclass(frozen=True, slots=True)
class NewKey:
    key: ApiKey
    token: str
    """PREFIX.SECRET, as it goes into the header. Nobody can tell it a second time."""


def change_settings(
    *, user: User, name: str | None = None, keeps_history: bool | None = None, public_looks: bool | None = None
) -> None:
    """What is None stays. Without history, searches that are remembered stay so."""
    given: list[str] = []  # alone: what else the object says may have been changed since it was read
    if name is not None:
        user.first_name, user.last_name = name, ""
        given += ["first_name", "last_name"]
    if keeps_history is not None:
        user.keeps_history = keeps_history
        given.append("keeps_history")
    if public_looks is not None:
        user.public_looks = public_looks
        given.append("public_looks")
    user.save(update_fields=given)


def vouch_for_staff(*, user: User) -> None:
    """Who runs the installation made this user at a terminal or in the admin, and with it said whose the address is.

    Only staff, and only without any address of allauth's: a user of its sign-up has one from the start, and everybody
    else proves the address by the code that the first sign-in sends.
    """
    if user.is_staff and not EmailAddress.objects.filter(user=user).exists():
        EmailAddress.objects.create(user=user, email=user.email.lower(), primary=True, verified=True)


def move_address(*, user: User) -> None:
    """The user's address became another, said by who runs the installation."""
    with transaction.atomic():
        EmailAddress.objects.filter(user=user).delete()
        EmailAddress.objects.filter(email__iexact=user.email, verified=False).delete()
        EmailAddress.objects.create(user=user, email=user.email.lower(), primary=True, verified=True)


def see_session(*, session_key: str) -> None:
    """A device is in use: its session runs out later."""
    now = timezone.now()
    UserSession.objects.filter(session_key=session_key).update(last_seen_at=now)
    # The row alone: saving the session would write back what another request changes in it at this moment.
    expires = now + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    Session.objects.filter(session_key=session_key).update(expire_date=expires)


def create_api_key(*, owner: User, name: str, scopes: Collection[Scope], expires_at: datetime | None = None) -> NewKey:
    """Raises TooManyKeys and ScopeNotAllowed."""
    for scope in scopes:
        if not selectors.may_give(owner, scope):
            raise ScopeNotAllowed(f"only who may add products gives the scope `{scope}` away")
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)  # two at the same moment would each see room for one
        if selectors.live_keys(owner).count() >= KEYS_AT_MOST:
            raise TooManyKeys(f"a user has at most {KEYS_AT_MOST} API keys: revoke one first")
        key = ApiKey.objects.create(
            owner=owner,
            name=name,
            prefix=secrets.token_hex(6),
            digest=digest_of(secret),
            scopes=sorted(set(scopes)),
            expires_at=expires_at,
        )
    return NewKey(key, f"{key.prefix}.{secret}")


def revoke_api_key(*, owner: User, key_id: int) -> bool:
    """False if the user has no such key, or it is revoked. The row stays, to tell whose key it was."""
    keys = ApiKey.objects.filter(pk=key_id, owner=owner, revoked_at__isnull=True)
    return bool(keys.update(revoked_at=timezone.now()))


def revoke_api_keys(*, keys: QuerySet[ApiKey]) -> None:
    keys.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())


def see_api_key(*, key: ApiKey) -> None:
    """A key is in use; written once a minute, not with each request."""
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - KEY_SEEN_EVERY:
        long_ago = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - KEY_SEEN_EVERY)
        ApiKey.objects.filter(long_ago, pk=key.pk).update(last_used_at=now)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
