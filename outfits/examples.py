"""What the API's page shows: a jacket over trousers."""

from __future__ import annotations

from typing import Any

from wardrobe.examples import ITEM, ITEM_BODY, OTHER_ITEM

OUTFIT = "7d1b9e30-4c2f-4f7a-8e55-3a90c6b1d2e4"
COPY = "0f6a2c81-93de-4b17-a4c6-5e8d7b3f1a90"
_TOKEN = "68f1a2b3.7hYk"  # noqa: S105  # of an example

PIECES: list[dict[str, Any]] = [
    {
        "item": OTHER_ITEM,
        "name": "grey trousers",
        "category": "trousers",
        "archived": False,
        "cover": None,
        "x": 0.03,
        "y": 0.15875,
        "width": 0.455,
        "height": 0.6825,
        "rotation": 0.0,
        "layer": 0,
    },
    {
        "item": ITEM,
        "name": "navy jacket",
        "category": "outerwear",
        "archived": False,
        "cover": ITEM_BODY["cover"],
        "x": 0.515,
        "y": 0.30094,
        "width": 0.455,
        "height": 0.39812,
        "rotation": 0.0,
        "layer": 1,
    },
]

OUTFIT_BODY: dict[str, Any] = {
    "id": OUTFIT,
    "name": "Mondays",
    "occasion": "office",
    "seasons": ["spring", "autumn"],
    "notes": "with the brown shoes",
    "items": PIECES,
    "cover": f"https://wardrobe.example.org/api/v1/outfits/{OUTFIT}/cover/?v=5c1de9a0&token={_TOKEN}",
    "wears": 7,
    "last_worn_on": "2025-11-17",
    "created_at": "2025-11-20T08:15:30Z",
    "updated_at": "2025-11-20T08:15:30Z",
}
OUTFIT_MADE = {**OUTFIT_BODY, "cover": None, "wears": 0, "last_worn_on": None}
OUTFIT_COPY = {**OUTFIT_BODY, "id": COPY, "name": "Mondays (copy)", "cover": None}
WORN = {"day": "2025-11-20", "items": [OTHER_ITEM, ITEM], "new": [OTHER_ITEM], "wears": 8, "last_worn_on": "2025-11-20"}
