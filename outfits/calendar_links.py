"""The private address of a user's calendar feed. Calendars cannot sign in: whoever has the address reads the feed.

The token names the user and is signed with the nonce of their CalendarLink: a new nonce, or none, and it opens nothing.
"""

from __future__ import annotations

import re

from django.core import signing
from django.http import HttpRequest
from django.urls import reverse
from rest_framework.request import Request

from accounts.models import User
from outfits.models import CalendarLink

_SIGNER = signing.Signer(salt="outfits.calendar")
_TOKEN = re.compile(r"([1-9][0-9]{0,17})\.([\w-]{43})", re.ASCII)


def token(link: CalendarLink) -> str:
    return f"{link.owner_id}.{_SIGNER.signature(_signed(link))}"


def feed_url(link: CalendarLink, request: Request | HttpRequest) -> str:
    return request.build_absolute_uri(reverse("calendar-feed", args=[token(link)]))


def reader_of(given: str) -> User | None:
    """Whose feed the token opens. None: it is not ours, has ended, or its user has."""
    found = _TOKEN.fullmatch(given)
    if found is None:
        return None
    links = CalendarLink.objects.select_related("owner").filter(owner__is_active=True)
    link = links.filter(owner=int(found[1])).first()
    if link is None:
        return None
    try:
        _SIGNER.unsign(f"{_signed(link)}{_SIGNER.sep}{found[2]}")
    except signing.BadSignature:
        return None
    return link.owner


def _signed(link: CalendarLink) -> str:
    return f"{link.owner_id}/{link.nonce}"
