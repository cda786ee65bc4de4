"""Likes as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.models import Like
from catalog.serializers import PhotoSerializer, ProductSerializer
from rest.serializers import StrictSerializer

KINDS = ("product", "photo")
_TIME = serializers.DateTimeField()
_PICTURE = "https://wardrobe.example.org/api/v1/images/8d0f3c5a-2b1e-4f60-9a77-0c4d5e6f7a81"

EXAMPLE: dict[str, Any] = {
    "kind": "photo",
    "created_at": "2025-11-20T08:15:30Z",
    "product": None,
    "photo": {
        "id": 17,
        "title": "On the way to work",
        "photographer": "Ada Byron",
        "licence": "CC BY 2.0",
        "licence_url": "https://creativecommons.org/licenses/by/2.0/",
        "source": "https://photographs.example.org/17",
        "liked": True,
        "image": {
            "id": "8d0f3c5a-2b1e-4f60-9a77-0c4d5e6f7a81",
            "kind": "photo",
            "status": "ready",
            "error": None,
            "width": 1200,
            "height": 1600,
            "url": f"{_PICTURE}/file/",
            "thumbnail": f"{_PICTURE}/thumbnail/",
        },
    },
}


class LikeParameters(StrictSerializer):
    """What may stand behind the `?` of the list."""

    kind = serializers.ChoiceField(KINDS, required=False)
    cursor = serializers.CharField(required=False)


class LikeSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(KINDS)
    created_at = serializers.DateTimeField()
    product = ProductSerializer(allow_null=True)
    photo = PhotoSerializer(allow_null=True)

    def to_representation(self, like: Like) -> dict[str, Any]:
        product, photo = like.product, like.photo
        return {
            "kind": "product" if product else "photo",
            "created_at": _TIME.to_representation(like.created_at),
            "product": ProductSerializer(product, context=self.context).data if product else None,
            "photo": PhotoSerializer(photo, context=self.context).data if photo else None,
        }
