"""Wardrobes for moderators: look and search. What a user owns is theirs to change."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from images.admin import ReadOnlyAdmin
from images.models import Image
from wardrobe.models import CareDay, Item, ItemPicture, Tag, Upload, UploadPicture


def _thumbnail(image: Image | None) -> str:
    if image is None:
        return ""
    return format_html('<img src="{}" height="72" loading="lazy">', reverse("image-thumbnail", args=[image.pk]))


class _Shown(admin.TabularInline):  # type: ignore[type-arg]
    """Rows of a thing, without a form."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class PicturesOfItem(_Shown):
    model = ItemPicture
    fields = ("thumbnail", "position", "garment")
    readonly_fields = ("thumbnail",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ItemPicture]:
        return super().get_queryset(request).select_related("garment__image")

    @admin.display(description="")
    def thumbnail(self, picture: ItemPicture) -> str:
        return _thumbnail(picture.garment.image)


class TagsOfItem(_Shown):
    model = Tag
    fields = ("name",)


@admin.register(Item)
class ItemAdmin(ReadOnlyAdmin):
    list_display = (
        "thumbnail", "name", "category", "brand", "price", "currency", "owner", "favourite", "archive_reason",
        "created_at",
    )  # fmt: skip
    list_display_links = ("thumbnail", "name")
    list_filter = ("category", "favourite", "archive_reason")
    search_fields = ("id", "name", "brand", "notes", "tags__name", "owner__email")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    inlines = (PicturesOfItem, TagsOfItem)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        return super().get_queryset(request).prefetch_related("pictures__garment__image")

    @admin.display(description="")
    def thumbnail(self, item: Item) -> str:
        shown = list(item.pictures.all())
        return _thumbnail(shown[0].garment.image) if shown else "–"


class PicturesOfUpload(_Shown):
    model = UploadPicture
    fields = ("thumbnail", "position", "image", "duplicate", "error")
    readonly_fields = ("thumbnail",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[UploadPicture]:
        return super().get_queryset(request).select_related("image")

    @admin.display(description="")
    def thumbnail(self, picture: UploadPicture) -> str:
        return _thumbnail(picture.image)


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    list_display = ("id", "owner", "thumbnails", "how_many", "created_at")
    search_fields = ("id", "owner__email")
    list_select_related = ("owner",)
    list_per_page = 30
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    inlines = (PicturesOfUpload,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Upload]:
        uploads: QuerySet[Upload] = super().get_queryset(request).prefetch_related("pictures__image")
        return uploads.annotate(how_many=Count("pictures"))

    @admin.display(description="")
    def thumbnails(self, upload: Upload) -> str:
        first = [picture.image for picture in upload.pictures.all() if picture.image][:5]
        return format_html_join(" ", "{}", ((_thumbnail(image),) for image in first))

    @admin.display(description="pictures", ordering="how_many")
    def how_many(self, upload: Upload) -> int:
        return int(upload.how_many)  # type: ignore[attr-defined]  # annotated above


@admin.register(CareDay)
class CareDayAdmin(ReadOnlyAdmin):
    list_display = ("item", "care", "day", "created_at")
    list_filter = ("care",)
    search_fields = ("item__id", "item__name", "item__owner__email")
    list_select_related = ("item",)
    date_hierarchy = "day"
