"""How fast one user or address may ask, counted in Redis."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import redis
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports us, to throttle by default


class Throttle(ScopedRateThrottle):
    """By the view's `throttle_scope`; `anonymous_SCOPE` for who is not signed in, where there is such a rate.

    While Redis is away nobody is counted, and nobody refused.
    """

    def allow_request(self, request: Request, view: APIView) -> bool:
        scope = getattr(view, "throttle_scope", None)
        anonymous = f"anonymous_{scope}"
        if not request.user.is_authenticated and anonymous in self.THROTTLE_RATES:
            scope = anonymous
        if scope is None:
            return True
        self.scope = scope
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        try:
            return bool(super(ScopedRateThrottle, self).allow_request(request, view))
        except redis.RedisError:
            return True


class JSONSerializer:
    """What the cache holds as JSON: whoever can write to Redis must not be able to run code here, as with pickle."""

    def dumps(self, value: Any) -> bytes | int:
        return value if type(value) is int else json.dumps(value).encode()  # Redis counts integers itself

    def loads(self, data: bytes) -> Any:
        return json.loads(data)
