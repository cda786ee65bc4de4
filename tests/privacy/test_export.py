from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from accounts.models import User
from privacy import stages, tasks
from privacy.models import Export
from tests.privacy.conftest import Person, picture

ClientOf = Callable[[User], APIClient]
EXPORT = "/api/v1/me/export/"


@pytest.fixture
def written(ada: Person) -> Iterator[ZipFile]:
    export = Export.objects.create(owner=ada.user)
    stages.write_export(export.pk)
    with default_storage.open(export.file_name) as file, ZipFile(file) as archive:
        yield archive


def lines(archive: ZipFile, label: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in archive.read(f"rows/{label}.jsonl").splitlines()]


def test_the_zip_holds_every_picture_as_it_is_stored(ada: Person, written: ZipFile) -> None:
    for image in (ada.image, ada.look):
        assert written.read(f"pictures/{image.pk}.jpg") == default_storage.open(image.file_name).read()


def test_the_zip_counts_what_it_holds(ada: Person, written: ZipFile) -> None:
    manifest = json.loads(written.read("export.json"))
    assert manifest["email"] == ada.user.email
    assert manifest["rows"] == {
        "accounts.user": 1, "images.image": 2, "images.garment": 2, "images.descriptor": 2, "images.correction": 1,
        "catalog.photo": 1, "wardrobe.upload": 1, "wardrobe.uploadpicture": 2, "wardrobe.item": 1, "wardrobe.tag": 1,
        "wardrobe.itempicture": 1, "wardrobe.careday": 1, "search.search": 1, "catalog.like": 1,
    }  # fmt: skip


def test_rows_are_readable_and_hold_no_secret(ada: Person, written: ZipFile) -> None:
    [item] = lines(written, "wardrobe.item")
    assert item["pk"] == str(ada.item.pk)
    assert item["fields"]["name"] == "the red one"
    assert item["fields"]["price"] == "19.90"
    [like] = lines(written, "catalog.like")
    assert like["fields"]["product"] == {"sku": "sku-1"}
    [user] = lines(written, "accounts.user")
    assert "password" not in user["fields"]
    assert "file" not in lines(written, "images.image")[0]["fields"]


def test_the_zip_holds_nothing_of_others(ada: Person, make_user: Callable[[str], User]) -> None:
    theirs = picture(make_user("eve@example.org"), shade=90)
    export = Export.objects.create(owner=ada.user)
    stages.write_export(export.pk)
    with default_storage.open(export.file_name) as file, ZipFile(file) as archive:
        assert not any(str(theirs.pk) in name for name in archive.namelist())
        assert len(lines(archive, "images.image")) == 2


def test_an_export_is_asked_for_polled_and_fetched(
    ada: Person,
    client_of: ClientOf,
    queue: object,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client = client_of(ada.user)
    asked = client.get(EXPORT)
    assert asked.status_code == 202
    assert asked["Retry-After"] == "5"
    assert asked.json()["status"] == "queued"
    assert client.get(EXPORT).status_code == 202
    stages.write_export(Export.objects.get().pk)
    ready = client.get(EXPORT)
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"
    fetched = APIClient().get(ready.json()["url"])  # by the token alone, as a browser does
    assert fetched["Content-Type"] == "application/zip"
    content = b"".join(fetched.streaming_content)
    assert len(content) == ready.json()["size"]
    assert "export.json" in ZipFile(io.BytesIO(content)).namelist()


def test_the_file_is_not_for_others(ada: Person, make_user: Callable[[str], User], client_of: ClientOf) -> None:
    stages.write_export(Export.objects.create(owner=ada.user).pk)
    file = f"{EXPORT}file/"
    assert client_of(ada.user).get(file).status_code == 200
    assert APIClient().get(file).status_code == 404
    assert client_of(make_user("eve@example.org")).get(file).status_code == 404
    assert APIClient().get(f"{file}?token=made-up").status_code == 404


def test_a_new_export_replaces_the_old_one(ada: Person, client_of: ClientOf) -> None:
    first = Export.objects.create(owner=ada.user)
    stages.write_export(first.pk)
    client = client_of(ada.user)
    assert client.get(EXPORT).status_code == 200
    assert client.post(EXPORT).status_code == 202
    assert Export.objects.get().pk != first.pk


def test_an_export_can_be_withdrawn(
    ada: Person, client_of: ClientOf, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    export = Export.objects.create(owner=ada.user)
    stages.write_export(export.pk)
    with django_capture_on_commit_callbacks(execute=True):
        assert client_of(ada.user).delete(EXPORT).status_code == 204
    assert not default_storage.exists(export.file_name)
    assert client_of(ada.user).delete(EXPORT).status_code == 404


def test_two_workers_do_not_write_the_same_export(ada: Person) -> None:
    export = Export.objects.create(owner=ada.user, claimed_until=timezone.now() + timedelta(minutes=5), attempts=1)
    stages.write_export(export.pk)
    export.refresh_from_db()
    assert export.state == "queued"
    assert not default_storage.exists(export.file_name)


def test_an_export_whose_worker_died_is_written_by_the_next_and_given_up_after_three(ada: Person) -> None:
    past = timezone.now() - timedelta(seconds=1)
    export = Export.objects.create(owner=ada.user, claimed_until=past, attempts=1)
    stages.write_export(export.pk)
    export.refresh_from_db()
    assert export.state == "ready"
    Export.objects.update(state="queued", claimed_until=past, attempts=3)
    stages.write_export(export.pk)
    export.refresh_from_db()
    assert export.state == "failed"
    assert export.error != ""


def test_an_export_ends_when_its_owner_is_gone(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    export = Export.objects.create(owner=ada.user)
    written = stages.archive.write

    def erased_meanwhile(*args: object, **kwargs: object) -> None:
        written(*args, **kwargs)
        Export.objects.all().delete()

    monkeypatch.setattr(stages.archive, "write", erased_meanwhile)
    stages.write_export(export.pk)
    assert not default_storage.exists(export.file_name)


def test_an_expired_export_is_swept(ada: Person, queue: object) -> None:
    export = Export.objects.create(owner=ada.user)
    stages.write_export(export.pk)
    Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    tasks.sweep()
    assert not Export.objects.exists()
    assert not default_storage.exists(export.file_name)


def test_a_zip_without_a_row_is_swept_and_one_with_a_row_is_not(ada: Person) -> None:
    kept = Export.objects.create(owner=ada.user)
    stages.write_export(kept.pk)
    lost = Export(owner=ada.user)
    default_storage.save(lost.file_name, ContentFile(b"all about somebody who is gone"))
    tasks.sweep_exports()
    assert not default_storage.exists(lost.file_name)
    assert default_storage.exists(kept.file_name)
