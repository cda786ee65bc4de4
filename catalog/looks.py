"""Looks among the photographs: users' pictures that moderators let pass."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.models import Photo
from images.models import Image

SOURCE, LICENCE, NAMELESS = "a user's look", "shown by permission of the user", "anonymous"


def publish_looks(*, images: Sequence[Image]) -> None:
    """Approved looks appear among the photographs. The images come with their owners; a second time changes nothing."""
    for image in images:
        name = (image.owner.name if image.owner else "") or NAMELESS
        title = "A look" if name == NAMELESS else f"A look by {name}"
        facts = {"title": title[:300], "photographer": name[:200], "source": SOURCE, "licence": LICENCE}
        Photo.objects.get_or_create(image=image, defaults=facts)
