"""Browsing products and photographs."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import examples, selectors, serializers
from catalog.liking import liked_among
from catalog.models import Photo, Product
from rest.etags import EtagMixin
from rest.pages import CursorPages
from rest.parameters import parameters


def _shows(example: dict[str, Any], **more: Any) -> Any:
    """For the API's page."""
    shown = OpenApiExample(example["title"], example, response_only=True)
    return extend_schema_view(get=extend_schema(examples=[shown], **more))


class NewestFirst(CursorPages):
    """As every list by cursor."""


class ForTheReader(APIView):
    """The answer says what the reader likes: no cache may hand it to another."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Authorization", "Cookie", "X-Session-Token"])
        return response


class _Browse(ForTheReader, generics.ListAPIView[Any]):
    permission_classes = (AllowAny,)
    api_key_scopes = ("search",)
    throttle_scope = "read"
    pagination_class = NewestFirst

    parameters: type[serializers.BrowseParameters]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        page = self.paginate_queryset(self.get_queryset())
        context = {**self.get_serializer_context(), "liked": liked_among(request.user, page or ())}
        return self.get_paginated_response(self.get_serializer_class()(page, many=True, context=context).data)

    def narrowed_to(self) -> dict[str, Any]:
        """The parameters that are given. Raises DRF's ValidationError, also for one that is given twice."""
        given = parameters(self.request, self.parameters)
        return {name: value for name, value in given.items() if name != "cursor"}


@_shows(examples.PRODUCT, parameters=[serializers.ProductBrowseParameters])
class ProductList(_Browse):
    """Products, the newest first; colour and key labels are those of one garment in their pictures."""

    parameters = serializers.ProductBrowseParameters
    serializer_class = serializers.ProductSerializer

    def get_queryset(self) -> QuerySet[Product]:
        return selectors.products(**self.narrowed_to())


@_shows(examples.PHOTO, parameters=[serializers.BrowseParameters])
class PhotoList(_Browse):
    """Street photographs, the newest first; category, colour and key labels are those of one garment worn there."""

    parameters = serializers.BrowseParameters
    serializer_class = serializers.PhotoSerializer

    def get_queryset(self) -> QuerySet[Photo]:
        return selectors.photos(**self.narrowed_to())


@_shows(examples.PRODUCT_DETAIL)
class ProductDetail(ForTheReader, EtagMixin, generics.RetrieveAPIView[Product]):
    """A product with its pictures and the garments in them."""

    permission_classes = (AllowAny,)
    api_key_scopes = ("search",)
    throttle_scope = "read"
    serializer_class = serializers.ProductDetailSerializer
    queryset = Product.objects.none()

    def get_object(self) -> Product:
        found = selectors.product(self.kwargs["pk"])
        if found is None:
            raise NotFound
        return found

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        found = self.get_object()
        context = {**self.get_serializer_context(), "liked": liked_among(request.user, [found])}
        return Response(self.serializer_class(found, context=context).data)


@_shows(examples.PHOTO_DETAIL)
class PhotoDetail(ForTheReader, EtagMixin, generics.RetrieveAPIView[Photo]):
    """A street photograph with the garments worn in it, and whom it is owed to."""

    permission_classes = (AllowAny,)
    api_key_scopes = ("search",)
    throttle_scope = "read"
    serializer_class = serializers.PhotoDetailSerializer
    queryset = Photo.objects.none()

    def get_object(self) -> Photo:
        found = selectors.photo(self.kwargs["pk"])
        if found is None:
            raise NotFound
        return found

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        found = self.get_object()
        context = {**self.get_serializer_context(), "liked": liked_among(request.user, [found])}
        return Response(self.serializer_class(found, context=context).data)
