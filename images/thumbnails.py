"""Thumbnails: the first is made with the description, another size or format when it is first asked for.

A picture's bytes never change under its id, so a thumbnail is made once, stored, and then only read, until the picture
is erased. `side` is the length of the longer side in pixels; nothing is ever enlarged.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Literal

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

import mlcore.images
from images.models import Image
from mlcore.types import Pixels

Form = Literal["JPEG", "WEBP"]
SIDES = (160, 320, 640, 1280)  # a list, a list on a dense screen, half a page, a page; no more than the models see
FIRST_SIDE = 320

_ENCODERS = {"JPEG": mlcore.images.encode_jpeg, "WEBP": mlcore.images.encode_webp}
_GONE = (FileNotFoundError, mlcore.images.Unreadable, mlcore.images.TooLarge, mlcore.images.TooSmall)
_one_at_a_time = threading.Lock()  # 64 megapixels are 192 MB: a web process holds them once, not once a thread


def side_for(image: Image, wanted: int) -> int:
    """The step that serves `wanted` pixels: the next one up, the largest for more than that.

    A picture that is smaller than a step is itself at this and every larger step, so these are one thumbnail.
    """
    enough = min(wanted, max(image.width, image.height))
    return next((side for side in SIDES if side >= enough), SIDES[-1])


def fetch(image: Image, *, side: int, form: Form) -> bytes | None:
    """A thumbnail, made if nobody asked for it before. `side`: one of SIDES.

    None: the picture is not described yet (what could not be described is never decoded here), or its file is gone or
    broken.
    """
    name = _name(image, side, form)
    found = _read(name)
    if found is not None or not default_storage.exists(image.thumbnail_name):
        return found
    with _one_at_a_time:
        return _read(name) or _made(image, name, side, form)


def make_first(image: Image, pixels: Pixels) -> None:
    """The one that every described picture has, while its pixels are at hand."""
    if _read(image.thumbnail_name) is None:
        _keep(image.thumbnail_name, mlcore.images.encode_jpeg(pixels, long_side=FIRST_SIDE))


def stored(image: Image) -> list[str]:
    """Names in the storage of all that was ever made of a picture, also by an earlier release with other steps."""
    folder = _folder(image)
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        names = []
    return [image.thumbnail_name, *(f"{folder}/{name}" for name in names)]


def remove(image: Image) -> None:
    names = stored(image)
    for name in names:
        default_storage.delete(name)
    if len(names) > 1:  # object storages have no folders, and list none
        with contextlib.suppress(OSError):  # not empty: a request put one there, and removes it when it finds no row
            default_storage.delete(_folder(image))


def _made(image: Image, name: str, side: int, form: Form) -> bytes | None:
    try:
        with default_storage.open(image.file_name) as file:
            pixels = mlcore.images.decode(file, long_side=side)
        kept = _keep(name, _ENCODERS[form](pixels, long_side=side))
    except _GONE:
        return None
    if not Image.objects.filter(pk=image.pk).exists():  # erased meanwhile: its files went before ours came
        remove(image)
        return None
    return kept


def _keep(name: str, made: bytes) -> bytes:
    """Store it under exactly this name. Returns what is there: another process may have been faster."""
    theirs = _read(name)
    if theirs is not None:
        return theirs
    default_storage.delete(name)  # what a killed process left of it; the storage would give ours another name
    given = default_storage.save(name, ContentFile(made))
    if given != name:
        default_storage.delete(given)
    return made


def _read(name: str) -> bytes | None:
    """None also for half a file: it is being written, or its writer was killed. Caches would keep it for a year."""
    try:
        with default_storage.open(name) as file:
            data: bytes = file.read()
    except FileNotFoundError:
        return None
    webp = data[:4] == b"RIFF"
    whole = len(data) == 8 + int.from_bytes(data[4:8], "little") if webp else data.endswith(b"\xff\xd9")
    return data if whole else None


def _name(image: Image, side: int, form: Form) -> str:
    if (side, form) == (FIRST_SIDE, "JPEG"):
        return image.thumbnail_name
    return f"{_folder(image)}/{side}{mlcore.images.EXTENSIONS[form]}"


def _folder(image: Image) -> str:
    """Beside the first thumbnail, named after the picture; there once another one was asked for."""
    return image.thumbnail_name.removesuffix(".jpg")
