"""What the API's page shows of capsules: five days at work, and out, of six items. The answers are real ones."""

from __future__ import annotations

from typing import Any

from wardrobe.examples import ITEM as JACKET
from wardrobe.examples import ITEM_BODY
from wardrobe.examples import OTHER_ITEM as TROUSERS

SHIRT = "1e9a4c70-5b2d-4f38-9d61-0c7e3b8f2a15"
TOP = "b83f6d21-7c4e-4a90-8f15-6d2e9a0c4b57"
DRESS = "d60b9f34-8e27-4c1a-a5d3-2b7f4e6c9079"
_THUMBNAIL = ITEM_BODY["cover"]["thumbnail"]

REQUEST: dict[str, Any] = {"days": 5, "occasions": ["office", "party"], "max_items": 8, "season": "spring"}


def _item(pk: str, name: str, category: str) -> dict[str, Any]:
    return {"id": pk, "name": name, "category": category, "thumbnail": _THUMBNAIL}


def _packed(item: dict[str, Any], goes_with: int, outfits: int, days: list[int], *more: str) -> dict[str, Any]:
    reason = [f"goes with {goes_with} of the other 4; without it {outfits} of 6 outfits are lost", *more]
    return {
        **item,
        "must_have": False,
        "goes_with": goes_with,
        "outfits": outfits,
        "days": days,
        "reason": "; ".join(reason),
    }


def _day(day: int, items: list[str], occasion: str, *why: str) -> dict[str, Any]:
    return {
        "day": day,
        "items": items,
        "score": 0.75 if why else 1.0,
        "basis": ["colours"] if why else [],
        "why": list(why),
        "occasions": [occasion],
        "again": False,
    }


CAPSULE: dict[str, Any] = {
    "items": [
        _packed(_item(TROUSERS, "grey trousers", "trousers"), 3, 4, [1, 3, 5], "no outfit would be left for office"),
        _packed(_item(JACKET, "navy jacket", "outerwear"), 4, 3, [4, 5]),
        _packed(_item(SHIRT, "white shirt", "tops"), 2, 2, [1, 5]),
        _packed(_item(TOP, "red top", "tops"), 2, 2, [3]),
        _packed(_item(DRESS, "red dress", "dresses"), 1, 2, [2, 4], "no outfit would be left for party"),
    ],
    "outfits": 6,
    "bound": 6,
    "fewest": True,
    "plan": [
        _day(1, [SHIRT, TROUSERS], "office", "white goes with everything"),
        _day(2, [DRESS], "party"),
        _day(3, [TOP, TROUSERS], "office", "grey goes with everything"),
        _day(4, [DRESS, JACKET], "party", "navy goes with everything"),
        _day(5, [SHIRT, TROUSERS, JACKET], "office", "white goes with everything", "grey goes with everything"),
    ],
    "occasions": [
        {"occasion": "office", "covered": True, "fitting": 5, "outfits": 4, "tagged": 4, "days": [1, 3, 5]},
        {"occasion": "party", "covered": True, "fitting": 4, "outfits": 2, "tagged": 2, "days": [2, 4]},
    ],
    "missing": [],
    "chosen_from": {"looked_at": 6, "fitting": 6, "owned": 6},
}

EMPTY: dict[str, Any] = {
    "items": [],
    "outfits": 0,
    "bound": 0,
    "fewest": False,
    "plan": [],
    "occasions": [],
    "missing": [{"obstacle": "empty_wardrobe", "says": "there is nothing in the wardrobe to pack"}],
    "chosen_from": {"looked_at": 0, "fitting": 0, "owned": 0},
}

VERSATILITY: dict[str, Any] = {
    "items": 6,
    "owned": 6,
    "formulas": 8,
    "basis": ["colours"],
    "verdicts": {"keep": 1, "wear_more": 5, "let_go": 0, "unknown": 0},
    "results": [
        {
            **_item(JACKET, "navy jacket", "outerwear"),
            "favourite": True,
            "formulas": 4,
            "wears": 12,
            "last_worn_on": "2026-03-08",
            "idle_days": 2,
            "price": "129.90",
            "currency": "EUR",
            "cost_per_wear": "10.83",
            "verdict": "keep",
            "reason": "worn 2 days ago; in 4 outfits",
        },
        {
            **_item(SHIRT, "white shirt", "tops"),
            "favourite": False,
            "formulas": 4,
            "wears": 0,
            "last_worn_on": None,
            "idle_days": 200,
            "price": None,
            "currency": None,
            "cost_per_wear": None,
            "verdict": "wear_more",
            "reason": "never worn in 200 days; in 4 outfits",
        },
    ],
}
