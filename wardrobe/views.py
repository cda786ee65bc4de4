"""Items over HTTP. Uploads are in upload_views.py."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from rest.etags import EtagMixin
from rest.idempotency import IdempotentMixin
from rest.parameters import parameters
from wardrobe import examples, selectors, serializers, services
from wardrobe.models import Item
from wardrobe.pages import ByCursor

ITEM = OpenApiExample("A jacket", examples.ITEM_BODY, response_only=True)
IN_USE = OpenApiResponse(description="The garment shows another item already")


class ItemList(IdempotentMixin, generics.GenericAPIView[Any]):
    throttle_scope = "read"
    serializer_class = serializers.ItemSerializer
    pagination_class = ByCursor
    queryset = Item.objects.none()
    ordering = "-created_at"

    @extend_schema(
        operation_id="wardrobe_items_list",
        parameters=[serializers.ItemParameters],
        responses=serializers.ItemSerializer(many=True),
        examples=[ITEM],
    )
    def get(self, request: Request) -> Response:
        """Your items, the newest first; what is archived only with `archived=true`."""
        given = parameters(request, serializers.ItemParameters)
        given.pop("cursor", None)
        self.ordering = given.pop("ordering")
        found = selectors.narrowed(selectors.items(_user(request)), **given)
        page = self.paginate_queryset(found)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="wardrobe_items_create",
        request=serializers.ItemCreationSerializer,
        responses={
            201: serializers.ItemSerializer,
            404: OpenApiResponse(description="No such garment in a wardrobe picture of yours"),
            409: IN_USE,
        },
        examples=[
            OpenApiExample("The garment that was found is mine", {"garment": examples.GARMENT}, request_only=True),
            OpenApiExample(
                "A proposal: two pictures of one jacket",
                {
                    "garments": [examples.GARMENT, examples.SECOND],
                    "name": "navy jacket",
                    "price": "129.90",
                    "currency": "EUR",
                    "tags": ["office"],
                },
                request_only=True,
            ),
            ITEM,
        ],
    )
    def post(self, request: Request) -> Response:
        """Make an item of a garment that was found in a picture of yours, or of one garment in several pictures.

        Category and name are the garment's, if none are given.
        """
        given = serializers.ItemCreationSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        owner = _user(request)
        item = services.create_item(owner=owner, garments=given.validated_data["garments"], facts=given.facts())
        return Response(_shown(request, item.pk), status=status.HTTP_201_CREATED)


class ItemDetail(EtagMixin, APIView):
    throttle_scope = "read"

    @extend_schema(operation_id="wardrobe_items_retrieve", responses=serializers.ItemSerializer, examples=[ITEM])
    def get(self, request: Request, item_id: UUID) -> Response:
        """An item with its pictures. Without a picture left, `cover` is null."""
        return Response(_shown(request, item_id))

    @extend_schema(
        operation_id="wardrobe_items_change",
        request=serializers.ItemChangeSerializer,
        responses=serializers.ItemSerializer,
        examples=[
            OpenApiExample(
                "What it is and what it cost",
                {"brand": "Northfold", "price": "129.90", "currency": "EUR", "seasons": ["spring", "autumn"]},
                request_only=True,
            ),
            OpenApiExample("It was sold", {"archive_reason": "sold"}, request_only=True),
            OpenApiExample("Another picture first", {"cover": examples.GARMENT}, request_only=True),
            ITEM,
        ],
    )
    def patch(self, request: Request, item_id: UUID) -> Response:
        """Change what is given, and nothing else. `archive_reason` puts it away, null brings it back."""
        given = serializers.ItemChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        if services.change_item(owner=_user(request), item_id=item_id, facts=given.facts()) is None:
            raise NotFound
        return Response(_shown(request, item_id))

    @extend_schema(operation_id="wardrobe_items_delete", responses={204: None})
    def delete(self, request: Request, item_id: UUID) -> Response:
        """Delete the item and its log. Its photographs stay, and their garments may become an item again."""
        if not services.delete_item(owner=_user(request), item_id=item_id):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)


class ItemPictures(IdempotentMixin, APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="wardrobe_items_pictures_add",
        request=serializers.PictureAdditionSerializer,
        responses={200: serializers.ItemSerializer, 409: IN_USE},
        examples=[OpenApiExample("Its back", {"garment": examples.SECOND}, request_only=True), ITEM],
    )
    def post(self, request: Request, item_id: UUID) -> Response:
        """Another garment that was found shows this item too. What it shows already changes nothing."""
        given = serializers.PictureAdditionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        if services.add_picture(owner=_user(request), item_id=item_id, **given.validated_data) is None:
            raise NotFound
        return Response(_shown(request, item_id))


class ItemPictureDetail(APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="wardrobe_items_pictures_remove",
        responses={204: None, 409: OpenApiResponse(description="It is the item's last picture")},
    )
    def delete(self, request: Request, item_id: UUID, garment_id: UUID) -> Response:
        """The garment does not show this item after all, and may become another. The photograph stays."""
        if services.remove_picture(owner=_user(request), item_id=item_id, garment=garment_id) is None:
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)


class ItemMerge(IdempotentMixin, APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="wardrobe_items_merge",
        request=serializers.MergeSerializer,
        responses=serializers.ItemSerializer,
        examples=[OpenApiExample("The same jacket twice", {"items": [examples.ITEM]}, request_only=True), ITEM],
    )
    def post(self, request: Request, item_id: UUID) -> Response:
        """These items are the same thing as this one, and become part of it.

        Their pictures, tags and days of wear and wash move here; days that both have count once. What this item does
        not say of itself, the first of them that does says.
        """
        given = serializers.MergeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        others = given.validated_data["items"]
        if services.merge_items(owner=_user(request), item_id=item_id, others=others) is None:
            raise NotFound
        return Response(_shown(request, item_id))


def _user(request: Request) -> User:
    return cast(User, request.user)  # IsAuthenticated is the default permission


def _shown(request: Request, item_id: UUID) -> dict[str, Any]:
    """Raises NotFound."""
    item = selectors.item(_user(request), item_id)
    if item is None:
        raise NotFound
    data: dict[str, Any] = serializers.ItemSerializer(item, context={"request": request}).data
    return data
