"""What an owner says of a garment over HTTP: written, kept as an example, and nobody else's to say."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.models import User
from images.corrections import MOST_GARMENTS
from images.index import model_version
from images.models import Correction, CutOut, Descriptor, Garment, Image, Kind, Purpose, Review, Stage
from tests.images.conftest import MakeImage
from tests.images.test_services import add
from wardrobe.models import Item, ItemPicture

LABELS = {
    "sleeve_length": {"value": "long", "confidence": 0.8},
    "pattern": {"value": "solid", "confidence": 0.9},
}
BOX = {"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5}
NEW_BOX = {"x": 0.1, "y": 0.2, "width": 0.4, "height": 0.6}


def a_garment(
    user: User, seed: int = 1, *, purpose: Purpose = Purpose.WARDROBE, data: bytes = b"", **values: Any
) -> Garment:
    """In a described picture of the user's."""
    image, _ = add(user, seed, purpose=purpose, data=data)
    Image.objects.filter(pk=image.pk).update(stage=Stage.READY)
    image.refresh_from_db()
    garment = Garment.objects.create(
        image=image, position=0, **{"category": "tops", "score": 0.62, "runner_up": "dresses",
        "runner_up_score": 0.4, **BOX, "quality": 0.7, "labels": dict(LABELS),
        "colours": [{"name": "red", "hex": "#c02030", "share": 0.9}], **values},
    )  # fmt: skip
    Descriptor.objects.create(garment=garment, model_version=model_version(), data=b"\x00\x3c" * 512)
    return garment


@pytest.fixture
def garment(user: User) -> Garment:
    return a_garment(user)


@pytest.fixture
def api(user: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(user)


@pytest.fixture
def stranger(make_user: Callable[[str], User], client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(make_user("grace@example.org"))


def at(garment: Garment) -> str:
    return f"/api/v1/garments/{garment.uid}/"


def inside(image: Image) -> str:
    return f"/api/v1/images/{image.pk}/garments/"


def patch(api: APIClient, garment: Garment, **change: Any) -> Response:
    return api.patch(at(garment), change)


def row(garment: Garment) -> Garment:
    return Garment.objects.select_related("descriptor").get(pk=garment.pk)


def everything() -> list[Any]:
    """All rows that a correction might touch."""
    return [list(model.objects.order_by("pk").values()) for model in (Garment, Descriptor, Correction, Image)]


# Reading -------------------------------------------------------------------------------------------------------------


def test_a_garment_by_itself(api: APIClient, garment: Garment) -> None:
    response = api.get(at(garment))
    assert response.status_code == 200
    assert response.json() == {
        "id": str(garment.uid),
        "status": "ready",
        "cut_out": None,
        "category": "tops",
        "score": 0.62,
        "box": BOX,
        "colours": [{"name": "red", "hex": "#c02030", "share": 0.9}],
        "labels": LABELS,
        "quality": 0.7,
        "image": str(garment.image_id),
        "corrected": [],
    }


def test_who_may_see_the_picture_may_see_its_garment(
    api: APIClient, stranger: APIClient, anonymous: APIClient, garment: Garment
) -> None:
    for other in (stranger, anonymous):
        assert other.get(at(garment)).status_code == 404
    Image.objects.update(purpose=Purpose.LOOK, review=Review.APPROVED)
    for reader in (api, stranger, anonymous):
        assert reader.get(at(garment)).status_code == 200


def test_a_garment_is_read_in_one_query(
    api: APIClient, garment: Garment, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_max_num_queries(1):
        api.get(at(garment))


# Correcting ----------------------------------------------------------------------------------------------------------


def test_a_category_is_corrected_kept_as_an_example_and_the_garment_described_anew(
    api: APIClient, user: User, garment: Garment, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as queued:
        response = patch(api, garment, category="outerwear")
    assert response.status_code == 200
    body = response.json()
    assert (body["category"], body["score"], body["status"], body["corrected"]) == (
        "outerwear", 1.0, "processing", ["category"],
    )  # fmt: skip
    assert len(queued) == 1
    now = row(garment)
    assert (now.category, now.runner_up, now.runner_up_score) == ("outerwear", "", 0.0)
    assert now.descriptor.model_version == ""
    kept = Correction.objects.get()
    assert (kept.image, kept.garment, kept.owner) == (garment.image, garment, user)
    assert (kept.before, kept.after) == ({"category": "tops"}, {"category": "outerwear"})


def test_one_correction_is_one_example_however_much_it_says(api: APIClient, garment: Garment) -> None:
    response = patch(
        api, garment, category="dresses", box=NEW_BOX, labels={"pattern": "check", "sleeve_length": None},
        colours=["navy", "red"],
    )  # fmt: skip
    assert response.status_code == 200
    body = response.json()
    assert body["box"] == NEW_BOX
    assert body["labels"] == {"pattern": {"value": "check", "confidence": 1.0}}
    assert body["colours"] == [
        {"name": "navy", "hex": "#202746", "share": 0.6667},
        {"name": "red", "hex": "#c02030", "share": 0.3333},  # as it was seen
    ]
    assert set(body["corrected"]) == {"category", "box", "colours", "sleeve_length", "pattern"}
    kept = Correction.objects.get()
    assert kept.before == {
        "category": "tops", "box": BOX, "colours": ["red"], "pattern": "solid", "sleeve_length": "long",
    }  # fmt: skip
    assert kept.after == {
        "category": "dresses", "box": NEW_BOX, "colours": ["navy", "red"], "pattern": "check", "sleeve_length": None,
    }  # fmt: skip


def test_a_label_needs_no_model(api: APIClient, garment: Garment, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks() as queued:
        body = patch(api, garment, labels={"pattern": "stripe"}).json()
    assert queued == []
    assert (body["status"], body["corrected"]) == ("ready", ["pattern"])
    assert row(garment).descriptor.model_version == model_version()


def test_labels_that_the_new_category_lacks_go_with_the_old_one(api: APIClient, garment: Garment) -> None:
    patch(api, garment, labels={"sleeve_length": "short"})
    body = patch(api, garment, category="trousers").json()
    assert body["labels"] == {"pattern": LABELS["pattern"]}
    assert body["corrected"] == ["category"]


AGREES: list[dict[str, Any]] = [
    {"category": "tops"},
    {"box": BOX},
    {"box": {**BOX, "x": 0.25004}},  # as an answer rounds it
    {"labels": {"pattern": "solid"}},
    {"labels": {"garment_length": None}},
    {"labels": {}},
    {"colours": ["red"]},
    {"category": "tops", "box": BOX, "labels": {"sleeve_length": "long", "collar_style": None}},
]


def test_what_agrees_with_what_is_there_writes_nothing(
    api: APIClient, garment: Garment, django_capture_on_commit_callbacks: Any
) -> None:
    before = everything()
    for change in AGREES:
        with django_capture_on_commit_callbacks() as queued:
            response = patch(api, garment, **change)
        assert (response.status_code, response.json()["corrected"]) == (200, []), change
        assert queued == []
    assert everything() == before


def test_an_edge_a_hair_outside_is_drawn_in(api: APIClient, garment: Garment) -> None:
    body = patch(api, garment, box={"x": 0.5, "y": 0.5, "width": 0.5005, "height": 0.5005}).json()
    assert body["box"] == {"x": 0.5, "y": 0.5, "width": 0.5, "height": 0.5}


CANNOT_BE: list[tuple[dict[str, Any], str]] = [
    ({}, "non_field_errors"),
    ({"category": "shoes"}, "category"),
    ({"category": None}, "category"),
    ({"category": ["tops"]}, "category"),
    ({"category": "to\0ps"}, "category"),
    ({"id": "x"}, "id"),
    ({"score": 1}, "score"),
    ({"box": None}, "box"),
    ({"box": [0, 0, 1, 1]}, "box"),
    ({"box": {"x": 0, "y": 0, "width": 1}}, "box.height"),
    ({"box": {**BOX, "angle": 3}}, "box.angle"),
    ({"box": {**BOX, "x": 0.9}}, "box"),
    ({"box": {**BOX, "x": -0.1}}, "box.x"),
    ({"box": {**BOX, "width": 0}}, "box"),
    ({"box": {**BOX, "width": 0.09}}, "box"),  # 21 pixels
    ({"box": {**BOX, "width": "nan"}}, "box.width"),
    ({"box": {**BOX, "width": "inf"}}, "box.width"),
    ({"box": {**BOX, "x": 10**400}}, "box.x"),
    ({"box": {**BOX, "x": {"y": 1}}}, "box.x"),
    ({"labels": {"sleeve_length": "endless"}}, "labels.sleeve_length"),
    ({"labels": {"sleeve_length": {"value": "long"}}}, "labels.sleeve_length"),
    ({"labels": {"heel": "high"}}, "labels.heel"),
    ({"labels": None}, "labels"),
    ({"labels": "long"}, "labels"),
    ({"category": "skirts", "labels": {"sleeve_length": "long"}}, "labels.sleeve_length"),
    ({"colours": []}, "colours"),
    ({"colours": ["red", "red"]}, "colours"),
    ({"colours": ["mauve"]}, "colours.0"),
    ({"colours": ["#ff0000"]}, "colours.0"),
    ({"colours": "red"}, "colours"),
    ({"colours": [{"name": "red"}]}, "colours.0"),
    ({"colours": ["red", "navy", "white", "black", "beige", "teal"]}, "colours"),
]


def test_what_cannot_be_so_is_refused_by_the_field_and_nothing_is_written(api: APIClient, garment: Garment) -> None:
    before = everything()
    for change, field in CANNOT_BE:
        response = patch(api, garment, **change)
        assert (response.status_code, list(response.json().get("errors", ()))) == (400, [field]), change
        assert response["Content-Type"] == "application/problem+json"
    assert everything() == before


def test_a_body_that_is_no_object_is_refused(api: APIClient, garment: Garment) -> None:
    for body in ("[]", '"tops"', "3", "null", "{", "[" * 100_000, '{"box": ' * 5000 + "1" + "}" * 5000):
        response = api.patch(at(garment), body, content_type="application/json")
        assert response.status_code == 400, body[:20]


def test_nobody_corrects_what_is_not_theirs(
    stranger: APIClient, anonymous: APIClient, api: APIClient, garment: Garment, make_image: MakeImage
) -> None:
    Image.objects.update(purpose=Purpose.LOOK, review=Review.APPROVED)  # which all may see
    shop = make_image(kind=Kind.PRODUCT, stage=Stage.READY)
    sold = Garment.objects.create(image=shop, position=0, category="tops", score=1, **BOX, quality=1)
    before = everything()
    for client, owned, code in (
        (stranger, garment, 404), (anonymous, garment, (401, 403)), (api, sold, 404), (anonymous, sold, (401, 403)),
    ):  # fmt: skip
        codes = code if isinstance(code, tuple) else (code,)
        assert patch(client, owned, category="skirts").status_code in codes
        assert client.delete(at(owned)).status_code in codes
        assert client.post(inside(owned.image), {"box": BOX}).status_code in codes
    assert patch(api, Garment(uid=uuid4()), category="skirts").status_code == 404
    assert api.delete(at(Garment(uid=uuid4()))).status_code == 404
    assert api.post(inside(Image()), {"box": BOX}).status_code == 404
    assert api.patch("/api/v1/garments/1/", {"category": "tops"}).status_code == 404
    assert everything() == before


def test_a_picture_that_has_expired_has_nothing_to_correct(api: APIClient, garment: Garment) -> None:
    Image.objects.update(purpose=Purpose.SEARCH, expires_at=timezone.now() - timedelta(seconds=1))
    assert patch(api, garment, category="skirts").status_code == 404


@pytest.mark.parametrize("stage", [Stage.STORED, Stage.FAILED])
def test_a_picture_in_work_is_a_conflict(api: APIClient, garment: Garment, stage: Stage) -> None:
    Image.objects.update(stage=stage)
    before = everything()
    for response in (
        patch(api, garment, category="skirts"),
        api.delete(at(garment)),
        api.post(inside(garment.image), {"box": BOX}),
    ):
        assert (response.status_code, response["Content-Type"]) == (409, "application/problem+json")
    assert everything() == before


def test_a_garment_that_is_being_described_anew_is_not_searched_with(api: APIClient, garment: Garment) -> None:
    patch(api, garment, category="outerwear")
    response = api.post("/api/v1/search/", {"garment": str(garment.uid)})
    assert response.status_code == 409
    assert "described anew" in response.json()["detail"]


def test_the_picture_shows_which_of_its_garments_is_being_described(api: APIClient, garment: Garment) -> None:
    patch(api, garment, category="outerwear")
    [shown] = api.get(f"/api/v1/images/{garment.image_id}/").json()["garments"]
    assert (shown["id"], shown["status"], shown["category"]) == (str(garment.uid), "processing", "outerwear")


def test_who_holds_an_older_answer_is_told_so_and_changes_nothing(api: APIClient, garment: Garment) -> None:
    etag = api.get(at(garment))["ETag"]
    assert api.get(at(garment), headers={"If-None-Match": etag}).status_code == 304
    assert api.patch(at(garment), {"category": "skirts"}, headers={"If-Match": etag}).status_code == 200
    before = everything()
    assert api.patch(at(garment), {"category": "dresses"}, headers={"If-Match": etag}).status_code == 412
    assert api.delete(at(garment), headers={"If-Match": etag}).status_code == 412
    assert everything() == before


@pytest.mark.parametrize("way", ["box", "delete"])
def test_the_cut_out_of_another_box_goes(
    api: APIClient, garment: Garment, way: str, django_capture_on_commit_callbacks: Any
) -> None:
    Garment.objects.update(cut_out=CutOut.READY)
    default_storage.save(garment.cut_out_name, ContentFile(b"RIFF"))
    patch(api, garment, labels={"pattern": "dot"})
    assert row(garment).cut_out == CutOut.READY
    with django_capture_on_commit_callbacks(execute=True):
        response = patch(api, garment, box=NEW_BOX) if way == "box" else api.delete(at(garment))
    assert response.status_code in (200, 204)
    assert not default_storage.exists(garment.cut_out_name)
    assert list(Garment.objects.values_list("cut_out", flat=True)) == ([""] if way == "box" else [])


# Adding and removing -------------------------------------------------------------------------------------------------


def test_a_garment_that_was_overlooked_is_added(
    api: APIClient, user: User, garment: Garment, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as queued:
        response = api.post(inside(garment.image), {"box": NEW_BOX, "category": "skirts"})
    assert response.status_code == 201
    body = response.json()
    assert (body["category"], body["box"], body["status"], body["image"]) == (
        "skirts", NEW_BOX, "processing", str(garment.image_id),
    )  # fmt: skip
    assert body["corrected"] == ["box", "category"]
    assert len(queued) == 1
    added = Garment.objects.get(uid=body["id"])
    assert (added.position, added.descriptor.model_version) == (1, "")
    kept = Correction.objects.get()
    assert (kept.garment, kept.owner, kept.before) == (added, user, {})
    assert kept.after == {"box": NEW_BOX, "category": "skirts"}
    assert api.get(at(added)).json() == body


def test_without_a_category_the_models_are_asked(api: APIClient, garment: Garment) -> None:
    body = api.post(inside(garment.image), {"box": NEW_BOX}).json()
    assert (body["category"], body["corrected"]) == ("tops", ["box"])
    added = Garment.objects.get(uid=body["id"])
    assert patch(api, added, category="tops").json()["corrected"] == ["box", "category"]  # said, before they answer


def test_a_picture_in_which_nothing_was_found_takes_a_first_garment(api: APIClient, user: User) -> None:
    image, _ = add(user)
    Image.objects.update(stage=Stage.READY)
    assert api.post(inside(image), {"box": BOX, "category": "tops"}).status_code == 201
    assert image.garments.get().position == 0


def test_a_retry_with_the_same_key_adds_nothing_again(api: APIClient, garment: Garment) -> None:
    first, second = (
        api.post(inside(garment.image), {"box": NEW_BOX}, headers={"Idempotency-Key": "k1"}) for _ in range(2)
    )
    assert first.json() == second.json()
    assert garment.image.garments.count() == 2


WRONG_ADDITIONS: list[Any] = [
    {},
    {"category": "tops"},
    {"box": {**BOX, "x": 0.9}},
    {"box": BOX, "category": ""},
    {"box": BOX, "labels": {}},
    {"box": {**BOX, "height": 0.05}},
    {"box": {**BOX, "height": "nan"}},
    {"box": "all"},
]


def test_a_wrong_addition_is_refused(api: APIClient, garment: Garment) -> None:
    before = everything()
    for body in WRONG_ADDITIONS:
        assert api.post(inside(garment.image), body).status_code == 400, body
    assert everything() == before


def test_a_picture_holds_no_endless_number_of_garments(api: APIClient, garment: Garment) -> None:
    Garment.objects.bulk_create(
        Garment(image=garment.image, position=n, category="tops", score=1, **BOX, quality=1)
        for n in range(1, MOST_GARMENTS)
    )
    response = api.post(inside(garment.image), {"box": NEW_BOX})
    assert (response.status_code, list(response.json()["errors"])) == (400, ["box"])


def test_a_garment_that_is_none_is_removed_and_its_place_remembered(
    api: APIClient, user: User, garment: Garment
) -> None:
    item = Item.objects.create(owner=user, category="tops", name="Shirt")
    ItemPicture.objects.create(item=item, garment=garment)
    patch(api, garment, labels={"pattern": "dot"})
    assert api.delete(at(garment)).status_code == 204
    assert api.get(at(garment)).status_code == 404
    assert api.delete(at(garment)).status_code == 404
    assert list(Item.objects.all()) == [item]
    assert not ItemPicture.objects.exists()
    labelled, removed = Correction.objects.order_by("pk")
    assert (labelled.garment, removed.garment, removed.image) == (None, None, garment.image)
    assert (removed.before, removed.after) == ({"category": "tops", "box": BOX}, {})


def test_with_the_picture_go_its_corrections(api: APIClient, garment: Garment) -> None:
    patch(api, garment, category="skirts")
    garment.image.delete()
    assert not Correction.objects.exists()


# With a worker -------------------------------------------------------------------------------------------------------


def test_a_correction_is_described_anew_by_a_worker(worker: Any, user: User, api: APIClient) -> None:
    image, _ = add(user)

    def wait(address: str) -> dict[str, Any]:
        for _ in range(300):
            body: dict[str, Any] = api.get(address).json()
            if body["status"] == "ready":
                return body
            time.sleep(0.1)
        pytest.fail(f"not ready: {body}")

    [found] = wait(f"/api/v1/images/{image.pk}/")["garments"]
    address = f"/api/v1/garments/{found['id']}/"
    said = api.patch(address, {"category": "rompers", "box": {"x": 0.1, "y": 0.05, "width": 0.8, "height": 0.9}}).json()
    assert said["status"] == "processing"
    now = wait(address)
    assert (now["category"], now["box"]["width"], now["corrected"]) == ("rompers", 0.8, ["category", "box"])
    added = api.post(inside(image), {"box": {"x": 0.2, "y": 0.2, "width": 0.5, "height": 0.5}}).json()
    assert wait(f"/api/v1/garments/{added['id']}/")["quality"] > 0
