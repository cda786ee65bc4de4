"""The feed, what users say of it, and their taste as JSON, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from catalog.serializers import PhotoSerializer
from images import links
from images.models import CATEGORY_CHOICES, Garment
from images.serializers import BoxSerializer
from recommendations.models import OLDEST_EVENT, Event, HiddenPhotographer, Signal
from recommendations.ranking import Weights
from recommendations.series import Row
from recommendations.services import OBSERVED, Seen
from recommendations.taste import SIGNALS, Away, Kind, Medoid, Origin, Taste
from recommendations.wording import KINDS, Said
from rest.serializers import StrictSerializer

LARGEST_ID = 2**63 - 1  # of the column; a larger number is nobody's id
MOST_EVENTS = 100
LONGEST_VIEW_S = 86_400
FAST_CLOCK = timedelta(minutes=5)  # of a phone
FEEDBACK = (Signal.MORE, Signal.LESS, Signal.WRONG_COLOUR, Signal.HIDE, Signal.HIDE_PHOTOGRAPHER)
OF_A_GARMENT = (Signal.MORE, Signal.LESS, Signal.WRONG_COLOUR)
_TIME = serializers.DateTimeField()


# What is sent --------------------------------------------------------------------------------------------------------


class FeedParameters(StrictSerializer):
    """What may stand behind the `?` of the feed."""

    limit = serializers.IntegerField(min_value=1, max_value=50, default=20)
    cursor = serializers.CharField(required=False, max_length=40, help_text="of a `next`; kept for 15 minutes")


class FeedbackSerializer(StrictSerializer):
    signal = serializers.ChoiceField([(signal.value, signal.label) for signal in FEEDBACK])
    category = serializers.ChoiceField(
        CATEGORY_CHOICES, required=False, help_text="the garment that is meant; all of them without it"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "category" in attrs and attrs["signal"] not in OF_A_GARMENT:
            raise serializers.ValidationError({"category": ["goes with `more`, `less` and `wrong_colour`"]})
        return attrs


class EventSerializer(StrictSerializer):
    photo = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    signal = serializers.ChoiceField([(signal.value, signal.label) for signal in OBSERVED])
    seconds = serializers.FloatField(
        required=False,
        min_value=0,
        max_value=LONGEST_VIEW_S,
        help_text="for how long it was looked at; goes with `view`. Under 2 it does not count",
    )
    at = serializers.DateTimeField(required=False, help_text="within the last seven days; now, if not given")

    def validate_at(self, value: datetime) -> datetime:
        now = timezone.now()
        if not now - OLDEST_EVENT <= value <= now + FAST_CLOCK:
            raise serializers.ValidationError("not within the last seven days")
        return min(value, now)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "seconds" in attrs and attrs["signal"] != Signal.VIEW:
            raise serializers.ValidationError({"seconds": ["goes with `view`"]})
        return attrs


class EventsSerializer(StrictSerializer):
    events = serializers.ListField(child=EventSerializer(), min_length=1, max_length=MOST_EVENTS)

    def seen(self) -> list[Seen]:
        now = timezone.now()
        return [
            Seen(one["photo"], Signal(one["signal"]), one.get("at", now), one.get("seconds"))
            for one in self.validated_data["events"]
        ]


class TasteChangeSerializer(StrictSerializer):
    personal = serializers.BooleanField()


# What is answered ----------------------------------------------------------------------------------------------------


class RecordedSerializer(serializers.Serializer[Any]):
    recorded = serializers.IntegerField(help_text="how many were new and count")


class SourceSerializer(serializers.Serializer[Any]):
    """The thing of yours that a reason names; one of the four."""

    photo = serializers.IntegerField(allow_null=True, help_text="one that you liked, opened, looked at or spoke of")
    product = serializers.IntegerField(allow_null=True, help_text="one that you liked")
    search = serializers.IntegerField(allow_null=True, help_text="of your history")
    item = serializers.UUIDField(allow_null=True, help_text="of your wardrobe")


class ReasonSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField([(kind, kind) for kind in KINDS])
    source = SourceSerializer(allow_null=True, help_text="null: it is popular, fresh, or different")  # type: ignore[assignment]
    similarity = serializers.FloatField(
        allow_null=True, help_text="cosine of a garment in the photograph to the source's; null: nothing is compared"
    )
    text = serializers.CharField()

    def to_representation(self, said: Said) -> dict[str, Any]:
        things = {"photo": said.photo, "product": said.product, "search": said.search, "item": said.item}
        named = any(thing is not None for thing in things.values())
        return {
            "kind": said.kind,
            "source": {**things, "item": str(said.item) if said.item else None} if named else None,
            "similarity": said.similarity,
            "text": said.text,
        }


class EntrySerializer(serializers.Serializer[Any]):
    photo = PhotoSerializer()
    score = serializers.FloatField(help_text="what the order starts from; the sum of `parts`")
    parts = serializers.DictField(child=serializers.FloatField())
    reasons = ReasonSerializer(many=True)
    seen_before = serializers.BooleanField(help_text="it was shown of late, and nothing new is left")

    def to_representation(self, entry: Any) -> dict[str, Any]:
        """Written out, as it stands 50 times on a page."""
        row: Row = entry.row
        return {
            "photo": PhotoSerializer(entry.photo, context=self.context).data,
            "score": row.score,
            "parts": dict(row.parts),
            "reasons": ReasonSerializer(row.reasons, many=True, context=self.context).data,
            "seen_before": row.seen_before,
        }


class FeedSerializer(serializers.Serializer[Any]):
    results = EntrySerializer(many=True, source="entries")
    next = serializers.URLField(allow_null=True, help_text="of the next page of this series; null: nothing is left")
    all_seen = serializers.BooleanField(help_text="less that is new was left than a page holds")


class ShownGarmentSerializer(serializers.Serializer[Any]):
    """Where the garment is to be seen."""

    id = serializers.UUIDField()
    image = serializers.UUIDField()
    thumbnail = serializers.URLField()
    box = BoxSerializer()

    def to_representation(self, garment: Garment) -> dict[str, Any]:
        return {
            "id": str(garment.uid),
            "image": str(garment.image_id),
            "thumbnail": links.thumbnail_url(garment.image, self.context.get("request")),
            "box": {name: round(getattr(garment, name), 5) for name in ("x", "y", "width", "height")},
        }


class OriginSerializer(serializers.Serializer[Any]):
    """Something you did that made this a part of your taste."""

    kind = serializers.ChoiceField([(kind.value, kind.value) for kind in Kind if SIGNALS[kind].weight > 0])
    source = SourceSerializer()  # type: ignore[assignment]
    weight = serializers.FloatField(help_text="by now; it halves with time, by `signals`")
    similarity = serializers.FloatField(help_text="of what it showed to this garment")

    def to_representation(self, origin: Origin) -> dict[str, Any]:
        thing, _, key = origin.source.partition(":")
        return {
            "kind": origin.kind.value,
            "source": {
                name: (key if name == "item" else int(key)) if name == thing else None
                for name in ("photo", "product", "search", "item")
            },
            "weight": origin.weight,
            "similarity": origin.similarity,
        }


class MedoidSerializer(serializers.Serializer[Any]):
    """A garment that stands for some that you chose."""

    category = serializers.ChoiceField(CATEGORY_CHOICES)
    garment = ShownGarmentSerializer(allow_null=True, help_text="null: what you searched with is gone, or is not shown")
    importance = serializers.FloatField()
    origins = OriginSerializer(many=True, help_text="the heaviest of what it is made of, at most 20")

    def to_representation(self, medoid: Medoid) -> dict[str, Any]:
        return {
            "category": medoid.category.value,
            "garment": _shown(medoid.garment, self.context),
            "importance": round(medoid.importance, 6),
            "origins": OriginSerializer(medoid.origins, many=True).data,
        }


class AwaySerializer(serializers.Serializer[Any]):
    """A garment that you do not want to see the like of."""

    category = serializers.ChoiceField(CATEGORY_CHOICES)
    garment = ShownGarmentSerializer(allow_null=True)
    weight = serializers.FloatField()
    colour = serializers.CharField(allow_null=True, help_text="`#rrggbb`; only in this one. null: in any")

    def to_representation(self, away: Away) -> dict[str, Any]:
        return {
            "category": away.category.value,
            "garment": _shown(away.garment, self.context),
            "weight": away.weight,
            "colour": away.colour or None,
        }


class StrengthSerializer(serializers.Serializer[Any]):
    weight = serializers.FloatField(help_text="on the day; below 0: a dislike")
    half_life_days = serializers.FloatField()


class HiddenPhotographerSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    photographer = serializers.CharField()
    created_at = serializers.DateTimeField()

    def to_representation(self, hidden: HiddenPhotographer) -> dict[str, Any]:
        at = _TIME.to_representation(hidden.created_at)
        return {"id": hidden.pk, "photographer": hidden.photographer, "created_at": at}


class TasteSerializer(serializers.Serializer[Any]):
    """What is known of you, and what it counts."""

    personal = serializers.BooleanField(help_text="false: the feed is what is popular and new, and nothing is stored")
    learnt_from = serializers.DateTimeField(allow_null=True, help_text="what was before does not count; null: all does")
    medoids = MedoidSerializer(many=True)
    away = AwaySerializer(many=True)
    signals = serializers.DictField(child=StrengthSerializer(), help_text="what each thing that you do counts")
    weights = serializers.DictField(child=serializers.FloatField(), help_text="of the parts of a score")
    hidden_photographers = HiddenPhotographerSerializer(many=True)

    def to_representation(self, known: Any) -> dict[str, Any]:
        taste: Taste = known.taste
        context = {**self.context, "garments": known.garments}
        weights: Weights = known.weights
        return {
            "personal": known.personal,
            "learnt_from": _TIME.to_representation(known.learnt_from) if known.learnt_from else None,
            "medoids": MedoidSerializer(taste.medoids, many=True, context=context).data,
            "away": AwaySerializer(taste.away, many=True, context=context).data,
            "signals": {
                kind.value: {"weight": strength.weight, "half_life_days": strength.half_life_days}
                for kind, strength in SIGNALS.items()
            },
            "weights": weights.as_dict(),
            "hidden_photographers": HiddenPhotographerSerializer(known.hidden_photographers, many=True).data,
        }


class HiddenPhotoSerializer(serializers.Serializer[Any]):
    photo = PhotoSerializer()
    created_at = serializers.DateTimeField(help_text="when it was hidden")

    def to_representation(self, event: Event) -> dict[str, Any]:
        return {
            "photo": PhotoSerializer(event.photo, context=self.context).data,
            "created_at": _TIME.to_representation(event.created_at),
        }


def _shown(uid: str, context: Mapping[str, Any]) -> dict[str, Any] | None:
    garment = context["garments"].get(uid)
    if garment is None:
        return None
    data: dict[str, Any] = ShownGarmentSerializer(garment, context=dict(context)).data
    return data
