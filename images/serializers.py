"""Pictures and garments as JSON."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from images import selectors, thumbnails
from images.models import CATEGORY_CHOICES, Garment, Image, Kind, Purpose, Stage
from rest.serializers import StrictSerializer

STATUSES = ("queued", "processing", "ready", "failed")


class BoxSerializer(StrictSerializer):
    """Relative to the upright picture, 0..1, origin at the top left."""

    x = serializers.FloatField(min_value=0, max_value=1)
    y = serializers.FloatField(min_value=0, max_value=1)
    width = serializers.FloatField(min_value=0, max_value=1)
    height = serializers.FloatField(min_value=0, max_value=1)

    def validate(self, attrs: dict[str, float]) -> dict[str, float]:
        if attrs["width"] <= 0 or attrs["height"] <= 0:
            raise serializers.ValidationError("the box is empty")
        # A client's rounding may put an edge a hair outside.
        if attrs["x"] + attrs["width"] > 1.001 or attrs["y"] + attrs["height"] > 1.001:
            raise serializers.ValidationError("the box reaches outside the picture")
        return attrs


class ColourSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    hex = serializers.CharField()
    share = serializers.FloatField()


class LabelSerializer(serializers.Serializer[Any]):
    value = serializers.CharField()
    confidence = serializers.FloatField()


class GarmentSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="uid")
    category = serializers.ChoiceField(CATEGORY_CHOICES)
    score = serializers.FloatField()
    box = BoxSerializer()
    colours = ColourSerializer(many=True)
    labels = serializers.DictField(child=LabelSerializer())
    quality = serializers.FloatField()

    def to_representation(self, garment: Garment) -> dict[str, Any]:
        """Written out: a page shows up to 100 garments, and DRF's field walk would cost most of the request."""
        return {
            "id": str(garment.uid),
            "category": garment.category,
            "score": round(garment.score, 4),
            "box": {name: round(getattr(garment, name), 5) for name in ("x", "y", "width", "height")},
            "colours": garment.colours,
            "labels": garment.labels,
            "quality": round(garment.quality, 4),
        }


class ImageSummarySerializer(serializers.Serializer[Any]):
    """A picture without its garments."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(Kind.choices)
    status = serializers.ChoiceField(STATUSES)
    error = serializers.CharField(allow_null=True)
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    url = serializers.URLField()
    thumbnail = serializers.URLField(allow_null=True)

    def to_representation(self, image: Image) -> dict[str, Any]:
        described = image.stage in (Stage.DESCRIBED, Stage.READY)
        return {
            "id": str(image.pk),
            "kind": image.kind,
            "status": status_of(image),
            "error": image.error or None,
            "width": image.width,
            "height": image.height,
            "url": self._absolute(reverse("image-file", args=[image.pk])),
            "thumbnail": self._absolute(reverse("image-thumbnail", args=[image.pk])) if described else None,
        }

    def _absolute(self, path: str) -> str:
        request = self.context.get("request")
        return request.build_absolute_uri(path) if request else path


class ImageSerializer(ImageSummarySerializer):
    purpose = serializers.ChoiceField(Purpose.choices, allow_null=True)
    duplicate_of = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    garments = GarmentSerializer(many=True)

    def to_representation(self, image: Image) -> dict[str, Any]:
        return {
            **super().to_representation(image),
            "purpose": image.purpose or None,
            "duplicate_of": _text(selectors.duplicate_of(image)),
            "created_at": image.created_at.isoformat().replace("+00:00", "Z"),
            "garments": GarmentSerializer(image.garments.all(), many=True).data,
        }


class ImageUploadSerializer(StrictSerializer):
    file = serializers.FileField()
    purpose = serializers.ChoiceField(Purpose.choices, default=Purpose.WARDROBE)


class ThumbnailParameters(StrictSerializer):
    """What may stand behind the `?` of a thumbnail."""

    w = serializers.IntegerField(
        min_value=1,
        default=thumbnails.FIRST_SIDE,
        help_text=f"Pixels of the longer side: {', '.join(map(str, thumbnails.SIDES))}. Any other number gives the "
        "next of these, more than the last gives the last. A picture is never enlarged.",
    )


@extend_schema_field(OpenApiTypes.STR)
def status_of(image: Image) -> str:
    """The row's stage in the words of the API."""
    if image.stage == Stage.STORED:
        return "processing" if image.claim else "queued"
    return {Stage.DESCRIBED: "processing", Stage.READY: "ready", Stage.FAILED: "failed"}[Stage(image.stage)]


def _text(value: object | None) -> str | None:
    return None if value is None else str(value)
