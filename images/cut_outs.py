"""Files of cut-outs: garments without their background, made when their owner asks for one (cutting.py)."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from images.models import CutOut, Garment, Image


def forget_cut_out(garment: Garment) -> None:
    """The garment has none, whether it was ready or is being made; its file goes once this is committed."""
    if Garment.objects.filter(pk=garment.pk).exclude(cut_out="").update(cut_out=""):
        remove_on_commit([garment.cut_out_name])
    garment.cut_out = ""


def names(image: Image) -> list[str]:
    """Of the cut-outs that the storage may hold of a picture's garments."""
    asked = Garment.objects.filter(image=image.pk).exclude(cut_out="").only("uid")
    return [garment.cut_out_name for garment in asked]


def keep(garment: Garment, made: bytes) -> None:
    """Store it under exactly its name, in place of what a killed process left there."""
    name = garment.cut_out_name
    default_storage.delete(name)
    given = default_storage.save(name, ContentFile(made))
    if given != name:  # another worker has made the same this moment
        default_storage.delete(given)


def remove_unless_ready(garment: Garment) -> None:
    """The file of a run that came too late, unless it is another run's."""
    if not Garment.objects.filter(pk=garment.pk, cut_out=CutOut.READY).exists():
        default_storage.delete(garment.cut_out_name)


def remove_on_commit(files: Collection[str]) -> None:
    transaction.on_commit(partial(_remove, tuple(files)), robust=True)


def _remove(files: Collection[str]) -> None:
    for name in files:
        default_storage.delete(name)
