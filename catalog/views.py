"""Browsing products and photographs."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.exceptions import NotFound
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
        except (ValidationError, ValueError) as error:
            raise NotFound("invalid cursor") from error


class _Browse(generics.ListAPIView[Any]):
    permission_classes = (AllowAny,)
    throttle_scope = "read"
    pagination_class = NewestFirst

    def category(self) -> str:
        given = serializers.BrowseParameters(data=self.request.query_params.dict())
        given.is_valid(raise_exception=True)
        return str(given.validated_data.get("category", ""))


CATEGORY = extend_schema(parameters=[serializers.BrowseParameters])


@extend_schema_view(get=CATEGORY)
class ProductList(_Browse):
    """Products, the newest first."""

    serializer_class = serializers.ProductSerializer

    def get_queryset(self) -> QuerySet[Product]:
        return selectors.products(category=self.category())


@extend_schema_view(get=CATEGORY)
class PhotoList(_Browse):
    """Street photographs, the newest first; `category`: those in which such a garment is worn."""

    serializer_class = serializers.PhotoSerializer

    def get_queryset(self) -> QuerySet[Photo]:
        return selectors.photos(category=self.category())


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
