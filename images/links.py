"""Addresses of pictures, thumbnails and cut-outs, and who is let in at them.

An app's <img> sends no headers, so the address of what is not public carries a token. It opens this one form of this
one picture until it expires, and no longer than the picture is there, visible and not rejected: the row decides.

A view asks `admitted`, a serializer asks `picture_url`, `thumbnail_url`, `cut_out_url`, `events_url`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from rest_framework.request import Request

from images import selectors
from images.models import Garment, Image

PARAMETER = "token"
DAY_S, YEAR_S = 86_400, 31_536_000
_SIGNER = signing.Signer(salt="images.links")


class Form(StrEnum):
    """What of a picture an address leads to. A token for one opens no other."""

    FILE = "file"
    THUMBNAIL = "thumbnail"
    CUT_OUT = "cut-out"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class Admitted:
    """A picture that the request may see. `until`: when its token expires, in Unix seconds; None: admitted without."""

    image: Image
    reader: selectors.Reader
    until: int | None = None

    def cache_control(self, *, max_age: int = YEAR_S) -> str:
        """By whom the answer may be kept, and for how long; never beyond token, picture or a moderator's visit."""
        image = self.image
        if image.public and image.visible:
            # What is hidden leaves shared caches in a day.
            return f"public, max-age={max_age}, s-maxage={min(max_age, DAY_S)}, immutable"
        left = [max_age]
        if self.until is not None:
            left.append(self.until - int(time.time()))
        elif image.public or image.owner_id not in (None, self.reader.pk):
            return "private, max-age=300"  # only a moderator sees it
        if image.expires_at is not None:
            left.append(int((image.expires_at - timezone.now()).total_seconds()))
        return f"private, max-age={max(min(left), 0)}, immutable"


def picture_url(image: Image, request: Request | HttpRequest | None) -> str:
    """Of the picture itself; absolute if there is a request."""
    return _address("image-file", image.pk, Form.FILE, image, request)


def thumbnail_url(image: Image, request: Request | HttpRequest | None) -> str:
    return _address("image-thumbnail", image.pk, Form.THUMBNAIL, image, request)


def events_url(image: Image, request: Request | HttpRequest | None) -> str:
    return _address("image-events", image.pk, Form.EVENTS, image, request)


def cut_out_url(garment: Garment, request: Request | HttpRequest | None) -> str:
    """Of a garment that comes with its picture (`garment.image`)."""
    return _address("garment-cut-out", garment.uid, Form.CUT_OUT, garment.image, request)


def admitted(request: Request | HttpRequest, image_id: UUID, form: Form, *, of: UUID | None = None) -> Admitted | None:
    """The picture, if this request may see this form of it. `of`: the garment of a cut-out.

    Let in are a token that is right and not expired, and readers who may see the picture. One query.
    """
    reader: selectors.Reader = request.user  # there is one user model
    until = expiry(request.GET.get(PARAMETER, ""), form, of or image_id)
    if form == Form.EVENTS:  # of what is hidden the owner may not have the bytes, but may know the state
        pictures, by_token = selectors.readable(reader), selectors.unexpired_images()
    else:
        pictures, by_token = selectors.servable(reader), selectors.servable_by_token()
    if until is not None:
        pictures = pictures | by_token
    image = pictures.select_related("owner").filter(pk=image_id).first()
    return None if image is None else Admitted(image, reader, until)


def allows(request: Request | HttpRequest, image: Image, form: Form = Form.FILE, *, of: UUID | None = None) -> bool:
    """Whether the request may see this form of the picture."""
    return admitted(request, image.pk, form, of=of) is not None


def token(form: StrEnum, of: UUID) -> str:
    """Valid for at least half of MEDIA_URL_LIFETIME_S, and the same for half of it: caches go by the address.

    `form`: a Form, or what an app above has to show.
    """
    step = max(settings.MEDIA_URL_LIFETIME_S // 2, 1)
    expires = (int(time.time()) // step + 2) * step
    return f"{expires:x}.{_SIGNER.signature(_signed(form, of, expires))}"


def expiry(given: str, form: StrEnum, of: UUID) -> int | None:
    """When the token expires, in Unix seconds; None if it is not ours, is for something else, or is over."""
    written, _, signature = given.partition(".")
    try:
        expires = int(written, 16)
        _SIGNER.unsign(f"{_signed(form, of, expires)}{_SIGNER.sep}{signature}")
    except (ValueError, signing.BadSignature):
        return None
    return expires if written == f"{expires:x}" and expires > time.time() else None


def _signed(form: StrEnum, of: UUID, expires: int) -> str:
    return f"{form}/{of}/{expires:x}"


def _address(view: str, of: UUID, form: Form, image: Image, request: Request | HttpRequest | None) -> str:
    path = reverse(view, args=[of])
    if not (image.public and image.visible):
        path += f"?{PARAMETER}={token(form, of)}"
    return request.build_absolute_uri(path) if request else path
