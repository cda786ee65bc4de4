"""Uploads are measured before they are taken in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import SuspiciousOperation
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser, MultiPartParser

from mlcore.images import MAX_BYTES, TooLarge

FORM_BYTES = 64 * 1024  # what surrounds the picture: boundaries, other fields
DRAINED_BYTES = 256 * 2**20


class PictureParser(MultiPartParser):
    """Refuses a body that cannot be a picture we take, before any of it is written to a disk."""

    most_bytes = MAX_BYTES
    too_large = f"the picture is larger than {MAX_BYTES // 2**20} MB"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Raises mlcore.images.TooLarge and ParseError."""
        request = (parser_context or {})["request"]
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length > self.most_bytes + FORM_BYTES:
            _drain(stream, min(length, DRAINED_BYTES))
            raise TooLarge(self.too_large)
        try:
            return super().parse(stream, media_type, parser_context)
        except SuspiciousOperation as error:  # too many fields, or too much in one; Django's own answer is a page
            raise ParseError(str(error)) from error


class StrictJSONParser(JSONParser):
    """Refuses what the parser itself stumbles over."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Raises ParseError."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("the JSON is nested too deeply") from error


def _drain(stream: IO[bytes], size: int) -> None:
    """Read and forget: a client that is still sending when the socket closes never sees the answer."""
    while size > 0 and (block := stream.read(min(size, 2**16))):
        size -= len(block)
