"""Garments over HTTP: one by itself, and what its owner says of it."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from images import corrections, selectors
from images.garment_serializers import GarmentAdditionSerializer, GarmentChangeSerializer, GarmentDetailSerializer
from rest.etags import EtagMixin
from rest.idempotency import IdempotentMixin

GARMENT: dict[str, Any] = {
    "id": "3f2a8f2e-8a53-4c76-9a44-6b8f3a0c7d11",
    "status": "ready",
    "cut_out": None,
    "category": "outerwear",
    "score": 1.0,
    "box": {"x": 0.12, "y": 0.3, "width": 0.4, "height": 0.35},
    "colours": [{"name": "navy", "hex": "#202746", "share": 0.81}],
    "labels": {
        "sleeve_length": {"value": "long", "confidence": 1.0},
        "collar_style": {"value": "lapel", "confidence": 0.71},
    },
    "quality": 0.74,
    "image": "8d0f3c5a-2b1e-4f60-9a77-0c4d5e6f7a81",
    "corrected": ["category", "sleeve_length"],
}
IN_WORK = OpenApiResponse(description="The picture is being described, or could not be")


class GarmentDetail(EtagMixin, APIView):
    throttle_scope = "read"

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny()] if self.request.method in ("GET", "HEAD", "OPTIONS") else [IsAuthenticated()]

    @extend_schema(
        operation_id="garments_retrieve",
        responses=GarmentDetailSerializer,
        examples=[OpenApiExample("A coat that was taken for a top", GARMENT, response_only=True)],
    )
    def get(self, request: Request, uid: UUID) -> Response:
        """A garment of a picture that you may see.

        While `status` is `processing` it is being described anew, and is neither found nor searched with.
        """
        garment = selectors.readable_garment(request.user, uid)
        if garment is None:
            raise NotFound
        return Response(GarmentDetailSerializer(garment, context={"request": request}).data)

    @extend_schema(
        operation_id="garments_correct",
        request=GarmentChangeSerializer,
        responses={200: GarmentDetailSerializer, 409: IN_WORK},
        examples=[
            OpenApiExample("It is a coat", {"category": "outerwear"}, request_only=True),
            OpenApiExample(
                "A tighter box, and a pattern",
                {"box": {"x": 0.14, "y": 0.31, "width": 0.36, "height": 0.33}, "labels": {"pattern": "check"}},
                request_only=True,
            ),
            OpenApiExample(
                "No collar can be seen; it is navy with some white",
                {"labels": {"collar_style": None}, "colours": ["navy", "white"]},
                request_only=True,
            ),
            OpenApiExample(
                "Stored, and being described anew",
                {**GARMENT, "status": "processing", "corrected": ["category"]},
                response_only=True,
            ),
        ],
    )
    def patch(self, request: Request, uid: UUID) -> Response:
        """Put right what the models got wrong in a picture of your own. No model ever changes it back.

        A new `box` or `category` has the garment described anew in the background: ask until `status` is `ready`.
        A label that is `null` is removed. What agrees with what is there changes nothing.
        """
        given = GarmentChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            garment = corrections.correct_garment(owner=_user(request), uid=uid, change=given.change())
        except corrections.Refused as error:
            raise ValidationError({error.field: [str(error)]}) from error
        if garment is None:
            raise NotFound
        return Response(GarmentDetailSerializer(garment, context={"request": request}).data)

    @extend_schema(operation_id="garments_remove", responses={204: None, 409: IN_WORK})
    def delete(self, request: Request, uid: UUID) -> Response:
        """Say that there is no garment at this place of your picture. A wardrobe item loses this picture of it."""
        if not corrections.remove_garment(owner=_user(request), uid=uid):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)


class GarmentAddition(IdempotentMixin, APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="images_garments_add",
        request=GarmentAdditionSerializer,
        responses={201: GarmentDetailSerializer, 409: IN_WORK},
        examples=[
            OpenApiExample(
                "A skirt that was overlooked",
                {"box": {"x": 0.2, "y": 0.5, "width": 0.4, "height": 0.3}, "category": "skirts"},
                request_only=True,
            ),
            OpenApiExample(
                "Stored, and being described",
                {
                    **GARMENT,
                    "status": "processing",
                    "category": "skirts",
                    "box": {"x": 0.2, "y": 0.5, "width": 0.4, "height": 0.3},
                    "colours": [],
                    "labels": {},
                    "quality": 0.0,
                    "corrected": ["box", "category"],
                },
                response_only=True,
                status_codes=["201"],
            ),
        ],
    )
    def post(self, request: Request, image_id: UUID) -> Response:
        """Draw a box around a garment that was overlooked in your picture. It is described in the background.

        Without `category` the models say what is in the box; until `status` is `ready` it is called `tops`.
        """
        given = GarmentAdditionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        box, category = given.addition()
        try:
            garment = corrections.add_garment(owner=_user(request), image_id=image_id, box=box, category=category)
        except corrections.Refused as error:
            raise ValidationError({error.field: [str(error)]}) from error
        if garment is None:
            raise NotFound
        body = GarmentDetailSerializer(garment, context={"request": request}).data
        return Response(body, status=status.HTTP_201_CREATED)


def _user(request: Request) -> User:
    return cast(User, request.user)  # IsAuthenticated
