"""A user's data, to take along; a user's account, to be erased."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast

from django.core import signing
from django.core.files.storage import default_storage
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import accounts.views
from accounts.models import User
from privacy import selectors, services
from privacy.models import Export, State
from privacy.serializers import DOWNLOADS, ExportSerializer, ReceiptSerializer

LINK_LASTS_S = 3600
RETRY_AFTER_S = 5

QUEUED = OpenApiExample(
    "being written",
    {
        "status": "queued",
        "asked_at": "2026-03-01T09:30:00Z",
        "size": None,
        "url": None,
        "expires_at": None,
        "error": None,
    },
    response_only=True,
    status_codes=["202"],
)
READY = OpenApiExample(
    "ready",
    {
        "status": "ready",
        "asked_at": "2026-03-01T09:30:00Z",
        "size": 48211034,
        "url": "https://garderobe.example/api/v1/me/export/file/?token=4f6c9b1e-0f5b-4b43-9d1d-6d3f7c1f2a10:1vyz:Qk3",
        "expires_at": "2026-03-04T09:31:12Z",
        "error": None,
    },
    response_only=True,
    status_codes=["200"],
)
RECEIPT = OpenApiExample(
    "receipt",
    {
        "id": "0b8a7f8e-2c55-4a0e-8f3b-8b4c7a5d9e21",
        "erased_at": "2026-03-01T09:40:00Z",
        "user": 17,
        "counts": {"rows": {"accounts.user": 1, "images.image": 1, "images.garment": 1}, "pictures": 1, "garments": 1},
        "pictures": [["6d1e0c0b-7a33-4f5c-9a54-2f4c7f2f0f6e", "user/6d/6d1e0c0b-7a33-4f5c-9a54-2f4c7f2f0f6e.jpg"]],
        "garments": [[4711, "a3f5b6d2-1c1f-4e0a-8d8f-6c2b9a4e7f10"]],
        "export": "",
        "outfits": ["7d1b9e30-4c2f-4f7a-8e55-3a90c6b1d2e4"],
        "signature": "yv7m0JtQb1Q2mC0k8c8w3mTq2z9a",
    },
    response_only=True,
)


class OnlySuperuser(APIException):
    status_code = status.HTTP_409_CONFLICT


class Me(accounts.views.Me):
    """The account as `accounts` shows it, and its end, for which every app above it has to be known."""

    @extend_schema(
        request=None,
        responses={200: ReceiptSerializer, 409: OpenApiResponse(description="The only superuser cannot leave")},
        examples=[RECEIPT],
        operation_id="me_destroy",
    )
    def delete(self, request: Request) -> Response:
        """Erase the account and everything about it: pictures, garments, wardrobe, likes, searches, looks, sign-ins.

        There is no way back, and every device is signed out. The answer is a receipt with counts; whoever runs the
        installation proves with it that nothing is left (`manage.py verify_erasure`).
        """
        try:
            receipt = services.erase_user(user=cast(User, request.user))
        except services.LastSuperuser as error:
            raise OnlySuperuser(str(error)) from error
        return Response(asdict(receipt))


class MyExport(APIView):
    throttle_scope = "read"

    def get_throttles(self) -> list[Any]:
        """Reading how far it is costs nothing; writing a ZIP of everything does."""
        self.throttle_scope = "export" if self.request.method == "POST" else "read"
        return super().get_throttles()

    @extend_schema(responses={200: ExportSerializer, 202: ExportSerializer}, examples=[QUEUED, READY])
    def get(self, request: Request) -> Response:
        """The ZIP of everything about you: pictures, and every row as JSON.

        The first call has it written in the background (202 with `Retry-After`); ask again until it is `ready` (200),
        then fetch `url`. It is kept for three days.
        """
        return self._answer(services.request_export(user=cast(User, request.user)))

    @extend_schema(request=None, responses={200: ExportSerializer, 202: ExportSerializer}, examples=[QUEUED, READY])
    def post(self, request: Request) -> Response:
        """Have it written anew, instead of the one that is there."""
        return self._answer(services.request_export(user=cast(User, request.user), anew=True))

    @extend_schema(request=None, responses={204: None, 404: OpenApiResponse(description="There is none")})
    def delete(self, request: Request) -> Response:
        """Erase the ZIP before its time."""
        export = selectors.export_of(cast(User, request.user))
        if export is None:
            raise NotFound
        services.withdraw_export(export=export)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _answer(self, export: Export) -> Response:
        body = ExportSerializer(export, context={"request": self.request}).data
        if export.state != State.QUEUED:
            return Response(body)
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Retry-After": str(RETRY_AFTER_S)})


class MyExportFile(APIView):
    permission_classes = (AllowAny,)  # by the token in `url`, or signed in
    throttle_scope = "read"

    @extend_schema(
        parameters=[OpenApiParameter("token", str, description="as in `url`; without it, sign in")],
        responses={
            (200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY),
            404: OpenApiResponse(description="Not written yet, no longer kept, or the token has expired"),
        },
    )
    def get(self, request: Request) -> FileResponse:
        """The ZIP itself."""
        export = self._export(request)
        if export is None or export.state != State.READY:
            raise NotFound
        try:
            file = default_storage.open(export.file_name)
        except FileNotFoundError as error:
            raise NotFound from error
        name = f"garderobe-{export.asked_at:%Y-%m-%d}.zip"
        response = FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
        response["Content-Length"] = str(export.size)
        response["Cache-Control"] = "private, no-store"
        return response

    def _export(self, request: Request) -> Export | None:
        if token := request.query_params.get("token"):
            try:
                pk = DOWNLOADS.unsign(token, max_age=LINK_LASTS_S)
            except signing.BadSignature:
                return None
            return Export.objects.filter(pk=pk, owner__is_active=True).first()
        return selectors.export_of(request.user) if isinstance(request.user, User) else None
