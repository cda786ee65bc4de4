"""A search as JSON, both ways."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rest_framework import serializers

from catalog.models import Photo, Product
from catalog.serializers import PhotoSummarySerializer, ProductSummarySerializer
from images.models import CATEGORY_CHOICES
from images.serializers import BoxSerializer, GarmentSerializer, ImageSummarySerializer, StrictSerializer
from mlcore.types import Box, Category
from search.selectors import Target
from search.services import Answer, Result

MAX_RESULTS = 100


class _WhatAndWhere(StrictSerializer):
    target = serializers.ChoiceField([(t.value, t.value) for t in Target], default=Target.PRODUCTS.value)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_RESULTS, default=20)
    category = serializers.ChoiceField(CATEGORY_CHOICES, required=False)

    def validate_target(self, value: str) -> Target:
        return Target(value)

    def validate_category(self, value: str) -> Category:
        return Category(value)


class PictureQuerySerializer(_WhatAndWhere):
    """A photograph to search with."""

    image = serializers.FileField()


class GarmentQuerySerializer(_WhatAndWhere):
    """A stored garment, or a stored picture, with or without a box drawn in it."""

    garment = serializers.UUIDField(required=False)
    image = serializers.UUIDField(required=False)
    box = BoxSerializer(required=False)

    def validate_box(self, value: dict[str, float]) -> Box:
        return Box(**value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("garment" in attrs) == ("image" in attrs):
            raise serializers.ValidationError("give either `garment` or `image`")
        if "box" in attrs and "image" not in attrs:
            raise serializers.ValidationError({"box": ["a box goes with `image`"]})
        return attrs


class MatchSerializer(serializers.Serializer[Any]):
    similarity = serializers.FloatField()
    colour_delta_e = serializers.FloatField(allow_null=True)
    labels_agree = serializers.ListField(child=serializers.CharField())
    labels_differ = serializers.ListField(child=serializers.CharField())
    quality = serializers.FloatField()
    rank_before = serializers.IntegerField()


class ResultSerializer(serializers.Serializer[Any]):
    score = serializers.FloatField()
    garment = GarmentSerializer()
    image = ImageSummarySerializer()
    product = ProductSummarySerializer(required=False)
    photo = PhotoSummarySerializer(required=False)
    match = MatchSerializer()

    def to_representation(self, result: Result) -> dict[str, Any]:
        candidate = result.candidate
        return {
            "score": round(candidate.similarity, 4),
            "garment": GarmentSerializer(candidate.garment).data,
            "image": ImageSummarySerializer(candidate.garment.image, context=self.context).data,
            **_shown(candidate.shown),
            "match": asdict(result.match),
        }


class QueryAnswerSerializer(serializers.Serializer[Any]):
    image = serializers.UUIDField()
    garments = GarmentSerializer(many=True)
    garment = GarmentSerializer()


class TimingsSerializer(serializers.Serializer[Any]):
    analyse = serializers.FloatField()
    search = serializers.FloatField()
    total = serializers.FloatField()


class AnswerSerializer(serializers.Serializer[Any]):
    query = QueryAnswerSerializer()
    results = ResultSerializer(many=True)
    dropped_filters = serializers.ListField(child=serializers.CharField())
    timings_ms = TimingsSerializer()

    def to_representation(self, answer: Answer) -> dict[str, Any]:
        garment = GarmentSerializer(answer.query.garment).data
        if answer.query.garment.pk is None:
            garment["id"] = None  # drawn by hand, not stored
        return {
            "query": {
                "image": str(answer.query.image.pk),
                "garments": GarmentSerializer(answer.query.garments, many=True).data,
                "garment": garment,
            },
            "results": ResultSerializer(answer.results, many=True, context=self.context).data,
            "dropped_filters": [],
            "timings_ms": answer.timings_ms,
        }


def _shown(shown: Product | Photo) -> dict[str, Any]:
    if isinstance(shown, Product):
        return {"product": ProductSummarySerializer(shown).data}
    return {"photo": PhotoSummarySerializer(shown).data}
