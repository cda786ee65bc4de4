"""Pictures and garments as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from images import links, selectors, thumbnails
from images.models import CATEGORY_CHOICES, CutOut, Garment, Image, Kind, Purpose, Review, Stage
from rest.serializers import StrictSerializer

STATUSES = ("queued", "processing", "ready", "failed")
GARMENT_STATUSES = ("processing", "ready")


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


class CutOutSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(CutOut.choices)
    url = serializers.URLField(allow_null=True, help_text="Of the WebP with transparency, once it is ready")


class GarmentSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="uid")
    status = serializers.ChoiceField(
        GARMENT_STATUSES, help_text="processing: it was corrected or added, and is being described anew"
    )
    category = serializers.ChoiceField(CATEGORY_CHOICES)
    score = serializers.FloatField()
    box = BoxSerializer()
    colours = ColourSerializer(many=True)
    labels = serializers.DictField(child=LabelSerializer())
    quality = serializers.FloatField()
    cut_out = CutOutSerializer(
        allow_null=True, help_text="the garment without its background; null if its owner asked for none"
    )

    def to_representation(self, garment: Garment) -> dict[str, Any]:
        """Written out: a page shows up to 100 garments, and DRF's field walk would cost most of the request."""
        return {
            "id": str(garment.uid),
            "status": "ready" if garment.due_at is None else "processing",
            "category": garment.category,
            "score": round(garment.score, 4),
            "box": {name: round(getattr(garment, name), 5) for name in ("x", "y", "width", "height")},
            "colours": garment.colours,
            "labels": garment.labels,
            "quality": round(garment.quality, 4),
            "cut_out": self._cut_out(garment) if garment.cut_out else None,
        }

    def _cut_out(self, garment: Garment) -> dict[str, Any] | None:
        """Of garments that come with their picture. What a look shows to everybody is the picture alone."""
        if garment.image.public:
            return None
        ready = garment.cut_out == CutOut.READY
        url = links.cut_out_url(garment, self.context.get("request")) if ready else None
        return {"status": garment.cut_out, "url": url}


class QueryGarmentSerializer(GarmentSerializer):
    """Described for this request. Without an id it cannot be asked for again."""

    id = serializers.UUIDField(source="uid", allow_null=True, help_text="null: of a box drawn by hand, not stored")


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
        request = self.context.get("request")
        return {
            "id": str(image.pk),
            "kind": image.kind,
            "status": status_of(image),
            "error": image.error or None,
            "width": image.width,
            "height": image.height,
            "url": links.picture_url(image, request),
            "thumbnail": links.thumbnail_url(image, request) if described else None,
        }


class ImageSerializer(ImageSummarySerializer):
    events = serializers.URLField(help_text="How far it is, as Server-Sent Events")
    purpose = serializers.ChoiceField(Purpose.choices, allow_null=True)
    review = serializers.ChoiceField(Review.choices, allow_null=True, help_text="what moderators say of a look")
    review_reason = serializers.CharField(allow_null=True, help_text="why they rejected or hid it")
    duplicate_of = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    garments = GarmentSerializer(many=True)

    def to_representation(self, image: Image) -> dict[str, Any]:
        return {
            **super().to_representation(image),
            "events": links.events_url(image, self.context.get("request")),
            "purpose": image.purpose or None,
            "review": image.review or None,
            "review_reason": image.review_reason or None,
            # What a look shows to everybody names no other picture of its owner's.
            "duplicate_of": None if image.public else _text(selectors.duplicate_of(image)),
            "created_at": image.created_at.isoformat().replace("+00:00", "Z"),
            "garments": GarmentSerializer(image.garments.all(), many=True, context=self.context).data,
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
    token = serializers.CharField(required=False, help_text="Part of the address of what is not public")


@extend_schema_field(OpenApiTypes.STR)
def status_of(image: Image) -> str:
    """The row's stage in the words of the API."""
    if image.stage == Stage.STORED:
        return "processing" if image.claim else "queued"
    return {Stage.DESCRIBED: "processing", Stage.READY: "ready", Stage.FAILED: "failed"}[Stage(image.stage)]


def _text(value: object | None) -> str | None:
    return None if value is None else str(value)
