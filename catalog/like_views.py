"""Likes over HTTP."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from catalog import liking
from catalog.like_serializers import EXAMPLE, LikeParameters, LikeSerializer
from catalog.models import Like, Photo, Product
from catalog.views import NewestFirst
from rest.parameters import parameters

LARGEST_ID = 2**63 - 1  # of the column; a larger number is nobody's id


class ProductLike(APIView):
    permission_classes = (IsAuthenticated,)
    throttle_scope = "read"

    @extend_schema(operation_id="products_like", request=None, responses={204: None})
    def put(self, request: Request, pk: int) -> Response:
        """Like a product. Once more changes nothing."""
        return _done(pk <= LARGEST_ID and liking.like_product(user=_user(request), product_id=pk))

    @extend_schema(operation_id="products_unlike", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Like it no more. Once more changes nothing."""
        return _done(pk <= LARGEST_ID and liking.unlike_product(user=_user(request), product_id=pk))


class PhotoLike(APIView):
    permission_classes = (IsAuthenticated,)
    throttle_scope = "read"

    @extend_schema(operation_id="photos_like", request=None, responses={204: None})
    def put(self, request: Request, pk: int) -> Response:
        """Like a street photograph or a look. Once more changes nothing."""
        return _done(pk <= LARGEST_ID and liking.like_photo(user=_user(request), photo_id=pk))

    @extend_schema(operation_id="photos_unlike", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Like it no more. Once more changes nothing."""
        return _done(pk <= LARGEST_ID and liking.unlike_photo(user=_user(request), photo_id=pk))


class LikeList(generics.GenericAPIView[Any]):
    permission_classes = (IsAuthenticated,)
    throttle_scope = "read"
    pagination_class = NewestFirst
    serializer_class = LikeSerializer
    queryset = Like.objects.none()

    @extend_schema(
        operation_id="likes_list",
        parameters=[LikeParameters],
        responses=LikeSerializer(many=True),
        examples=[OpenApiExample("A photograph", EXAMPLE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """What you like, the newest first. What is hidden is left out, and comes back when it is shown again."""
        kind = parameters(request, LikeParameters).get("kind", "")
        page = self.paginate_queryset(liking.likes(_user(request), kind=kind))
        rows = cast(list[Like], page)
        shown = [cast(Product | Photo, like.product or like.photo) for like in rows]
        context = {**self.get_serializer_context(), "liked": liking.liked_among(request.user, shown)}
        return self.get_paginated_response(LikeSerializer(rows, many=True, context=context).data)


def _done(found: bool) -> Response:
    if not found:
        raise NotFound
    return Response(status=status.HTTP_204_NO_CONTENT)


def _user(request: Request) -> User:
    return cast(User, request.user)  # IsAuthenticated
