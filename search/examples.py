"""What the API's page shows of searches: a jacket, and one like it."""

from __future__ import annotations

from typing import Any

from catalog.examples import PRODUCT_SUMMARY
from images.examples import GARMENT_BODY, IMAGE, SUMMARY, shown_to_all

FOUND: dict[str, Any] = {
    "score": 0.874,
    "garment": {**GARMENT_BODY, "id": "b7e1c9d2-4a60-4f3b-8e55-9d0c1f2a3b44", "score": 0.96},
    "image": shown_to_all(SUMMARY, "product"),
    "product": PRODUCT_SUMMARY,
    "match": {
        "similarity": 0.88,
        "colour_delta_e": 3.1,
        "labels_agree": ["sleeve_length", "collar_style"],
        "labels_differ": [],
        "quality": 0.74,
        "rank_before": 1,
    },
}
PAGE: dict[str, Any] = {"results": [FOUND], "next": None}
ANSWER: dict[str, Any] = {
    "query": {"image": IMAGE, "garments": [GARMENT_BODY], "garment": GARMENT_BODY},
    "results": [FOUND],
    "next": "eyJzIjoiOWYyYyIsIm8iOjIwfQ",
    "dropped_filters": [],
    "timings_ms": {"analyse": 512.4, "search": 18.9, "total": 548.1},
}
HISTORY_ENTRY: dict[str, Any] = {
    "id": 91,
    "created_at": "2025-11-20T08:20:11Z",
    "target": "products",
    "category": "outerwear",
    "filters": {"colour": "navy", "price_max": 150.0},
    "garment": {name: GARMENT_BODY[name] for name in ("id", "category", "colours", "labels")},
    "image": SUMMARY,
}
