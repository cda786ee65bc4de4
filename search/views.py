"""POST search/, its further pages, and the history."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import generics
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.liking import Liked, liked_among
from catalog.views import ForTheReader, NewestFirst
from images.parsers import PictureParser, StrictJSONParser
from search import examples, history, serializers, services
from search.models import Search as SearchRow

GARMENT = "3f2a8f2e-8a53-4c76-9a44-6b8f3a0c7d11"


class Search(APIView):
    permission_classes = (AllowAny,)
    api_key_scopes = ("search",)
    parser_classes = (PictureParser, StrictJSONParser)

    @property
    def throttle_scope(self) -> str:
        """A picture and a drawn box cost a model run; a stored garment does not."""
        return "picture" if _is_upload(self.request) or _has_box(self.request) else "read"

    @extend_schema(
        request={
            "multipart/form-data": serializers.PictureQuerySerializer,
            "application/json": serializers.GarmentQuerySerializer,
        },
        responses={
            200: serializers.AnswerSerializer,
            404: OpenApiResponse(description="No such garment or picture, or another user's"),
            409: OpenApiResponse(description="The picture is still being described"),
            422: OpenApiResponse(description="No garment was found"),
        },
        examples=[
            OpenApiExample("Found", examples.ANSWER, response_only=True),
            OpenApiExample(
                "A garment of an earlier answer", {"garment": GARMENT, "target": "photos"}, request_only=True
            ),
            OpenApiExample(
                "Like it, in red, with long sleeves, at most 80",
                {"garment": GARMENT, "colour": "red", "sleeve_length": "long", "price_max": 80, "in_stock": True},
                request_only=True,
            ),
            OpenApiExample(
                "No picture: checked skirts near a shade",
                {"category": "skirts", "colour": "#7a1f2b", "colour_tolerance": 10, "pattern": "check"},
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Find products or street photographs like a garment.

        Send a photograph as `image` (multipart), or the id of a `garment`, or the id of an `image` with or without a
        `box`, or filters alone. All garments of the picture are listed in `query.garments`; `query.garment` is the one
        that was searched, the most prominent. To search another, send its id as `garment`; to search all at once, send
        `garments=all`.
        """
        kind = serializers.PictureQuerySerializer if _is_upload(request) else serializers.GarmentQuerySerializer
        given: serializers.WishSerializer = kind(data=request.data)
        given.is_valid(raise_exception=True)
        answer = _answer(request, given)
        every = "garments" in given.validated_data
        context = {"request": request, "every": every, "liked": _liked(request, *(f.page for f in answer.found))}
        return Response(serializers.AnswerSerializer(answer, context=context).data)


class SearchPage(ForTheReader, APIView):
    """A further page of the same result set, which is kept for a quarter of an hour after its last page."""

    permission_classes = (AllowAny,)
    api_key_scopes = ("search",)
    throttle_scope = "read"

    @extend_schema(
        responses=serializers.PageSerializer,
        examples=[OpenApiExample("The last page", examples.PAGE, response_only=True)],
    )
    def get(self, request: Request, cursor: str) -> Response:
        page = services.next_page(cursor=cursor)
        context = {"request": request, "liked": _liked(request, page)}
        return Response(serializers.PageSerializer(page, context=context).data)


class History(generics.ListAPIView[SearchRow]):
    """The user's own searches, the newest first."""

    permission_classes = (IsAuthenticated,)
    throttle_scope = "read"
    pagination_class = NewestFirst
    serializer_class = serializers.SearchSerializer
    queryset = SearchRow.objects.none()

    @extend_schema(examples=[OpenApiExample("A search", examples.HISTORY_ENTRY, response_only=True)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The user's own searches, the newest first."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[SearchRow]:
        return history.of(self.request.user)  # type: ignore[arg-type]  # IsAuthenticated

    @extend_schema(operation_id="search_history_clear", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Forget all of them."""
        history.forget(user=request.user)  # type: ignore[arg-type]
        return Response(status=204)


class HistoryEntry(APIView):
    permission_classes = (IsAuthenticated,)
    throttle_scope = "read"

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Forget one search."""
        if not history.forget(user=request.user, search_id=pk):  # type: ignore[arg-type]
            raise NotFound
        return Response(status=204)


def _answer(request: Request, given: serializers.WishSerializer) -> services.Answer:
    data, reader, wish = given.validated_data, request.user, given.wish()
    every = "garments" in data
    if isinstance(given, serializers.PictureQuerySerializer):
        return services.search_by_picture(reader=reader, file=data["image"], wish=wish, every=every)
    if "garment" in data:
        return services.search_by_garment(reader=reader, garment_id=data["garment"], wish=wish)
    if "image" in data:
        box = data.get("box")
        return services.search_in_picture(reader=reader, image_id=data["image"], box=box, wish=wish, every=every)
    return services.search_by_words(reader=reader, wish=wish)


def _liked(request: Request, *pages: services.Page) -> Liked | None:
    return liked_among(request.user, [result.candidate.shown for page in pages for result in page.results])


def _is_upload(request: Request) -> bool:
    return (request.content_type or "").startswith("multipart/")


def _has_box(request: Request) -> Any:
    return isinstance(request.data, dict) and "box" in request.data
