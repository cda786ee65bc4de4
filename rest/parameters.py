"""What stands behind the `?` of a call."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from rest.serializers import StrictSerializer


def parameters(request: Request, kind: type[StrictSerializer]) -> dict[str, Any]:
    """Those that are given, and what `kind` has for the others. Raises ValidationError, also for one given twice."""
    query = request.query_params
    if twice := {name: ["given more than once"] for name, values in query.lists() if len(values) > 1}:
        raise ValidationError(twice)
    given = kind(data=query.dict())
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
