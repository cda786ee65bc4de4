"""Suggestions and completed photographs as the API says them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request

from catalog.liking import Liked, liked_among
from catalog.serializers import ProductSummarySerializer
from images.models import Garment
from images.serializers import GarmentSerializer, ImageSummarySerializer
from mlcore.types import Category
from outfits.dressing import Choice, Dressed
from outfits.suggesting import Suggested, part_key
from outfits.suggestions import Part, Suggestion
from wardrobe.naming import suggested_name
from wardrobe.serializers import ItemPictureSerializer


class Answering:
    """For one request; what its user likes is asked once."""

    def __init__(self, request: Request, dressed: Dressed) -> None:
        self._dressed = dressed
        products = [offer.product for choice in dressed.choices.values() for offer in choice.offers]
        liked: Liked | None = liked_among(request.user, products)
        self._context = {"request": request, "liked": liked}

    def formula(self, one: Suggestion, suggested: Suggested, *, asked_is_own: bool) -> dict[str, Any]:
        choices = [self._dressed.choices[part_key(part)] for part in one.parts]
        missing = [part.title for part, choice in zip(one.parts, choices, strict=True) if not choice.owned]
        owned = len(one.parts) - len(missing) + asked_is_own
        return {
            "title": one.title,
            "parts": [self._part(part, c, suggested) for part, c in zip(one.parts, choices, strict=True)],
            "support": one.support,
            "photos_count": one.support,
            "confidence": round(one.confidence, 4),
            "confidence_low": round(one.confidence_low, 4),
            "lift": None if one.lift is None else round(one.lift, 3),
            "wearable": {
                "owned": owned,
                "of": len(one.parts) + 1,
                "missing": missing,
                "text": _said(owned, len(one.parts) + 1, missing),
            },
        }

    def person(self, garments: Sequence[Garment]) -> dict[str, Any]:
        worn = [(garment, self._dressed.choices[str(garment.uid)]) for garment in garments]
        missing = [
            suggested_name(Category(garment.category), garment.colours[:1], garment.labels)
            for garment, choice in worn
            if not choice.owned
        ]
        return {
            "coverage": round(100 * (len(worn) - len(missing)) / len(worn)),
            "missing": missing,
            "garments": [
                {"garment": self._garment(garment), "owned": choice.owned, **self._choice(choice)}
                for garment, choice in worn
            ],
        }

    def _part(self, part: Part, choice: Choice, suggested: Suggested) -> dict[str, Any]:
        example = suggested.garments[part.example]
        return {
            "category": part.category.value,
            "colour": part.colour,
            "title": part.title,
            "garment": self._garment(example),
            "image": ImageSummarySerializer(example.image, context=self._context).data,
            "colours": example.colours,
            "labels": part.labels,
            **self._choice(choice),
        }

    def _choice(self, choice: Choice) -> dict[str, Any]:
        return {
            "own_items": [
                {
                    "item": str(fit.item),
                    "name": item.name,
                    "category": item.category,
                    "picture": self._picture(item),
                    "similarity": fit.similarity,
                    "colour_delta_e": fit.colour_delta_e,
                    "fits": fit.fits,
                }
                for fit in choice.fits
                for item in [self._dressed.items[fit.item]]
            ],
            "products": [
                {
                    "product": ProductSummarySerializer(offer.product, context=self._context).data,
                    "image": ImageSummarySerializer(offer.garment.image, context=self._context).data,
                    "garment": str(offer.garment.uid),
                }
                for offer in choice.offers
            ],
        }

    def _picture(self, item: Any) -> Any:
        cover = next(iter(item.covers), None)
        return None if cover is None else ItemPictureSerializer(cover, context=self._context).data

    def _garment(self, garment: Garment) -> Any:
        return GarmentSerializer(garment, context=self._context).data


def _said(owned: int, of: int, missing: Sequence[str]) -> str:
    if not missing and owned == of:
        return "you can wear all of this today"
    if not missing:
        return f"you have all {of - 1} parts that go with it"
    return f"you can wear {owned} of {of} parts of this today; missing: {', '.join(missing)}"
