"""Reading an export back: rows and pictures of one user, all or nothing. Nothing in the ZIP is believed.

Only new rows are written, for one user, through the list in tables.py: no row that is there can be changed, and none
can belong to anybody else. Numbers that name rows are given anew; UUIDs stay, and a UUID that is taken refuses the ZIP.
"""

from __future__ import annotations

import json
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any, Final
from zipfile import BadZipFile, ZipFile

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.db.models import AutoField, Field, ForeignKey, Model

import mlcore.images
from accounts.models import User
from images.models import Image, Kind
from mlcore.metadata import stripped
from privacy import archive
from privacy.tables import TABLES, Table

MAX_LINE: Final = 2**20  # bytes of one row
MAX_ROWS: Final = 2_000_000  # of one model
AT_ONCE: Final = 500
_BAD = (
    BadZipFile, KeyError, OverflowError, TypeError, ValueError, ValidationError, RecursionError, NotImplementedError,
    zlib.error,
)  # fmt: skip
_UNREADABLE = (mlcore.images.Unreadable, mlcore.images.TooLarge, mlcore.images.TooSmall)


class BadExport(Exception):
    """Not an export, or one that cannot be taken in; nothing was."""


@dataclass(slots=True)
class Restored:
    rows: dict[str, int] = field(default_factory=dict)
    pictures: int = 0
    unknown: int = 0
    """Rows left out because what they refer to, a product say, is not on this server."""


def restore(file: IO[bytes], user: User) -> Restored:
    """Raises BadExport; no row and no file is left then."""
    stored: list[str] = []
    try:
        with ZipFile(file) as opened, transaction.atomic():
            return _Reader(opened, user, stored).read()
    except BaseException as error:
        for name in stored:
            default_storage.delete(name)
        if isinstance(error, _BAD):
            raise BadExport(_said(error)) from error
        if isinstance(error, DatabaseError):
            raise BadExport(f"a row is here already, or two contradict each other ({error})") from error
        raise


class _Reader:
    def __init__(self, opened: ZipFile, user: User, stored: list[str]) -> None:
        self._archive, self._user, self._stored = opened, user, stored
        self._keys: dict[type[Model], dict[Any, Any]] = {}
        """By model: the primary key in the file → the one here."""
        self._restored = Restored()

    def read(self) -> Restored:
        manifest = json.loads(self._content(archive.MANIFEST, limit=MAX_LINE))
        if not isinstance(manifest, dict) or manifest.get("format") != archive.FORMAT:
            raise BadExport(f"not an export of format {archive.FORMAT}")
        for table in TABLES:
            if table.restored:
                self._restored.rows[table.label] = self._read_table(table)
        return self._restored

    def _read_table(self, table: Table) -> int:
        keys = self._keys.setdefault(table.model, {})
        count = 0
        batch: list[tuple[Any, Model]] = []
        for pk, row in self._rows(table):
            batch.append((pk, row))
            if len(batch) == AT_ONCE:
                count += _insert(table, batch, keys)
                batch = []
        return count + _insert(table, batch, keys)

    def _rows(self, table: Table) -> Iterator[tuple[Any, Model]]:
        name = archive.rows_name(table)
        for number, line in enumerate(archive.lines(self._archive, name, longest=MAX_LINE)):
            if number == MAX_ROWS:
                raise BadExport(f"{name}: too many rows")
            try:
                written = json.loads(line)
                if not isinstance(written, dict) or not isinstance(written.get("fields"), dict):
                    raise ValueError("not a row")
                row = self._row(table, written)
                if row is None:
                    self._restored.unknown += 1
                    continue
                if table.check is not None:
                    table.check(row)
                if isinstance(row, Image):
                    self._store_picture(row)
            except (ValueError, TypeError, ValidationError, OverflowError) as error:
                raise BadExport(f"{name}, line {number + 1}: {_said(error)}") from error
            yield written.get("pk"), row

    def _row(self, table: Table, written: dict[str, Any]) -> Model | None:
        row = table.model()
        given: dict[str, Any] = written["fields"]
        for f in table.model._meta.concrete_fields:
            if isinstance(f, ForeignKey):
                if not self._refer(table, row, f, written.get("pk") if f.primary_key else given.get(f.name)):
                    return None
            elif f.primary_key:
                if not isinstance(f, AutoField):
                    setattr(row, f.attname, uuid.UUID(str(written.get("pk"))))
            elif f.name not in table.secret and (f.name in table.reset or f.name in given):
                setattr(row, f.attname, _value(table, row, f, given.get(f.name)))
        return row

    def _refer(self, table: Table, row: Model, f: ForeignKey[Any, Any], given: Any) -> bool:
        """Set a reference; false if what it leads to is not on this server. Raises ValueError for another's things."""
        target: Any = f.related_model
        if target is User:
            setattr(row, f.attname, self._user.pk)
        elif given is None and f.null:
            setattr(row, f.attname, None)
        elif f.name in table.known_as:
            key = table.known_as[f.name]
            if not isinstance(given, dict) or not isinstance(given.get(key), str) or len(given[key]) > 200:
                raise ValueError(f"{f.name}: {{{key}}} is missing")
            pk = target._default_manager.filter(**{key: given[key]}).values_list("pk", flat=True).first()
            setattr(row, f.attname, pk)
            return pk is not None
        else:
            pk = self._keys.get(target, {}).get(given if isinstance(given, (str, int)) else None)
            if pk is None and not f.null:  # may be null: the picture of a search is long erased
                raise ValueError(f"{f.name}: {given!r} is not in the export")
            setattr(row, f.attname, pk)
        return True

    def _store_picture(self, image: Image) -> None:
        """The file without metadata, if it is the picture that the row tells of."""
        if image.kind != Kind.USER or image.purpose == "":
            raise ValueError("not a user's picture")
        content = ContentFile(self._content(archive.picture_name(image), limit=mlcore.images.MAX_BYTES))
        try:
            facts = mlcore.images.inspect(content)
        except _UNREADABLE as error:
            raise ValueError(f"{image.pk}: {error}") from error
        if (facts.format, facts.width, facts.height) != (image.format, image.width, image.height):
            raise ValueError(f"{image.pk}: another picture than its row says")
        content.seek(0)
        clean, image.format = stripped(content.read(), facts)
        image.size = len(clean)
        name = f"{image.kind}/{image.pk.hex[:2]}/{image.pk}{mlcore.images.EXTENSIONS[image.format]}"
        image.file.name = default_storage.save(name, ContentFile(clean))
        self._stored.append(image.file_name)
        self._restored.pictures += 1

    def _content(self, name: str, *, limit: int) -> bytes:
        with self._archive.open(name) as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise ValueError(f"{name} is too large")
        return content


def _value(table: Table, row: Model, f: Field[Any, Any], given: Any) -> Any:
    """Checked as a form would: type, length, choices. Raises ValidationError."""
    value = f.to_python(given)
    if isinstance(value, memoryview):
        value = bytes(value)
    if isinstance(value, datetime):
        value = value.astimezone(UTC)  # OverflowError for what PostgreSQL would take and nobody could read again
    if isinstance(value, str) and "\0" in value:
        raise ValueError(f"{f.name}: holds a NUL")
    if value is None or value == "":
        if not (f.null if value is None else f.blank):
            raise ValueError(f"{f.name}: is missing")
    elif value not in f.empty_values:  # an empty list is a value here, for a form it is none
        value = f.clean(value, row)
    return table.reset[f.name](value) if f.name in table.reset else value


def _insert(table: Table, batch: list[tuple[Any, Model]], keys: dict[Any, Any]) -> int:
    table.model._default_manager.bulk_create([row for _, row in batch])
    for pk, row in batch:
        if pk in keys:
            raise ValueError(f"{table.label}: {pk} is there twice")
        keys[pk] = row.pk
    return len(batch)


def _said(error: BaseException) -> str:
    return "; ".join(error.messages) if isinstance(error, ValidationError) else str(error) or type(error).__name__
