"""E-mail address and password with each request: for trying the API from a shell. Guessing is slowed down."""

from __future__ import annotations

import contextlib
from typing import Any

import redis
from django.core.cache import cache
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

WRONG_A_MINUTE = 10


class Basic(BasicAuthentication):
    """Checking a password costs most of a second of processor time by design, so an address has few wrong tries."""

    def authenticate_credentials(self, userid: str, password: str, request: Request | None = None) -> Any:
        if "\0" in userid + password:  # PostgreSQL refuses it with an error of its own
            raise AuthenticationFailed
        key = f"wrong-password:{BaseThrottle().get_ident(request) if request else ''}"
        with contextlib.suppress(redis.RedisError):
            if cache.get(key, 0) >= WRONG_A_MINUTE:
                raise Throttled(wait=60)
        try:
            return super().authenticate_credentials(userid, password, request)
        except AuthenticationFailed:
            with contextlib.suppress(redis.RedisError):
                cache.add(key, 0, 60)
                cache.incr(key)
            raise


class BasicScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document names it."""

    target_class = Basic
    name = "basicAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "basic"}
