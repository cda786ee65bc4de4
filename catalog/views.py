"""Browsing products and photographs."""

from __future__ import annotations

from typing import Any

from django.core import exceptions
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog import selectors, serializers
from catalog.models import Photo, Product


class NewestFirst(CursorPagination):
    ordering = ("-created_at", "-id")

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> Any:
        """Raises NotFound, also for a cursor whose position is no time."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (exceptions.ValidationError, ValueError) as error:
            raise NotFound("invalid cursor") from error


class _Browse(generics.ListAPIView[Any]):
    permission_classes = (AllowAny,)
    throttle_scope = "read"
    pagination_class = NewestFirst

    parameters: type[serializers.BrowseParameters]

    def narrowed_to(self) -> dict[str, Any]:
        """The parameters that are given. Raises DRF's ValidationError, also for one that is given twice."""
        query = self.request.query_params
        if twice := {name: ["given more than once"] for name, values in query.lists() if len(values) > 1}:
            raise ValidationError(twice)
        given = self.parameters(data=query.dict())
        given.is_valid(raise_exception=True)
        return {name: value for name, value in given.validated_data.items() if name != "cursor"}


@extend_schema_view(get=extend_schema(parameters=[serializers.ProductBrowseParameters]))
class ProductList(_Browse):
    """Products, the newest first; colour and key labels are those of one garment in their pictures."""

    parameters = serializers.ProductBrowseParameters
    serializer_class = serializers.ProductSerializer

    def get_queryset(self) -> QuerySet[Product]:
        return selectors.products(**self.narrowed_to())


@extend_schema_view(get=extend_schema(parameters=[serializers.BrowseParameters]))
class PhotoList(_Browse):
    """Street photographs, the newest first; category, colour and key labels are those of one garment worn there."""

    parameters = serializers.BrowseParameters
    serializer_class = serializers.PhotoSerializer

    def get_queryset(self) -> QuerySet[Photo]:
        return selectors.photos(**self.narrowed_to())


class ProductDetail(generics.RetrieveAPIView[Product]):
    """A product with its pictures and the garments in them."""

    permission_classes = (AllowAny,)
    throttle_scope = "read"
    serializer_class = serializers.ProductDetailSerializer
    queryset = Product.objects.none()

    def get_object(self) -> Product:
        found = selectors.product(self.kwargs["pk"])
        if found is None:
            raise NotFound
        return found


class PhotoDetail(generics.RetrieveAPIView[Photo]):
    """A street photograph with the garments worn in it, and whom it is owed to."""

    permission_classes = (AllowAny,)
    throttle_scope = "read"
    serializer_class = serializers.PhotoDetailSerializer
    queryset = Photo.objects.none()

    def get_object(self) -> Photo:
        found = selectors.photo(self.kwargs["pk"])
        if found is None:
            raise NotFound
        return found
