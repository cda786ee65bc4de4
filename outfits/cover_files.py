"""Files of covers: never a row whose file is gone on purpose, and no file for long that no row names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from outfits.models import Outfit

FOLDER: Final = "covers"
_OWN = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-[0-9a-f-]+(?:_\w+)?\.webp")
"""A name that we gave, and what the storage hangs on where a name is taken."""


def keep(outfit: Outfit, made: bytes) -> None:
    """Under the name of `outfit.cover`, which no other run has."""
    default_storage.save(outfit.cover_name, ContentFile(made))


def remove(outfit_id: UUID) -> None:
    """Whatever was ever made for an outfit that is gone."""
    for name in stored(outfit_id):
        default_storage.delete(name)


def stored(outfit_id: UUID) -> list[str]:
    """Names in the storage of covers of this outfit, also of one that a killed worker left."""
    shard = outfit_id.hex[:2]
    return [name for name, of in listed(shard) if of == outfit_id]


def listed(shard: str) -> list[tuple[str, UUID]]:
    """Names of covers in one of the folders, each with its outfit's id. What we did not name is left out."""
    folder = f"{FOLDER}/{shard}"
    found = ((name, _OWN.fullmatch(name)) for name in _names(folder)[1])
    return [(f"{folder}/{name}", UUID(match[1])) for name, match in found if match]


def shards() -> Iterator[str]:
    """The folders that are there: names of two digits."""
    yield from sorted(name for name in _names(FOLDER)[0] if re.fullmatch("[0-9a-f]{2}", name))


def is_older(name: str, than: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < than
    except FileNotFoundError:  # gone since it was listed
        return False


def _names(folder: str) -> tuple[list[str], list[str]]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []
    return folders, names
