"""What the API's page shows of the calendar: a navy jacket that was worn two days before."""

from __future__ import annotations

from typing import Any

from outfits import examples
from wardrobe.examples import ITEM

PLAN = "6e0b7c92-3f4d-4a1b-8c5e-9d2f7a6b1c77"

PLAN_BODY: dict[str, Any] = {
    "id": PLAN,
    "day": "2025-11-21",
    "notes": "dinner with Kim",
    "outfit": {
        **{name: examples.OUTFIT_BODY[name] for name in ("id", "name", "occasion", "cover")},
        "items": [
            {name: piece[name] for name in ("item", "name", "category", "archived", "cover")}
            for piece in examples.PIECES
        ],
    },
    "worn": False,
    "repeats": [
        {
            "item": ITEM,
            "name": "navy jacket",
            "kind": "worn",
            "day": "2025-11-19",
            "days_apart": -2,
            "text": "worn 2 days before",
        },
        {
            "item": None,
            "name": examples.OUTFIT_BODY["name"],
            "kind": "planned",
            "day": "2025-11-28",
            "days_apart": 7,
            "text": "the whole outfit is planned again 7 days later",
        },
    ],
    "created_at": "2025-11-20T08:15:30Z",
    "updated_at": "2025-11-20T08:15:30Z",
}
WORN_BODY: dict[str, Any] = {**PLAN_BODY, "worn": True}

_FEED = "wardrobe.example.org/api/v1/calendars/17.6rXlJm1Z0o3q8V7c2Tt4xWbKy5dNfHgPzAeSiRuMvQk.ics"
LINK_BODY: dict[str, Any] = {
    "url": f"https://{_FEED}",
    "webcal": f"webcal://{_FEED}",
    "created_at": "2025-11-20T08:15:30Z",
}
