"""Capsules and versatility as JSON, both ways."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from images import links
from images.models import CATEGORY_CHOICES
from outfits.capsule_answer import (
    MOST_DAYS,
    MOST_ITEMS,
    MOST_OCCASIONS,
    Asked,
    Capsule,
    Day,
    Missing,
    Obstacle,
    OccasionFigures,
    Packed,
)
from outfits.closet import MOST_READ
from outfits.harmony import Basis
from outfits.owned import OwnItem
from outfits.versatility import Verdict, Versatile
from rest.serializers import StrictSerializer
from wardrobe.serializers import SEASON_CHOICES, TagField

MOST_LEFT_OUT = 200
USUAL_ITEMS = 20
FEWEST, MOST = "fewest", "most"
_BASIS = [(basis.value, basis.value) for basis in Basis]


class CapsuleRequestSerializer(StrictSerializer):
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS)
    occasions = serializers.ListField(
        child=TagField(), required=False, max_length=MOST_OCCASIONS, help_text="as items are tagged: office, party"
    )
    max_items = serializers.IntegerField(min_value=1, max_value=MOST_ITEMS, default=USUAL_ITEMS)
    aim = serializers.ChoiceField(
        ((FEWEST, FEWEST), (MOST, MOST)),
        default=FEWEST,
        help_text="`fewest` items that dress differently every day, or the items that make the `most` outfits",
    )
    season = serializers.ChoiceField(SEASON_CHOICES, required=False)
    must_have = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=MOST_ITEMS)
    leave_out = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=MOST_LEFT_OUT)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        must_have, leave_out = (frozenset(attrs.get(name, ())) for name in ("must_have", "leave_out"))
        if both := sorted(str(pk) for pk in must_have & leave_out):
            raise serializers.ValidationError({"leave_out": [f"also in `must_have`: {', '.join(both)}"]})
        if len(must_have) > attrs["max_items"]:
            raise serializers.ValidationError({"max_items": ["fewer than are in `must_have`"]})
        return {**attrs, "must_have": must_have, "leave_out": leave_out}

    def asked(self) -> Asked:
        given = self.validated_data
        return Asked(
            days=given["days"],
            occasions=tuple(given.get("occasions", ())),
            most_items=given["max_items"],
            season=given.get("season", ""),
            must_have=given["must_have"],
            leave_out=given["leave_out"],
            fill=given["aim"] == MOST,
        )


class _OwnItemSerializer(serializers.Serializer[Any]):
    """What a list shows of an item. The context holds the covers by item."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    category = serializers.ChoiceField(CATEGORY_CHOICES)
    thumbnail = serializers.URLField(allow_null=True)

    def shown(self, item: OwnItem) -> dict[str, Any]:
        cover = self.context["covers"].get(item.id)
        return {
            "id": str(item.id),
            "name": item.name,
            "category": item.category.value,
            "thumbnail": links.thumbnail_url(cover.image, self.context.get("request")) if cover else None,
        }


class PackedItemSerializer(_OwnItemSerializer):
    must_have = serializers.BooleanField()
    goes_with = serializers.IntegerField(help_text="how many of the other items share an outfit with it")
    outfits = serializers.IntegerField(help_text="of the capsule, that have it and are lost without it")
    days = serializers.ListField(child=serializers.IntegerField(), help_text="on which it is planned, from 1")
    reason = serializers.CharField()

    def to_representation(self, packed: Packed) -> dict[str, Any]:
        return {
            **self.shown(packed.item),
            "must_have": packed.must_have,
            "goes_with": packed.goes_with,
            "outfits": packed.outfits,
            "days": list(packed.days),
            "reason": packed.reason,
        }


class CapsuleDaySerializer(serializers.Serializer[Any]):
    day = serializers.IntegerField(help_text="from 1")
    items = serializers.ListField(child=serializers.UUIDField())
    score = serializers.FloatField(help_text="how well its pairs go together on average, 0..1; 1 of a dress alone")
    basis = serializers.ListField(
        child=serializers.ChoiceField(_BASIS),
        help_text="what says so: `photographs` of what people wear, rules for `colours`, or `nothing` that is known. "
        "Empty of a dress alone",
    )
    why = serializers.ListField(child=serializers.CharField(), help_text="the reasons, in plain words")
    occasions = serializers.ListField(child=serializers.CharField(), help_text="of those asked for, that it fits")
    again = serializers.BooleanField(help_text="the outfit is planned for an earlier day too")

    def to_representation(self, day: Day) -> dict[str, Any]:
        return {
            "day": day.number,
            "items": [str(item.id) for item in day.items],
            "score": round(day.score, 3),
            "basis": sorted(day.basis),
            "why": list(day.why),
            "occasions": list(day.occasions),
            "again": day.again,
        }


class CapsuleOccasionSerializer(serializers.Serializer[Any]):
    occasion = serializers.CharField()
    covered = serializers.BooleanField()
    fitting = serializers.IntegerField(help_text="items that fit it, packed or not")
    outfits = serializers.IntegerField(help_text="of the capsule, that fit it")
    tagged = serializers.IntegerField(help_text="of these, with an item that is tagged for it")
    days = serializers.ListField(
        child=serializers.IntegerField(), help_text="with an outfit that is tagged for it, or fits it if none is"
    )

    def to_representation(self, figures: OccasionFigures) -> dict[str, Any]:
        return {
            "occasion": figures.occasion,
            "covered": figures.outfits > 0,
            "fitting": figures.fitting,
            "outfits": figures.outfits,
            "tagged": figures.tagged,
            "days": list(figures.days),
        }


class MissingSerializer(serializers.Serializer[Any]):
    obstacle = serializers.ChoiceField([(obstacle.value, obstacle.value) for obstacle in Obstacle])
    says = serializers.CharField()

    def to_representation(self, missing: Missing) -> dict[str, Any]:
        return {"obstacle": missing.obstacle.value, "says": missing.says}


class LookedAtSerializer(serializers.Serializer[Any]):
    looked_at = serializers.IntegerField(help_text="items that were chosen from: all that fit, 300 at most")
    fitting = serializers.IntegerField(help_text="items that fit season and occasions")
    owned = serializers.IntegerField(help_text="items that are not archived")


class CapsuleSerializer(serializers.Serializer[Any]):
    items = PackedItemSerializer(many=True, help_text="those that most outfits need first")
    outfits = serializers.IntegerField(help_text="different ones that the items make")
    bound = serializers.IntegerField(help_text="no choice of as many items makes more outfits than this")
    fewest = serializers.BooleanField(help_text="it is proved that fewer items cannot do the same")
    plan = CapsuleDaySerializer(many=True)
    occasions = CapsuleOccasionSerializer(many=True)
    missing = MissingSerializer(many=True, help_text="what stands in the way of what was asked for")
    chosen_from = LookedAtSerializer()

    def to_representation(self, capsule: Capsule) -> dict[str, Any]:
        return {
            "items": PackedItemSerializer(capsule.items, many=True, context=self.context).data,
            "outfits": capsule.outfits,
            "bound": capsule.bound,
            "fewest": capsule.fewest,
            "plan": CapsuleDaySerializer(capsule.plan, many=True).data,
            "occasions": CapsuleOccasionSerializer(capsule.occasions, many=True).data,
            "missing": MissingSerializer(capsule.missing, many=True).data,
            "chosen_from": {
                "looked_at": capsule.looked_at,
                "fitting": capsule.fitting,
                "owned": self.context["owned"],
            },
        }


class VersatilityParameters(StrictSerializer):
    """What may stand behind the `?`."""

    verdict = serializers.ChoiceField([(verdict.value, verdict.value) for verdict in Verdict], required=False)
    ordering = serializers.ChoiceField(
        [(name, name) for name in ("-formulas", "formulas", "-idle_days")], default="-formulas"
    )
    limit = serializers.IntegerField(min_value=1, max_value=MOST_READ, default=100)


class VersatileItemSerializer(_OwnItemSerializer):
    favourite = serializers.BooleanField()
    formulas = serializers.IntegerField(help_text="outfits of own items that it is in")
    wears = serializers.IntegerField()
    last_worn_on = serializers.DateField(allow_null=True)
    idle_days = serializers.IntegerField(help_text="since it was last worn, or came into the wardrobe")
    price = serializers.DecimalField(10, 2, allow_null=True)
    currency = serializers.CharField(allow_null=True)
    cost_per_wear = serializers.DecimalField(10, 2, allow_null=True)
    verdict = serializers.ChoiceField([(verdict.value, verdict.value) for verdict in Verdict])
    reason = serializers.CharField()

    def to_representation(self, one: Versatile) -> dict[str, Any]:
        item = one.item
        return {
            **self.shown(item),
            "favourite": item.favourite,
            "formulas": one.formulas,
            "wears": item.wears,
            "last_worn_on": item.last_worn_on.isoformat() if item.last_worn_on else None,
            "idle_days": one.idle_days,
            "price": None if item.price is None else f"{item.price:.2f}",
            "currency": item.currency or None,
            "cost_per_wear": None if item.cost_per_wear is None else f"{item.cost_per_wear:.2f}",
            "verdict": one.verdict.value,
            "reason": one.reason,
        }


class VerdictsSerializer(serializers.Serializer[Any]):
    keep = serializers.IntegerField()
    wear_more = serializers.IntegerField()
    let_go = serializers.IntegerField()
    unknown = serializers.IntegerField()


class VersatilitySerializer(serializers.Serializer[Any]):
    items = serializers.IntegerField(help_text="that were looked at: all that are not archived, 2,000 at most")
    owned = serializers.IntegerField(help_text="items that are not archived")
    formulas = serializers.IntegerField(help_text="outfits that they make")
    basis = serializers.ListField(
        child=serializers.ChoiceField(_BASIS), help_text="what says of any two of them how well they go together"
    )
    verdicts = VerdictsSerializer(help_text="how many items each was given")
    results = VersatileItemSerializer(many=True)
