"""What allauth's own views leave open: hostile bodies, the time to wait after 429, and parts that are away."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from smtplib import SMTPException
from typing import Any

import redis
from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

logger = logging.getLogger(__name__)
SIGN_IN = "/_allauth/"
LARGEST_BODY = 64 * 1024
WAIT_S = 60  # the limits by address count a minute
WAIT_AFTER_WRONG_PASSWORDS_S = 300  # those of one account, five
TRY_AGAIN_S = 5


class SignInMiddleware:
    """Stands before allauth's middleware, and minds its paths alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(SIGN_IN):
            return self.get_response(request)
        if wrong := _malformed(request):
            return _problem(400, "Bad request", wrong)
        response = self.get_response(request)
        if response.status_code == 429:
            response["Retry-After"] = str(WAIT_S)
        elif response.status_code == 400 and _has_code(response, "too_many_login_attempts"):
            response.status_code = 429
            response["Retry-After"] = str(WAIT_AFTER_WRONG_PASSWORDS_S)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Without Redis nobody is counted, and passwords must not be guessed at uncounted: 503. Who is signed in stays
        so."""
        if not request.path.startswith(SIGN_IN):
            return None
        match error:
            case redis.RedisError() | OperationalError():
                what = "a part of the service"
            case SMTPException() | OSError():
                what = "the mail server"
            case OverflowError() | DataError():  # an id that no row can have
                return _problem(400, "Bad request", "a number in it is too large")
            case _:
                return None
        logger.error("%s: %s", request.path, error)
        response = _problem(503, "Away for a moment", f"{what} is away; try again in {TRY_AGAIN_S} seconds")
        response["Retry-After"] = str(TRY_AGAIN_S)
        return response


def _malformed(request: HttpRequest) -> str:
    """Why the body is refused; empty if it is not. allauth reads JSON as it comes, which some JSON turns into a 500."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            return f"a body has at most {LARGEST_BODY} bytes"
        body = json.loads(request.body or b"{}", parse_int=_number)
        # No lone surrogates (JSON's \ud800): neither a hash nor a row takes them.
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return "the body is no JSON that can be read"
    return "" if isinstance(body, dict) else "the body is no JSON object"


def _number(digits: str) -> float:
    """Nothing here wants a number; a huge one is an error to Python."""
    if len(digits) > 20:
        raise ValueError("a huge number")
    return float(digits)


def _has_code(response: HttpResponseBase, code: str) -> bool:
    if not isinstance(response, JsonResponse):
        return False
    said: dict[str, Any] = json.loads(response.content)
    return any(error.get("code") == code for error in said.get("errors", ()))


def _problem(status: int, title: str, detail: str) -> JsonResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")
