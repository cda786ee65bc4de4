"""Products and photographs in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from catalog.models import Like, Photo, Product, ProductPicture
from images.admin import ReadOnlyAdmin, ReadOnlyInline, link_to, thumbnail_of


class PicturesOfProduct(ReadOnlyInline):
    model = ProductPicture
    fields = readonly_fields = ("picture", "position", "visible")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProductPicture]:
        return super().get_queryset(request).select_related("image")

    @admin.display(description="picture")
    def picture(self, picture: ProductPicture) -> SafeString:
        return link_to(picture.image, thumbnail_of(picture.image, height=140))

    @admin.display(description="visible", boolean=True)
    def visible(self, picture: ProductPicture) -> bool:
        return picture.image.visible


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    list_display = ("thumbnail", "title", "sku", "brand", "category", "price", "currency", "in_stock", "created_at")
    list_display_links = ("thumbnail", "title")
    list_filter = ("category", "in_stock", "brand")
    search_fields = ("title", "sku", "brand", "description")
    list_per_page = 50
    inlines = (PicturesOfProduct,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        products: QuerySet[Product] = super().get_queryset(request).prefetch_related("pictures__image")
        return products

    @admin.display(description="")
    def thumbnail(self, product: Product) -> SafeString:
        return thumbnail_of(next((picture.image for picture in product.pictures.all()), None))


@admin.register(Photo)
class PhotoAdmin(ReadOnlyAdmin):
    list_display = ("thumbnail", "title", "photographer", "licence", "source", "created_at")
    list_display_links = ("thumbnail", "title")
    list_filter = (("image__owner", admin.EmptyFieldListFilter), "image__visible", "licence")
    search_fields = ("title", "photographer", "source")
    id_fields = ("image",)
    list_select_related = ("image",)
    list_per_page = 50
    date_hierarchy = "created_at"
    readonly_fields = ("picture",)
    fields = ("picture", "title", "photographer", "licence", "licence_url", "source", "created_at")

    @admin.display(description="")
    def thumbnail(self, photo: Photo) -> SafeString:
        return thumbnail_of(photo.image)

    @admin.display(description="")
    def picture(self, photo: Photo) -> SafeString:
        return link_to(photo.image, thumbnail_of(photo.image, height=240))


@admin.register(Like)
class LikeAdmin(ReadOnlyAdmin):
    list_display = ("user", "product", "photo", "created_at")
    list_select_related = ("user", "product", "photo")
    search_fields = ("user__email", "product__title", "product__sku", "photo__title")
    date_hierarchy = "created_at"
    list_per_page = 50
