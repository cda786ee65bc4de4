"""Exports and erasures, to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from privacy.models import Erasure, Export


class _OnlyToLookAt(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Export)
class ExportAdmin(_OnlyToLookAt):
    list_display = ("id", "owner", "state", "size", "asked_at", "expires_at", "error")
    list_filter = ("state",)
    search_fields = ("owner__email",)
    list_select_related = ("owner",)


@admin.register(Erasure)
class ErasureAdmin(_OnlyToLookAt):
    list_display = ("id", "erased_at", "finished_at", "counts")
    list_filter = ("finished_at",)
    fields = ("id", "counts", "erased_at", "finished_at")
