""" "Do I own this?" as JSON, both ways."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from images.models import CATEGORY_CHOICES
from images.serializers import BoxSerializer, GarmentSerializer, QueryGarmentSerializer
from mlcore.types import Box, Category
from rest.serializers import StrictSerializer
from wardrobe.proposals import OWN_ITEM
from wardrobe.serializers import ItemSerializer

MOST_MATCHES = 50


class _WishSerializer(StrictSerializer):
    limit = serializers.IntegerField(min_value=1, max_value=MOST_MATCHES, default=10)
    category = serializers.ChoiceField(
        CATEGORY_CHOICES, required=False, help_text="which garment of the picture, where there are several"
    )

    def validate_category(self, value: str) -> Category:
        return Category(value)


class PictureMatchSerializer(_WishSerializer):
    """A photograph of the thing."""

    image = serializers.FileField()


class GarmentMatchSerializer(_WishSerializer):
    """A garment that is known: of a product, a street photograph, an earlier answer or a picture of one's own.

    Or such a picture, with or without a box drawn in it.
    """

    garment = serializers.UUIDField(required=False)
    image = serializers.UUIDField(required=False)
    box = BoxSerializer(required=False)

    def validate_box(self, value: dict[str, float]) -> Box:
        return Box(**value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("garment" in attrs) == ("image" in attrs):
            raise serializers.ValidationError({"garment": ["give either `garment` or `image`"]})
        if "box" in attrs and "image" not in attrs:
            raise serializers.ValidationError({"box": ["a box goes with `image`"]})
        return attrs


class OwnMatchSerializer(serializers.Serializer[Any]):
    item = ItemSerializer()
    garment = serializers.UUIDField(help_text="of the item's picture that is most alike")
    similarity = serializers.FloatField(help_text="cosine of the embeddings, -1..1")
    likeness = serializers.FloatField(help_text="similarity, less 0.01 for each ΔE2000 between the main colours")
    same = serializers.BooleanField(help_text=f"it is the thing itself: a likeness of {OWN_ITEM} and above")


class MatchQuerySerializer(serializers.Serializer[Any]):
    image = serializers.UUIDField()
    garment = QueryGarmentSerializer()
    garments = GarmentSerializer(many=True, help_text="all of the picture; send another's id as `garment`")


class MatchesSerializer(serializers.Serializer[Any]):
    query = MatchQuerySerializer()
    owned = serializers.BooleanField(help_text="whether the first result is the thing itself")
    results = OwnMatchSerializer(many=True)
