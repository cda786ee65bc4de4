"""What runs out."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from accounts import selectors

UNVERIFIED_KEPT = timedelta(days=7)


def forget_sessions(*, now: datetime) -> None:
    """Sessions that ended, with their devices; sign-ups whose address nobody proved, which keep it from its owner."""
    Session.objects.filter(expire_date__lt=now).delete()
    there = Session.objects.filter(session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(there)).delete()
    selectors.unproved(before=now - UNVERIFIED_KEPT).delete()
