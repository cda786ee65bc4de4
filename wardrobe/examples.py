"""What the API's page shows: one jacket, photographed twice."""

from __future__ import annotations

from typing import Any

GARMENT = "3f2a8f2e-8a53-4c76-9a44-6b8f3a0c7d11"
SECOND = "9b1d6f0a-52c7-4e0e-8f0d-1c2a7e5b4d22"
IMAGE = "8d0f3c5a-2b1e-4f60-9a77-0c4d5e6f7a81"
ITEM = "5c7f1e2b-0d3a-4b89-b6a1-7e9d2c4f6a33"
OTHER_ITEM = "a4d20c7e-91b5-4e6f-8c3a-2f7b6d1e5c44"
_BOX = {"x": 0.12, "y": 0.3, "width": 0.4, "height": 0.35}
_COLOURS = [{"name": "navy", "hex": "#202746", "share": 0.81}]
_LABELS = {"sleeve_length": {"value": "long", "confidence": 0.97}}
_THUMBNAIL = f"https://wardrobe.example.org/api/v1/images/{IMAGE}/thumbnail/?token=68f1a2b3.4cEx"

_PICTURE = {"garment": GARMENT, "image": IMAGE, "thumbnail": _THUMBNAIL, "box": _BOX, "cut_out": None}

ITEM_BODY: dict[str, Any] = {
    "id": ITEM,
    "category": "outerwear",
    "name": "navy jacket",
    "brand": "Northfold",
    "size": "M",
    "price": "129.90",
    "currency": "EUR",
    "bought_on": "2025-03-14",
    "seasons": ["spring", "autumn"],
    "tags": ["office"],
    "notes": "",
    "favourite": True,
    "archive_reason": None,
    "archived_at": None,
    "cover": _PICTURE,
    "pictures": [_PICTURE],
    "colours": _COLOURS,
    "labels": _LABELS,
    "wears": 12,
    "last_worn_on": "2025-11-19",
    "washes": 2,
    "last_washed_on": "2025-11-02",
    "wears_since_wash": 4,
    "cost_per_wear": "10.83",
    "created_at": "2025-11-20T08:15:30Z",
    "updated_at": "2025-11-20T08:15:30Z",
}

_IMAGE_BODY = {
    "id": IMAGE,
    "kind": "user",
    "status": "ready",
    "error": None,
    "width": 3024,
    "height": 4032,
    "url": f"https://wardrobe.example.org/api/v1/images/{IMAGE}/file/?token=68f1a2b3.9dQz",
    "thumbnail": _THUMBNAIL,
}
_UPLOAD = {"id": "e1a0b5c4-6d7e-4f8a-9b0c-1d2e3f4a5b66", "created_at": "2025-11-20T08:14:02Z"}

UPLOAD_TAKEN: dict[str, Any] = {
    **_UPLOAD,
    "ready": False,
    "progress": {"queued": 1, "processing": 0, "ready": 0, "failed": 1},
    "pictures": [
        {
            "position": 0,
            "status": "queued",
            "image": {**_IMAGE_BODY, "status": "queued", "thumbnail": None},
            "duplicate": False,
            "error": None,
            "garments": [],
        },
        {
            "position": 1,
            "status": "failed",
            "image": None,
            "duplicate": False,
            "error": "not a JPEG, PNG, WebP or HEIC picture",
            "garments": [],
        },
    ],
    "proposals": [],
}

UPLOAD_READY: dict[str, Any] = {
    **_UPLOAD,
    "ready": True,
    "progress": {"queued": 0, "processing": 0, "ready": 1, "failed": 0},
    "pictures": [
        {
            "position": 0,
            "status": "ready",
            "image": _IMAGE_BODY,
            "duplicate": False,
            "error": None,
            "garments": [
                {
                    "id": GARMENT,
                    "status": "ready",
                    "category": "outerwear",
                    "score": 0.91,
                    "box": _BOX,
                    "colours": _COLOURS,
                    "labels": _LABELS,
                    "quality": 0.74,
                    "cut_out": None,
                    "item": None,
                }
            ],
        }
    ],
    "proposals": [
        {
            "garments": [GARMENT],
            "category": "outerwear",
            "name": "navy jacket",
            "confidence": 0.91,
            "own_item": None,
        }
    ],
}
UPLOAD_LISTED = {name: UPLOAD_READY[name] for name in ("id", "created_at", "ready", "progress")}
