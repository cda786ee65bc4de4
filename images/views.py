"""Pictures over HTTP: upload, state, and the files themselves, for those who may see them."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseNotModified
from django.http.request import MediaType
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import mlcore.images
from accounts.models import User
from images import examples, files, links, reviewing, selectors, services, thumbnails
from images.parsers import PictureParser
from images.serializers import ImageSerializer, ImageUploadSerializer, ThumbnailParameters
from rest.etags import EtagMixin

KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="A retry with it returns the same image"
)
TOKEN = OpenApiParameter(links.PARAMETER, str, description="Part of the address of what is not public")
ASK_AGAIN_S = {"queued": 2, "processing": 1}


class ImageUpload(APIView):
    parser_classes = (PictureParser,)
    throttle_scope = "picture"

    @extend_schema(
        request=ImageUploadSerializer,
        responses={
            202: ImageSerializer,
            200: ImageSerializer,
            409: OpenApiResponse(description="This `Idempotency-Key` came with another picture before"),
            422: OpenApiResponse(description="Too small to find a garment in it"),
        },
        parameters=[KEY],
        examples=[
            OpenApiExample("Taken", examples.IMAGE_QUEUED, response_only=True, status_codes=["202"]),
            OpenApiExample("There already", examples.IMAGE_BODY, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Store a picture; its garments are found in the background. Ask for the image until `status` is `ready`.

        The same picture again (or the same `Idempotency-Key`) answers 200 with the image that is there. A `look` is
        public once moderators have let it pass (`review`), and only while `public_looks` is on in your settings.
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
        code = status.HTTP_202_ACCEPTED if created else status.HTTP_200_OK
        return Response(body, status=code, headers=_ask_again(body))


class ImageDetail(EtagMixin, APIView):
    throttle_scope = "read"

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny()] if self.request.method in ("GET", "HEAD", "OPTIONS") else [IsAuthenticated()]

    @extend_schema(
        responses=ImageSerializer,
        examples=[
            OpenApiExample("Described", examples.IMAGE_BODY, response_only=True),
            OpenApiExample("Waiting", examples.IMAGE_QUEUED, response_only=True),
        ],
    )
    def get(self, request: Request, image_id: UUID) -> Response:
        """A picture, how far it is, and the garments found in it.

        While it is `queued` or `processing`, `Retry-After` says in how many seconds to ask again; `events` tells it
        without asking.
        """
        image = selectors.readable_image(request.user, image_id)
        if image is None:
            raise NotFound
        body = ImageSerializer(image, context={"request": request}).data
        return Response(body, headers=_ask_again(body))

    @extend_schema(operation_id="images_erase", responses={204: None})
    def delete(self, request: Request, image_id: UUID) -> Response:
        """Erase a picture of yours: its files, the garments in it, and a look out of what is public.

        Items that it showed stay, without it.
        """
        image = selectors.readable_image(request.user, image_id)
        owner = cast(User, request.user)  # IsAuthenticated, above
        if image is None or not reviewing.erase_own_image(owner=owner, image=image):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)


class AsItIs(DefaultContentNegotiation):
    """A file is sent as it is, whatever an <img> says that it accepts."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:  # noqa: ARG002
        return renderers[0], renderers[0].media_type


class ImageFile(APIView):
    permission_classes = (AllowAny,)
    content_negotiation_class = AsItIs

    @extend_schema(parameters=[TOKEN], responses={(200, "image/*"): OpenApiTypes.BINARY})
    def get(self, request: Request, image_id: UUID) -> FileResponse:
        """A picture as it came, without its metadata. A HEIC has become a JPEG."""
        admitted = links.admitted(request, image_id, links.Form.FILE)
        if admitted is None:
            raise NotFound
        image = admitted.image
        response = files.file_response(
            image.file_name, content_type=mlcore.images.MIME_TYPES[image.format], admitted=admitted
        )
        if response is None:
            raise NotFound
        return response


class ImageThumbnail(APIView):
    permission_classes = (AllowAny,)
    content_negotiation_class = AsItIs
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
        admitted = links.admitted(request, image_id, links.Form.THUMBNAIL)
        if admitted is None:
            raise NotFound
        image = admitted.image
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
        response["Cache-Control"] = admitted.cache_control()
        patch_vary_headers(response, ["Accept"])
        return response


def _ask_again(body: dict[str, Any]) -> dict[str, str]:
    """`Retry-After`, while the picture is on its way."""
    wait = ASK_AGAIN_S.get(body["status"])
    return {"Retry-After": str(wait)} if wait else {}


def _prefers_webp(accept: str) -> bool:
    """WebP is named, and liked no less than JPEG. A wildcard is no name: older Safaris send one and show no WebP."""
    liked = {f"{said.main_type}/{said.sub_type}": said.quality for said in map(MediaType, accept.split(","))}
    webp = liked.get("image/webp", 0)
    jpeg = next((liked[name] for name in ("image/jpeg", "image/*", "*/*") if name in liked), 0)
    return webp > 0 and webp >= jpeg
