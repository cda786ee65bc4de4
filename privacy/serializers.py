"""Exports and receipts as JSON."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.urls import reverse
from rest_framework import serializers

from privacy.models import Export, State

DOWNLOADS = signing.TimestampSigner(salt="privacy.exports")


class ExportSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(State.choices)
    asked_at = serializers.DateTimeField()
    size = serializers.IntegerField(allow_null=True, help_text="of the ZIP, in bytes")
    url = serializers.URLField(allow_null=True, help_text="opens without signing in, for an hour")
    expires_at = serializers.DateTimeField(allow_null=True, help_text="then the ZIP is erased")
    error = serializers.CharField(allow_null=True)

    def to_representation(self, export: Export) -> dict[str, Any]:
        ready = export.state == State.READY
        url = f"{reverse('me-export-file')}?token={DOWNLOADS.sign(str(export.pk))}" if ready else None
        request = self.context.get("request")
        return {
            "status": export.state,
            "asked_at": export.asked_at,
            "size": export.size if ready else None,
            "url": request.build_absolute_uri(url) if url and request else url,
            "expires_at": export.expires_at,
            "error": export.error or None,
        }


class CountsSerializer(serializers.Serializer[Any]):
    rows = serializers.DictField(child=serializers.IntegerField(), help_text="by kind")
    pictures = serializers.IntegerField()
    garments = serializers.IntegerField()


class ReceiptSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    erased_at = serializers.DateTimeField()
    user = serializers.IntegerField()
    counts = CountsSerializer()
    pictures = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    garments = serializers.ListField(child=serializers.ListField(child=serializers.JSONField()))
    export = serializers.CharField()
    outfits = serializers.ListField(child=serializers.UUIDField())
    signature = serializers.CharField()
