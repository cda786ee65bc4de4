"""Pages of what a user owns."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.views import APIView

from rest.pages import CursorPages


class ByCursor(CursorPages):
    """The newest first, or as the view's `ordering` says."""

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: APIView) -> tuple[str, ...]:  # noqa: ARG002
        first = getattr(view, "ordering", "-created_at")
        return first, "-id" if first.startswith("-") else "id"
