"""Pictures over HTTP: upload, state, and the files themselves, for those who may see them."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import mlcore.images
from accounts.models import User
from images import selectors, services
from images.parsers import PictureParser
from images.serializers import ImageSerializer, ImageUploadSerializer

KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="A retry with it returns the same image"
)


class ImageUpload(APIView):
    parser_classes = (PictureParser,)
    throttle_scope = "picture"

    @extend_schema(
        request=ImageUploadSerializer, responses={202: ImageSerializer, 200: ImageSerializer}, parameters=[KEY]
    )
    def post(self, request: Request) -> Response:
        """Store a picture; its garments are found in the background. Ask for the image until `status` is `ready`.

        The same picture again (or the same `Idempotency-Key`) answers 200 with the image that is there.
        """
        given = ImageUploadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        key = request.headers.get("Idempotency-Key", "")
        if len(key) > 100:
            raise ValidationError({"Idempotency-Key": ["longer than 100 characters"]})
        image, created = services.add_image(
            owner=cast(User, request.user),  # IsAuthenticated is the default permission
            purpose=given.validated_data["purpose"],
            file=given.validated_data["file"],
            idempotency_key=key,
        )
        body = ImageSerializer(image, context={"request": request}).data
        return Response(body, status=status.HTTP_202_ACCEPTED if created else status.HTTP_200_OK)


class ImageDetail(APIView):
    permission_classes = (AllowAny,)
    throttle_scope = "read"

    @extend_schema(responses=ImageSerializer)
    def get(self, request: Request, image_id: UUID) -> Response:
        """A picture, how far it is, and the garments found in it."""
        image = selectors.readable_image(request.user, image_id)
        if image is None:
            raise NotFound
        return Response(ImageSerializer(image, context={"request": request}).data)


class _AsItIs(DefaultContentNegotiation):
    """A file is sent as it is, whatever an <img> says that it accepts."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:  # noqa: ARG002
        return renderers[0], renderers[0].media_type


class ImageFile(APIView):
    permission_classes = (AllowAny,)
    content_negotiation_class = _AsItIs

    @extend_schema(responses={(200, "image/*"): OpenApiTypes.BINARY})
    def get(self, request: Request, image_id: UUID, size: str) -> FileResponse:
        """The bytes of a picture, or of its thumbnail. A picture never changes under its id, so it may be kept."""
        image = selectors.viewable(request.user).filter(pk=image_id).first()
        name = "" if image is None else image.file_name if size == "original" else image.thumbnail_name
        try:
            file = default_storage.open(name) if name else None
        except FileNotFoundError:  # not described yet, or erased this moment
            file = None
        if image is None or file is None:
            raise NotFound
        mime = mlcore.images.MIME_TYPES[image.format] if size == "original" else "image/jpeg"
        response = FileResponse(file, content_type=mime)
        shown_to_all = image.public and image.visible
        response["Cache-Control"] = "public, max-age=300" if shown_to_all else "private, max-age=300"
        return response
