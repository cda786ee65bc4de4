"""`Idempotency-Key`: a POST that is sent again creates nothing again.

    class Items(IdempotentMixin, APIView):          # or before a generic view
        def post(self, request): ...

That is all: the AutoSchema (rest/schema.py) documents the header, also where `IDEMPOTENCY_KEY` is not listed. With the
header, and a user, the whole `post` runs in one transaction with a row of the key:

- the same key with the same request answers what was answered, with `Idempotent-Replayed: true`;
- two at the same moment: the second waits for the first, and then answers the same;
- the same key with another request is 422 (KeyReused), as draft-ietf-httpapi-idempotency-key-header has it;
- an answer of 400 and above, or an exception, rolls everything back and is not kept: a retry is a new try.

So `post` must not do what a rollback cannot undo (files, other services) without undoing it itself, nor wait for a
worker: SQLite has one writer. Tasks are queued on commit. Without the header nothing changes.

`answer_is_secret = True` for an answer that is shown once (a new API key): its body is not kept, a retry is 409.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, ClassVar

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rest.models import IdempotentRequest

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT_HEADERS = ("Location", "Retry-After")
_KEY = re.compile(r"[ -~]{1,100}")

IDEMPOTENCY_KEY = OpenApiParameter(
    # The pattern is also that of the check, which answers 400.
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[ -~]+$"},
    OpenApiParameter.HEADER,
    description="Any text of the client's, a UUID say. A retry with it creates nothing again and gets the first answer "
    "(`Idempotent-Replayed: true`). Kept for a day.",
)


class KeyReused(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    title = "Key used before"
    default_detail = "this Idempotency-Key came with another request before"


class ShownOnce(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = "this was created by an earlier request with this Idempotency-Key; its secret is shown only once"


class IdempotentMixin(APIView):
    """See the top of this file."""

    answer_is_secret: ClassVar[bool] = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # who may not do it, or too fast, is refused before
        if request.method != "POST" or not request.user.is_authenticated:
            return
        if key := key_of(request):
            # DRF asks for the handler after this; a view lives for one request.
            setattr(self, "post", partial(_once, getattr(self, "post"), key, self.answer_is_secret))  # noqa: B009, B010


def key_of(request: Request) -> str:
    """The request's key, empty if it has none. Raises DRF's ValidationError."""
    key: str = request.headers.get(HEADER, "")
    if key and not _KEY.fullmatch(key):
        raise ValidationError({HEADER: ["1 to 100 printable ASCII characters"]})
    return key


def fingerprint(request: Request) -> str:
    """SHA-256 over method, path with query, and content, which is parsed and then not read into memory again.

    Spaces and the order of names in JSON make no difference. Raises ParseError.
    """
    digest = hashlib.sha256()
    for part in _parts(request):
        digest.update(len(part).to_bytes(8, "big"))  # so that no text can look like the next part
        digest.update(part)
    return digest.hexdigest()


def _once(
    handler: Callable[..., Response], key: str, answer_is_secret: bool, request: Request, *args: Any, **kwargs: Any
) -> Response:
    asked = fingerprint(request)
    with transaction.atomic():
        # Waits here while another transaction holds the same key: for its row on PostgreSQL, for its turn on SQLite.
        row, is_first = IdempotentRequest.objects.get_or_create(
            owner_id=request.user.pk, key=key, defaults={"fingerprint": asked}
        )
        if not is_first:
            return _replayed(row, asked, answer_is_secret)
        response = handler(request, *args, **kwargs)
        if response.status_code >= 400:
            transaction.set_rollback(True)
            return response
        row.status = response.status_code
        row.headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        if response.data is not None and not answer_is_secret:
            row.body = JSONRenderer().render(response.data).decode()
        row.save(update_fields=["status", "headers", "body"])
    return response


def _replayed(row: IdempotentRequest, asked: str, answer_is_secret: bool) -> Response:
    if row.fingerprint != asked:
        raise KeyReused
    if answer_is_secret:
        raise ShownOnce
    body = json.loads(row.body) if row.body else None
    return Response(body, status=row.status, headers={**row.headers, REPLAYED: "true"})


def _parts(request: Request) -> Iterator[bytes]:
    yield str(request.method).encode()
    yield request.get_full_path().encode("utf-8", "surrogatepass")
    if not isinstance(request.data, QueryDict):
        try:
            yield json.dumps(request.data, sort_keys=True).encode()
        except RecursionError as error:
            raise ParseError("the JSON is nested too deeply") from error
        return
    for name, values in sorted(request.data.lists()):
        for value in values:
            yield name.encode("utf-8", "surrogatepass")
            yield _digest_of(value) if isinstance(value, UploadedFile) else value.encode("utf-8", "surrogatepass")


def _digest_of(file: UploadedFile[Any]) -> bytes:
    digest = hashlib.sha256()
    for block in file.chunks():
        digest.update(block)
    file.seek(0)
    return digest.digest()
