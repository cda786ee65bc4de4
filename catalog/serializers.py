"""Products and photographs as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from catalog import text
from catalog.liking import Liked
from catalog.models import Photo, Product
from images.models import CATEGORY_CHOICES
from images.serializers import ImageSerializer, ImageSummarySerializer
from mlcore.labels import LABELS
from mlcore.palette import PROTOTYPES
from rest.serializers import StrictSerializer


def _has_words(value: str) -> None:
    try:
        text.words(value)
    except text.NoWords as error:
        raise serializers.ValidationError(str(error)) from error


class TextField(serializers.CharField):
    """Words to find products by."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=text.LONGEST, **kwargs)
        self.validators.append(_has_words)


class BrowseParameters(StrictSerializer):
    """What may stand behind the `?` of a list. Colour and key labels are those of one and the same garment."""

    category = serializers.ChoiceField(CATEGORY_CHOICES, required=False)
    colour = serializers.ChoiceField(tuple(PROTOTYPES), required=False, help_text="Of the garment's main colour.")
    sleeve_length = serializers.ChoiceField(LABELS["sleeve_length"], required=False)
    garment_length = serializers.ChoiceField(LABELS["garment_length"], required=False)
    collar_style = serializers.ChoiceField(LABELS["collar_style"], required=False)
    pattern = serializers.ChoiceField(LABELS["pattern"], required=False)
    cursor = serializers.CharField(required=False)


class ProductBrowseParameters(BrowseParameters):
    q = TextField(
        required=False,
        help_text=f"Up to {text.MOST_WORDS} words, all of which are in the title, the brand or the description.",
    )
    price_min = serializers.DecimalField(10, 2, min_value=Decimal(0), required=False)
    price_max = serializers.DecimalField(10, 2, min_value=Decimal(0), required=False)
    in_stock = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "price_min" in attrs and "price_max" in attrs and attrs["price_min"] > attrs["price_max"]:
            raise serializers.ValidationError({"price_min": ["is above `price_max`"]})
        return attrs


class LikedField(serializers.BooleanField):
    """By the reader. The view says what they like, for all that it shows at once: `liked` in the context."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_null": True, "help_text": "by you; null: nobody is signed in", **kwargs})


class ProductSummarySerializer(serializers.ModelSerializer[Any]):
    category = serializers.ChoiceField(CATEGORY_CHOICES, allow_null=True)
    currency = serializers.CharField(allow_null=True, max_length=3)
    url = serializers.URLField(allow_null=True, max_length=500)
    liked = LikedField()

    class Meta:
        model = Product
        fields = ("id", "sku", "title", "brand", "category", "price", "currency", "in_stock", "url", "liked")

    def to_representation(self, product: Product) -> dict[str, Any]:
        """Written out, as it stands 100 times on a page of results."""
        liked: Liked | None = self.context.get("liked")
        return {
            "id": product.pk,
            "sku": product.sku,
            "title": product.title,
            "brand": product.brand,
            "category": product.category or None,
            "price": None if product.price is None else str(product.price),
            "currency": product.currency or None,
            "in_stock": product.in_stock,
            "url": product.url or None,
            "liked": None if liked is None else product.pk in liked.products,
        }


class ProductSerializer(ProductSummarySerializer):
    images = ImageSummarySerializer(many=True)

    class Meta(ProductSummarySerializer.Meta):
        fields = (*ProductSummarySerializer.Meta.fields, "images")  # type: ignore[assignment]

    def to_representation(self, product: Product) -> dict[str, Any]:
        images = [picture.image for picture in product.pictures.all()]
        return {
            **super().to_representation(product),
            "images": ImageSummarySerializer(images, many=True, context=self.context).data,
        }


class ProductDetailSerializer(ProductSerializer):
    images = ImageSerializer(many=True)
    description = serializers.CharField()
    licence = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of that name

    class Meta(ProductSerializer.Meta):
        fields = (*ProductSerializer.Meta.fields, "description", "licence", "source")  # type: ignore[assignment]

    def to_representation(self, product: Product) -> dict[str, Any]:
        images = [picture.image for picture in product.pictures.all()]
        return {
            **super().to_representation(product),
            "images": ImageSerializer(images, many=True, context=self.context).data,
            "description": product.description,
            "licence": product.licence,
            "source": product.source,
        }


class PhotoSummarySerializer(serializers.ModelSerializer[Any]):
    liked = LikedField()

    class Meta:
        model = Photo
        fields = ("id", "title", "photographer", "licence", "licence_url", "source", "liked")

    def to_representation(self, photo: Photo) -> dict[str, Any]:
        """Written out, as above."""
        liked: Liked | None = self.context.get("liked")
        return {
            "id": photo.pk,
            "title": photo.title,
            "photographer": photo.photographer,
            "licence": photo.licence,
            "licence_url": photo.licence_url,
            "source": photo.source,
            "liked": None if liked is None else photo.pk in liked.photos,
        }


class PhotoSerializer(PhotoSummarySerializer):
    image = ImageSummarySerializer()

    class Meta(PhotoSummarySerializer.Meta):
        fields = (*PhotoSummarySerializer.Meta.fields, "image")  # type: ignore[assignment]

    def to_representation(self, photo: Photo) -> dict[str, Any]:
        image = ImageSummarySerializer(photo.image, context=self.context).data
        return {**super().to_representation(photo), "image": image}


class PhotoDetailSerializer(PhotoSerializer):
    image = ImageSerializer()

    def to_representation(self, photo: Photo) -> dict[str, Any]:
        image = ImageSerializer(photo.image, context=self.context).data
        return {**super().to_representation(photo), "image": image}
