"""A search as JSON, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Photo, Product
from catalog.serializers import PhotoSummarySerializer, ProductSummarySerializer, TextField
from images.models import CATEGORY_CHOICES
from images.serializers import BoxSerializer, GarmentSerializer, ImageSummarySerializer, QueryGarmentSerializer
from mlcore.index.base import Range
from mlcore.labels import LABELS
from mlcore.types import Box, Category
from rest.serializers import StrictSerializer
from search.filters import JUST_SIMILAR, AsInPicture, Filters, colour
from search.models import Search
from search.query import Target, Wish
from search.services import Answer, Found, Page, Result

MAX_RESULTS = 100
MAX_TOLERANCE = 50.0
MAX_PRICE = 10**8
FILTERS = (
    "colour", "colour_tolerance", "match_colour", "match_labels", *LABELS, "price_min", "price_max", "in_stock", "q",
)  # fmt: skip


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
class OneOfField(serializers.Field[Any, Any, Any, Any]):
    """One of a few words, or several as alternatives: `"long"`, `"long,short"` or `["long", "short"]`."""

    default_error_messages = {"invalid": "words out of: {words}"}  # noqa: RUF012

    def __init__(self, words: tuple[str, ...], **kwargs: Any) -> None:
        self.words = words
        super().__init__(**{"help_text": ", ".join(words), **kwargs})

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        given = data.split(",") if isinstance(data, str) else data
        if not isinstance(given, list) or not given or not all(isinstance(word, str) for word in given):
            self.fail("invalid", words=", ".join(self.words))
        found = tuple(dict.fromkeys(word.strip() for word in given))
        if not set(found) <= set(self.words):
            self.fail("invalid", words=", ".join(self.words))
        return found

    def to_representation(self, value: Any) -> Any:
        return list(value)


class WishSerializer(StrictSerializer):
    """What is wanted. All filters that are given must hold; docs/search.md says what is dropped when nothing fits."""

    target = serializers.ChoiceField([(t.value, t.value) for t in Target], default=Target.PRODUCTS.value)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_RESULTS, default=20)
    category = serializers.ChoiceField(CATEGORY_CHOICES, required=False)
    colour = serializers.CharField(required=False, max_length=40, help_text="`#rrggbb`, or a name of the palette")
    colour_tolerance = serializers.FloatField(
        required=False, min_value=0.5, max_value=MAX_TOLERANCE, help_text=f"ΔE2000, {JUST_SIMILAR:g} by default"
    )
    match_colour = serializers.BooleanField(default=False, help_text="of the colour that the searched garment has")
    match_labels = OneOfField(tuple(LABELS), required=False, help_text="these labels as the searched garment has them")
    sleeve_length = OneOfField(LABELS["sleeve_length"], required=False)
    garment_length = OneOfField(LABELS["garment_length"], required=False)
    collar_style = OneOfField(LABELS["collar_style"], required=False)
    pattern = OneOfField(LABELS["pattern"], required=False)
    price_min = serializers.FloatField(required=False, min_value=0, max_value=MAX_PRICE)
    price_max = serializers.FloatField(required=False, min_value=0, max_value=MAX_PRICE)
    in_stock = serializers.BooleanField(required=False, allow_null=True, default=None)
    q = TextField(required=False, help_text="words of the product's title, brand or description")

    def validate_category(self, value: str) -> Category:
        return Category(value)

    def validate_target(self, value: str) -> Target:
        return Target(value)

    def validate_colour(self, value: str) -> str:
        try:
            colour(value, None)
        except ValueError as error:
            raise serializers.ValidationError("neither #rrggbb nor a colour's name") from error
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        errors = {}
        if attrs.get("price_min", 0) > attrs.get("price_max", MAX_PRICE):
            errors["price_min"] = ["more than price_max"]
        if attrs["match_colour"] and "colour" in attrs:
            errors["match_colour"] = ["give either `colour` or `match_colour`"]
        if "colour_tolerance" in attrs and not (attrs["match_colour"] or "colour" in attrs):
            errors["colour_tolerance"] = ["goes with `colour` or `match_colour`"]
        if both := [name for name in attrs.get("match_labels", ()) if name in attrs]:
            errors["match_labels"] = [f"{name} is given as well" for name in both]
        if attrs["target"] is Target.PHOTOS:
            errors |= {
                name: ["photographs have none; target=products"]
                for name in ("q", "price_min", "price_max")
                if name in attrs
            }
            if attrs["in_stock"] is not None:
                errors["in_stock"] = ["photographs have none; target=products"]
        if errors:
            raise serializers.ValidationError(errors)
        return attrs

    def wish(self) -> Wish:
        given = self.validated_data
        tolerance = given.get("colour_tolerance")
        priced = "price_min" in given or "price_max" in given
        filters = Filters(
            colour=colour(given["colour"], tolerance) if "colour" in given else None,
            labels={name: given[name] for name in LABELS if name in given},
            price=Range(given.get("price_min", 0.0), given.get("price_max", float("inf"))) if priced else None,
            in_stock=given["in_stock"],
            text=given.get("q", ""),
        )
        as_in_picture = AsInPicture(
            tolerance=(tolerance or JUST_SIMILAR) if given["match_colour"] else None,
            labels=given.get("match_labels", ()),
        )
        asked = {name: given[name] for name in FILTERS if given.get(name) is not None}
        if not given["match_colour"]:
            del asked["match_colour"]
        return Wish(given["target"], given["limit"], given.get("category"), filters, as_in_picture, asked)


class PictureQuerySerializer(WishSerializer):
    """A photograph to search with."""

    image = serializers.FileField()
    garments = serializers.ChoiceField([("all", "all")], required=False, help_text="search with every garment of it")


class GarmentQuerySerializer(WishSerializer):
    """A stored garment; or a stored picture, with or without a box drawn in it; or neither: colour and labels alone."""

    garment = serializers.UUIDField(required=False)
    image = serializers.UUIDField(required=False)
    box = BoxSerializer(required=False)
    garments = serializers.ChoiceField([("all", "all")], required=False, help_text="with `image`: every garment of it")

    def validate_box(self, value: dict[str, float]) -> Box:
        return Box(**value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if "garment" in attrs and "image" in attrs:
            raise serializers.ValidationError("give either `garment` or `image`")
        if "box" in attrs and "image" not in attrs:
            raise serializers.ValidationError({"box": ["a box goes with `image`"]})
        if "garments" in attrs and ("image" not in attrs or "box" in attrs):
            raise serializers.ValidationError({"garments": ["goes with `image`, without a box"]})
        if "garment" not in attrs and "image" not in attrs:
            self._check_words(attrs)
        return attrs

    @staticmethod
    def _check_words(attrs: dict[str, Any]) -> None:
        for name in ("match_colour", "match_labels"):
            if attrs.get(name):
                raise serializers.ValidationError({name: ["there is no picture to match; give `garment` or `image`"]})
        if not any(attrs.get(name) for name in ("category", "colour", "q", *LABELS)):
            raise serializers.ValidationError(
                "give a `garment` or an `image` to search with, or at least a category, a colour, a label or `q`"
            )


class MatchSerializer(serializers.Serializer[Any]):
    similarity = serializers.FloatField(allow_null=True)
    colour_delta_e = serializers.FloatField(allow_null=True)
    labels_agree = serializers.ListField(child=serializers.CharField())
    labels_differ = serializers.ListField(child=serializers.CharField())
    quality = serializers.FloatField()
    rank_before = serializers.IntegerField()


class ResultSerializer(serializers.Serializer[Any]):
    score = serializers.FloatField()
    garment = GarmentSerializer()
    image = ImageSummarySerializer()
    product = ProductSummarySerializer(required=False)
    photo = PhotoSummarySerializer(required=False)
    match = MatchSerializer()

    def to_representation(self, result: Result) -> dict[str, Any]:
        candidate = result.candidate
        return {
            "score": candidate.ranked.score,
            "garment": GarmentSerializer(candidate.garment, context=self.context).data,
            "image": ImageSummarySerializer(candidate.garment.image, context=self.context).data,
            **_shown(candidate.shown, self.context),
            "match": asdict(result.match),
        }


class QueryAnswerSerializer(serializers.Serializer[Any]):
    image = serializers.UUIDField(allow_null=True)
    garments = GarmentSerializer(many=True)
    garment = QueryGarmentSerializer(allow_null=True)


class TimingsSerializer(serializers.Serializer[Any]):
    analyse = serializers.FloatField()
    search = serializers.FloatField()
    total = serializers.FloatField()


class PageSerializer(serializers.Serializer[Any]):
    """A further page of a result set."""

    results = ResultSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="for GET search/pages/{next}/")

    def to_representation(self, page: Page) -> dict[str, Any]:
        return {"results": ResultSerializer(page.results, many=True, context=self.context).data, "next": page.next}


class GroupSerializer(PageSerializer):
    """What was found for one garment of the picture."""

    garment = GarmentSerializer()
    dropped_filters = serializers.ListField(child=serializers.CharField())

    def to_representation(self, found: Found) -> dict[str, Any]:  # type: ignore[override]
        return {
            "garment": _garment(found, self.context),
            **super().to_representation(found.page),
            "dropped_filters": list(found.dropped_filters),
        }


class AnswerSerializer(PageSerializer):
    """`garments=all`: `groups` holds the results of each garment, and the fields of the single search those of the
    first."""

    query = QueryAnswerSerializer()
    dropped_filters = serializers.ListField(child=serializers.CharField())
    groups = GroupSerializer(many=True, required=False)
    timings_ms = TimingsSerializer()

    def to_representation(self, answer: Answer) -> dict[str, Any]:  # type: ignore[override]
        first = answer.found[0]
        body = {
            "query": {
                "image": str(answer.image.pk) if answer.image else None,
                "garments": GarmentSerializer(answer.garments, many=True, context=self.context).data,
                "garment": _garment(first, self.context),
            },
            **super().to_representation(first.page),
            "dropped_filters": list(first.dropped_filters),
            "timings_ms": answer.timings_ms,
        }
        if self.context.get("every"):
            body["groups"] = GroupSerializer(answer.found, many=True, context=self.context).data
        return body


class SearchedGarmentSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(
        allow_null=True, help_text="to search again; null once its picture is erased or no longer shown to you"
    )
    category = serializers.CharField()
    colours = serializers.ListField(child=serializers.DictField())
    labels = serializers.DictField()


class SearchSerializer(serializers.Serializer[Any]):
    """One line of the history."""

    id = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    target = serializers.CharField()
    category = serializers.CharField(allow_null=True)
    filters = serializers.DictField()
    garment = SearchedGarmentSerializer(allow_null=True)
    image = ImageSummarySerializer(allow_null=True)

    def to_representation(self, search: Search) -> dict[str, Any]:
        # Its address carries a token: whoever may not see the picture any more must not be given it.
        shown = search.image if search.readable else None  # type: ignore[attr-defined]  # history.of
        garment = {
            "id": str(search.garment.uid) if shown and search.garment else None,
            "category": search.category,
            "colours": search.colours,
            "labels": search.labels,
        }
        return {
            "id": search.pk,
            "created_at": serializers.DateTimeField().to_representation(search.created_at),
            "target": search.target,
            "category": search.category or None,
            "filters": search.filters,
            "garment": garment if search.vector else None,
            "image": ImageSummarySerializer(shown, context=self.context).data if shown else None,
        }


def _garment(found: Found, context: Mapping[str, Any]) -> dict[str, Any] | None:
    if found.garment is None:
        return None
    data: dict[str, Any] = GarmentSerializer(found.garment, context=dict(context)).data
    return data if found.garment.pk is not None else {**data, "id": None}  # drawn by hand, not stored


def _shown(shown: Product | Photo, context: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(shown, Product):
        return {"product": ProductSummarySerializer(shown, context=dict(context)).data}
    return {"photo": PhotoSummarySerializer(shown, context=dict(context)).data}
