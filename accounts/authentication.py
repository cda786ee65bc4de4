"""Who asks: a device by `X-Session-Token`, a program by `Authorization: Api-Key PREFIX.SECRET`.

What is sent and wrong is 401, also where nobody need sign in: a client should hear that its session ended.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from typing import Any, Final

import redis
from allauth.headless.internal.sessionkit import authenticate_by_x_session_token
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from accounts import selectors, services
from accounts.models import ApiKey, User

SCHEME: Final = "Api-Key"
CHALLENGE: Final = 'X-Session-Token realm="api", Api-Key realm="api"'  # of WWW-Authenticate
SESSION_SEEN_EVERY_S: Final = 600


class SessionToken(BaseAuthentication):
    """The first of the list: its challenge makes every refusal a 401."""

    def authenticate(self, request: Request) -> tuple[User, SessionBase] | None:
        token = request.headers.get("X-Session-Token")
        if token is None:
            return None
        found = authenticate_by_x_session_token(token)
        if found is None or found.user is None:  # None: a session in which nobody has signed in yet
            raise AuthenticationFailed("this session token is wrong, or its session has ended")
        _see(token)
        return found.user, found.session

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return CHALLENGE


class ApiKeyInHeader(BaseAuthentication):
    """Opens the views that name one of the key's scopes in `api_key_scopes`; every other is 403."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        prefix, _, secret = token.strip().partition(".")
        key = selectors.key_by_prefix(prefix) if prefix.isalnum() and prefix.isascii() else None
        right = hmac.compare_digest(key.digest if key else "", services.digest_of(secret))
        if key is None or not right or not selectors.is_live(key):
            raise AuthenticationFailed("this API key is wrong, revoked or expired")
        self._require_scope(key, request)
        services.see_api_key(key=key)
        key.owner.keeps_history = False  # of this object, for this request: what programs search is nobody's history
        return key.owner, key

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return CHALLENGE

    def _require_scope(self, key: ApiKey, request: Request) -> None:
        # Here and not in a permission: a view with permissions of its own would forget it.
        opens = getattr(request.parser_context["view"], "api_key_scopes", ())
        shared = set(opens) & set(key.scopes)
        if not any(selectors.may_give(key.owner, scope) for scope in shared):
            raise PermissionDenied("this API key does not open this")


def _see(token: str) -> None:
    """Note that a device is in use, at most every ten minutes; not at all while Redis is away."""
    digest = hashlib.sha256(token.encode()).hexdigest()  # whoever reads the cache must not find tokens there
    with contextlib.suppress(redis.RedisError):
        if cache.add(f"session-seen:{digest}", 1, SESSION_SEEN_EVERY_S):
            services.see_session(session_key=token)


class SessionTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = SessionToken
    name = "sessionToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-Session-Token",
            "description": "`meta.session_token` of a sign-in at `/_allauth/app/v1/auth/login`; "
            "that part of the API describes itself at `/_allauth/openapi.json`.",
        }


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ApiKeyInHeader
    name = "apiKey"

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]] | None:  # type: ignore[override]
        return {self.name: []} if getattr(auto_schema.view, "api_key_scopes", ()) else None

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Api-Key PREFIX.SECRET`, as `POST /api/v1/me/api-keys/` or `manage.py create_api_key` tell "
            "it.",
        }
