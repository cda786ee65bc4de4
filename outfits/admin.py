"""Saved outfits for moderators: look and search. What a user puts together is theirs to change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from images.admin import ReadOnlyAdmin, ReadOnlyInline, link_to, thumbnail_of
from outfits import selectors
from outfits.cover_parts import digests, may_be_seen, parts_of, shown_by
from outfits.models import Outfit, Piece


class PiecesOfOutfit(ReadOnlyInline):
    model = Piece
    fields = ("thumbnail", "of", "x", "y", "width", "rotation", "layer")
    readonly_fields = ("thumbnail", "of")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Piece]:
        pieces: QuerySet[Piece] = super().get_queryset(request)
        return selectors.with_items(pieces)

    @admin.display(description="")
    def thumbnail(self, piece: Piece) -> SafeString:
        picture = shown_by(piece.item)
        return thumbnail_of(picture.garment.image if picture else None)

    @admin.display(description="item")
    def of(self, piece: Piece) -> SafeString:
        return link_to(piece.item)


@admin.register(Outfit)
class OutfitAdmin(ReadOnlyAdmin):
    list_display = ("shown", "name", "occasion", "owner", "how_many", "cover_due_at", "created_at")
    list_display_links = ("shown", "name")
    list_filter = ("spring", "summer", "autumn", "winter")
    search_fields = ("name", "occasion", "notes", "owner__email")
    id_fields = ("id",)
    list_select_related = ("owner",)
    list_per_page = 30
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    inlines = (PiecesOfOutfit,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Outfit]:
        outfits: QuerySet[Outfit] = super().get_queryset(request)
        return selectors.with_pieces(outfits).annotate(how_many=Count("pieces"))

    @admin.display(description="")
    def shown(self, outfit: Outfit) -> SafeString:
        if not may_be_seen(outfit.cover, digests(parts_of(outfit))):
            return format_html('<span class="no-picture">{}</span>', "–")
        return format_html(
            '<img src="{}" height="96" loading="lazy" alt="">', reverse("outfit-cover", args=[outfit.pk])
        )

    @admin.display(description="items", ordering="how_many")
    def how_many(self, outfit: Any) -> int:
        return int(outfit.how_many)
