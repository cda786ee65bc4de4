"""Products and photographs in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from catalog.models import Photo, Product
from images.admin import ReadOnlyAdmin


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    list_display = ("thumbnail", "title", "sku", "brand", "category", "price", "currency", "in_stock", "created_at")
    list_filter = ("category", "in_stock", "brand")
    search_fields = ("title", "sku", "brand", "description")
    list_per_page = 50

    @admin.display(description="")
    def thumbnail(self, product: Product) -> str:
        picture = product.pictures.first()
        if picture is None:
            return ""
        return format_html(
            '<img src="{}" height="72" loading="lazy">', reverse("image-thumbnail", args=[picture.image_id])
        )


@admin.register(Photo)
class PhotoAdmin(ReadOnlyAdmin):
    list_display = ("thumbnail", "title", "photographer", "licence", "source", "created_at")
    search_fields = ("title", "photographer", "source")
    list_per_page = 50

    @admin.display(description="")
    def thumbnail(self, photo: Photo) -> str:
        return format_html(
            '<img src="{}" height="72" loading="lazy">', reverse("image-thumbnail", args=[photo.image_id])
        )
