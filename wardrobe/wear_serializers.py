"""The log of wear and wash as JSON, both ways."""

from __future__ import annotations

from datetime import date
from typing import Any

from rest_framework import serializers

from rest.serializers import StrictSerializer
from wardrobe.figures import figures_of
from wardrobe.models import CareDay, Item
from wardrobe.wearing import is_loggable, today

MOST_ITEMS = 50  # worn at once: nobody wears more
_TIME = serializers.DateTimeField()


class DaySerializer(StrictSerializer):
    """A day, today in UTC unless given."""

    day = serializers.DateField(required=False, help_text="from 1970-01-01 to today, wherever on earth that is")

    def validate_day(self, value: date) -> date:
        if not is_loggable(value):
            raise serializers.ValidationError("between 1970-01-01 and today")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs.setdefault("day", today())
        return attrs


class OutfitSerializer(DaySerializer):
    """What was worn together."""

    items = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST_ITEMS)


class CareDaySerializer(serializers.Serializer[Any]):
    item = serializers.UUIDField()
    day = serializers.DateField()
    created_at = serializers.DateTimeField()

    def to_representation(self, logged: CareDay) -> dict[str, Any]:
        return {
            "item": str(logged.item_id),
            "day": logged.day.isoformat(),
            "created_at": _TIME.to_representation(logged.created_at),
        }


class OutfitDaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    items = serializers.ListField(child=serializers.UUIDField())
    new = serializers.ListField(child=serializers.UUIDField(), help_text="those that were not known to be worn then")


class FiguresSerializer(serializers.Serializer[Any]):
    """What the log says of an item."""

    wears = serializers.IntegerField()
    last_worn_on = serializers.DateField(allow_null=True)
    washes = serializers.IntegerField()
    last_washed_on = serializers.DateField(allow_null=True)
    wears_since_wash = serializers.IntegerField(help_text="after the day of the last wash; all without one")
    cost_per_wear = serializers.DecimalField(
        10, 2, allow_null=True, help_text="null without a price, and before it is worn"
    )

    def to_representation(self, item: Item) -> dict[str, Any]:
        """Of an item that figures.with_figures has read."""
        figures = figures_of(item)
        return {
            "wears": figures.wears,
            "last_worn_on": _text(figures.last_worn_on),
            "washes": figures.washes,
            "last_washed_on": _text(figures.last_washed_on),
            "wears_since_wash": figures.wears_since_wash,
            "cost_per_wear": None if figures.cost_per_wear is None else str(figures.cost_per_wear),
        }


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
