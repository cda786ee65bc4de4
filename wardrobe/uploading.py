"""Many photographs at once: each is looked at by itself, and one that cannot be read loses no other."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import IO

from django.db import transaction

import images.services
import mlcore.images
from accounts.models import User
from images.models import Image, Purpose
from images.services import Inspected
from wardrobe import selectors
from wardrobe.models import Upload, UploadPicture

MOST_FILES = 50
_REFUSED = (mlcore.images.Unreadable, mlcore.images.TooLarge, mlcore.images.TooSmall)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file as it came. `facts`: None for bytes that are there already, and for what we do not take."""

    file: IO[bytes]
    digest: str = ""
    facts: mlcore.images.Facts | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """An upload, and the pictures of it that are new in the storage."""

    upload: Upload
    images: tuple[Image, ...]


def look_at(*, owner: User, files: Sequence[IO[bytes]]) -> list[Arrival]:
    """Each file in its order. Bytes that the owner has sent before, in this request or an earlier one, are known by
    their digest and not opened. Writes nothing: no lock of a database is held meanwhile."""
    named = [_named(file) for file in files]
    known = selectors.stored_by_digest(owner, {arrival.digest for arrival in named if arrival.digest})
    seen: dict[str, Arrival] = {}
    arrivals = []
    for arrival in named:
        if arrival.error or arrival.digest in known:
            arrivals.append(arrival)
            continue
        if arrival.digest not in seen:
            seen[arrival.digest] = _inspected(arrival)
            arrivals.append(seen[arrival.digest])
        else:
            arrivals.append(Arrival(arrival.file, arrival.digest, error=seen[arrival.digest].error))
    return arrivals


def add_upload(*, owner: User, arrivals: Sequence[Arrival]) -> Added:
    """Store what is new and queue its description: everything, or nothing and no file."""
    new: list[Image] = []
    try:
        with transaction.atomic():
            upload = Upload.objects.create(owner=owner)
            taken = [arrival for arrival in arrivals if not arrival.error]
            known = selectors.stored_by_digest(owner, {arrival.digest for arrival in taken})
            first = {a.digest: a for a in reversed(taken) if a.digest not in known}
            inspected = [Inspected(a.file, a.facts or mlcore.images.inspect(a.file)) for a in first.values()]
            added = images.services.add_images(owner=owner, purpose=Purpose.WARDROBE, pictures=inspected)
            new = [image for image, is_new in added if is_new]
            images.services.try_again(images=list(known.values()))
            by_digest = {**known, **{image.digest: image for image, _ in added}}
            UploadPicture.objects.bulk_create(_rows(upload, arrivals, by_digest, {image.digest for image in new}))
    except BaseException:
        images.services.discard_files(new)
        raise
    return Added(upload, tuple(new))


def discard_rolled_back(*, images_added: Sequence[Image]) -> None:
    """The files of pictures whose rows did not come to stay, as a transaction around ours was rolled back."""
    there = set(Image.objects.filter(pk__in=[image.pk for image in images_added]).values_list("pk", flat=True))
    images.services.discard_files(image for image in images_added if image.pk not in there)


def _rows(
    upload: Upload, arrivals: Sequence[Arrival], by_digest: dict[str, Image], new: set[str]
) -> list[UploadPicture]:
    rows, left = [], set(new)
    for position, arrival in enumerate(arrivals):
        image = None if arrival.error else by_digest[arrival.digest]
        duplicate = image is not None and arrival.digest not in left
        left.discard(arrival.digest)
        rows.append(
            UploadPicture(upload=upload, position=position, image=image, duplicate=duplicate, error=arrival.error[:300])
        )
    return rows


def _named(file: IO[bytes]) -> Arrival:
    try:
        return Arrival(file, mlcore.images.digest_of(file))
    except _REFUSED as error:
        return Arrival(file, error=str(error))


def _inspected(arrival: Arrival) -> Arrival:
    """With a HEIC as the JPEG that is stored of it: to convert fifty takes longer than others may wait to write."""
    try:
        facts = mlcore.images.inspect(arrival.file)
        if facts.format != "HEIF":
            return Arrival(arrival.file, arrival.digest, facts)
        file = tempfile.TemporaryFile()  # noqa: SIM115  # it goes with the request
        file.write(mlcore.images.as_jpeg(arrival.file.read()))
        file.seek(0)
    except _REFUSED as error:
        return Arrival(arrival.file, arrival.digest, error=str(error))
    return Arrival(file, arrival.digest, replace(facts, format="JPEG", orientation=1))
