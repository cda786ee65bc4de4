"""manage.py import_photos: a folder of street photographs, each once, with whom it is owed to."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

import images.services
import images.tasks
from catalog import services
from catalog.drawn import draw_look
from catalog.feeds import Credit
from catalog.models import Photo
from images.models import Image
from tests.catalog.conftest import stored_files

WriteFeed = Callable[..., Path]


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """Three files, two pictures: b/again.jpg has the bytes of a.jpg."""
    folder = tmp_path / "street"
    (folder / "b").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(draw_look(1, size=(240, 360)).jpeg())
    (folder / "b" / "a.jpg").write_bytes(draw_look(2, size=(240, 360)).jpeg())
    (folder / "b" / "again.jpg").write_bytes((folder / "a.jpg").read_bytes())
    return folder


def run(folder: Path, *options: str) -> tuple[str, list[str]]:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_photos", str(folder), "--no-wait", *options, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue().splitlines()


def test_every_picture_below_the_folder_becomes_a_photograph_once(db: None, street: Path) -> None:
    assert run(street) == ("photographs: 2 new, 1 as before, 0 refused", [])
    assert run(street) == ("photographs: 0 new, 3 as before, 0 refused", [])
    pictures = [photo.image for photo in Photo.objects.select_related("image")]
    assert [(picture.kind, picture.subject, picture.stage) for picture in pictures] == [("photo", "", "stored")] * 2
    assert stored_files() == sorted(picture.file.name for picture in pictures)


def test_what_is_no_picture_by_its_name_is_passed_over_and_what_is_none_by_its_bytes_refused(
    db: None, street: Path
) -> None:
    (street / "readme.txt").write_text("no picture")
    (street / "folder.jpg").mkdir()
    (street / "b" / "broken.PNG").write_text("no picture")
    assert run(street) == (
        "photographs: 2 new, 1 as before, 1 refused",
        ["refused  b/broken.PNG: not a JPEG, PNG, WebP or HEIC picture"],
    )
    assert len(stored_files()) == 2


def test_credits_go_to_the_photograph_of_their_path_or_else_of_their_name(
    db: None, street: Path, write_feed: WriteFeed
) -> None:
    credits = write_feed([
        {"file": "a.jpg", "title": "One", "author": "Ada", "license": "CC0", "source": "https://example.org/1"},
        {"file": "b/a.jpg", "title": "Two", "author": "Ben", "license": "CC BY 4.0", "license_url": "https://example.org/by"},
    ])  # fmt: skip
    run(street, "--credits", str(credits))
    assert sorted(Photo.objects.values_list("title", "photographer", "licence", "licence_url", "source")) == [
        ("One", "Ada", "CC0", "", "https://example.org/1"),
        ("Two", "Ben", "CC BY 4.0", "https://example.org/by", ""),
    ]


def test_a_bad_credit_is_named_with_its_line_and_the_picture_still_taken(
    db: None, street: Path, write_feed: WriteFeed
) -> None:
    credits = write_feed([{"file": "a.jpg", "licence": "CC0", "licence_url": "creative commons"}])
    said, refused = run(street, "--credits", str(credits))
    assert said == "photographs: 2 new, 1 as before, 1 refused"
    assert refused == [f"refused  {credits}, line 2: 'creative commons' is not a web address"]


def test_a_limit_takes_the_first_by_path(db: None, street: Path) -> None:
    assert run(street, "--limit", "1")[0] == "photographs: 1 new, 0 as before, 0 refused"


def test_a_missing_folder_and_credits_without_files_are_errors(
    db: None, street: Path, tmp_path: Path, write_feed: WriteFeed
) -> None:
    with pytest.raises(CommandError, match="is not a folder"):
        run(tmp_path / "missing")
    with pytest.raises(CommandError, match="no column names the picture"):
        run(street, "--credits", str(write_feed([{"licence": "CC0"}])))


def test_an_import_that_is_rolled_back_leaves_no_file_and_no_row(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_images: object) -> None:
        raise RuntimeError("the machine caught fire")

    monkeypatch.setattr(images.services, "queue_description", fail)
    looks = [(str(seed), io.BytesIO(draw_look(seed, size=(240, 360)).jpeg()), Credit()) for seed in (1, 2)]
    with pytest.raises(RuntimeError, match="caught fire"):
        services.import_photos(looks)
    assert (Photo.objects.count(), Image.objects.count(), stored_files()) == (0, 0, [])


def test_an_import_that_breaks_off_after_its_commit_keeps_rows_and_files(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(**_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(images.tasks.describe, "apply_async", interrupt)
    with pytest.raises(KeyboardInterrupt):
        services.import_photos([("1", io.BytesIO(draw_look(1, size=(240, 360)).jpeg()), Credit())])
    assert stored_files() == [Photo.objects.get().image.file.name]


def test_an_import_that_breaks_off_while_pictures_are_read_leaves_no_file(db: None) -> None:
    def looks() -> Iterator[tuple[str, io.BytesIO, Credit]]:
        yield "1", io.BytesIO(draw_look(1, size=(240, 360)).jpeg()), Credit()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        services.import_photos(looks())
    assert stored_files() == []
