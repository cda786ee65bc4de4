"""What the API's page shows of the catalogue: a product and a street photograph."""

from __future__ import annotations

from typing import Any

from images.examples import IMAGE_BODY, SUMMARY, shown_to_all

PRODUCT_SUMMARY: dict[str, Any] = {
    "id": 4711,
    "sku": "NF-2204-NAVY",
    "title": "Wool jacket with a lapel",
    "brand": "Northfold",
    "category": "outerwear",
    "price": "129.90",
    "currency": "EUR",
    "in_stock": True,
    "url": "https://shop.example.org/nf-2204-navy",
    "liked": False,
}
PRODUCT: dict[str, Any] = {**PRODUCT_SUMMARY, "images": [shown_to_all(SUMMARY, "product")]}
PRODUCT_DETAIL: dict[str, Any] = {
    **PRODUCT_SUMMARY,
    "images": [shown_to_all(IMAGE_BODY, "product")],
    "description": "Half-lined, with two inner pockets.",
    "licence": "",
    "source": "northfold",
}

PHOTO_SUMMARY: dict[str, Any] = {
    "id": 17,
    "title": "On the way to work",
    "photographer": "Ada Byron",
    "licence": "CC BY 2.0",
    "licence_url": "https://creativecommons.org/licenses/by/2.0/",
    "source": "https://photographs.example.org/17",
    "liked": True,
}
PHOTO: dict[str, Any] = {**PHOTO_SUMMARY, "image": shown_to_all(SUMMARY, "photo")}
PHOTO_DETAIL: dict[str, Any] = {**PHOTO_SUMMARY, "image": shown_to_all(IMAGE_BODY, "photo")}
