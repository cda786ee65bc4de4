from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User
from catalog.models import Like, Photo
from images import stages as images_stages
from images.models import Image, Stage
from mlcore.index.base import CollectionName, IndexAway, VectorIndex
from moderation.models import Report
from privacy import services, stages, tasks
from privacy.models import Erasure, Export
from tests.privacy.conftest import Person, garment, picture
from wardrobe.models import Item

ClientOf = Callable[[User], APIClient]
ME = "/api/v1/me/"


def kept(tmp_path: Path, receipt: object) -> str:
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(receipt))
    return str(path)


def test_leaving_erases_rows_files_and_vectors_and_the_receipt_proves_it(
    ada: Person, client_of: ClientOf, vectors: VectorIndex, queue: object, tmp_path: Path
) -> None:
    Image.objects.filter(pk=ada.look.pk).update(stage=Stage.DESCRIBED)
    images_stages.index([ada.look.pk])
    assert vectors.count(CollectionName.PHOTOS) == 1
    stages.write_export(Export.objects.create(owner=ada.user).pk)
    answer = client_of(ada.user).delete(ME)
    assert answer.status_code == 200
    receipt = answer.json()
    assert receipt["counts"]["rows"]["images.image"] == 2
    assert receipt["counts"]["pictures"] == 2
    assert receipt["counts"]["garments"] == 2
    with pytest.raises(CommandError, match="traces are left"):  # the worker has not come yet
        call_command("verify_erasure", kept(tmp_path, receipt))
    stages.finish_erasure(Erasure.objects.get().pk)
    call_command("verify_erasure", kept(tmp_path, receipt))
    assert not User.objects.exists()
    assert vectors.count(CollectionName.PHOTOS) == 0
    assert [path for path in Path(default_storage.location).rglob("*") if path.is_file()] == []


def test_others_keep_what_is_theirs(ada: Person, make_user: Callable[[str], User], tmp_path: Path) -> None:
    eve = make_user("eve@example.org")
    theirs = picture(eve, shade=10)  # the same bytes
    garment(theirs)
    item = Item.objects.create(owner=eve, category="tops")
    services.erase_user(user=ada.user)
    stages.finish_erasure(Erasure.objects.get().pk)
    assert list(Image.objects.filter(owner=eve)) == [theirs]
    assert default_storage.exists(theirs.file_name)
    assert list(Item.objects.all()) == [item]


def test_what_others_said_of_a_look_goes_with_it(ada: Person, make_user: Callable[[str], User]) -> None:
    eve = make_user("eve@example.org")
    Like.objects.create(user=eve, photo=ada.look.photo)
    Report.objects.create(image=ada.look, reporter=eve)
    services.erase_user(user=ada.user)
    assert not Photo.objects.exists()
    assert not Like.objects.exists()
    assert not Report.objects.exists()


def test_the_record_of_an_erasure_does_not_tell_who_it_was(ada: Person) -> None:
    services.erase_user(user=ada.user)
    erasure = Erasure.objects.get()
    stages.finish_erasure(erasure.pk)
    erasure.refresh_from_db()
    assert (erasure.pictures, erasure.garments, erasure.export) == ([], [], "")
    assert erasure.finished_at is not None
    assert "ada" not in json.dumps(erasure.counts)


def test_files_and_vectors_that_could_not_go_at_once_go_later(
    ada: Person, monkeypatch: pytest.MonkeyPatch, queue: object
) -> None:
    services.erase_user(user=ada.user)
    erasure = Erasure.objects.get()

    def away(ids: object) -> None:
        raise IndexAway("not now")

    with monkeypatch.context() as patch:
        patch.setattr(images_stages, "unindex", away)
        tasks.finish_erasure(erasure_id=str(erasure.pk))
    erasure.refresh_from_db()
    assert erasure.finished_at is None
    assert len(erasure.pictures) == 2
    monkeypatch.setattr(images_stages, "unindex", lambda ids: None)
    stages.finish_erasure(erasure.pk)
    stages.finish_erasure(erasure.pk)  # twice is as good as once
    assert not default_storage.exists(ada.image.file_name)


def test_a_trace_of_each_kind_is_found(ada: Person, vectors: VectorIndex, tmp_path: Path) -> None:
    receipt = services.erase_user(user=ada.user)
    stages.finish_erasure(Erasure.objects.get().pk)
    path = kept(tmp_path, asdict(receipt))
    call_command("verify_erasure", path)
    default_storage.save(ada.image.file_name, ContentFile(b"left"))
    with pytest.raises(CommandError, match="1 traces"):
        call_command("verify_erasure", path)
    User.objects.create(pk=receipt.user, email="back@example.org")
    with pytest.raises(CommandError, match="2 traces"):
        call_command("verify_erasure", path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"id": 1}', "[" * 100_000])
def test_what_is_no_receipt_is_refused(text: str, db: None, tmp_path: Path) -> None:
    path = tmp_path / "receipt.json"
    path.write_text(text)
    with pytest.raises(CommandError):
        call_command("verify_erasure", str(path))


def test_a_changed_receipt_is_refused(ada: Person, client_of: ClientOf, tmp_path: Path, queue: object) -> None:
    receipt = client_of(ada.user).delete(ME).json()
    receipt["pictures"] = []
    with pytest.raises(CommandError, match="not signed"):
        call_command("verify_erasure", kept(tmp_path, receipt))


def test_the_last_superuser_cannot_leave(db: None, client_of: ClientOf) -> None:
    root = User.objects.create_superuser("root@example.org", "a long pass phrase")
    answer = client_of(root).delete(ME)
    assert answer.status_code == 409
    User.objects.create_superuser("second@example.org", "a long pass phrase")
    assert client_of(root).delete(ME).status_code == 200


def test_nobody_is_erased_without_signing_in(ada: Person) -> None:
    assert APIClient().delete(ME).status_code == 401
    assert User.objects.filter(pk=ada.user.pk).exists()


def test_keys_are_not_given_again(ada: Person) -> None:
    """SQLite may use a number again; a receipt would then find somebody else."""
    services.erase_user(user=ada.user)
    gone = ada.user.pk
    assert User.objects.create_user("next@example.org").pk != gone, connection.vendor


@pytest.mark.django_db(transaction=True)  # a broken transaction of the test's own would answer nothing any more
def test_what_comes_of_a_request_that_the_account_did_not_outlive_is_401(ada: Person, client_of: ClientOf) -> None:
    late = client_of(ada.user)  # signed in when the request began
    User.objects.filter(pk=ada.user.pk).delete()
    for answer in (
        late.delete(ME),
        late.patch(ME, {"name": "Ada"}),
        late.patch(ME, {"name": "Ada"}, headers={"If-Match": "*"}),
        late.post(f"{ME}api-keys/", {"name": "late", "scopes": ["search"]}),
    ):
        assert answer.status_code == 401


def test_a_garment_that_is_erased_while_the_index_is_written_does_not_stay_there(
    ada: Person, vectors: VectorIndex, monkeypatch: pytest.MonkeyPatch, queue: object
) -> None:
    Image.objects.filter(pk=ada.look.pk).update(stage=Stage.DESCRIBED)
    read = images_stages.selectors.for_index

    def erased_after(*args: object, **kwargs: object) -> object:
        found = read(*args, **kwargs)
        services.erase_user(user=ada.user)
        stages.finish_erasure(Erasure.objects.get().pk)
        return found

    monkeypatch.setattr(images_stages.selectors, "for_index", erased_after)
    images_stages.index([ada.look.pk])
    assert vectors.count(CollectionName.PHOTOS) == 0
