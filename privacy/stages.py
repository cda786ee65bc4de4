"""The work of exports and erasures. Callable without Celery, safe to run twice or die half-way."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db.models import F, Q
from django.utils import timezone

import images.stages
from images.models import Garment, Image
from outfits import cover_files
from privacy import archive, selectors
from privacy.models import Erasure, Export, State

LEASE = timedelta(minutes=10)  # renewed while the ZIP grows
ATTEMPTS = 3
AT_ONCE = 500  # garments taken out of the index by one call


class Gone(Exception):
    """The export's row went, with its owner or because another was asked for."""


def write_export(export_id: UUID) -> None:
    """Write the ZIP, unless another worker is at it. Raises OSError if the storage is away; the sweeper tries again."""
    export = Export.objects.select_related("owner").filter(pk=export_id).first()
    if export is None or not _claimed(export):
        return
    if export.attempts >= ATTEMPTS:
        _advance(export, state=State.FAILED, error="it could not be written in several tries; please ask again later")
        return
    try:
        with tempfile.TemporaryFile() as file:
            archive.write(file, export.owner, alive=_Lease(export).renew)
            size = file.tell()
            file.seek(0)
            default_storage.delete(export.file_name)  # of a run that died; the storage would give ours another name
            default_storage.save(export.file_name, File(file))
    except Gone:
        return
    expires_at = timezone.now() + timedelta(seconds=settings.EXPORTS_KEPT_S)
    if not _advance(export, state=State.READY, size=size, expires_at=expires_at):
        default_storage.delete(export.file_name)


def erase_expired_exports() -> None:
    for export in selectors.expired_exports(timezone.now())[:AT_ONCE]:
        default_storage.delete(export.file_name)
        Export.objects.filter(pk=export.pk, expires_at=export.expires_at).delete()


def sweep_exports() -> None:
    """ZIPs without a row: a worker stored one in the moment in which its user was erased, and died before it saw."""
    for shard in _listed("exports")[0]:
        folder = f"exports/{shard}"
        names = [f"{folder}/{name}" for name in _listed(folder)[1]]
        here = {export.file_name for export in Export.objects.filter(pk__in=map(_id_of, names))}
        for name in names:
            if name not in here:
                default_storage.delete(name)


def finish_erasure(erasure_id: UUID) -> None:
    """Files and vectors of a user whose rows are gone. Raises IndexAway and OSError; the sweeper tries again."""
    erasure = Erasure.objects.filter(pk=erasure_id, finished_at__isnull=True).first()
    if erasure is None:
        return
    garment_ids = [pk for pk, _ in erasure.garments]
    for start in range(0, len(garment_ids), AT_ONCE):
        images.stages.unindex(garment_ids[start : start + AT_ONCE])
    for pk, name in erasure.pictures:
        images.stages.remove_files(Image(pk=UUID(pk), file=name))
    for _, uid in erasure.garments:
        default_storage.delete(Garment(uid=UUID(uid)).cut_out_name)
    for outfit_id in erasure.outfits:
        cover_files.remove(UUID(outfit_id))
    if erasure.export:
        default_storage.delete(erasure.export)
    forgotten: dict[str, Any] = {"pictures": [], "garments": [], "outfits": [], "export": ""}
    Erasure.objects.filter(pk=erasure.pk).update(**forgotten, finished_at=timezone.now())


class _Lease:
    def __init__(self, export: Export) -> None:
        self._export = export
        self._renewed = timezone.now()

    def renew(self) -> None:
        """Raises Gone."""
        now = timezone.now()
        if now - self._renewed > LEASE / 10:
            self._renewed = now
            if not _advance(self._export, claimed_until=now + LEASE):
                raise Gone


def _claimed(export: Export) -> bool:
    """Compare-and-swap: one worker writes it."""
    now = timezone.now()
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    mine = Export.objects.filter(free, pk=export.pk, state=State.QUEUED)
    return bool(mine.update(claimed_until=now + LEASE, attempts=F("attempts") + 1))


def _advance(export: Export, **fields: str | int | datetime) -> bool:
    return bool(Export.objects.filter(pk=export.pk, state=State.QUEUED).update(**fields))


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []
    return folders, names


def _id_of(name: str) -> UUID:
    """Of the export after which a file is named; the storage may have hung something on."""
    return UUID(name.rpartition("/")[2][:36])
