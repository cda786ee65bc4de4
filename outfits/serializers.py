"""Outfits as JSON, both ways."""

from __future__ import annotations

import unicodedata
from typing import Any

from rest_framework import serializers

from images.models import CATEGORY_CHOICES
from outfits import links
from outfits.canvas import height_of
from outfits.cover_parts import shape_of, shown_by
from outfits.models import Outfit, Piece
from outfits.services import LONGEST_NAME, MOST_ITEMS, Facts, Placed
from rest.serializers import StrictSerializer
from wardrobe.models import SEASONS
from wardrobe.serializers import ORDERINGS, SEASON_CHOICES, ItemPictureSerializer

FRAME = ("x", "y", "width")
LEAST_WIDTH = 0.01
_COLUMNS = ("name", "occasion", "notes")
_TIME = serializers.DateTimeField()


class OccasionField(serializers.CharField):
    """A word, or a few, of the owner's."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 50, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        return unicodedata.normalize("NFC", super().to_internal_value(data))


class PlacedItemSerializer(StrictSerializer):
    """An item and where it lies on the canvas, which is 3 wide and 4 high.

    Without `x`, `y` and `width` a place is worked out by its category.
    """

    item = serializers.UUIDField()
    x = serializers.FloatField(
        required=False, min_value=-0.5, max_value=1.5, help_text="left edge, as a share of the canvas's width"
    )
    y = serializers.FloatField(
        required=False, min_value=-0.5, max_value=1.5, help_text="upper edge, as a share of the canvas's height"
    )
    width = serializers.FloatField(
        required=False, min_value=LEAST_WIDTH, max_value=1, help_text="as a share of the canvas's width"
    )
    rotation = serializers.FloatField(
        required=False, min_value=-180, max_value=180, help_text="degrees clockwise about its middle"
    )
    layer = serializers.IntegerField(required=False, min_value=0, max_value=99, help_text="the higher one lies on top")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = [name for name in FRAME if name in attrs]
        if given and len(given) < len(FRAME):
            missing = next(name for name in FRAME if name not in attrs)
            raise serializers.ValidationError({missing: ["`x`, `y` and `width` go together"]})
        return attrs


class OutfitFactsSerializer(StrictSerializer):
    """What an owner says of an outfit. Only what is given is changed; an empty text takes it back."""

    name = serializers.CharField(required=False, max_length=LONGEST_NAME, allow_blank=True)
    occasion = OccasionField(required=False, allow_blank=True, help_text="office, wedding: the owner's own words")
    seasons = serializers.ListField(child=serializers.ChoiceField(SEASON_CHOICES), required=False, max_length=4)
    notes = serializers.CharField(required=False, max_length=5_000, allow_blank=True)

    def facts(self) -> Facts:
        given = self.validated_data
        return Facts(
            values={name: given[name] for name in _COLUMNS if name in given},
            seasons=tuple(given["seasons"]) if "seasons" in given else None,
            pieces=tuple(_placed(piece) for piece in given["items"]) if "items" in given else None,
        )


class OutfitCreationSerializer(OutfitFactsSerializer):
    items = serializers.ListField(child=PlacedItemSerializer(), min_length=1, max_length=MOST_ITEMS)

    def validate_items(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({piece["item"] for piece in value}) < len(value):
            raise serializers.ValidationError("an item is there twice")
        return value


class OutfitChangeSerializer(OutfitCreationSerializer):
    items = serializers.ListField(
        child=PlacedItemSerializer(),
        required=False,
        min_length=1,
        max_length=MOST_ITEMS,
        help_text="all items that it is to have; what comes without a place gets one worked out",
    )


class CloneSerializer(StrictSerializer):
    name = serializers.CharField(
        required=False, max_length=LONGEST_NAME, allow_blank=True, help_text="the same with “(copy)”, unless given"
    )


class OutfitParameters(StrictSerializer):
    """What may stand behind the `?` of the list. All that are given must hold."""

    season = serializers.ChoiceField(SEASON_CHOICES, required=False)
    occasion = OccasionField(required=False, help_text="whatever its case")
    item = serializers.UUIDField(required=False, help_text="outfits that it is in")
    q = serializers.CharField(required=False, max_length=200, help_text="words in name or notes")
    ordering = serializers.ChoiceField(ORDERINGS, default="-created_at")
    cursor = serializers.CharField(required=False)


class PieceSerializer(serializers.Serializer[Any]):
    """An item of an outfit. Its picture stands in the middle of the frame, as large as it fits; both are turned about
    the frame's middle."""

    item = serializers.UUIDField()
    name = serializers.CharField()
    category = serializers.ChoiceField(CATEGORY_CHOICES)
    archived = serializers.BooleanField(help_text="it is worn no more")
    cover = ItemPictureSerializer(allow_null=True, help_text="the item's; null once its photographs are erased")
    x = serializers.FloatField()
    y = serializers.FloatField()
    width = serializers.FloatField()
    height = serializers.FloatField(help_text="as a share of the canvas's height; follows from `width` and the picture")
    rotation = serializers.FloatField()
    layer = serializers.IntegerField()

    def to_representation(self, piece: Piece) -> dict[str, Any]:
        item, picture = piece.item, shown_by(piece.item)
        return {
            "item": str(item.pk),
            "name": item.name,
            "category": item.category,
            "archived": item.archived_at is not None,
            "cover": ItemPictureSerializer(context=self.context).to_representation(picture) if picture else None,
            "x": round(piece.x, 5),
            "y": round(piece.y, 5),
            "width": round(piece.width, 5),
            "height": round(height_of(piece.width, shape_of(item)), 5),
            "rotation": round(piece.rotation, 3),
            "layer": piece.layer,
        }


class SavedOutfitSerializer(serializers.Serializer[Any]):
    """An outfit whose last item is deleted stays, without items and without a cover."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    occasion = serializers.CharField()
    seasons = serializers.ListField(child=serializers.ChoiceField(SEASON_CHOICES))
    notes = serializers.CharField()
    items = PieceSerializer(many=True)
    cover = serializers.URLField(
        allow_null=True, help_text="a WebP of 600 × 800 pixels, made in the background; null until it is there"
    )
    wears = serializers.IntegerField(help_text="days on which all of its items were worn")
    last_worn_on = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def to_representation(self, outfit: Outfit) -> dict[str, Any]:
        """Of an outfit that selectors.outfits has read."""
        last: Any = outfit.last_worn_on  # type: ignore[attr-defined]
        return {
            "id": str(outfit.pk),
            "name": outfit.name,
            "occasion": outfit.occasion,
            "seasons": [season for season in SEASONS if getattr(outfit, season)],
            "notes": outfit.notes,
            "items": PieceSerializer(outfit.pieces.all(), many=True, context=self.context).data,
            "cover": links.cover_url(outfit, self.context.get("request")),
            "wears": outfit.wears,  # type: ignore[attr-defined]
            "last_worn_on": last.isoformat() if last else None,
            "created_at": _TIME.to_representation(outfit.created_at),
            "updated_at": _TIME.to_representation(outfit.updated_at),
        }


class OutfitWornSerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    items = serializers.ListField(child=serializers.UUIDField())
    new = serializers.ListField(child=serializers.UUIDField(), help_text="those that were not known to be worn then")
    wears = serializers.IntegerField(help_text="of the outfit, with this day")
    last_worn_on = serializers.DateField(allow_null=True)


def _placed(given: dict[str, Any]) -> Placed:
    frame = (given["x"], given["y"], given["width"]) if "x" in given else None
    return Placed(given["item"], frame, rotation=given.get("rotation", 0.0), layer=given.get("layer"))
