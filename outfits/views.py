"""Saved outfits over HTTP."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from images.views import TOKEN, AsItIs
from outfits import examples, links, selectors, serializers, services
from outfits.models import Outfit
from rest.etags import EtagMixin
from rest.idempotency import IdempotentMixin
from rest.parameters import parameters
from wardrobe.examples import ITEM, OTHER_ITEM
from wardrobe.pages import ByCursor
from wardrobe.wear_serializers import DaySerializer

OUTFIT = OpenApiExample("Jacket and trousers", examples.OUTFIT_BODY, response_only=True)
UNKNOWN_ITEM = OpenApiResponse(description="No such outfit, or one of the items is not there, or another user's")
PLACED = [{"item": ITEM, "x": 0.4, "y": 0.05, "width": 0.55, "rotation": -8, "layer": 1}, {"item": OTHER_ITEM}]
ASK_AGAIN_S = 2
VERSION = OpenApiParameter(links.VERSION, str, description="Part of the address: a new cover has a new address")


class OutfitList(IdempotentMixin, generics.GenericAPIView[Any]):
    throttle_scope = "read"
    serializer_class = serializers.SavedOutfitSerializer
    pagination_class = ByCursor
    queryset = Outfit.objects.none()
    ordering = "-created_at"

    @extend_schema(
        operation_id="outfits_list",
        parameters=[serializers.OutfitParameters],
        responses=serializers.SavedOutfitSerializer(many=True),
        examples=[OUTFIT],
    )
    def get(self, request: Request) -> Response:
        """Your outfits, the newest first."""
        given = parameters(request, serializers.OutfitParameters)
        given.pop("cursor", None)
        self.ordering = given.pop("ordering")
        found = selectors.narrowed(selectors.outfits(_user(request)), **given)
        page = self.paginate_queryset(found)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="outfits_create",
        request=serializers.OutfitCreationSerializer,
        responses={
            201: serializers.SavedOutfitSerializer,
            404: OpenApiResponse(description="One of the items is not there, or another user's"),
        },
        examples=[
            OpenApiExample(
                "These two go together", {"items": [{"item": ITEM}, {"item": OTHER_ITEM}]}, request_only=True
            ),
            OpenApiExample(
                "With a name, and one of them where it was dragged to",
                {"name": "Mondays", "occasion": "office", "seasons": ["spring", "autumn"], "items": PLACED},
                request_only=True,
            ),
            OpenApiExample("Made", examples.OUTFIT_MADE, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Save 1 to 20 items of yours as an outfit. `cover` is made in the background; ask for the outfit again.

        An item without a place gets one by its category: tops above trousers and skirts, a dress in the middle,
        outerwear beside.
        """
        given = serializers.OutfitCreationSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        outfit = services.create_outfit(owner=_user(request), facts=given.facts())
        return _answer(request, outfit.pk, code=status.HTTP_201_CREATED)


class OutfitDetail(EtagMixin, APIView):
    throttle_scope = "read"

    @extend_schema(operation_id="outfits_retrieve", responses=serializers.SavedOutfitSerializer, examples=[OUTFIT])
    def get(self, request: Request, outfit_id: UUID) -> Response:
        """An outfit with its items, in the order in which they are drawn: the lowest layer first.

        While its cover is being made and there is none to show, `Retry-After` says in how many seconds to ask again.
        """
        return _answer(request, outfit_id)

    @extend_schema(
        operation_id="outfits_change",
        request=serializers.OutfitChangeSerializer,
        responses={200: serializers.SavedOutfitSerializer, 404: UNKNOWN_ITEM},
        examples=[
            OpenApiExample("Another name", {"name": "Tuesdays", "notes": ""}, request_only=True),
            OpenApiExample("One piece moved", {"items": PLACED}, request_only=True),
            OUTFIT,
        ],
    )
    def patch(self, request: Request, outfit_id: UUID) -> Response:
        """Change what is given, and nothing else. `items` are all that it is to have: what is not named is taken out.

        Until the new cover is there, the old one is shown as long as the same garments are in it, and then null.
        """
        given = serializers.OutfitChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        if services.change_outfit(owner=_user(request), outfit_id=outfit_id, facts=given.facts()) is None:
            raise NotFound
        return _answer(request, outfit_id)

    @extend_schema(operation_id="outfits_delete", responses={204: None})
    def delete(self, request: Request, outfit_id: UUID) -> Response:
        """Delete the outfit with its cover and its plans. Its items and their log stay."""
        if not services.delete_outfit(owner=_user(request), outfit_id=outfit_id):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)


class OutfitClone(IdempotentMixin, APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="outfits_clone",
        request=serializers.CloneSerializer,
        responses={201: serializers.SavedOutfitSerializer},
        examples=[
            OpenApiExample("As it is", {}, request_only=True),
            OpenApiExample("Under another name", {"name": "Mondays, with the scarf"}, request_only=True),
            OpenApiExample("The copy", examples.OUTFIT_COPY, response_only=True),
        ],
    )
    def post(self, request: Request, outfit_id: UUID) -> Response:
        """Another outfit of the same items in the same places, to be changed. Plans stay with the first."""
        given = serializers.CloneSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        copy = services.clone_outfit(owner=_user(request), outfit_id=outfit_id, **given.validated_data)
        if copy is None:
            raise NotFound
        return _answer(request, copy.pk, code=status.HTTP_201_CREATED)


class OutfitWears(IdempotentMixin, APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="outfits_wears_log",
        request=DaySerializer,
        responses={
            201: serializers.OutfitWornSerializer,
            200: serializers.OutfitWornSerializer,
            409: OpenApiResponse(description="No item is left in it, or one was archived before that day"),
        },
        examples=[
            OpenApiExample("Today", {}, request_only=True),
            OpenApiExample("On a day", {"day": "2025-11-20"}, request_only=True),
            OpenApiExample("The jacket was logged before", examples.WORN, response_only=True),
        ],
    )
    def post(self, request: Request, outfit_id: UUID) -> Response:
        """All items of the outfit were worn: today in UTC, or on the `day` given.

        201 if one of them is new there, 200 if all were known: a day counts once, so a retry changes nothing.
        """
        given = DaySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        day, owner = given.validated_data["day"], _user(request)
        worn = services.wear_outfit(owner=owner, outfit_id=outfit_id, day=day)
        outfit: Any = selectors.outfit(owner, outfit_id)
        if worn is None or outfit is None:
            raise NotFound
        items, new = worn
        body = serializers.OutfitWornSerializer(
            {
                "day": day,
                "items": items,
                "new": [pk for pk in items if pk in new],
                "wears": outfit.wears,
                "last_worn_on": outfit.last_worn_on,
            }
        ).data
        return Response(body, status=status.HTTP_201_CREATED if new else status.HTTP_200_OK)


class OutfitCover(APIView):
    permission_classes = (AllowAny,)
    content_negotiation_class = AsItIs
    throttle_scope = "read"

    @extend_schema(
        operation_id="outfits_cover_retrieve",
        parameters=[VERSION, TOKEN],
        responses={
            (200, "image/webp"): OpenApiTypes.BINARY,
            304: OpenApiResponse(description="What `If-None-Match` names is still right"),
        },
    )
    def get(self, request: Request, outfit_id: UUID) -> HttpResponse | FileResponse:
        """The outfit's pieces on a plain ground: WebP, 600 × 800 pixels. 404 until it is made.

        Take the address from the outfit's `cover`: it carries the token for an `<img>`.
        """
        admitted = links.admitted(request, outfit_id)
        if admitted is None:
            raise NotFound
        outfit = admitted.outfit
        etag = f'"{outfit.cover}"'
        response: HttpResponse | FileResponse
        if etag in parse_etags(request.headers.get("If-None-Match", "")):
            response = HttpResponseNotModified()
        else:
            try:
                file = default_storage.open(outfit.cover_name)
            except FileNotFoundError as error:  # another one has taken its place this moment
                raise NotFound from error
            response = FileResponse(file, content_type="image/webp")
        response["ETag"] = etag
        response["Cache-Control"] = admitted.cache_control()
        return response


def _user(request: Request) -> User:
    return cast(User, request.user)  # IsAuthenticated is the default permission


def _answer(request: Request, outfit_id: UUID, *, code: int = status.HTTP_200_OK) -> Response:
    """Raises NotFound."""
    outfit = selectors.outfit(_user(request), outfit_id)
    if outfit is None:
        raise NotFound
    body = serializers.SavedOutfitSerializer(outfit, context={"request": request}).data
    waits = body["cover"] is None and outfit.cover_due_at is not None
    return Response(body, status=code, headers={"Retry-After": str(ASK_AGAIN_S)} if waits else {})
