"""The ZIP of an export: one text file a model, one line a row, and the pictures.

README.txt                      what is where
export.json                     {"format": 1, "exported_at", "email", "rows": {"images.image": 12, …}}
rows/images.image.jsonl         {"pk", "fields": {…}} a line; bytes are base64, times ISO 8601
pictures/ID.jpg                 as stored
cut-outs/GARMENT.webp
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.core import serializers
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from django.utils import timezone

import mlcore.images
from accounts.models import User
from images.models import CutOut, Garment, Image
from privacy.tables import TABLES, Table

FORMAT: Final = 1
MANIFEST: Final = "export.json"
_README: Final = """This is everything that Garderobe knew about one person.

export.json   when and whose, and how many rows of each kind
rows/         one file for each kind of row, one JSON object a line
pictures/     the photographs, named by the id of their row in rows/images.image.jsonl
cut-outs/     garments without background, named by `uid` in rows/images.garment.jsonl

Another installation takes it in by: manage.py import_export FILE.zip
"""


def rows_name(table: Table) -> str:
    return f"rows/{table.label}.jsonl"


def picture_name(image: Image) -> str:
    return f"pictures/{image.pk}{mlcore.images.EXTENSIONS.get(image.format, '')}"


def write(target: IO[bytes], user: User, *, alive: Callable[[], None]) -> None:
    """`alive` is called between pictures and may raise to end it. Raises OSError if storage is away.

    A picture that was erased meanwhile is left out.
    """
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _README)
        counts = {table.label: _write_rows(archive, table, user) for table in TABLES}
        for image in Image.objects.filter(owner=user).iterator():
            alive()
            _copy(archive, picture_name(image), image.file_name)
        cut_outs = Garment.objects.filter(image__owner=user, cut_out=CutOut.READY)
        for garment in cut_outs.iterator():
            alive()
            _copy(archive, f"cut-outs/{garment.uid}.webp", garment.cut_out_name)
        manifest = {
            "format": FORMAT,
            "exported_at": timezone.now().isoformat(),
            "email": user.email,
            "rows": {label: count for label, count in counts.items() if count},
        }
        archive.writestr(MANIFEST, json.dumps(manifest, indent=2))


def _write_rows(archive: ZipFile, table: Table, user: User) -> int:
    count = 0
    with archive.open(rows_name(table), "w", force_zip64=True) as file:
        for row in table.rows(user).iterator(chunk_size=500):
            file.write(json.dumps(_as_json(table, row), cls=DjangoJSONEncoder).encode() + b"\n")
            count += 1
    return count


def _as_json(table: Table, row: Model) -> dict[str, Any]:
    names = [f.name for f in row._meta.concrete_fields if f.name not in table.secret]
    written: dict[str, Any] = serializers.serialize("python", [row], fields=names)[0]
    for name, key in table.known_as.items():
        if written["fields"].get(name) is not None:
            written["fields"][name] = {key: _followed(row, f"{name}__{key}")}
    return {"pk": written["pk"], "fields": written["fields"]}


def _followed(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _copy(archive: ZipFile, name: str, stored: str) -> None:
    try:
        source = default_storage.open(stored)
    except FileNotFoundError:
        return
    info = ZipInfo(name, date_time=timezone.now().timetuple()[:6])
    info.compress_type = ZIP_STORED  # pictures are compressed
    with source, archive.open(info, "w", force_zip64=True) as file:
        shutil.copyfileobj(source, file, 2**20)


def lines(archive: ZipFile, name: str, *, longest: int) -> Iterator[bytes]:
    """Of a text file in the ZIP. Raises ValueError at a line longer than `longest` bytes."""
    with archive.open(name) as file:
        while line := file.readline(longest + 1):
            if len(line) > longest:
                raise ValueError(f"{name}: a line is too long")
            yield line
