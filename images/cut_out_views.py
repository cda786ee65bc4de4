"""Cut-outs over HTTP: asked for, fetched and undone."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from images import cut_out_services, files, links, selectors
from images.garment_serializers import GarmentDetailSerializer
from images.garment_views import GARMENT
from images.models import CutOut
from images.views import TOKEN, AsItIs

ADDRESS = "https://garderobe.example/api/v1/garments/3f2a8f2e-8a53-4c76-9a44-6b8f3a0c7d11/cut-out/?token=6f1c…"
KEPT_S = 300  # by caches: the address stays when the owner undoes a cut-out or moves the box


class GarmentCutOut(APIView):
    content_negotiation_class = AsItIs

    @property
    def throttle_scope(self) -> str:
        return "picture" if self.request.method == "PUT" else "read"

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny()] if self.request.method in ("GET", "HEAD", "OPTIONS") else [IsAuthenticated()]

    @extend_schema(
        operation_id="garments_cut_out_retrieve",
        parameters=[TOKEN],
        responses={
            (200, "image/webp"): OpenApiTypes.BINARY,
            304: OpenApiResponse(description="What `If-None-Match` names is still right"),
        },
    )
    def get(self, request: Request, uid: UUID) -> HttpResponse | FileResponse:
        """A garment without its background: WebP with transparency, long side at most 1024 pixels.

        404 until it is ready. Take the address from the garment's `cut_out`: it carries the token for an `<img>`.
        """
        garment = selectors.garment_with_cut_out(uid)
        admitted = links.admitted(request, garment.image_id, links.Form.CUT_OUT, of=uid) if garment else None
        if garment is None or admitted is None:
            raise NotFound
        etag = f'W/"{garment.uid}-{garment.x:.5f}-{garment.y:.5f}-{garment.width:.5f}-{garment.height:.5f}"'
        response: HttpResponse | FileResponse | None
        if etag in parse_etags(request.headers.get("If-None-Match", "")):
            response = HttpResponseNotModified()
        else:
            response = files.file_response(garment.cut_out_name, content_type="image/webp", admitted=admitted)
            if response is None:
                raise NotFound
        response["ETag"] = etag
        response["Cache-Control"] = admitted.cache_control(max_age=KEPT_S).replace(", immutable", "")
        return response

    @extend_schema(
        operation_id="garments_cut_out_request",
        request=None,
        responses={
            202: OpenApiResponse(GarmentDetailSerializer, description="Being made"),
            200: OpenApiResponse(GarmentDetailSerializer, description="It is there"),
            409: OpenApiResponse(description="The picture is being described, could not be, or was hidden"),
        },
        examples=[
            OpenApiExample(
                "Being made",
                {**GARMENT, "cut_out": {"status": "queued", "url": None}},
                response_only=True,
                status_codes=["202"],
            ),
            OpenApiExample(
                "It is there",
                {**GARMENT, "cut_out": {"status": "ready", "url": ADDRESS}},
                response_only=True,
                status_codes=["200"],
            ),
        ],
    )
    def put(self, request: Request, uid: UUID) -> Response:
        """Have the background removed from a garment of your own picture, in the background. The picture stays.

        Ask for the garment until `cut_out.status` is `ready`, or `failed`: then the garment could not be told from
        what is around it. Another try is another `PUT`, best after a better box. A new box undoes the cut-out.
        """
        garment = cut_out_services.request_cut_out(owner=_user(request), uid=uid)
        if garment is None:
            raise NotFound
        body = GarmentDetailSerializer(garment, context={"request": request}).data
        ready = garment.cut_out == CutOut.READY
        return Response(body, status=status.HTTP_200_OK if ready else status.HTTP_202_ACCEPTED)

    @extend_schema(operation_id="garments_cut_out_undo", responses={204: None})
    def delete(self, request: Request, uid: UUID) -> Response:
        """Remove the cut-out of a garment of your own, or call off one that is being made. The picture stays."""
        if not cut_out_services.undo_cut_out(owner=_user(request), uid=uid):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)


def _user(request: Request) -> User:
    return cast(User, request.user)  # IsAuthenticated
