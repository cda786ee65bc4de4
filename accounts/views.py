"""The signed-in user's own settings."""

from __future__ import annotations

from typing import cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.models import User
from rest.serializers import StrictSerializer


class MeSerializer(StrictSerializer):
    email = serializers.EmailField(read_only=True)
    keeps_history = serializers.BooleanField(required=False, help_text="whether searches are remembered")


class Me(APIView):
    permission_classes = (IsAuthenticated,)
    throttle_scope = "read"

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Who is signed in, and the own settings."""
        return Response(MeSerializer(cast(User, request.user)).data)

    @extend_schema(request=MeSerializer, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        """Switch the search history on or off."""
        user = cast(User, request.user)  # IsAuthenticated
        given = MeSerializer(user, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        if "keeps_history" in given.validated_data:
            services.keep_history(user, keeps=given.validated_data["keeps_history"])
        return Response(MeSerializer(user).data)
