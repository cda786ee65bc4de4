"""Uploads over HTTP: many photographs in, proposals of items out."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from images.models import Image
from rest.etags import EtagMixin
from rest.idempotency import IdempotentMixin
from wardrobe import examples, selectors, upload_serializers, uploading
from wardrobe.models import Upload
from wardrobe.pages import ByCursor
from wardrobe.parsers import PicturesParser
from wardrobe.selectors import UploadView
from wardrobe.uploading import Arrival

ASK_AGAIN_S = 2  # what a picture takes on two slow cores


class UploadList(IdempotentMixin, generics.GenericAPIView[Any]):
    parser_classes = (PicturesParser,)
    serializer_class = upload_serializers.UploadSummarySerializer
    pagination_class = ByCursor
    queryset = Upload.objects.none()

    arrivals: list[Arrival]
    stored: tuple[Image, ...] = ()

    @property
    def throttle_scope(self) -> str:
        return "picture" if self.request.method == "POST" else "read"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            # Before `post`, which may run in a transaction: SQLite has one writer, and decoding is no work for it.
            given = upload_serializers.UploadCreationSerializer(data=request.data)
            given.is_valid(raise_exception=True)
            self.arrivals = uploading.look_at(owner=_user(request), files=given.validated_data["files"])

    def handle_exception(self, exc: Exception) -> Response:
        if self.stored:  # and then, perhaps, rolled back with the row of the request's key
            uploading.discard_rolled_back(images_added=self.stored)
        return super().handle_exception(exc)

    @extend_schema(
        operation_id="wardrobe_uploads_list",
        responses=upload_serializers.UploadSummarySerializer(many=True),
        examples=[OpenApiExample("An upload", examples.UPLOAD_LISTED, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """Your uploads, the newest first, and how far they are."""
        page = self.paginate_queryset(selectors.uploads(_user(request)).prefetch_related(None)) or []
        views = selectors.listed(page)
        return self.get_paginated_response(self.get_serializer(views, many=True).data)

    @extend_schema(
        operation_id="wardrobe_uploads_create",
        request={"multipart/form-data": upload_serializers.UploadCreationSerializer},
        responses={202: upload_serializers.UploadSerializer},
        examples=[
            OpenApiExample("One taken, one refused", examples.UPLOAD_TAKEN, response_only=True, status_codes=["202"])
        ],
    )
    def post(self, request: Request) -> Response:
        """Store up to 50 photographs of your clothes. Their garments are found in the background.

        Each picture is answered for itself: one that cannot be read has an `error` and no `image`, and loses no other.
        Bytes that you sent before are recognised (`duplicate`) and not described again. Ask for the upload until it is
        `ready`; its `proposals` then say which garments are one thing.
        """
        added = uploading.add_upload(owner=_user(request), arrivals=self.arrivals)
        self.stored = added.images
        upload = selectors.upload(_user(request), added.upload.pk)
        if upload is None:  # erased by its owner this moment
            raise NotFound
        return _answer(request, selectors.viewed(upload), status.HTTP_202_ACCEPTED)


class UploadDetail(EtagMixin, generics.GenericAPIView[Any]):
    throttle_scope = "read"
    serializer_class = upload_serializers.UploadSerializer
    queryset = Upload.objects.none()

    @extend_schema(
        operation_id="wardrobe_uploads_retrieve",
        responses=upload_serializers.UploadSerializer,
        examples=[OpenApiExample("Ready, with a proposal", examples.UPLOAD_READY, response_only=True)],
    )
    def get(self, request: Request, upload_id: UUID) -> Response:
        """An upload, its pictures and the garments in them, and what items they would make.

        While pictures are in work `Retry-After` says when to ask again; what is described is proposed already.
        """
        upload = selectors.upload(_user(request), upload_id)
        if upload is None:
            raise NotFound
        return _answer(request, selectors.viewed(upload), status.HTTP_200_OK)


def _answer(request: Request, view: UploadView, code: int) -> Response:
    body = upload_serializers.UploadSerializer(view, context={"request": request}).data
    waiting = upload_serializers.in_work(view) > 0
    return Response(body, status=code, headers={"Retry-After": str(ASK_AGAIN_S)} if waiting else None)


def _user(request: Request) -> User:
    return cast(User, request.user)  # IsAuthenticated is the default permission
