"""Do I own this? By garments whose likeness the test chooses, and once through a real worker."""

from __future__ import annotations

import io
import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from catalog.drawn import demo_products
from images.models import Garment, Image, Kind, Purpose, Stage
from mlcore.types import Vector
from tests.servers import Server
from tests.wardrobe.rows import NAVY, RED, found, garment, item, picture
from wardrobe.matching import AT_ONCE
from wardrobe.models import Item
from wardrobe.proposals import OWN_ITEM

PATH = "/api/v1/wardrobe/matches/"


@pytest.fixture
def api(user: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(user)


def alike(similarity: float, axis: int = 1) -> Vector:
    """A unit vector of that cosine to `alike(1)`."""
    vector = np.zeros(512, np.float32)
    vector[0], vector[axis] = similarity, math.sqrt(1 - similarity**2)
    return vector


def of_shop(category: str = "outerwear", **fields: Any) -> Garment:
    image = Image.objects.create(
        kind=Kind.PRODUCT, digest=uuid4().hex, size=1, format="JPEG", width=9, height=9, stage=Stage.READY, file="a.jpg"
    )
    return garment(image, category, vector=alike(1.0), **fields)


def owned(user: User, name: str, similarity: float, category: str = "outerwear", *colours: Any, **fields: Any) -> Item:
    return item(user, name, garments=[found(user, category, *colours, vector=alike(similarity))], **fields)


def ask(api: APIClient, shown: Garment, **more: Any) -> dict[str, Any]:
    answer = api.post(PATH, {"garment": str(shown.uid), **more})
    assert answer.status_code == 200, answer.json()
    body: dict[str, Any] = answer.json()
    return body


def results(body: dict[str, Any]) -> list[tuple[str, float, bool]]:
    return [(row["item"]["name"], round(row["likeness"], 2), row["same"]) for row in body["results"]]


def test_a_shops_garment_finds_the_like_of_it_that_one_owns(api: APIClient, user: User) -> None:
    mine = owned(user, "the jacket", 0.96)
    owned(user, "another", 0.6)
    shown = of_shop()
    body = ask(api, shown)
    assert results(body) == [("the jacket", 0.96, True), ("another", 0.6, False)]
    assert body["owned"] is True
    assert body["query"]["image"] == str(shown.image_id)
    assert [body["query"]["garment"]["id"]] == [g["id"] for g in body["query"]["garments"]] == [str(shown.uid)]
    first = body["results"][0]
    shown_alone = api.get(f"/api/v1/wardrobe/items/{mine.pk}/").json()
    assert first["item"].keys() == shown_alone.keys()
    assert (first["item"]["id"], first["item"]["wears"]) == (str(mine.pk), 0)
    assert first["garment"] == first["item"]["cover"]["garment"]
    assert round(first["similarity"], 2) == 0.96


def test_who_owns_nothing_like_it_is_told_so(api: APIClient, user: User) -> None:
    assert ask(api, of_shop()) | {"query": None} == {"query": None, "owned": False, "results": []}
    owned(user, "far", 0.3)
    assert ask(api, of_shop())["owned"] is False


@pytest.mark.parametrize(("likeness", "same"), [(OWN_ITEM - 0.01, False), (OWN_ITEM + 0.01, True)])
def test_the_verdict_is_that_of_proposals(api: APIClient, user: User, likeness: float, same: bool) -> None:
    owned(user, "mine", likeness)
    assert [row["same"] for row in ask(api, of_shop())["results"]] == [same]


def test_the_same_cut_in_another_colour_is_another_thing(api: APIClient, user: User) -> None:
    owned(user, "red", 0.99, "outerwear", RED)
    owned(user, "navy", 0.9, "outerwear", NAVY)
    body = ask(api, of_shop())
    assert [(name, same) for name, _, same in results(body)] == [("navy", True), ("red", False)]
    assert body["results"][1]["likeness"] < body["results"][1]["similarity"] - 0.2


def test_only_what_is_confused_with_it_is_looked_at(api: APIClient, user: User) -> None:
    owned(user, "a top", 0.9, "tops")
    owned(user, "trousers", 0.99, "trousers")
    assert [name for name, *_ in results(ask(api, of_shop()))] == ["a top"]


def test_an_item_is_found_once_by_its_most_alike_picture(api: APIClient, user: User) -> None:
    front, back = found(user, vector=alike(0.7)), found(user, vector=alike(0.95))
    item(user, "jacket", garments=[front, back])
    [row] = ask(api, of_shop())["results"]
    assert row["garment"] == str(back.uid)


def test_what_was_sold_what_is_no_item_and_what_others_own_is_not_mine(
    api: APIClient, user: User, make_user: Callable[[str], User]
) -> None:
    owned(user, "sold", 0.99, archive_reason="sold", archived_at=timezone.now())
    owned(make_user("eve@example.org"), "theirs", 0.99)
    found(user, vector=alike(0.99))
    assert ask(api, of_shop())["results"] == []


def test_vectors_of_another_model_are_not_compared(api: APIClient, user: User) -> None:
    for name, changed in (("old", {"model_version": "other"}), ("stale", {"model_version": ""})):
        mine = owned(user, name, 0.99)
        descriptor = mine.pictures.get().garment.descriptor
        for field, value in changed.items():
            setattr(descriptor, field, value)
        descriptor.save()
    assert ask(api, of_shop())["results"] == []


def test_a_garment_of_ones_own_item_is_that_item_and_its_neighbour_is_not(api: APIClient, user: User) -> None:
    photograph = picture(user)
    jacket = garment(photograph, "outerwear", vector=alike(1.0))
    item(user, "jacket", garments=[jacket])
    item(user, "shirt", garments=[garment(photograph, "tops", vector=alike(0.99))])
    assert results(ask(api, jacket)) == [("jacket", 1.0, True)]


def test_a_picture_is_asked_about_by_its_id_and_category(api: APIClient, user: User) -> None:
    photograph = picture(user)
    garment(photograph, "outerwear", vector=alike(0.1, 7))
    skirt = garment(photograph, "skirts", vector=alike(1.0))
    owned(user, "skirt", 0.95, "skirts")
    body = api.post(PATH, {"image": str(photograph.pk), "category": "skirts"}).json()
    assert (body["query"]["garment"]["id"], len(body["query"]["garments"])) == (str(skirt.uid), 2)
    assert results(body) == [("skirt", 0.95, True)]
    framed = {"x": skirt.x, "y": skirt.y, "width": skirt.width, "height": skirt.height}
    answer = api.post(PATH, {"image": str(photograph.pk), "box": framed}, format="json")
    assert answer.status_code == 200
    assert len(answer.json()["query"]["garments"]) == 2


def test_the_limit_is_kept_though_many_that_look_alike_are_ruled_out(api: APIClient, user: User) -> None:
    """Its neighbours in the photograph are other things: it takes a second batch to find what is not."""
    photograph = picture(user)
    asked = garment(photograph, vector=alike(1.0))
    item(user, "neighbours", garments=[garment(photograph, vector=alike(0.97)) for _ in range(AT_ONCE)])
    for likeness in (0.8, 0.9, 0.7):
        owned(user, f"{likeness}", likeness)
    assert [name for name, *_ in results(ask(api, asked, limit=2))] == ["0.9", "0.8"]


def test_a_garment_without_a_colour_is_judged_by_its_shape_alone(api: APIClient, user: User) -> None:
    owned(user, "red", 0.9, "outerwear", RED)
    item(user, "colourless", garments=[found(user, vector=alike(0.8), colours=[])])
    assert results(ask(api, of_shop(colours=[]))) == [("red", 0.9, True), ("colourless", 0.8, False)]


def test_a_garment_that_is_not_readable_or_not_ready_is_refused(
    api: APIClient, user: User, make_user: Callable[[str], User], anonymous: APIClient
) -> None:
    theirs = found(make_user("eve@example.org"))
    assert api.post(PATH, {"garment": str(theirs.uid)}).status_code == 404
    assert api.post(PATH, {"image": str(theirs.image_id)}).status_code == 404
    assert api.post(PATH, {"image": str(picture(user, stage=Stage.STORED).pk)}).status_code == 409
    assert api.post(PATH, {"image": str(picture(user).pk)}).status_code == 422
    assert anonymous.post(PATH, {"garment": str(theirs.uid)}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {}, [], "x", {"garment": "x"}, {"garment": None}, {"garment": str(uuid4()), "image": str(uuid4())},
        {"garment": str(uuid4()), "limit": 51}, {"garment": str(uuid4()), "limit": 0},
        {"garment": str(uuid4()), "x": 1},
        {"garment": str(uuid4()), "box": {"x": 0, "y": 0, "width": 1, "height": 1}},
        {"image": str(uuid4()), "box": {"x": 2}}, {"image": str(uuid4()), "category": "hats"},
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_is_refused(api: APIClient, body: object) -> None:
    assert api.post(PATH, body, format="json").status_code == 400


def test_a_question_costs_a_constant_number_of_queries(
    api: APIClient, user: User, django_assert_num_queries: Callable[[int], object]
) -> None:
    shown = of_shop()
    for number in range(15):
        owned(user, str(number), 0.9)
        if number in (0, 14):
            with django_assert_num_queries(7):  # type: ignore[attr-defined]
                assert len(ask(api, shown, limit=20)["results"]) == number + 1


# ── Through a worker ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def worker_that_hangs(worker: Server) -> Iterator[Server]:
    assert worker.process is not None
    os.killpg(worker.process.pid, signal.SIGSTOP)
    yield worker
    os.killpg(worker.process.pid, signal.SIGCONT)


def send(api: APIClient, picture: bytes, **more: Any) -> Any:
    file = io.BytesIO(picture)
    file.name = "a.jpg"
    return api.post(PATH, {"image": file, **more}, format="multipart")


def test_a_photograph_of_what_one_owns_finds_it(worker: Server, api: APIClient, user: User) -> None:
    coat = list(islice(demo_products(), 2))[1]
    file = io.BytesIO(coat.jpeg())
    file.name = "coat.jpg"
    image = api.post("/api/v1/images/", {"file": file, "purpose": "wardrobe"}, format="multipart").json()["id"]
    deadline = time.monotonic() + 60
    while Image.objects.get(pk=image).stage != Stage.READY:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    shown = Garment.objects.get(image=image, position=0)
    made = api.post("/api/v1/wardrobe/items/", {"garment": str(shown.uid)}).json()
    answer = send(api, coat.jpeg(quality=70), limit=3)
    assert answer.status_code == 200, answer.json()
    body = answer.json()
    assert (body["owned"], body["results"][0]["item"]["id"]) == (True, made["id"])
    assert Image.objects.get(pk=body["query"]["image"]).purpose == Purpose.SEARCH
    api.delete(f"/api/v1/wardrobe/items/{made['id']}/")
    assert api.post(PATH, {"garment": body["query"]["garment"]["id"]}).json()["results"] == []


def test_a_photograph_that_no_worker_takes_is_answered_503(
    worker_that_hangs: Server, api: APIClient, settings: Any
) -> None:
    settings.ONLINE_TIMEOUT_S = 0.3
    answer = send(api, next(demo_products()).jpeg())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert not Image.objects.exists()


def test_what_is_no_picture_is_refused(api: APIClient) -> None:
    assert send(api, b"GIF89a nothing").status_code == 415
