"""What goes in and out of the account's own part of the API."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from accounts.models import ApiKey, Scope
from rest.serializers import StrictSerializer


class MeSerializer(StrictSerializer):
    email = serializers.EmailField(read_only=True, help_text="changed at `/_allauth/app/v1/account/email`")
    name = serializers.CharField(
        required=False, allow_blank=True, max_length=150, help_text="how the user wants to be called"
    )
    keeps_history = serializers.BooleanField(required=False, help_text="whether searches are remembered")
    public_looks = serializers.BooleanField(
        required=False, help_text="whether looks may be published, once a moderator approved them"
    )


class ApiKeySerializer(serializers.ModelSerializer[ApiKey]):
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = ("id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at")
        read_only_fields = fields


class NewApiKeySerializer(StrictSerializer):
    name = serializers.CharField(max_length=100, help_text="which program uses it")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.choices),
        min_length=1,
        max_length=len(Scope),
        help_text="what it opens; `catalogue` only for who may add products",
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True, help_text="never, if it is left out")

    def validate_expires_at(self, expires_at: Any) -> Any:
        if expires_at is not None and expires_at <= timezone.now():
            raise serializers.ValidationError("lies in the past")
        return expires_at


class CreatedApiKeySerializer(ApiKeySerializer):
    key = serializers.CharField(help_text="`PREFIX.SECRET`, for `Authorization: Api-Key …`; shown this once")

    class Meta(ApiKeySerializer.Meta):
        fields = (*ApiKeySerializer.Meta.fields, "key")
        read_only_fields = fields
