"""Pictures over HTTP: upload, state, and the files themselves, for those who may see them."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse, HttpResponseNotModified
from django.http.request import MediaType
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import mlcore.images
from accounts.models import User
from images import selectors, services, thumbnails
from images.models import Image
from images.parsers import PictureParser
from images.serializers import ImageSerializer, ImageUploadSerializer, ThumbnailParameters

KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="A retry with it returns the same image"
)
DAY_S, YEAR_S = 86_400, 31_536_000


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
    def get(self, request: Request, image_id: UUID) -> FileResponse:
        """The bytes of a picture, as they came."""
        image = selectors.viewable(request.user).filter(pk=image_id).first()
        if image is None:
            raise NotFound
        try:
            file = default_storage.open(image.file_name)
        except FileNotFoundError as error:  # erased this moment
            raise NotFound from error
        response = FileResponse(file, content_type=mlcore.images.MIME_TYPES[image.format])
        shown_to_all = image.public and image.visible
        response["Cache-Control"] = "public, max-age=300" if shown_to_all else "private, max-age=300"
        return response


class ImageThumbnail(APIView):
    permission_classes = (AllowAny,)
    content_negotiation_class = _AsItIs
    throttle_scope = "read"

    @extend_schema(
        parameters=[ThumbnailParameters],
        responses={
            (200, "image/jpeg", "image/webp"): OpenApiTypes.BINARY,
            304: OpenApiResponse(description="What `If-None-Match` names is still right"),
        },
    )
    def get(self, request: Request, image_id: UUID) -> HttpResponse:
        """A picture made small, upright and without metadata, once the picture is described.

        WebP if `Accept` names `image/webp` (`*/*` is no promise to show it), else JPEG. It never changes: keep it for
        as long as `Cache-Control` says.
        """
        given = ThumbnailParameters(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        image = selectors.viewable(request.user).filter(pk=image_id).first()
        if image is None:
            raise NotFound
        side = thumbnails.side_for(image, given.validated_data["w"])
        form: thumbnails.Form = "WEBP" if _prefers_webp(request.headers.get("Accept", "")) else "JPEG"
        # Weak: what is made again after a loss, by another release of the encoder, may differ in its bytes.
        etag = f'W/"{image.pk}-{side}-{form.lower()}"'
        response: HttpResponse
        if etag in parse_etags(request.headers.get("If-None-Match", "")):
            response = HttpResponseNotModified()
        else:
            content = thumbnails.fetch(image, side=side, form=form)
            if content is None:
                raise NotFound
            response = HttpResponse(content, content_type=mlcore.images.MIME_TYPES[form])
        response["ETag"] = etag
        response["Cache-Control"] = _may_be_kept(image, request.user)
        patch_vary_headers(response, ["Accept"])
        return response


def _prefers_webp(accept: str) -> bool:
    """WebP is named, and liked no less than JPEG. A wildcard is no name: older Safaris send one and show no WebP."""
    liked = {f"{said.main_type}/{said.sub_type}": said.quality for said in map(MediaType, accept.split(","))}
    webp = liked.get("image/webp", 0)
    jpeg = next((liked[name] for name in ("image/jpeg", "image/*", "*/*") if name in liked), 0)
    return webp > 0 and webp >= jpeg


def _may_be_kept(image: Image, reader: selectors.Reader) -> str:
    """For a thumbnail: by whom, and for how long."""
    if image.public and image.visible:
        return f"public, max-age={YEAR_S}, s-maxage={DAY_S}, immutable"  # what is hidden leaves shared caches in a day
    if image.public or image.owner_id not in (None, reader.pk):
        return "private, max-age=300"  # only a moderator sees it
    if image.expires_at is None:
        return f"private, max-age={YEAR_S}, immutable"
    left = int((image.expires_at - timezone.now()).total_seconds())
    return f"private, max-age={max(left, 0)}, immutable"
