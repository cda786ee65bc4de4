"""Items as JSON, both ways."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from images import links
from images.models import CATEGORY_CHOICES, CutOut
from images.serializers import BoxSerializer, ColourSerializer, LabelSerializer
from mlcore.palette import lookup
from rest.serializers import StrictSerializer
from wardrobe.currencies import CURRENCIES
from wardrobe.models import SEASONS, ArchiveReason, Item, ItemPicture
from wardrobe.services import MOST_PICTURES, MOST_TAGS, Facts
from wardrobe.wear_serializers import FiguresSerializer

FIRST_YEAR = 1900
MOST_MERGED = 20
ORDERINGS = ("-created_at", "created_at", "-updated_at", "updated_at", "name", "-name")
SEASON_CHOICES = tuple((season, season) for season in SEASONS)
_COLUMNS = ("category", "name", "brand", "size", "price", "currency", "bought_on", "notes", "favourite")
_TIME = serializers.DateTimeField()


class TagField(serializers.CharField):
    """A word, or a few, of the owner's."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 50, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        return unicodedata.normalize("NFC", super().to_internal_value(data))


class ItemFactsSerializer(StrictSerializer):
    """What an owner says of an item. Only what is given is changed; null or an empty text takes it back."""

    category = serializers.ChoiceField(CATEGORY_CHOICES, required=False)
    name = serializers.CharField(required=False, max_length=200, allow_blank=True)
    brand = serializers.CharField(required=False, max_length=100, allow_blank=True)
    size = serializers.CharField(required=False, max_length=30, allow_blank=True)
    price = serializers.DecimalField(10, 2, min_value=Decimal(0), required=False, allow_null=True)
    currency = serializers.CharField(required=False, allow_null=True, max_length=3, help_text="ISO 4217: EUR, JPY")
    bought_on = serializers.DateField(required=False, allow_null=True)
    seasons = serializers.ListField(child=serializers.ChoiceField(SEASON_CHOICES), required=False, max_length=4)
    tags = serializers.ListField(child=TagField(), required=False, max_length=MOST_TAGS)
    notes = serializers.CharField(required=False, max_length=5_000, allow_blank=True)
    favourite = serializers.BooleanField(required=False)
    archive_reason = serializers.ChoiceField(
        ArchiveReason.choices, required=False, allow_null=True, help_text="why it is worn no more; null: it is again"
    )

    def validate_currency(self, value: str | None) -> str:
        code = (value or "").upper()
        if code and code not in CURRENCIES:
            raise serializers.ValidationError("not a code of ISO 4217")
        return code

    def validate_bought_on(self, value: date | None) -> date | None:
        # Tomorrow is today already further east.
        if value and not FIRST_YEAR <= value.year <= (timezone.now() + timedelta(days=1)).year:
            raise serializers.ValidationError(f"between {FIRST_YEAR} and today")
        if value and value > timezone.now().date() + timedelta(days=1):
            raise serializers.ValidationError("in the future")
        return value

    def facts(self) -> Facts:
        given = self.validated_data
        reason = (given["archive_reason"] or "") if "archive_reason" in given else None
        return Facts(
            values={name: given[name] for name in _COLUMNS if name in given},
            tags=tuple(dict.fromkeys(given["tags"])) if "tags" in given else None,
            seasons=tuple(given["seasons"]) if "seasons" in given else None,
            archive_reason=reason,
            cover=given.get("cover"),
        )


class ItemChangeSerializer(ItemFactsSerializer):
    cover = serializers.UUIDField(required=False, help_text="a garment of the item's: its picture comes first")


class ItemCreationSerializer(ItemFactsSerializer):
    """The garment that is the item, or several pictures of it, the first of which is its cover."""

    garment = serializers.UUIDField(required=False)
    garments = serializers.ListField(
        child=serializers.UUIDField(), required=False, min_length=1, max_length=MOST_PICTURES
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("garment" in attrs) == ("garments" in attrs):
            raise serializers.ValidationError({"garment": ["give either `garment` or `garments`"]})
        attrs["garments"] = list(dict.fromkeys(attrs.get("garments") or [attrs["garment"]]))
        return attrs


class PictureAdditionSerializer(StrictSerializer):
    garment = serializers.UUIDField()


class MergeSerializer(StrictSerializer):
    items = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST_MERGED)


class ItemParameters(StrictSerializer):
    """What may stand behind the `?` of the list. All that are given must hold."""

    category = serializers.ChoiceField(CATEGORY_CHOICES, required=False)
    colour = serializers.CharField(
        required=False, max_length=40, help_text="a name of the palette, or `#rrggbb`; of any picture of the item"
    )
    colour_tolerance = serializers.FloatField(
        required=False, min_value=0.5, max_value=50.0, help_text="ΔE2000, 12 by default; goes with `colour`"
    )
    season = serializers.ChoiceField(SEASON_CHOICES, required=False)
    tag = TagField(required=False)
    brand = serializers.CharField(required=False, max_length=100)
    favourite = serializers.BooleanField(required=False, allow_null=True, default=None)
    archived = serializers.BooleanField(default=False, help_text="what is worn no more, in place of what is")
    q = serializers.CharField(required=False, max_length=200, help_text="words in name, brand, notes or tags")
    ordering = serializers.ChoiceField(ORDERINGS, default="-created_at")
    cursor = serializers.CharField(required=False)

    def validate_colour(self, value: str) -> str:
        try:
            lookup(value)
        except ValueError as error:
            raise serializers.ValidationError("neither #rrggbb nor a colour's name") from error
        return value.strip().lower()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "colour_tolerance" in attrs and "colour" not in attrs:
            raise serializers.ValidationError({"colour_tolerance": ["goes with `colour`"]})
        return attrs


class ItemPictureSerializer(serializers.Serializer[Any]):
    garment = serializers.UUIDField()
    image = serializers.UUIDField()
    thumbnail = serializers.URLField(help_text="of the photograph; `box` says where in it the garment is")
    box = BoxSerializer()
    cut_out = serializers.URLField(allow_null=True)

    def to_representation(self, picture: ItemPicture) -> dict[str, Any]:
        garment, request = picture.garment, self.context.get("request")
        return {
            "garment": str(garment.uid),
            "image": str(garment.image_id),
            "thumbnail": links.thumbnail_url(garment.image, request),
            "box": {name: round(getattr(garment, name), 5) for name in ("x", "y", "width", "height")},
            "cut_out": links.cut_out_url(garment, request) if garment.cut_out == CutOut.READY else None,
        }


class ItemSerializer(FiguresSerializer):
    """An item whose photographs are all erased stays: it then has no `cover`, no colours and no labels."""

    id = serializers.UUIDField()
    category = serializers.ChoiceField(CATEGORY_CHOICES)
    name = serializers.CharField()
    brand = serializers.CharField()
    size = serializers.CharField()
    price = serializers.DecimalField(10, 2, allow_null=True)
    currency = serializers.CharField(allow_null=True)
    bought_on = serializers.DateField(allow_null=True)
    seasons = serializers.ListField(child=serializers.ChoiceField(SEASON_CHOICES))
    tags = serializers.ListField(child=serializers.CharField())
    notes = serializers.CharField()
    favourite = serializers.BooleanField()
    archive_reason = serializers.ChoiceField(ArchiveReason.choices, allow_null=True)
    archived_at = serializers.DateTimeField(allow_null=True)
    cover = ItemPictureSerializer(allow_null=True)
    pictures = ItemPictureSerializer(many=True)
    colours = ColourSerializer(many=True)
    labels = serializers.DictField(child=LabelSerializer())
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def to_representation(self, item: Item) -> dict[str, Any]:
        """Written out, as it stands 30 times on a page."""
        shown = list(item.pictures.all())
        pictures = ItemPictureSerializer(shown, many=True, context=self.context).data
        cover = shown[0].garment if shown else None
        return {
            "id": str(item.pk),
            "category": item.category,
            "name": item.name,
            "brand": item.brand,
            "size": item.size,
            "price": None if item.price is None else f"{item.price:.2f}",
            "currency": item.currency or None,
            "bought_on": item.bought_on.isoformat() if item.bought_on else None,
            "seasons": [season for season in SEASONS if getattr(item, season)],
            "tags": [tag.name for tag in item.tags.all()],
            "notes": item.notes,
            "favourite": item.favourite,
            "archive_reason": item.archive_reason or None,
            "archived_at": _TIME.to_representation(item.archived_at) if item.archived_at else None,
            "cover": pictures[0] if pictures else None,
            "pictures": pictures,
            "colours": cover.colours if cover else [],
            "labels": cover.labels if cover else {},
            **super().to_representation(item),
            "created_at": _TIME.to_representation(item.created_at),
            "updated_at": _TIME.to_representation(item.updated_at),
        }
