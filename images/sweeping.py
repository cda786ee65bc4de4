"""The storage held against the rows: files without one are removed, rows without a file are named.

A file comes before its row and goes after it, so a process that dies in between leaves a file that nobody knows of.
Asked shard by shard, as the files lie: no list is longer than a 256th of everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.core.files.storage import default_storage
from django.utils import timezone

from images.models import CutOut, Garment, Image, Kind

AGE = timedelta(hours=1)  # a younger file may belong to an upload or an import that is not committed yet
SHARDS = tuple(f"{number:02x}" for number in range(256))
_OWN = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:_\w+)?(?:\.\w+)?")
"""A name that we gave: an id, and what the storage hangs on where a name is taken."""


@dataclass(slots=True)
class Swept:
    """Names in the storage: `removed` had no row (a dry run only names them), `missing` have one and are not there."""

    looked_at: int = 0
    removed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def sweep_storage(*, dry_run: bool = False) -> Swept:
    """Raises OSError where the storage is away; what was removed by then stays removed."""
    swept = Swept()
    there = {f"{top}/{shard}" for top in (*Kind.values, "thumbnails", "cut_outs") for shard in _listed(top)[0]}
    for shard in SHARDS:
        for kind in Kind:
            pictures = _in(f"{kind.value}/{shard}", there)
            _sweep(pictures, _pictures, swept, dry_run)
            of_rows = Image.objects.filter(kind=kind, pk__range=_ids(shard)).values_list("file", flat=True)
            _find_missing(set(of_rows) - set(pictures), swept)
        _sweep(_thumbnails_in(f"thumbnails/{shard}", there), _of_images, swept, dry_run)
        cut_outs = _in(f"cut_outs/{shard}", there)
        _sweep(cut_outs, _of_garments, swept, dry_run)
        ready = Garment.objects.filter(cut_out=CutOut.READY, uid__range=_ids(shard)).only("uid")
        _find_missing({garment.cut_out_name for garment in ready} - set(cut_outs), swept)
    return swept


def _sweep(names: list[str], known: Callable[[Collection[str]], set[str]], swept: Swept, dry_run: bool) -> None:
    """`known`: those of the names that a row stands behind."""
    swept.looked_at += len(names)
    here = known(names)
    old = [name for name in names if name not in here and _is_old(name)]
    here = known(old)  # asked once more of the few: a row may have come since
    for name in old:
        if name not in here:
            if not dry_run:
                default_storage.delete(name)
            swept.removed.append(name)


def _find_missing(names: set[str], swept: Swept) -> None:
    """Of names that were not listed: their files may have come since, or their rows may have gone."""
    swept.missing += sorted(name for name in names if not default_storage.exists(name))


def _pictures(names: Collection[str]) -> set[str]:
    known: set[str] = set()
    for batch in _batches(names):
        known |= set(Image.objects.filter(pk__in={_id_of(name) for name in batch}).values_list("file", flat=True))
    unknown = [name for name in names if name not in known]
    for batch in _batches(unknown):  # whatever a row is called, the file that it names stays
        known |= set(Image.objects.filter(file__in=batch).values_list("file", flat=True))
    return known


def _of_images(names: Collection[str]) -> set[str]:
    here: set[UUID] = set()
    for batch in _batches(names):
        here |= set(Image.objects.filter(pk__in={_id_of(name) for name in batch}).values_list("pk", flat=True))
    return {name for name in names if _id_of(name) in here}


def _of_garments(names: Collection[str]) -> set[str]:
    here: set[UUID] = set()
    for batch in _batches(names):
        here |= set(Garment.objects.filter(uid__in={_id_of(name) for name in batch}).values_list("uid", flat=True))
    return {name for name in names if _id_of(name) in here}


def _in(folder: str, there: Collection[str]) -> list[str]:
    """Names of files that we have put into a folder, if it is there at all."""
    if folder not in there:
        return []
    return [f"{folder}/{name}" for name in _listed(folder)[1] if _OWN.fullmatch(name)]


def _thumbnails_in(folder: str, there: Collection[str]) -> list[str]:
    """The first of each picture, and the others, in a folder named after it."""
    if folder not in there:
        return []
    others = [name for name in _listed(folder)[0] if _OWN.fullmatch(name)]
    return [
        *_in(folder, there),
        *(f"{folder}/{name}/{file}" for name in others for file in _listed(f"{folder}/{name}")[1]),
    ]


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []
    return folders, names


def _is_old(name: str) -> bool:
    try:
        return default_storage.get_modified_time(name) < timezone.now() - AGE
    except FileNotFoundError:  # gone since it was listed
        return False


def _id_of(name: str) -> UUID:
    """Of the picture or garment after which a file, or its folder, is named."""
    named = next(filter(None, (_OWN.fullmatch(part) for part in name.split("/"))))
    return UUID(named[1])


def _ids(shard: str) -> tuple[UUID, UUID]:
    return UUID(shard + "0" * 30), UUID(shard + "f" * 30)


def _batches(names: Collection[str]) -> list[list[str]]:
    ordered = list(names)
    return [ordered[start : start + 500] for start in range(0, len(ordered), 500)]
