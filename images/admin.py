"""Pictures and garments for moderators: look, hide, show, erase. Changes go through services.py."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from images import services
from images.models import Garment, Image
from mlcore.types import Category


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A row is shown, not edited: its state belongs to the pipeline."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Image)
class ImageAdmin(ReadOnlyAdmin):
    list_display = (
        "thumbnail",
        "id",
        "kind",
        "purpose",
        "stage",
        "attempts",
        "error",
        "visible",
        "owner",
        "created_at",
    )
    list_filter = ("kind", "purpose", "stage", "visible")
    search_fields = ("id", "digest", "owner__email", "error")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    actions = ("hide", "show", "describe_again", "erase")

    @admin.display(description="")
    def thumbnail(self, image: Image) -> str:
        return format_html('<img src="{}" height="72" loading="lazy">', reverse("image-thumbnail", args=[image.pk]))

    @admin.action(description="Hide from everybody", permissions=["moderate"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        services.set_visible(images=list(queryset), visible=False)

    @admin.action(description="Show again", permissions=["moderate"])
    def show(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        services.set_visible(images=list(queryset), visible=True)

    @admin.action(description="Describe again", permissions=["moderate"])
    def describe_again(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        for image in queryset:
            subject = Category(image.subject) if image.subject else None
            services.queue_description(services.describe_again(images=[image], subject=subject))

    @admin.action(description="Erase with files and index entries", permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        services.erase_images(images=list(queryset))

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("images.change_image")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("images.delete_image")


@admin.register(Garment)
class GarmentAdmin(ReadOnlyAdmin):
    list_display = ("thumbnail", "uid", "category", "score", "runner_up", "runner_up_score", "swatches", "quality")
    list_filter = ("category", "image__kind")
    search_fields = ("uid", "image__id")

    @admin.display(description="")
    def thumbnail(self, garment: Garment) -> str:
        return format_html(
            '<img src="{}" height="72" loading="lazy">', reverse("image-thumbnail", args=[garment.image_id])
        )

    @admin.display(description="colours")
    def swatches(self, garment: Garment) -> str:
        return format_html_join(
            " ", '<span style="color:{}">⬤</span> {}', ((c["hex"], c["name"]) for c in garment.colours)
        )
