"""Every error of the API as RFC 9457 problem details."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.db import DatabaseError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import bad_request as page_of_bad_request
from django.views.defaults import page_not_found
from django.views.defaults import server_error as page_of_server_error
from rest_framework import status
from rest_framework.exceptions import (
    APIException,
    ErrorDetail,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    ValidationError,
)
from rest_framework.response import Response
from rest_framework.views import exception_handler

import mlcore.images
from accounts.models import User
from accounts.services import ScopeNotAllowed, TooManyKeys
from images.corrections import PictureInWork
from images.events import CannotWatch
from images.files import StorageAway
from images.queries import NothingToSearch, NotReady, UnknownPicture
from images.replies import NobodyAnswered
from images.screening import Blocked
from images.services import KeyReused, LooksAreOff
from mlcore.index.base import IndexAway
from mlcore.manifest import ModelMissing
from outfits.planning import PlannedAlready
from outfits.services import CannotWear
from recommendations.services import PersonalIsOff, TooManyHidden
from search.pages import NoSuchPage
from wardrobe.services import InUse, LastPicture, Refused, UnknownThing

logger = logging.getLogger(__name__)
TRY_AGAIN_S = 5
API = ("/api/", "/_allauth/")  # whose every error is a problem in JSON; elsewhere a person reads a page


class Unprocessable(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY


class Unreadable(APIException):
    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE


class Away(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    wait = TRY_AGAIN_S  # becomes Retry-After


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT


TITLES = {
    400: "Bad request", 401: "Not signed in", 403: "Forbidden", 404: "Not found", 405: "Method not allowed",
    406: "Not acceptable", 409: "Conflict", 412: "Changed meanwhile", 413: "Too large", 415: "Unsupported media type",
    422: "Nothing to be done with it", 429: "Too many requests", 503: "Away for a moment",
}  # fmt: skip


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None (a 500) only for what nobody foresaw."""
    known = NotAuthenticated() if _is_of_nobody(error, context) else _as_api_exception(error)
    response = exception_handler(known, context)
    if response is None:
        return None
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(response.status_code, "Error"),
        "status": response.status_code,
        "detail": _detail(known),
    }
    if isinstance(known, ValidationError):
        body["errors"] = _by_field(known.detail)
    response.data = _encodable(body)
    response.content_type = "application/problem+json"
    return response


def _is_of_nobody(error: Exception, context: dict[str, Any]) -> bool:
    """Whether the account went while the request was on its way: what it is to write then has no owner."""
    if not isinstance(error, (DatabaseError, ObjectDoesNotExist)) or isinstance(error, OperationalError):
        return False
    user = context["request"].user
    return bool(user.is_authenticated) and not User.objects.filter(pk=user.pk).exists()


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: a path that no view answers."""
    if not request.path.startswith(API):
        return page_not_found(request, exception)
    return _problem(status.HTTP_404_NOT_FOUND, "there is nothing at this path")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: what is refused before a view sees it."""
    if not request.path.startswith(API):
        return page_of_bad_request(request, exception)
    return _problem(status.HTTP_400_BAD_REQUEST, "the request is malformed")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: a defect. What it was stands in the log."""
    if not request.path.startswith(API):
        return page_of_server_error(request)
    return _problem(status.HTTP_500_INTERNAL_SERVER_ERROR, "a defect of this service; it is in its log")


def _problem(code: int, detail: str) -> JsonResponse:
    body = {"type": "about:blank", "title": TITLES.get(code, "Error"), "status": code, "detail": detail}
    return JsonResponse(body, status=code, content_type="application/problem+json")


def _as_api_exception(error: Exception) -> Exception:
    match error:
        case mlcore.images.TooLarge():
            return TooLarge(str(error))
        case mlcore.images.TooSmall():
            return Unprocessable(str(error))
        case mlcore.images.Unreadable():
            return Unreadable(str(error))
        case NobodyAnswered() | CannotWatch():
            return Away(f"{error}; try again in {TRY_AGAIN_S} seconds")
        case IndexAway():
            logger.warning("%s", error)  # its words name our addresses
            return Away(f"the garment index is away; try again in {TRY_AGAIN_S} seconds")
        case ModelMissing() | OperationalError() | StorageAway():
            logger.error("%s", error)
            return Away(f"a part of the service is away; try again in {TRY_AGAIN_S} seconds")
        case NothingToSearch() | Blocked():
            return Unprocessable(str(error))
        case InUse() | LastPicture() | PlannedAlready() | CannotWear() | PersonalIsOff() | TooManyHidden():
            return Conflict(str(error))
        case Refused():
            return ValidationError({error.field: [str(error)]})
        case UnknownPicture() | NoSuchPage() | UnknownThing():
            return NotFound(str(error))
        case NotReady():
            return Conflict(str(error))
        case ScopeNotAllowed() | LooksAreOff():
            return PermissionDenied(str(error))
        case TooManyKeys():
            return Conflict(str(error))
        case PictureInWork():
            return Conflict(str(error))
        case KeyReused():
            return Conflict("this Idempotency-Key came with another picture before")
        case RequestDataTooBig():
            return TooLarge(f"the body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20} MB")
        case Http404():
            return NotFound()
    return error


def _detail(error: Exception) -> str:
    if isinstance(error, ValidationError):
        fields = _by_field(error.detail)
        return "; ".join(f"{name}: {' '.join(texts)}" for name, texts in fields.items())
    return str(getattr(error, "detail", error))


def _encodable(value: Any) -> Any:
    """A client's lone surrogates (JSON's \\ud800) come back escaped: they cannot be written as UTF-8."""
    if isinstance(value, dict):
        return {_encodable(name): _encodable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_encodable(inner) for inner in value]
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _by_field(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """{field: [what is wrong, …]}, nested fields as `box.x`."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for name, inner in detail.items():
            path = prefix if name == "non_field_errors" and prefix else f"{prefix}.{name}" if prefix else str(name)
            found.update(_by_field(inner, path))
        return found
    texts = detail if isinstance(detail, list) else [detail]
    return {prefix or "request": [str(text) for text in texts if isinstance(text, ErrorDetail | str)]}
