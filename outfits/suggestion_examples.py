"""What the API's page shows: what goes with a navy coat."""

from __future__ import annotations

from typing import Any

from catalog.examples import PHOTO, PRODUCT_SUMMARY
from images.examples import SUMMARY, shown_to_all
from wardrobe import examples as wardrobe

_FOUND = wardrobe.UPLOAD_READY["pictures"][0]["garments"][0]
_GARMENT = {name: value for name, value in _FOUND.items() if name != "item"}
_TROUSERS: dict[str, Any] = {
    **_GARMENT,
    "category": "trousers",
    "colours": [{"name": "blue", "hex": "#467cb0", "share": 0.88}],
    "labels": {"garment_length": {"value": "long", "confidence": 0.93}},
}
_FIT: dict[str, Any] = {
    "item": wardrobe.OTHER_ITEM,
    "name": "grey trousers",
    "category": "trousers",
    "picture": None,
    "similarity": 0.41,
    "colour_delta_e": 27.3,
    "fits": False,
}
_OFFER: dict[str, Any] = {
    "product": {**PRODUCT_SUMMARY, "category": "trousers", "title": "Straight jeans", "sku": "NF-1180-BLUE"},
    "image": shown_to_all(SUMMARY, "product"),
    "garment": wardrobe.SECOND,
}

SUGGESTIONS: dict[str, Any] = {
    "garment": wardrobe.GARMENT,
    "photographs": 62,
    "reason": None,
    "results": [
        {
            "id": f"{wardrobe.GARMENT}.5f0c7a41be229d83",
            "title": "blue trousers",
            "parts": [
                {
                    "category": "trousers",
                    "colour": "blue",
                    "title": "blue trousers",
                    "garment": _TROUSERS,
                    "image": shown_to_all(SUMMARY, "photo"),
                    "colours": _TROUSERS["colours"],
                    "labels": {"garment_length": {"value": "long", "confidence": 0.86}},
                    "own_items": [_FIT],
                    "products": [_OFFER],
                }
            ],
            "support": 17,
            "photos_count": 17,
            "confidence": 0.2742,
            "confidence_low": 0.1927,
            "lift": 1.612,
            "wearable": {
                "owned": 1,
                "of": 2,
                "missing": ["blue trousers"],
                "text": "you can wear 1 of 2 parts of this today; missing: blue trousers",
            },
        }
    ],
}

NONE: dict[str, Any] = {
    "garment": wardrobe.GARMENT,
    "photographs": 0,
    "reason": "no_similar_photographs",
    "results": [],
}

PHOTOS: dict[str, Any] = {"next": 1, "results": [{"photo": PHOTO, "garments": [_TROUSERS]}]}

COMPLETION: dict[str, Any] = {
    "photo": PHOTO,
    "coverage": 50,
    "people": [
        {
            "coverage": 50,
            "missing": ["blue trousers"],
            "garments": [
                {
                    "garment": _GARMENT,
                    "owned": True,
                    "own_items": [
                        {
                            **_FIT,
                            "item": wardrobe.ITEM,
                            "name": "navy jacket",
                            "category": "outerwear",
                            "similarity": 0.74,
                            "colour_delta_e": 4.2,
                            "fits": True,
                        }
                    ],
                    "products": [],
                },
                {"garment": _TROUSERS, "owned": False, "own_items": [_FIT], "products": [_OFFER]},
            ],
        }
    ],
}
