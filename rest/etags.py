"""ETags on views of one thing: a phone asks whether what it holds still stands, and changes only what it has seen.

    class ItemDetail(EtagMixin, APIView): ...

GET answers 304 to an `If-None-Match` that still fits. PATCH, PUT and DELETE with an `If-Match` are refused with 412 if
GET would by now answer something else. An ETag is `"STATE-TOKENS"`: 304 says that the addresses of pictures in what the
client holds still open, so it is compared whole; whoever changes a thing has seen the same one by older addresses.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils.http import parse_etags, quote_etag
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

KEPT_BY = "private, no-cache"  # the client may keep it, and asks each time
_TOKEN = re.compile(rb'(?<=[?&]token=)[^"&]*')
"""Of an address of a private picture (images/links.py). It is renewed every half hour, what it opens is the same."""


class Changed(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = "it has changed since you read it; read it again"


class EtagMixin(APIView):
    """See the top of this file."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in ("PATCH", "PUT", "DELETE") and "If-Match" in request.headers:
            # DRF asks for the handler after this; a view lives for one request.
            name = request.method.lower()
            setattr(self, name, partial(self._unless_changed, getattr(self, name)))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if request.method not in ("GET", "HEAD") or response.status_code != 200 or not isinstance(response, Response):
            return response
        etag = etag_of(response.data)
        held = parse_etags(request.headers.get("If-None-Match", ""))
        # A proxy that compresses makes a weak one of ours (RFC 9110: here it means the same).
        if held == ["*"] or etag in [one.removeprefix("W/") for one in held]:
            response.status_code, response.data = status.HTTP_304_NOT_MODIFIED, None
        response["ETag"] = etag
        response.setdefault("Cache-Control", KEPT_BY)
        return response

    def _unless_changed(
        self, handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        """In one transaction with the change, and one such request at a time for a path: of two that have seen the same
        the second is refused. SQLite has one writer anyway."""
        wanted = [state_of(one) for one in parse_etags(request.headers["If-Match"])]
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [request.path])
            now = state_of(etag_of(self.get(request, *args, **kwargs).data))  # type: ignore[attr-defined]
            if wanted != ["*"] and now not in wanted:
                raise Changed
            return handler(request, *args, **kwargs)


def etag_of(data: Any) -> str:
    """Of what JSON says. The same bytes are the same thing, so it is a strong one. Without addresses: `"STATE"`."""
    said = JSONRenderer().render(data) or b""
    etag = hashlib.sha256(_TOKEN.sub(b"", said)).hexdigest()[:32]
    if tokens := _TOKEN.findall(said):
        etag += f"-{hashlib.sha256(b'&'.join(tokens)).hexdigest()[:16]}"
    return quote_etag(etag)


def state_of(etag: str) -> str:
    """The part that no new token changes. A weak one keeps its `W/` and equals none of ours, as If-Match wants it."""
    return etag.strip('"').partition("-")[0]
