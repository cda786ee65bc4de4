"""Lists by cursor."""

from __future__ import annotations

from typing import Any

from django.core import exceptions
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.views import APIView


class CursorPages(CursorPagination):
    """The newest first."""

    ordering: Any = ("-created_at", "-id")

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> Any:
        """Raises NotFound, also for a cursor whose position is no time."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (exceptions.ValidationError, ValueError) as error:
            raise NotFound("invalid cursor") from error

    def decode_cursor(self, request: Request) -> Any:
        """Raises NotFound, also for a position that PostgreSQL would not compare with anything."""
        cursor = super().decode_cursor(request)
        if cursor is not None and "\0" in str(cursor.position or ""):
            raise NotFound("invalid cursor")
        return cursor
