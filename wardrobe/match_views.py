"""POST wardrobe/matches/: do I own this?"""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import images.services
from accounts.models import User
from images import queries
from images.parsers import PictureParser, StrictJSONParser
from images.queries import NothingToSearch, NotReady, Query
from images.serializers import GarmentSerializer
from wardrobe import examples, selectors
from wardrobe.match_serializers import GarmentMatchSerializer, MatchesSerializer, PictureMatchSerializer
from wardrobe.matching import Match, matches
from wardrobe.serializers import ItemSerializer

_GARMENT = examples.UPLOAD_READY["pictures"][0]["garments"][0]
_ASKED: dict[str, Any] = {name: value for name, value in _GARMENT.items() if name != "item"}

EXAMPLE: dict[str, Any] = {
    "query": {"image": examples.IMAGE, "garment": _ASKED, "garments": [_ASKED]},
    "owned": True,
    "results": [
        {
            "item": examples.ITEM_BODY,
            "garment": examples.SECOND,
            "similarity": 0.94,
            "likeness": 0.91,
            "same": True,
        }
    ],
}


class Matches(APIView):
    parser_classes = (PictureParser, StrictJSONParser)

    @property
    def throttle_scope(self) -> str:
        """A picture and a drawn box cost a model run; a stored garment does not."""
        boxed = isinstance(self.request.data, dict) and "box" in self.request.data
        return "picture" if _is_upload(self.request) or boxed else "read"

    @extend_schema(
        operation_id="wardrobe_matches",
        request={"multipart/form-data": PictureMatchSerializer, "application/json": GarmentMatchSerializer},
        responses={
            200: MatchesSerializer,
            404: OpenApiResponse(description="No such garment or picture, or another user's"),
            409: OpenApiResponse(description="The picture is still being described"),
            422: OpenApiResponse(description="No garment was found"),
            503: OpenApiResponse(description="No worker answered in time"),
        },
        examples=[
            OpenApiExample("A product's garment", {"garment": examples.GARMENT}, request_only=True),
            OpenApiExample(
                "What a box frames",
                {"image": examples.IMAGE, "box": {"x": 0.1, "y": 0.2, "width": 0.5, "height": 0.4}, "limit": 5},
                request_only=True,
            ),
            OpenApiExample("You do", EXAMPLE, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Do I own this? Your own items that are most like a garment, each with a verdict.

        Send a photograph as `image` (multipart), or the id of a `garment` (a product's, a street photograph's, your
        own), or the id of an `image` with or without a `box`. What you sold or gave away is left out.
        """
        given = (PictureMatchSerializer if _is_upload(request) else GarmentMatchSerializer)(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        owner = cast(User, request.user)  # IsAuthenticated is the default permission
        query = _query(owner, asked, upload=_is_upload(request))
        found = matches(owner, query, limit=asked["limit"])
        return Response(_answer(request, query, found))


def _query(owner: User, asked: dict[str, Any], *, upload: bool) -> Query:
    category = asked.get("category")
    if "garment" in asked:
        return queries.by_garment(owner, asked["garment"])
    if not upload:
        image = queries.described_image(owner, asked["image"])
        if "box" in asked:
            return queries.in_box(image, asked["box"], category)
        return queries.in_picture(image, category)[0]
    image = images.services.add_query_picture(owner=owner, file=asked["image"])
    try:
        return queries.in_picture(image, category)[0]
    except (NothingToSearch, NotReady):
        images.services.erase_images(images=[image])
        raise


def _answer(request: Request, query: Query, found: list[Match]) -> dict[str, Any]:
    context = {"request": request}
    owned = selectors.items(cast(User, request.user)).filter(pk__in=[match.item for match in found])
    items: dict[UUID, Any] = {item.pk: ItemSerializer(item, context=context).data for item in owned}
    garment = GarmentSerializer(query.garment, context=context).data
    results = [
        {
            "item": items[match.item],
            "garment": str(match.garment),
            "similarity": round(match.similarity, 4),
            "likeness": round(match.likeness, 4),
            "same": match.same,
        }
        for match in found
        if match.item in items  # deleted a moment ago
    ]
    return {
        "query": {
            "image": str(query.image.pk),
            "garment": garment if query.garment.pk is not None else {**garment, "id": None},  # drawn by hand
            "garments": GarmentSerializer(query.garments, many=True, context=context).data,
        },
        "owned": bool(results) and bool(results[0]["same"]),
        "results": results,
    }


def _is_upload(request: Request) -> bool:
    return (request.content_type or "").startswith("multipart/")
