"""Statistics as JSON, ready for charts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from images import links
from images.models import CATEGORY_CHOICES
from rest.serializers import StrictSerializer
from wardrobe.currencies import CURRENCIES
from wardrobe.statistics import Amount, Bar, Statistics, Worn

LONGEST_DAYS = 3_650


class StatisticsParameters(StrictSerializer):
    """What may stand behind the `?`."""

    unworn_days = serializers.IntegerField(min_value=1, max_value=LONGEST_DAYS, default=90)
    archived = serializers.BooleanField(default=False, help_text="of what is worn no more, in place of what is")
    currency = serializers.CharField(required=False, max_length=3, help_text="ISO 4217: money in this one alone")

    def validate_currency(self, value: str) -> str:
        if value.upper() not in CURRENCIES:
            raise serializers.ValidationError("not a code of ISO 4217")
        return value.upper()


class AmountSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    amount = serializers.DecimalField(18, 2)
    count = serializers.IntegerField(help_text="items with a price in this currency")


class BarSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(allow_null=True, help_text="null: of these items it is not known")
    label = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of that name
    count = serializers.IntegerField()
    value = AmountSerializer(many=True)

    def to_representation(self, bar: Bar) -> dict[str, Any]:
        return {"key": bar.key, "label": bar.label, "count": bar.count, "value": [_amount(a) for a in bar.value]}


class WearsBarSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of that name
    count = serializers.IntegerField()

    def to_representation(self, bar: Bar) -> dict[str, Any]:
        return {"key": bar.key, "label": bar.label, "count": bar.count}


class RankedItemSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    category = serializers.ChoiceField(CATEGORY_CHOICES)
    thumbnail = serializers.URLField(allow_null=True)
    wears = serializers.IntegerField()
    last_worn_on = serializers.DateField(allow_null=True)
    since = serializers.DateField(help_text="last worn, or bought, or made an item")
    price = serializers.DecimalField(10, 2, allow_null=True)
    currency = serializers.CharField(allow_null=True)
    cost_per_wear = serializers.DecimalField(10, 2, allow_null=True)

    def to_representation(self, item: Worn) -> dict[str, Any]:
        return {
            "id": str(item.id),
            "name": item.name,
            "category": item.category,
            "thumbnail": links.thumbnail_url(item.cover, self.context.get("request")) if item.cover else None,
            "wears": item.wears,
            "last_worn_on": item.last_worn_on.isoformat() if item.last_worn_on else None,
            "since": item.since.isoformat(),
            "price": _money(item.price),
            "currency": item.currency or None,
            "cost_per_wear": _money(item.cost_per_wear),
        }


class CostsSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    best = RankedItemSerializer(many=True)
    worst = RankedItemSerializer(many=True)


class TotalsSerializer(serializers.Serializer[Any]):
    items = serializers.IntegerField()
    archived = serializers.IntegerField(help_text="items that are worn no more")
    favourites = serializers.IntegerField()
    never_worn = serializers.IntegerField()
    wears = serializers.IntegerField()
    washes = serializers.IntegerField()
    value = AmountSerializer(many=True)


class UnwornSerializer(serializers.Serializer[Any]):
    days = serializers.IntegerField()
    count = serializers.IntegerField()
    items = RankedItemSerializer(many=True, help_text="the longest unworn first, 50 at most")


class StatisticsSerializer(serializers.Serializer[Any]):
    """Bars for charts, and rankings. `value` is a list, one entry a currency."""

    totals = TotalsSerializer()
    by_category = BarSerializer(many=True)
    by_colour = BarSerializer(many=True, help_text="main colours of the cover; an item of two counts in both")
    by_season = BarSerializer(many=True, help_text="an item for several seasons counts in each")
    by_brand = BarSerializer(many=True)
    most_worn = RankedItemSerializer(many=True)
    least_worn = RankedItemSerializer(many=True)
    cost_per_wear = CostsSerializer(many=True)
    unworn = UnwornSerializer()
    wears_by_month = WearsBarSerializer(many=True, help_text="of the last twelve months, this one included")
    wears_by_weekday = WearsBarSerializer(many=True, help_text="1 is Monday; of the same twelve months")

    def to_representation(self, found: Statistics) -> dict[str, Any]:
        return {
            "totals": {
                "items": found.items,
                "archived": found.archived,
                "favourites": found.favourites,
                "never_worn": found.never_worn,
                "wears": found.wears,
                "washes": found.washes,
                "value": [_amount(amount) for amount in found.value],
            },
            "by_category": _bars(found.by_category),
            "by_colour": _bars(found.by_colour),
            "by_season": _bars(found.by_season),
            "by_brand": _bars(found.by_brand),
            "most_worn": self._ranked(found.most_worn),
            "least_worn": self._ranked(found.least_worn),
            "cost_per_wear": [
                {"currency": c.currency, "best": self._ranked(c.best), "worst": self._ranked(c.worst)}
                for c in found.cost_per_wear
            ],
            "unworn": {
                "days": self.context["unworn_days"],
                "count": found.unworn,
                "items": self._ranked(found.unworn_longest),
            },
            "wears_by_month": WearsBarSerializer(found.wears_by_month, many=True).data,
            "wears_by_weekday": WearsBarSerializer(found.wears_by_weekday, many=True).data,
        }

    def _ranked(self, items: tuple[Worn, ...]) -> Any:
        return RankedItemSerializer(items, many=True, context=self.context).data


def _bars(bars: tuple[Bar, ...]) -> Any:
    return BarSerializer(bars, many=True).data


def _amount(amount: Amount) -> dict[str, Any]:
    return {"currency": amount.currency, "amount": _money(amount.amount), "count": amount.count}


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
