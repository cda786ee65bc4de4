"""How fast one user, one API key or one address may ask, counted in Redis."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import redis
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

from accounts.models import ApiKey
from rest.addresses import client_address, network_of

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports us, to throttle by default


class Throttle(ScopedRateThrottle):
    """By the view's `throttle_scope`; `anonymous_SCOPE` for who is not signed in and `key_SCOPE` for an API key, where
    there is such a rate. A key has a count of its own, so that a program does not use up what its owner's devices may.

    While Redis is away nobody is counted, and nobody refused.
    """

    def allow_request(self, request: Request, view: APIView) -> bool:
        scope = getattr(view, "throttle_scope", None)
        if scope is None:
            return True
        kind = "key" if isinstance(request.auth, ApiKey) else "user" if request.user.is_authenticated else "anonymous"
        if f"{kind}_{scope}" in self.THROTTLE_RATES:
            scope = f"{kind}_{scope}"
        self.scope = scope
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        try:
            return bool(super(ScopedRateThrottle, self).allow_request(request, view))
        except redis.RedisError:
            return True

    def get_cache_key(self, request: Request, view: APIView) -> str:  # noqa: ARG002
        if isinstance(request.auth, ApiKey):
            who = f"key-{request.auth.pk}"
        elif request.user.is_authenticated:
            who = f"user-{request.user.pk}"
        else:
            who = f"address-{network_of(client_address(request))}"
        return self.cache_format % {"scope": self.scope, "ident": who}


class JSONSerializer:
    """What the cache holds as JSON: whoever can write to Redis must not be able to run code here, as with pickle."""

    def dumps(self, value: Any) -> bytes | int:
        return value if type(value) is int else json.dumps(value).encode()  # Redis counts integers itself

    def loads(self, data: bytes) -> Any:
        return json.loads(data)
