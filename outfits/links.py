"""Addresses of covers, and who is let in at them: as images.links has it for pictures.

`v` names the cover that was there when the address was given, so that a new cover is another address; a token opens the
covers of one outfit until it expires, and no longer than the outfit is there.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from rest_framework.request import Request

from images import links
from outfits import selectors
from outfits.cover_parts import digests, may_be_seen, parts_of
from outfits.models import Outfit

VERSION: Final = "v"
SHORT_S: Final = 300  # of what only a moderator sees, and of an address whose cover is another by now


class Form(StrEnum):
    """What of an outfit an address leads to."""

    COVER = "cover"


@dataclass(frozen=True, slots=True)
class Admitted:
    """An outfit whose cover the request may see. `keeps_s`: for how long its client may keep it."""

    outfit: Outfit
    keeps_s: int

    def cache_control(self) -> str:
        return f"private, max-age={self.keeps_s}" + (", immutable" if self.keeps_s > SHORT_S else "")


def cover_url(outfit: Outfit, request: Request | HttpRequest | None) -> str | None:
    """Of an outfit that selectors.outfits has read. None: no cover yet, or it shows what has gone."""
    if not may_be_seen(outfit.cover, digests(parts_of(outfit))):
        return None
    path = f"{reverse('outfit-cover', args=[outfit.pk])}?{VERSION}={_version(outfit)}"
    path += f"&{links.PARAMETER}={links.token(Form.COVER, outfit.pk)}"
    return request.build_absolute_uri(path) if request else path


def admitted(request: Request | HttpRequest, outfit_id: UUID) -> Admitted | None:
    """The outfit, if it has a cover and this request may see it: its owner, a moderator, or whoever brings a token."""
    found = selectors.composed([outfit_id])
    if not found or not may_be_seen(found[0].cover, digests(parts_of(found[0]))):
        return None
    outfit, reader = found[0], request.user
    until = links.expiry(request.GET.get(links.PARAMETER, ""), Form.COVER, outfit_id)
    if until is not None:
        keeps = until - int(time.time())
    elif outfit.owner_id == reader.pk:
        keeps = links.YEAR_S
    elif reader.has_perm("outfits.view_outfit"):
        keeps = SHORT_S
    else:
        return None
    if request.GET.get(VERSION) != _version(outfit):
        keeps = min(keeps, SHORT_S)
    return Admitted(outfit, max(keeps, 0))


def _version(outfit: Outfit) -> str:
    return outfit.cover.rpartition("-")[2]
