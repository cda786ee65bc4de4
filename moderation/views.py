"""Reports over HTTP. Moderators work in the admin."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from moderation import services
from moderation.serializers import ReportCreationSerializer, ReportSerializer
from rest.idempotency import IdempotentMixin

GIVEN: dict[str, Any] = {
    "image": "8d0f3c5a-2b1e-4f60-9a77-0c4d5e6f7a81",
    "reason": "person",
    "text": "That is me, and nobody has asked me.",
}


class ReportList(IdempotentMixin, APIView):
    throttle_scope = "report"

    @extend_schema(
        operation_id="reports_create",
        request=ReportCreationSerializer,
        responses={
            201: ReportSerializer,
            200: ReportSerializer,
            404: OpenApiResponse(description="No such picture, or you cannot see it"),
        },
        examples=[
            OpenApiExample("A look that shows me", GIVEN, request_only=True),
            OpenApiExample("The report", {"id": 12, **GIVEN, "created_at": "2025-11-20T08:15:30Z"}, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Tell the moderators that a picture should not be there.

        A report of yours about it that is still open answers 200, and stays as it is.
        """
        given = ReportCreationSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        filed = services.report_image(
            reporter=cast(User, request.user),  # IsAuthenticated is the default permission
            image_id=given.validated_data["image"],
            reason=given.validated_data["reason"],
            text=given.validated_data["text"],
        )
        if filed is None:
            raise NotFound
        report, is_new = filed
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(ReportSerializer(report).data, status=code)
