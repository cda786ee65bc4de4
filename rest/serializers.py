"""What every serializer of a write keeps to."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """Unknown and read-only fields are an error, never ignored."""

    def to_internal_value(self, data: Any) -> Any:
        written = {name for name, field in self.fields.items() if not field.read_only}
        unknown = set(data) - written if hasattr(data, "keys") else set()
        if unknown:
            raise serializers.ValidationError({name: ["unknown field"] for name in sorted(unknown)})
        return super().to_internal_value(data)
