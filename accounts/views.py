"""The signed-in user's own settings and API keys."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import NotFound
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import selectors, services
from accounts.models import ApiKey, User
from accounts.serializers import ApiKeySerializer, CreatedApiKeySerializer, MeSerializer, NewApiKeySerializer
from rest.etags import EtagMixin
from rest.idempotency import IdempotentMixin
from rest.pages import CursorPages

ME = {"email": "ada@example.org", "name": "Ada", "keeps_history": True, "public_looks": False}
KEY = {
    "id": 3,
    "name": "the shop's website",
    "prefix": "9f2c61b07ad4",
    "scopes": ["search"],
    "created_at": "2026-11-26T09:30:00Z",
    "expires_at": "2027-11-26T00:00:00Z",
    "last_used_at": None,
}


class Me(EtagMixin, APIView):
    permission_classes = (IsAuthenticated,)
    throttle_scope = "read"

    @extend_schema(responses=MeSerializer, examples=[OpenApiExample("Ada", ME, response_only=True)])
    def get(self, request: Request) -> Response:
        """Who is signed in, and the own settings."""
        user = cast(User, request.user)
        if request.method not in SAFE_METHODS:  # for If-Match, or as the answer: it may have changed since signing in
            user.refresh_from_db()
        return Response(MeSerializer(user).data)

    @extend_schema(
        request=MeSerializer,
        responses=MeSerializer,
        examples=[
            OpenApiExample("No history", {"keeps_history": False}, request_only=True),
            OpenApiExample("Another name", {"name": "Ada L."}, request_only=True),
            OpenApiExample("Ada", ME, response_only=True),
        ],
    )
    def patch(self, request: Request) -> Response:
        """Change the own settings; what is left out stays.

        Without history, no further searches are remembered. Password and e-mail address are changed where one signs
        in: `/_allauth/app/v1/account/`.
        """
        given = MeSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        services.change_settings(user=cast(User, request.user), **given.validated_data)  # IsAuthenticated
        return self.get(request)


class ApiKeys(IdempotentMixin, generics.ListAPIView[ApiKey]):
    permission_classes = (IsAuthenticated,)
    pagination_class = CursorPages
    serializer_class = ApiKeySerializer
    queryset = ApiKey.objects.none()
    answer_is_secret = True

    @property
    def throttle_scope(self) -> str:
        return "api_keys" if self.request.method == "POST" else "read"

    def get_queryset(self) -> QuerySet[ApiKey]:
        return selectors.listed_keys(cast(User, self.request.user))

    @extend_schema(examples=[OpenApiExample("One key", KEY, response_only=True)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The user's API keys, the newest first, without their secrets; those that expired too, not those revoked."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request=NewApiKeySerializer,
        responses={
            201: CreatedApiKeySerializer,
            403: OpenApiResponse(description="a scope that the user may not give away"),
            409: OpenApiResponse(description="there are twenty keys already"),
        },
        examples=[
            OpenApiExample(
                "For a website",
                {"name": KEY["name"], "scopes": ["search"], "expires_at": KEY["expires_at"]},
                request_only=True,
            ),
            OpenApiExample(
                "With its secret",
                {**KEY, "key": "9f2c61b07ad4.X0pQ3f0r1dF6bqkq2W7wq5W2m0kq9w4o0fYxv6T1h3E"},
                response_only=True,
                status_codes=["201"],
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Make an API key for a program. `key` is told this once: keep it like a password.

        The program sends it as `Authorization: Api-Key PREFIX.SECRET`. It opens what its scopes name, in the user's
        name, and has a throttle of its own; nothing that it searches enters the user's history.
        """
        given = NewApiKeySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = services.create_api_key(owner=cast(User, request.user), **given.validated_data)
        body = {**ApiKeySerializer(made.key).data, "key": made.token}
        return Response(body, status=status.HTTP_201_CREATED)


class ApiKeyDetail(APIView):
    permission_classes = (IsAuthenticated,)
    throttle_scope = "read"

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Revoke an API key. It opens nothing from this moment on."""
        if not services.revoke_api_key(owner=cast(User, request.user), key_id=pk):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)
