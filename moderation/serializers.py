"""Reports as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from moderation.models import Reason
from rest.serializers import StrictSerializer


class ReportCreationSerializer(StrictSerializer):
    image = serializers.UUIDField(help_text="of a picture that you can see")
    reason = serializers.ChoiceField(Reason.choices)
    text = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")

    def validate_text(self, text: str) -> str:
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise serializers.ValidationError("not a text: it has half of a character")
        return text


class ReportSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    image = serializers.UUIDField(source="image_id")
    reason = serializers.ChoiceField(Reason.choices)
    text = serializers.CharField()
    created_at = serializers.DateTimeField()
