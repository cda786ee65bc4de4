"""What the API's page shows of recommendations: a photograph of a jacket like one that is owned."""

from __future__ import annotations

from typing import Any

from catalog.examples import PHOTO
from images.examples import GARMENT_BODY, IMAGE, SUMMARY
from recommendations.ranking import DEFAULT_WEIGHTS
from recommendations.taste import SIGNALS

ITEM = "5c7f1e2b-0d3a-4b89-b6a1-7e9d2c4f6a33"
_OF_ITEM = {"photo": None, "product": None, "search": None, "item": ITEM}
_OF_PHOTO = {"photo": 12, "product": None, "search": None, "item": None}
_GARMENT = {"id": GARMENT_BODY["id"], "image": IMAGE, "thumbnail": SUMMARY["thumbnail"], "box": GARMENT_BODY["box"]}

ENTRY: dict[str, Any] = {
    "photo": {**PHOTO, "liked": False},
    "score": 0.914,
    "parts": {
        "similarity": 0.71,
        "quality": 0.074,
        "freshness": 0.02,
        "popularity": 0.06,
        "coverage": 0.05,
        "away": 0.0,
    },
    "reasons": [
        {"kind": "liked", "source": _OF_PHOTO, "similarity": 0.78, "text": "Like a photograph that you liked"},
        {
            "kind": "wearable",
            "source": _OF_ITEM,
            "similarity": 0.69,
            "text": "You could wear this with your navy jacket",
        },
        {"kind": "popular", "source": None, "similarity": None, "text": "Popular at the moment"},
    ],
    "seen_before": False,
}
_NEXT = "https://wardrobe.example.org/api/v1/recommendations/photos/?cursor=9f2c61b07ad44e0f8c3d5b6a7e1f2032.2&limit=20"
FEED: dict[str, Any] = {"results": [ENTRY], "next": _NEXT, "all_seen": False}

EVENTS: dict[str, Any] = {
    "events": [
        {"photo": 17, "signal": "view", "seconds": 4.2, "at": "2026-11-26T08:15:30Z"},
        {"photo": 17, "signal": "click", "at": "2026-11-26T08:15:34Z"},
    ]
}

TASTE: dict[str, Any] = {
    "personal": True,
    "learnt_from": None,
    "medoids": [
        {
            "category": "outerwear",
            "garment": _GARMENT,
            "importance": 1.72,
            "origins": [
                {"kind": "liked", "source": _OF_PHOTO, "weight": 0.96, "similarity": 0.81},
                {"kind": "wardrobe", "source": _OF_ITEM, "weight": 0.76, "similarity": 1.0},
            ],
        }
    ],
    "away": [{"category": "tops", "garment": None, "weight": 0.5, "colour": "#c51928"}],
    "signals": {
        kind.value: {"weight": strength.weight, "half_life_days": strength.half_life_days}
        for kind, strength in SIGNALS.items()
    },
    "weights": DEFAULT_WEIGHTS.as_dict(),
    "hidden_photographers": [{"id": 4, "photographer": "Ada Byron", "created_at": "2026-11-20T08:15:30Z"}],
}
HIDDEN_PHOTO: dict[str, Any] = {"photo": {**PHOTO, "liked": False}, "created_at": "2026-11-20T08:15:30Z"}
