"""What an owner says of a garment as JSON, and a garment by itself."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from images.corrections import Change
from images.models import CATEGORY_CHOICES, Garment
from images.serializers import BoxSerializer, GarmentSerializer
from mlcore.colours import MOST_COLOURS
from mlcore.labels import LABELS
from mlcore.palette import PROTOTYPES
from mlcore.types import Box, Category
from rest.serializers import StrictSerializer

PALETTE = [(name, name) for name in PROTOTYPES]
CORRECTABLE = ("category", "box", "colours", *LABELS)


class GarmentDetailSerializer(GarmentSerializer):
    image = serializers.UUIDField(help_text="the picture that it is in")
    corrected = serializers.ListField(
        child=serializers.ChoiceField(CORRECTABLE), help_text="what the owner has said; no model changes it any more"
    )

    def to_representation(self, garment: Garment) -> dict[str, Any]:
        return {
            **super().to_representation(garment),
            "image": str(garment.image_id),
            "corrected": garment.corrected,
        }


class LabelsChangeSerializer(StrictSerializer):
    """`null` removes a label."""

    sleeve_length = serializers.ChoiceField(LABELS["sleeve_length"], required=False, allow_null=True)
    garment_length = serializers.ChoiceField(LABELS["garment_length"], required=False, allow_null=True)
    collar_style = serializers.ChoiceField(LABELS["collar_style"], required=False, allow_null=True)
    pattern = serializers.ChoiceField(LABELS["pattern"], required=False, allow_null=True)


class GarmentChangeSerializer(StrictSerializer):
    category = serializers.ChoiceField(CATEGORY_CHOICES, required=False)
    box = BoxSerializer(required=False)
    labels = LabelsChangeSerializer(required=False)
    colours = serializers.ListField(
        child=serializers.ChoiceField(PALETTE),
        required=False,
        min_length=1,
        max_length=MOST_COLOURS,
        help_text="names of the palette, the largest first",
    )

    def validate_colours(self, names: list[str]) -> list[str]:
        if len(set(names)) < len(names):
            raise serializers.ValidationError("a colour is named twice")
        return names

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("nothing is said: give `category`, `box`, `labels` or `colours`")
        return attrs

    def change(self) -> Change:
        given = self.validated_data
        return Change(
            category=Category(given["category"]) if "category" in given else None,
            box=_box(given["box"]) if "box" in given else None,
            labels=given.get("labels", {}),
            colours=tuple(given["colours"]) if "colours" in given else None,
        )


class GarmentAdditionSerializer(StrictSerializer):
    box = BoxSerializer()
    category = serializers.ChoiceField(
        CATEGORY_CHOICES, required=False, help_text="without it the models say what is in the box"
    )

    def addition(self) -> tuple[Box, Category | None]:
        given = self.validated_data
        return _box(given["box"]), Category(given["category"]) if "category" in given else None


def _box(given: dict[str, float]) -> Box:
    """Within the picture: an edge may have been a hair outside."""
    x, y = given["x"], given["y"]
    return Box(x, y, min(given["width"], 1 - x), min(given["height"], 1 - y))
