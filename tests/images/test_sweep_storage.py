"""The storage held against the rows."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from accounts.models import User
from images import stages, sweeping, tasks, thumbnails
from images.models import CutOut, Garment, Image
from tests.images.conftest import MakeImage, files
from tests.images.test_services import add

pytestmark = pytest.mark.usefixtures("prepared", "db")


@contextmanager
def aged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if every file had lain there for longer than an upload takes."""
    with monkeypatch.context() as patch:
        patch.setattr(sweeping, "AGE", -timedelta(hours=1))
        yield


def put(name: str, *, age_s: float = 2 * 3600) -> str:
    saved = default_storage.save(name, ContentFile(b"x"))
    os.utime(default_storage.path(saved), (time.time() - age_s,) * 2)
    return saved


def strays() -> list[str]:
    """Files of every sort that no row knows."""
    one, garment = uuid4(), uuid4()
    pictures = [f"{kind}/{one.hex[:2]}/{one}.jpg" for kind in ("user", "product", "photo")]
    made = [f"thumbnails/{one.hex[:2]}/{one}.jpg", f"thumbnails/{one.hex[:2]}/{one}/640.webp"]
    taken = f"user/{one.hex[:2]}/{one}_x7Gh2kL.jpg"  # as the storage calls it where a name is taken
    return [put(name) for name in [*pictures, *made, taken, f"cut_outs/{garment.hex[:2]}/{garment}.webp"]]


def names() -> set[str]:
    root = Path(default_storage.path(""))
    return {str(path.relative_to(root)) for path in files()}


@pytest.fixture
def kept(user: User, make_image: MakeImage) -> set[str]:
    """Described pictures of a user and of the catalogue, with thumbnails and a cut-out, all of them old."""
    for image in (add(user)[0], make_image()):
        stages.describe([image.pk])
        thumbnails.fetch(image, side=640, form="WEBP")
    garment = Garment.objects.all()[0]
    Garment.objects.filter(pk=garment.pk).update(cut_out=CutOut.READY)
    put(garment.cut_out_name)
    for path in files():
        os.utime(path, (0, 0))
    return names()


def test_what_no_row_knows_is_removed_and_nothing_else(kept: set[str]) -> None:
    stray = strays()
    others = {put(name) for name in ("exports/user.zip", "user/README", "user/ab/notes.txt", "thumbnails/ab/x/y.jpg")}
    swept = sweeping.sweep_storage()
    assert sorted(swept.removed) == sorted(stray)
    assert swept.missing == []
    assert swept.looked_at == len(kept) + len(stray)
    assert names() == kept | others


def test_a_dry_run_only_says_so(kept: set[str]) -> None:
    stray = strays()
    out = io.StringIO()
    call_command("sweep_storage", "--dry-run", stdout=out)
    said = out.getvalue().splitlines()
    assert sorted(said[:-1]) == sorted(f"no row: {name}" for name in stray)
    assert said[-1] == f"{len(kept) + len(stray)} files; {len(stray)} without a row, 0 rows without a file"
    assert names() == kept | set(stray)


def test_what_an_upload_may_be_writing_is_left_alone(kept: set[str]) -> None:
    one = uuid4()
    young = put(f"user/{one.hex[:2]}/{one}.jpg", age_s=50 * 60)
    assert sweeping.sweep_storage().removed == []
    assert young in names()


def test_a_row_that_comes_between_two_looks_saves_its_file(
    user: User, kept: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = uuid4()
    late = put(f"user/{one.hex[:2]}/{one}.jpg")
    facts = Image.objects.filter(owner=user).values("kind", "size", "format", "width", "height")[0]
    is_old = sweeping._is_old

    def and_the_row_comes(name: str) -> bool:
        if not Image.objects.filter(pk=one).exists():
            Image.objects.create(id=one, file=late, owner=user, digest="0" * 64, **facts)
        return is_old(name)

    monkeypatch.setattr(sweeping, "_is_old", and_the_row_comes)
    assert sweeping.sweep_storage().removed == []
    assert late in names()


def test_a_file_whose_row_has_another_id_is_known_by_its_name(user: User, kept: set[str]) -> None:
    image = Image.objects.get(owner=user)
    other = UUID(int=5)
    moved = put(f"user/{other.hex[:2]}/{other}.jpg")
    old = image.file_name
    Image.objects.filter(pk=image.pk).update(file=moved)
    assert sweeping.sweep_storage().removed == [old]


def test_rows_without_a_file_are_named(user: User, kept: set[str]) -> None:
    image = Image.objects.get(owner=user)
    garment = Garment.objects.get(cut_out=CutOut.READY)
    for name in (image.file_name, garment.cut_out_name):
        default_storage.delete(name)
    swept = sweeping.sweep_storage()
    assert sorted(swept.missing) == sorted([image.file_name, garment.cut_out_name])
    assert swept.removed == []


def test_an_empty_storage_is_in_order_and_beat_asks_once_a_day() -> None:
    tasks.sweep_storage()
    entry = settings.CELERY_BEAT_SCHEDULE["images.sweep_storage"]
    assert (entry["task"], entry["schedule"].run_every) == (tasks.sweep_storage.name, timedelta(days=1))
