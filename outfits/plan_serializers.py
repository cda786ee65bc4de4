"""Plans and the address of their feed as JSON, both ways."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from rest_framework import serializers

from images.models import CATEGORY_CHOICES
from outfits import calendar_links, links
from outfits.cover_parts import shown_by
from outfits.models import CalendarLink, Outfit, Piece
from outfits.plan_selectors import PlanView
from outfits.planning import FURTHEST, Change, is_plannable
from outfits.repeats import Kind, Repeat
from rest.serializers import StrictSerializer
from wardrobe.serializers import ItemPictureSerializer
from wardrobe.wearing import today

LONGEST_NOTES: Final = 2_000
MOST_DAYS: Final = 400
DAYS_SHOWN: Final = 30
REPEAT_DAYS: Final = 7
MOST_REPEAT_DAYS: Final = 60
KINDS: Final = tuple((kind.value, kind.value) for kind in Kind)
_TIME = serializers.DateTimeField()
_OF_A_DAY = f"from 1970-01-01 to {FURTHEST.days} days ahead"


class PlanDayField(serializers.DateField):
    def to_internal_value(self, value: Any) -> date:
        day = super().to_internal_value(value)
        if not is_plannable(day):
            raise serializers.ValidationError(f"between 1970-01-01 and {FURTHEST.days} days ahead")
        return day


class PlanCreationSerializer(StrictSerializer):
    outfit = serializers.UUIDField()
    day = PlanDayField(help_text=_OF_A_DAY)
    notes = serializers.CharField(required=False, max_length=LONGEST_NOTES, allow_blank=True, default="")


class PlanChangeSerializer(StrictSerializer):
    """Only what is given is changed."""

    outfit = serializers.UUIDField(required=False)
    day = PlanDayField(required=False, help_text=_OF_A_DAY)
    notes = serializers.CharField(required=False, max_length=LONGEST_NOTES, allow_blank=True)

    def change(self) -> Change:
        return Change(**self.validated_data)


class RepeatParameters(StrictSerializer):
    """What may stand behind the `?` wherever a plan is answered."""

    repeat_days = serializers.IntegerField(
        min_value=0,
        max_value=MOST_REPEAT_DAYS,
        default=REPEAT_DAYS,
        help_text="how many days before and after a plan `repeats` looks; 0: other plans of the same day alone",
    )


class PlanParameters(RepeatParameters):
    """What may stand behind the `?` of the list."""

    to = PlanDayField(
        required=False, help_text=f"the last day, {DAYS_SHOWN} days after `from` unless given, {MOST_DAYS} at most"
    )
    cursor = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, Any]:
        # Not a name that Python has for an attribute.
        return {"from": PlanDayField(required=False, help_text="the first day; today in UTC"), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        first = attrs.setdefault("from", today())
        last = attrs.setdefault("to", first + timedelta(days=DAYS_SHOWN))
        if not 0 <= (last - first).days <= MOST_DAYS:
            raise serializers.ValidationError({"to": [f"from 0 to {MOST_DAYS} days after `from`"]})
        return attrs


class RenewalSerializer(StrictSerializer):
    renew = serializers.BooleanField(default=False, help_text="a new address; the one that is there ends")


class PlanItemSerializer(serializers.Serializer[Any]):
    """An item of the outfit, without its place on the canvas."""

    item = serializers.UUIDField()
    name = serializers.CharField()
    category = serializers.ChoiceField(CATEGORY_CHOICES)
    archived = serializers.BooleanField(help_text="it is worn no more")
    cover = ItemPictureSerializer(allow_null=True, help_text="the item's; null once its photographs are erased")

    def to_representation(self, piece: Piece) -> dict[str, Any]:
        item, picture = piece.item, shown_by(piece.item)
        return {
            "item": str(item.pk),
            "name": item.name,
            "category": item.category,
            "archived": item.archived_at is not None,
            "cover": ItemPictureSerializer(context=self.context).to_representation(picture) if picture else None,
        }


class PlanOutfitSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    occasion = serializers.CharField()
    cover = serializers.URLField(allow_null=True, help_text="a WebP of 600 × 800 pixels; null until it is there")
    items = PlanItemSerializer(many=True, help_text="from the lowest layer to the topmost")

    def to_representation(self, outfit: Outfit) -> dict[str, Any]:
        return {
            "id": str(outfit.pk),
            "name": outfit.name,
            "occasion": outfit.occasion,
            "cover": links.cover_url(outfit, self.context.get("request")),
            "items": PlanItemSerializer(outfit.pieces.all(), many=True, context=self.context).data,
        }


class RepeatSerializer(serializers.Serializer[Any]):
    item = serializers.UUIDField(allow_null=True, help_text="null: the whole outfit")
    name = serializers.CharField(help_text="of the item, or of the outfit; empty where it has none")
    kind = serializers.ChoiceField(KINDS)
    day = serializers.DateField()
    days_apart = serializers.IntegerField(help_text="from the plan's day to that day; negative before it")
    text = serializers.CharField(help_text="to be read after the item's name; of a whole outfit a sentence of its own")

    def to_representation(self, repeat: Repeat) -> dict[str, Any]:
        return {
            "item": str(repeat.item) if repeat.item else None,
            "name": self.context["names"][repeat.item],
            "kind": repeat.kind.value,
            "day": repeat.day.isoformat(),
            "days_apart": repeat.days_apart,
            "text": repeat.text,
        }


class PlanSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    day = serializers.DateField()
    notes = serializers.CharField()
    outfit = PlanOutfitSerializer()
    worn = serializers.BooleanField(help_text="whether all items of the outfit are logged as worn on the day")
    repeats = RepeatSerializer(many=True, help_text="what is worn or planned again within `repeat_days`, nearest first")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def to_representation(self, view: PlanView) -> dict[str, Any]:
        plan, outfit = view.plan, view.plan.outfit
        names: dict[UUID | None, str] = {
            None: outfit.name,
            **{piece.item_id: piece.item.name for piece in outfit.pieces.all()},
        }
        return {
            "id": str(plan.pk),
            "day": plan.day.isoformat(),
            "notes": plan.notes,
            "outfit": PlanOutfitSerializer(outfit, context=self.context).data,
            "worn": view.worn,
            "repeats": RepeatSerializer(view.repeats, many=True, context={"names": names}).data,
            "created_at": _TIME.to_representation(plan.created_at),
            "updated_at": _TIME.to_representation(plan.updated_at),
        }


class CalendarLinkSerializer(serializers.Serializer[Any]):
    url = serializers.URLField(help_text="whoever has it reads the calendar, without signing in")
    webcal = serializers.URLField(help_text="the same; a phone that opens it offers to subscribe")
    created_at = serializers.DateTimeField()

    def to_representation(self, link: CalendarLink) -> dict[str, Any]:
        url = calendar_links.feed_url(link, self.context["request"])
        return {
            "url": url,
            "webcal": f"webcal:{url.partition(':')[2]}",
            "created_at": _TIME.to_representation(link.created_at),
        }
