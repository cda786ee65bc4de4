"""Many pictures at once: stored at once, described by the worker later (here: by rows)."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from rest_framework.test import APIClient

import images.services
import mlcore.images
from accounts.models import User
from images.models import Image, Purpose, Stage
from rest.models import IdempotentRequest
from tests.images.conftest import drawn, files
from tests.wardrobe import rows
from tests.wardrobe.rows import direction, found, garment, item, picture
from wardrobe import parsers, uploading
from wardrobe.models import ItemPicture, Upload, UploadPicture

UPLOADS = "/api/v1/wardrobe/uploads/"


@pytest.fixture
def api(user: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(user)


@pytest.fixture(scope="module")
def jpegs() -> list[bytes]:
    return [drawn(seed).jpeg() for seed in (1, 2, 3)]


def send(api: APIClient, *contents: bytes, **headers: str) -> Any:
    parts = [SimpleUploadedFile(f"{n}.jpg", content, "image/jpeg") for n, content in enumerate(contents)]
    return api.post(UPLOADS, {"files": parts}, format="multipart", headers=headers)


def at(upload: Upload) -> str:
    return f"{UPLOADS}{upload.pk}/"


# ── Taken in ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_pictures_are_stored_and_answered_in_their_order(api: APIClient, jpegs: list[bytes]):
    answer = send(api, *jpegs)
    body = answer.json()
    assert (answer.status_code, answer["Retry-After"], body["ready"]) == (202, "2", False)
    assert body["progress"] == {"queued": 3, "processing": 0, "ready": 0, "failed": 0}
    assert [(one["position"], one["status"], one["duplicate"], one["error"]) for one in body["pictures"]] == [
        (position, "queued", False, None) for position in range(3)
    ]
    stored = [Image.objects.get(pk=one["image"]["id"]) for one in body["pictures"]]
    assert [default_storage.open(image.file_name).read() for image in stored] == jpegs
    assert {(image.purpose, image.stage) for image in stored} == {(Purpose.WARDROBE, Stage.STORED)}
    assert (body["proposals"], body["pictures"][0]["garments"]) == ([], [])
    assert api.get(f"{UPLOADS}{body['id']}/").json() == body


def test_one_bad_picture_loses_no_other(api: APIClient, jpegs: list[bytes], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mlcore.images, "MAX_BYTES", 1_000_000)
    body = send(api, b"GIF89a", jpegs[0], b"", jpegs[1][:2_000], b"x" * 1_000_001, b"GIF89a").json()
    assert [one["status"] for one in body["pictures"]] == ["failed", "queued", "failed", "failed", "failed", "failed"]
    assert [one["image"] is None for one in body["pictures"]] == [True, False, True, True, True, True]
    errors = [one["error"] for one in body["pictures"]]
    assert errors[1] is None
    assert all(errors[:1] + errors[2:])
    assert errors[2] == "the file is empty"
    assert errors[5] == errors[0]
    assert body["progress"] == {"queued": 1, "processing": 0, "ready": 0, "failed": 5}
    assert len(files()) == 1


def test_an_upload_of_bad_pictures_alone_is_ready_at_once(api: APIClient):
    answer = send(api, b"nothing", b"either")
    assert (answer.status_code, answer.json()["ready"]) == (202, True)
    assert "Retry-After" not in answer.headers
    assert not files()


def test_the_same_bytes_are_one_picture_in_a_request_and_between_requests(api: APIClient, jpegs: list[bytes]):
    first = send(api, jpegs[0], jpegs[1], jpegs[0]).json()["pictures"]
    assert [one["duplicate"] for one in first] == [False, False, True]
    assert first[2]["image"] == first[0]["image"]
    second = send(api, jpegs[1], jpegs[2]).json()["pictures"]
    assert [one["duplicate"] for one in second] == [True, False]
    assert second[0]["image"]["id"] == first[1]["image"]["id"]
    assert (Image.objects.count(), len(files()), Upload.objects.count()) == (3, 3, 2)


def test_a_duplicate_is_not_opened(api: APIClient, jpegs: list[bytes], monkeypatch: pytest.MonkeyPatch):
    send(api, jpegs[0])

    def opened(file: object) -> None:
        raise AssertionError("looked at again")

    monkeypatch.setattr(mlcore.images, "inspect", opened)
    assert send(api, jpegs[0], jpegs[0]).json()["progress"]["queued"] == 2


def test_another_users_bytes_are_no_duplicate(
    api: APIClient, jpegs: list[bytes], make_user: Callable[[str], User], client_of: Callable[[User], APIClient]
):
    send(api, jpegs[0])
    [one] = send(client_of(make_user("eve@example.org")), jpegs[0]).json()["pictures"]
    assert one["duplicate"] is False
    assert Image.objects.count() == 2


def test_a_picture_that_failed_is_tried_again_when_it_is_sent_again(api: APIClient, jpegs: list[bytes]):
    send(api, jpegs[0])
    Image.objects.update(stage=Stage.FAILED, error="the storage was away")
    [one] = send(api, jpegs[0]).json()["pictures"]
    assert (one["status"], one["duplicate"], one["error"]) == ("queued", True, None)


def test_a_retry_with_the_same_key_makes_nothing_twice(api: APIClient, jpegs: list[bytes]):
    first, second = (send(api, *jpegs, **{"Idempotency-Key": "k1"}) for _ in range(2))
    assert (second.status_code, second.json()) == (202, first.json())
    assert second["Idempotent-Replayed"] == "true"
    assert (Upload.objects.count(), Image.objects.count(), len(files())) == (1, 3, 3)


def test_all_pictures_are_queued_together(
    api: APIClient, jpegs: list[bytes], monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
):
    queued: list[list[str]] = []
    monkeypatch.setattr(images.services.tasks.describe, "apply_async", lambda *a, **o: queued.append(a or o))
    with django_capture_on_commit_callbacks(execute=True):
        body = send(api, *jpegs).json()
    [message] = queued
    assert sorted(message["kwargs"]["image_ids"]) == sorted(one["image"]["id"] for one in body["pictures"])  # type: ignore[call-overload]


# ── Half-way ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_failure_half_way_leaves_no_row_and_no_file(user: User, jpegs: list[bytes], monkeypatch: pytest.MonkeyPatch):
    arrivals = uploading.look_at(owner=user, files=[io.BytesIO(content) for content in jpegs])
    saved = default_storage.save
    calls = []

    def full(name: str, content: Any) -> str:
        calls.append(name)
        if len(calls) == 3:
            raise OSError("no space left")
        return str(saved(name, content))

    monkeypatch.setattr(images.services.default_storage, "save", full)
    with pytest.raises(OSError, match="no space"):
        uploading.add_upload(owner=user, arrivals=arrivals)
    assert (Upload.objects.count(), Image.objects.count(), files()) == (0, 0, [])


def test_rows_that_cannot_be_written_leave_no_file(user: User, jpegs: list[bytes], monkeypatch: pytest.MonkeyPatch):
    arrivals = uploading.look_at(owner=user, files=[io.BytesIO(content) for content in jpegs])

    def away(rows: object) -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(UploadPicture.objects, "bulk_create", away)
    with pytest.raises(DatabaseError):
        uploading.add_upload(owner=user, arrivals=arrivals)
    assert (Upload.objects.count(), Image.objects.count(), files()) == (0, 0, [])


def test_a_key_that_cannot_be_kept_leaves_no_file(api: APIClient, jpegs: list[bytes], monkeypatch: pytest.MonkeyPatch):
    save = IdempotentRequest.save

    def away(row: IdempotentRequest, **given: Any) -> None:
        if "update_fields" in given:  # after the answer is made
            raise OSError("away")
        save(row, **given)

    monkeypatch.setattr(IdempotentRequest, "save", away)
    api.raise_request_exception = False
    assert send(api, jpegs[0], **{"Idempotency-Key": "k1"}).status_code == 500
    assert (Upload.objects.count(), Image.objects.count(), files()) == (0, 0, [])


def test_a_picture_erased_after_it_was_looked_at_is_stored_again(user: User, jpegs: list[bytes]):
    uploading.add_upload(owner=user, arrivals=uploading.look_at(owner=user, files=[io.BytesIO(jpegs[0])]))
    arrivals = uploading.look_at(owner=user, files=[io.BytesIO(jpegs[0])])
    images.services.erase_images(images=list(Image.objects.all()))
    added = uploading.add_upload(owner=user, arrivals=arrivals)
    assert [image.digest for image in added.images] == [arrivals[0].digest]


# ── Refused ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_request_is_refused_as_a_whole_where_it_is_malformed(api: APIClient, jpegs: list[bytes]):
    file = SimpleUploadedFile("a.jpg", jpegs[0], "image/jpeg")
    for parts in ({}, {"files": "text"}, {"file": file}, {"files": file, "purpose": "look"}):
        assert api.post(UPLOADS, parts, format="multipart").status_code == 400, parts
        file.seek(0)
    assert send(api, *[b"x"] * 51).status_code == 400
    assert send(api, *[b"x"] * 101).status_code == 400
    assert api.post(UPLOADS, {"files": []}, format="json").status_code == 415
    assert send(api, jpegs[0], **{"Idempotency-Key": "k" * 101}).status_code == 400
    assert (Upload.objects.count(), files()) == (0, [])


def test_more_bytes_than_we_take_are_refused_before_they_are_read(
    api: APIClient, jpegs: list[bytes], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(parsers.PicturesParser, "most_bytes", 10)
    answer = send(api, *[jpegs[0] * 10] * 5)
    assert (answer.status_code, answer.json()["title"]) == (413, "Too large")


def test_whose_uploads_they_are(
    api: APIClient, user: User, anonymous: APIClient, make_user: Callable[[str], User],
    client_of: Callable[[User], APIClient],
):  # fmt: skip
    mine = rows.upload(user, picture(user))
    eve = client_of(make_user("eve@example.org"))
    assert api.get(at(mine)).status_code == 200
    assert eve.get(at(mine)).status_code == 404
    assert eve.get(UPLOADS).json()["results"] == []
    assert api.get(f"{UPLOADS}{uuid4()}/").status_code == 404
    for method, path in (("get", UPLOADS), ("post", UPLOADS), ("get", at(mine))):
        assert getattr(anonymous, method)(path).status_code == 401


# ── Followed ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_progress_counts_every_picture(api: APIClient, user: User):
    made = rows.upload(
        user,
        picture(user, stage=Stage.STORED),
        picture(user, stage=Stage.STORED, claim=uuid4()),
        picture(user),
        picture(user, stage=Stage.FAILED, error="damaged"),
    )
    answer = api.get(at(made))
    assert answer["Retry-After"] == "2"
    assert answer.json()["progress"] == {"queued": 1, "processing": 1, "ready": 1, "failed": 1}
    assert answer.json()["ready"] is False
    assert [one["error"] for one in answer.json()["pictures"]] == [None, None, None, "damaged"]
    Image.objects.filter(stage=Stage.STORED).update(stage=Stage.READY)
    done = api.get(at(made))
    assert (done.json()["ready"], "Retry-After" in done.headers) == (True, False)
    [listed] = api.get(UPLOADS).json()["results"]
    assert listed == {name: done.json()[name] for name in ("id", "created_at", "ready", "progress")}


def test_seven_pictures_and_one_jacket_are_one_proposal(api: APIClient, user: User):
    shown = [found(user, vector=direction(n, lean=0.98), score=0.9 - n / 100) for n in range(7)]
    shirt = garment(shown[0].image, "tops", rows.WHITE)
    made = rows.upload(user, *(one.image for one in shown))
    jacket, other = api.get(at(made)).json()["proposals"]
    assert jacket == {
        "garments": [str(one.uid) for one in shown],
        "category": "outerwear",
        "name": "navy jacket",
        "confidence": 0.9,
        "own_item": None,
    }
    assert (other["garments"], other["name"]) == ([str(shirt.uid)], "white top")
    answer = api.post("/api/v1/wardrobe/items/", {"garments": jacket["garments"], "name": jacket["name"]})
    assert (answer.status_code, len(answer.json()["pictures"])) == (201, 7)


def test_what_is_an_item_is_marked_and_no_longer_proposed(api: APIClient, user: User):
    one, two = found(user), found(user, "dresses", rows.RED)
    made = rows.upload(user, one.image, two.image)
    confirmed = item(user, garments=[one])
    body = api.get(at(made)).json()
    assert [shown["garments"][0]["item"] for shown in body["pictures"]] == [str(confirmed.pk), None]
    assert [proposal["garments"] for proposal in body["proposals"]] == [[str(two.uid)]]


def test_what_is_owned_already_is_said_and_what_is_sold_is_not(api: APIClient, user: User):
    owned = item(user, garments=[found(user, vector=direction(1, lean=0.98))])
    made = rows.upload(user, found(user, vector=direction(2, lean=0.98)).image)
    assert api.get(at(made)).json()["proposals"][0]["own_item"] == str(owned.pk)
    api.patch(f"/api/v1/wardrobe/items/{owned.pk}/", {"archive_reason": "sold"})
    assert api.get(at(made)).json()["proposals"][0]["own_item"] is None


def test_items_of_others_are_never_named(api: APIClient, user: User, make_user: Callable[[str], User]):
    eve = make_user("eve@example.org")
    item(eve, garments=[found(eve, vector=direction(1, lean=0.98))])
    made = rows.upload(user, found(user, vector=direction(2, lean=0.98)).image)
    assert api.get(at(made)).json()["proposals"][0]["own_item"] is None


def test_what_is_being_described_anew_waits(api: APIClient, user: User):
    one = found(user)
    made = rows.upload(user, one.image)
    type(one.descriptor).objects.update(model_version="")
    assert api.get(at(made)).json()["proposals"] == []


def test_a_picture_sent_twice_proposes_its_garment_once(api: APIClient, user: User):
    one = found(user)
    made = rows.upload(user, one.image, one.image)
    assert [proposal["garments"] for proposal in api.get(at(made)).json()["proposals"]] == [[str(one.uid)]]


def test_an_erased_picture_leaves_the_upload(api: APIClient, user: User):
    one, two = picture(user), picture(user)
    made = rows.upload(user, one, two)
    one.delete()
    assert [shown["position"] for shown in api.get(at(made)).json()["pictures"]] == [1]


def test_an_upload_costs_the_same_queries_however_many_pictures(
    api: APIClient, user: User, django_assert_num_queries: Callable[[int], Any]
):
    shown = [found(user) for _ in range(6)]
    made = rows.upload(user, *(one.image for one in shown))
    ItemPicture.objects.create(item=item(user), garment=shown[0])
    rows.upload(user, picture(user))
    # upload, pictures with images, garments; which are items; descriptors, of items: which, descriptors
    with django_assert_num_queries(7):
        assert len(api.get(at(made)).json()["pictures"]) == 6
    with django_assert_num_queries(2):
        assert len(api.get(UPLOADS).json()["results"]) == 2
