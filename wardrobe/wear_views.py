"""The log of wear and wash over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, cast
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from rest.idempotency import IdempotentMixin
from wardrobe import examples, figures, wearing
from wardrobe.models import Care, CareDay
from wardrobe.pages import ByCursor
from wardrobe.wear_serializers import CareDaySerializer, DaySerializer, OutfitDaySerializer, OutfitSerializer

_LOGGED = OpenApiExample(
    "A day", {"item": examples.ITEM, "day": "2025-11-20", "created_at": "2025-11-20T19:02:11Z"}, response_only=True
)
_ON_A_DAY = OpenApiExample("On a day", {"day": "2025-11-20"}, request_only=True)
_TODAY = OpenApiExample("Today", {}, request_only=True)
_DAY = OpenApiParameter("day", OpenApiTypes.DATE, OpenApiParameter.PATH)


class _Days(IdempotentMixin, generics.GenericAPIView[Any]):
    throttle_scope = "read"
    serializer_class = CareDaySerializer
    pagination_class = ByCursor
    queryset = CareDay.objects.none()
    ordering = "-day"
    care: ClassVar[Care]

    def _listed(self, request: Request, item_id: UUID) -> Response:
        found = figures.logged(_user(request), item_id, self.care)
        if found is None:
            raise NotFound
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(found), many=True).data)

    def _log(self, request: Request, item_id: UUID) -> Response:
        given = DaySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        day = given.validated_data["day"]
        logged = wearing.log_day(owner=_user(request), item_id=item_id, care=self.care, day=day)
        if logged is None:
            raise NotFound
        row, is_new = logged
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(CareDaySerializer(row).data, status=code)


class ItemWears(_Days):
    care = Care.WEAR

    @extend_schema(operation_id="wardrobe_items_wears_list", responses=CareDaySerializer(many=True), examples=[_LOGGED])
    def get(self, request: Request, item_id: UUID) -> Response:
        """The days on which the item was worn, the last first."""
        return self._listed(request, item_id)

    @extend_schema(
        operation_id="wardrobe_items_wears_log",
        request=DaySerializer,
        responses={201: CareDaySerializer, 200: CareDaySerializer},
        examples=[_TODAY, _ON_A_DAY, _LOGGED],
    )
    def post(self, request: Request, item_id: UUID) -> Response:
        """The item was worn: today in UTC, or on the `day` given. 201 if that is new, 200 if it was known: a day counts
        once, so a retry changes nothing."""
        return self._log(request, item_id)


class ItemWashes(_Days):
    care = Care.WASH

    @extend_schema(
        operation_id="wardrobe_items_washes_list", responses=CareDaySerializer(many=True), examples=[_LOGGED]
    )
    def get(self, request: Request, item_id: UUID) -> Response:
        """The days on which the item was washed, the last first."""
        return self._listed(request, item_id)

    @extend_schema(
        operation_id="wardrobe_items_washes_log",
        request=DaySerializer,
        responses={201: CareDaySerializer, 200: CareDaySerializer},
        examples=[_TODAY, _ON_A_DAY, _LOGGED],
    )
    def post(self, request: Request, item_id: UUID) -> Response:
        """The item was washed: today in UTC, or on the `day` given. 201 if that is new, 200 if it was known."""
        return self._log(request, item_id)


class ItemWear(APIView):
    throttle_scope = "read"

    @extend_schema(operation_id="wardrobe_items_wears_forget", parameters=[_DAY], responses={204: None})
    def delete(self, request: Request, item_id: UUID, day: str) -> Response:
        """It was not worn that day after all. 404 if it is not logged."""
        return _forget(request, item_id, Care.WEAR, day)


class ItemWash(APIView):
    throttle_scope = "read"

    @extend_schema(operation_id="wardrobe_items_washes_forget", parameters=[_DAY], responses={204: None})
    def delete(self, request: Request, item_id: UUID, day: str) -> Response:
        """It was not washed that day after all. 404 if it is not logged."""
        return _forget(request, item_id, Care.WASH, day)


class Wears(IdempotentMixin, APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="wardrobe_wears_log",
        request=OutfitSerializer,
        responses={
            201: OutfitDaySerializer,
            200: OutfitDaySerializer,
            404: OpenApiResponse(description="One of the items is not there, or another user's"),
        },
        examples=[
            OpenApiExample(
                "Jacket and trousers",
                {"day": "2025-11-20", "items": [examples.ITEM, examples.OTHER_ITEM]},
                request_only=True,
            ),
            OpenApiExample(
                "The jacket was logged before",
                {
                    "day": "2025-11-20",
                    "items": [examples.ITEM, examples.OTHER_ITEM],
                    "new": [examples.OTHER_ITEM],
                },
                response_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """What was worn together on a day, today in UTC unless given: all items are logged, or none. 201 if one of them
        is new there, 200 if all were known."""
        given = OutfitSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        day, items = given.validated_data["day"], list(dict.fromkeys(given.validated_data["items"]))
        new = wearing.log_outfit(owner=_user(request), items=items, day=day)
        body = OutfitDaySerializer({"day": day, "items": items, "new": [pk for pk in items if pk in new]}).data
        return Response(body, status=status.HTTP_201_CREATED if new else status.HTTP_200_OK)


def _forget(request: Request, item_id: UUID, care: Care, day: str) -> Response:
    try:
        given = date.fromisoformat(day)
    except ValueError as error:
        raise NotFound("a day is written as 2025-11-20") from error
    if not wearing.forget_day(owner=_user(request), item_id=item_id, care=care, day=given):
        raise NotFound
    return Response(status=status.HTTP_204_NO_CONTENT)


def _user(request: Request) -> User:
    return cast(User, request.user)  # IsAuthenticated is the default permission
