"""POST search/: the main job over HTTP."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from images.parsers import PictureParser, StrictJSONParser
from search import services
from search.serializers import AnswerSerializer, GarmentQuerySerializer, PictureQuerySerializer


class Search(APIView):
    permission_classes = (AllowAny,)
    parser_classes = (PictureParser, StrictJSONParser)

    @property
    def throttle_scope(self) -> str:
        """A picture and a drawn box cost a model run; a stored garment does not."""
        return "picture" if _is_upload(self.request) or _has_box(self.request) else "read"

    @extend_schema(
        request={"multipart/form-data": PictureQuerySerializer, "application/json": GarmentQuerySerializer},
        responses=AnswerSerializer,
        examples=[
            OpenApiExample(
                "A garment of an earlier answer", {"garment": "3f2a…", "target": "photos"}, request_only=True
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Find products or street photographs like a garment.

        Send a photograph as `image` (multipart), or the id of a `garment`, or the id of an `image` with or without a
        `box`. All garments of the picture are listed in `query.garments`; `query.garment` is the one that was searched,
        the most prominent. To search another, send its id as `garment`.
        """
        if _is_upload(request):
            answer = services.search_by_picture(reader=request.user, **_picture_query(request))
        else:
            query = _query(GarmentQuerySerializer(data=request.data))
            if "garment" in query:
                answer = services.search_by_garment(reader=request.user, garment_id=query.pop("garment"), **query)
            else:
                box = query.pop("box", None)
                answer = services.search_in_picture(reader=request.user, image_id=query.pop("image"), box=box, **query)
        return Response(AnswerSerializer(answer, context={"request": request}).data)


def _is_upload(request: Request) -> bool:
    return (request.content_type or "").startswith("multipart/")


def _has_box(request: Request) -> bool:
    return isinstance(request.data, dict) and "box" in request.data


def _picture_query(request: Request) -> dict[str, Any]:
    query = _query(PictureQuerySerializer(data=request.data))
    query["file"] = query.pop("image")
    return query


def _query(given: PictureQuerySerializer | GarmentQuerySerializer) -> dict[str, Any]:
    given.is_valid(raise_exception=True)
    return {"category": None, **given.validated_data}
