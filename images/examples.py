"""What the API's page shows of pictures: a photograph of one jacket."""

from __future__ import annotations

from typing import Any

IMAGE = "8d0f3c5a-2b1e-4f60-9a77-0c4d5e6f7a81"
_ADDRESS = f"https://wardrobe.example.org/api/v1/images/{IMAGE}"

GARMENT_BODY: dict[str, Any] = {
    "id": "3f2a8f2e-8a53-4c76-9a44-6b8f3a0c7d11",
    "status": "ready",
    "category": "outerwear",
    "score": 0.91,
    "box": {"x": 0.12, "y": 0.3, "width": 0.4, "height": 0.35},
    "colours": [{"name": "navy", "hex": "#202746", "share": 0.81}],
    "labels": {
        "sleeve_length": {"value": "long", "confidence": 0.97},
        "collar_style": {"value": "lapel", "confidence": 0.71},
    },
    "quality": 0.74,
    "cut_out": None,
}

SUMMARY: dict[str, Any] = {
    "id": IMAGE,
    "kind": "user",
    "status": "ready",
    "error": None,
    "width": 3024,
    "height": 4032,
    "url": f"{_ADDRESS}/file/?token=68f1a2b3.9dQz",
    "thumbnail": f"{_ADDRESS}/thumbnail/?token=68f1a2b3.4cEx",
}

IMAGE_BODY: dict[str, Any] = {
    **SUMMARY,
    "events": f"{_ADDRESS}/events/?token=68f1a2b3.7kWm",
    "purpose": "wardrobe",
    "review": None,
    "review_reason": None,
    "duplicate_of": None,
    "created_at": "2025-11-20T08:14:02Z",
    "garments": [GARMENT_BODY],
}

IMAGE_QUEUED: dict[str, Any] = {**IMAGE_BODY, "status": "queued", "thumbnail": None, "garments": []}


def shown_to_all(body: dict[str, Any], kind: str) -> dict[str, Any]:
    """The same picture, as part of the catalogue: its addresses need no token, and nobody uploaded it."""
    changed: dict[str, Any] = {
        name: body[name].partition("?")[0] for name in ("url", "thumbnail", "events") if name in body
    }
    changed |= {"purpose": None} if "purpose" in body else {}
    return {**body, "kind": kind, **changed}
