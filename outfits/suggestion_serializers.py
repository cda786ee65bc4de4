"""Suggestions as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.serializers import PhotoSerializer, ProductSummarySerializer
from images.models import CATEGORY_CHOICES
from images.serializers import ColourSerializer, GarmentSerializer, ImageSummarySerializer, LabelSerializer
from rest.serializers import StrictSerializer
from wardrobe.serializers import ItemPictureSerializer

REASONS = ("no_similar_photographs", "too_few_photographs")
MOST_PHOTOS = 50


class SuggestionParameters(StrictSerializer):
    """One of the two."""

    garment = serializers.UUIDField(
        required=False, help_text="any that you may see: yours, a product's, a photograph's"
    )
    item = serializers.UUIDField(required=False, help_text="an item of yours: its cover is asked with")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError("give either `garment` or `item`")
        return attrs


class PhotoParameters(StrictSerializer):
    limit = serializers.IntegerField(min_value=1, max_value=MOST_PHOTOS, default=20)
    offset = serializers.IntegerField(default=0, min_value=0, max_value=10_000, help_text="as `next` has it")


class FitSerializer(serializers.Serializer[Any]):
    """An item of yours for a part."""

    item = serializers.UUIDField()
    name = serializers.CharField()
    category = serializers.ChoiceField(CATEGORY_CHOICES)
    picture = ItemPictureSerializer(allow_null=True)
    similarity = serializers.FloatField(help_text="cosine to the garment that stands for the part, −1..1")
    colour_delta_e = serializers.FloatField(allow_null=True, help_text="CIEDE2000 between the main colours")
    fits = serializers.BooleanField(help_text="it can be worn for the part: its category, and nearly its colour")


class OfferSerializer(serializers.Serializer[Any]):
    """A product for a part that you do not have."""

    product = ProductSummarySerializer()
    image = ImageSummarySerializer()
    garment = serializers.UUIDField(help_text="the garment in that picture that is like the part")


class PartSerializer(serializers.Serializer[Any]):
    category = serializers.ChoiceField(CATEGORY_CHOICES)
    colour = serializers.CharField()
    title = serializers.CharField()
    garment = GarmentSerializer(help_text="an example, as somebody wears it")
    image = ImageSummarySerializer(help_text="the photograph that the example is in")
    colours = ColourSerializer(many=True)
    labels = serializers.DictField(
        child=LabelSerializer(), help_text="what most of these garments are; `confidence`: the share of them that is"
    )
    own_items = FitSerializer(many=True, help_text="yours, the best first")
    products = OfferSerializer(
        many=True, help_text="in stock and of this colour, where none of yours can be worn for it"
    )


class WearableSerializer(serializers.Serializer[Any]):
    """How much of it hangs in your wardrobe; the garment asked with counts, if it is yours."""

    owned = serializers.IntegerField()
    of = serializers.IntegerField()
    missing = serializers.ListField(child=serializers.CharField())
    text = serializers.CharField()


class FormulaSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    title = serializers.CharField()
    parts = PartSerializer(many=True)
    support = serializers.IntegerField(help_text="photographs in which somebody wears all of it with such a garment")
    photos_count = serializers.IntegerField(help_text="the same: what `photos/` browses")
    confidence = serializers.FloatField(help_text="`support` among the photographs of such a garment, 0..1")
    confidence_low = serializers.FloatField(help_text="it is higher than this in 95 of 100 cases")
    lift = serializers.FloatField(
        allow_null=True, help_text="how many times more often than people wear these parts at all; null: not counted"
    )
    wearable = WearableSerializer()


class SuggestionsSerializer(serializers.Serializer[Any]):
    garment = serializers.UUIDField(help_text="what was asked with")
    photographs = serializers.IntegerField(help_text="in which somebody wears such a garment")
    reason = serializers.ChoiceField(
        REASONS,
        allow_null=True,
        help_text="why there is no formula: nobody wears such a garment, or too few do for anything to recur",
    )
    results = FormulaSerializer(many=True)


class FormulaPhotoSerializer(serializers.Serializer[Any]):
    photo = PhotoSerializer()
    garments = GarmentSerializer(many=True, help_text="what of it is worn here, in the order of the parts")


class FormulaPhotosSerializer(serializers.Serializer[Any]):
    next = serializers.IntegerField(allow_null=True, help_text="the `offset` of the next page")
    results = FormulaPhotoSerializer(many=True)


class CompletionSerializer(StrictSerializer):
    photo = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, help_text="a photograph or look of the catalogue"
    )


class PieceWornSerializer(serializers.Serializer[Any]):
    garment = GarmentSerializer()
    owned = serializers.BooleanField()
    own_items = FitSerializer(many=True)
    products = OfferSerializer(many=True)


class PersonSerializer(serializers.Serializer[Any]):
    """One person in the photograph."""

    coverage = serializers.IntegerField(help_text="per cent of what the person wears that you can wear too")
    missing = serializers.ListField(child=serializers.CharField())
    garments = PieceWornSerializer(many=True)


class CompletionAnswerSerializer(serializers.Serializer[Any]):
    photo = PhotoSerializer()
    coverage = serializers.IntegerField(help_text="of the person of whom you have the most")
    people = PersonSerializer(many=True, help_text="the most complete first")
