"""What drf-spectacular cannot see of our views: errors, conditional requests, keys of retries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema as SpectacularSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import SAFE_METHODS

from rest.etags import EtagMixin
from rest.idempotency import IDEMPOTENCY_KEY, IdempotentMixin

PROBLEM = "application/problem+json"
CHANGES = ("PUT", "PATCH", "DELETE")
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The `ETag` of what you hold: 304 if it still stands"
)
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The `ETag` of what you have read: 412 if it has changed"
)
DESCRIPTIONS = {
    "304": "What `If-None-Match` names still stands",
    "400": "Malformed; `errors` says by field what is wrong",
    "401": "Nobody is signed in, or the session or API key is wrong",
    "403": "Not allowed to this user or API key",
    "404": "Not there, or another user's",
    "406": "`Accept` wants something other than JSON",
    "409": "Conflicts with what is there",
    "412": "It has changed since `If-Match` was read",
    "413": "Too large",
    "415": "A content type, or a file, that is not read here",
    "422": "Understood, but nothing can be done with it",
    "429": "Too many requests",
    "503": "A part of the service is away",
}
KEY_REUSED = "This `Idempotency-Key` came with another request before"
RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds after which to try again"}}


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457: what went wrong. Every error of the API looks like this."""

    type = serializers.CharField(help_text="`about:blank`: the status says it all")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # a serializer has errors of its own, of another kind
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="of a 400: by field what is wrong, nested fields as `box.x`",
    )


class AutoSchema(SpectacularSchema):
    """Adds to each operation what its view's classes bring along. What a view says itself in `responses` stays."""

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), *self._headers()]

    def get_summary(self) -> str:
        """The first sentence of the description."""
        first = " ".join((self.get_description() or "").split("\n\n")[0].split())
        return first.partition(". ")[0].removesuffix(".")

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        said = operation["responses"]
        for status in self._statuses(operation):
            said.setdefault(status, {"description": DESCRIPTIONS[status]})
        if self._keyed and said["422"]["description"] == DESCRIPTIONS["422"]:
            said["422"]["description"] = KEY_REUSED
        problem = self.resolve_serializer(ProblemSerializer, "response").ref
        for status, answer in said.items():
            if status >= "400":
                answer["content"] = {PROBLEM: {"schema": problem}}
                if status in ("429", "503"):
                    answer["headers"] = RETRY_AFTER
        operation["responses"] = dict(sorted(said.items()))
        return operation

    @property
    def _keyed(self) -> bool:
        return self.method == "POST" and isinstance(self.view, IdempotentMixin)

    def _headers(self) -> Iterator[OpenApiParameter]:
        if self._keyed:
            yield IDEMPOTENCY_KEY
        if isinstance(self.view, EtagMixin):
            if self.method == "GET":
                yield IF_NONE_MATCH
            elif self.method in CHANGES:
                yield IF_MATCH

    def _statuses(self, operation: dict[str, Any]) -> Iterator[str]:
        """What can be answered besides what the view itself says."""
        parameters = operation.get("parameters", [])
        places = {parameter["in"] for parameter in parameters}
        body = "requestBody" in operation
        if body or places & {"query", "header"}:
            yield "400"
        if self.view.get_authenticators():
            yield from ("401", "403")
        if "path" in places or any(parameter["name"] == "cursor" for parameter in parameters):
            yield "404"
        if self.view.content_negotiation_class is DefaultContentNegotiation:
            yield "406"
        if body:
            yield from ("413", "415")
        if self._keyed:
            yield "422"
        if isinstance(self.view, EtagMixin):
            if self.method in SAFE_METHODS:
                yield "304"
            elif self.method in CHANGES:
                yield "412"
        if hasattr(type(self.view), "throttle_scope") or "get_throttles" in type(self.view).__dict__:
            yield "429"
        yield "503"
