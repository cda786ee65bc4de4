"""POST search/ with a photograph, through a real worker and the shipped models, on three drawn pictures."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from PIL import Image as Pillow
from rest_framework.test import APIClient

from accounts.models import User
from catalog import services
from catalog.drawn import Drawing, demo_looks, demo_products
from catalog.feeds import Credit, FeedProduct
from images.index import vector_index
from images.models import Image, Stage
from mlcore.index.base import CollectionName
from tests.search.conftest import skus, titles
from tests.servers import Server

Search = Callable[..., Any]


@pytest.fixture(scope="module")
def drawn() -> dict[str, Drawing]:
    """A coat and a dress that the detector sees as such, and somebody in several garments."""
    products = list(islice(demo_products(), 5))
    return {"coat": products[1], "dress": products[4], "look": next(demo_looks())}


@pytest.fixture
def catalogue(worker: Server, drawn: dict[str, Drawing], tmp_path: Path) -> None:
    """The coat and the dress as products, the look as a photograph, all described."""
    products = []
    for name in ("coat", "dress"):
        file = tmp_path / f"{name}.jpg"
        file.write_bytes(drawn[name].jpeg())
        products.append(FeedProduct(file=file, sku=name, title=name, category=drawn[name].garments[0].category))
    services.import_products(products)
    services.import_photos([("look", io.BytesIO(drawn["look"].jpeg()), Credit(title="look"))])
    wait_until_ready()


@pytest.fixture
def search(anonymous: APIClient) -> Search:
    """POST search/ with a picture's bytes, without a user."""

    def search(picture: bytes, client: APIClient = anonymous, **fields: Any) -> Any:
        upload = io.BytesIO(picture)
        upload.name = "../../etc/passwd"
        return client.post("/api/v1/search/", {"image": upload, **fields}, format="multipart")

    return search


def wait_until_ready() -> None:
    deadline = time.monotonic() + 30
    while Image.objects.exclude(stage=Stage.READY).exists():
        assert time.monotonic() < deadline, list(Image.objects.values_list("kind", "stage", "error"))
        time.sleep(0.05)


def stored_files() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def plain(colour: tuple[int, int, int] = (127, 127, 127), side: int = 320) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(np.full((side, side, 3), colour, np.uint8)).save(file, "JPEG")
    return file.getvalue()


def test_a_catalogue_picture_finds_its_own_product_first(
    catalogue: None, search: Search, drawn: dict[str, Drawing]
) -> None:
    for name in ("dress", "coat"):
        response = search(drawn[name].jpeg())
        assert response.status_code == 200
        body = response.json()
        assert skus(body)[0] == name
        assert body["results"][0]["match"]["similarity"] > 0.99
        assert body["results"][0]["match"]["colour_delta_e"] < 1
        assert body["query"]["garment"]["category"] == drawn[name].garments[0].category.value
        assert body["query"]["garment"] == body["query"]["garments"][0]
        assert body["timings_ms"]["analyse"] > 0
        assert body["timings_ms"]["total"] >= body["timings_ms"]["analyse"] + body["timings_ms"]["search"] - 0.02


def test_the_same_picture_otherwise_encoded_still_finds_its_product(
    catalogue: None, search: Search, drawn: dict[str, Drawing]
) -> None:
    body = search(drawn["dress"].png()).json()
    assert skus(body)[0] == "dress"
    assert body["results"][0]["match"]["similarity"] > 0.98


def test_a_picture_of_somebody_lists_all_garments_and_category_picks_one(
    catalogue: None, search: Search, drawn: dict[str, Drawing]
) -> None:
    body = search(drawn["look"].jpeg(), target="photos").json()
    assert titles(body) == ["look"]
    assert body["results"][0]["match"]["similarity"] > 0.99
    garments = body["query"]["garments"]
    assert len(garments) >= 2
    other = next(garment for garment in garments if garment["category"] != garments[0]["category"])
    body = search(drawn["look"].jpeg(), target="photos", category=other["category"]).json()
    assert body["query"]["garment"]["category"] == other["category"]
    assert body["query"]["garment"]["box"] == other["box"]
    assert titles(body) == ["look"]
    assert body["results"][0]["garment"]["box"] == pytest.approx(other["box"], abs=0.01)


def test_a_garment_of_an_earlier_answer_is_searched_without_the_worker(
    catalogue: None, search: Search, drawn: dict[str, Drawing], anonymous: APIClient, worker_that_hangs: Server
) -> None:
    garment = Image.objects.get(kind="photo").garments.first()
    assert garment is not None
    body = anonymous.post("/api/v1/search/", {"garment": str(garment.uid), "target": "photos"}).json()
    assert titles(body) == ["look"]
    body = anonymous.post("/api/v1/search/", {"image": str(garment.image_id), "target": "photos"}).json()
    assert titles(body) == ["look"]


def test_a_box_is_described_as_it_was_drawn_where_nothing_was_detected(
    catalogue: None, search: Search, anonymous: APIClient, drawn: dict[str, Drawing]
) -> None:
    image_id = search(drawn["dress"].jpeg()).json()["query"]["image"]
    box = {"x": 0.3, "y": 0.3, "width": 0.15, "height": 0.1}
    body = anonymous.post("/api/v1/search/", {"image": image_id, "box": box, "category": "dresses"}).json()
    asked = body["query"]["garment"]
    assert (asked["id"], asked["category"], asked["box"]) == (None, "dresses", box)
    assert skus(body) == ["dress"]
    assert body["results"][0]["match"]["similarity"] < 0.99
    assert Image.objects.get(pk=image_id).garments.count() == len(body["query"]["garments"])


def test_a_box_around_nothing_names_what_would_help(
    catalogue: None, search: Search, anonymous: APIClient, drawn: dict[str, Drawing]
) -> None:
    pixels = np.full((640, 960, 3), 127, np.uint8)
    pixels[:, 480:] = drawn["dress"].pixels
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "PNG")
    image_id = search(file.getvalue()).json()["query"]["image"]
    box = {"x": 0.05, "y": 0.05, "width": 0.3, "height": 0.5}
    response = anonymous.post("/api/v1/search/", {"image": image_id, "box": box})
    assert response.status_code == 422
    assert response.json()["detail"] == (
        "no garment can be made out in the box; name its `category` to search all the same"
    )
    assert anonymous.post("/api/v1/search/", {"image": image_id, "box": box, "category": "tops"}).status_code == 200


def test_a_picture_without_a_garment_says_what_was_tried_and_is_not_kept(worker: Server, search: Search) -> None:
    response = search(plain())
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"] == (
        "no garment was found in the picture (looked for tops, outerwear, trousers, skirts, dresses and rompers); "
        "draw a box around the garment and search with `image` and `box`, or take a picture that shows it whole"
    )
    assert (Image.objects.count(), stored_files()) == (0, [])


@pytest.mark.parametrize(
    ("picture", "status"), [(b"no picture", 415), (b"", 400), (plain(side=8), 422), (plain()[:1000], 415)]
)
def test_what_is_no_picture_is_refused_and_not_kept(
    transactional_db: None, queue: object, search: Search, picture: bytes, status: int
) -> None:
    assert search(picture).status_code == status
    assert (Image.objects.count(), stored_files()) == (0, [])


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"limit": "0"}, {"limit": ["Ensure this value is greater than or equal to 1."]}),
        ({"limit": "101"}, {"limit": ["Ensure this value is less than or equal to 100."]}),
        ({"target": "shops"}, {"target": ['"shops" is not a valid choice.']}),
        ({"garment": "1"}, {"garment": ["unknown field"]}),
        ({"file": "1"}, {"file": ["unknown field"]}),
    ],
)
def test_a_malformed_query_is_refused_before_the_picture_is_stored(
    transactional_db: None, queue: object, search: Search, fields: dict[str, str], errors: dict[str, list[str]]
) -> None:
    response = search(plain(), **fields)
    assert (response.status_code, response.json()["errors"]) == (400, errors)
    assert (Image.objects.count(), stored_files()) == (0, [])


def test_uploads_of_users_never_appear_in_a_result(
    catalogue: None, search: Search, drawn: dict[str, Drawing], user: User, client_of: Callable[[User], APIClient]
) -> None:
    indexed = {name: sorted(vector_index().ids(name)) for name in CollectionName}
    client, upload = client_of(user), io.BytesIO(drawn["dress"].png())
    upload.name = "mine.png"
    response = client.post("/api/v1/images/", {"file": upload, "purpose": "wardrobe"}, format="multipart")
    assert response.status_code == 202
    wait_until_ready()
    search(drawn["dress"].jpeg(90))
    for who in (client, None):
        body = search(drawn["dress"].jpeg(), *([who] if who else []), limit=100).json()
        assert sorted(skus(body)) == ["dress"]
    assert Image.objects.filter(kind="user").count() == 4
    assert {name: sorted(vector_index().ids(name)) for name in CollectionName} == indexed


def test_a_query_picture_is_its_senders_alone_and_expires(
    catalogue: None, search: Search, drawn: dict[str, Drawing], make_user: Callable[[str], User],
    client_of: Callable[[User], APIClient], anonymous: APIClient,
) -> None:  # fmt: skip
    ada, ben = client_of(make_user("ada@example.org")), client_of(make_user("ben@example.org"))
    query = search(drawn["dress"].jpeg(), ada).json()["query"]
    again = {"garment": query["garment"]["id"]}
    assert skus(ada.post("/api/v1/search/", again).json()) == ["dress"]
    for client in (ben, anonymous):
        assert client.post("/api/v1/search/", again).status_code == 404
        assert client.get(f"/api/v1/images/{query['image']}/").status_code == 404
    image = Image.objects.get(pk=query["image"])
    assert image.expires_at is not None
    assert (image.expires_at - image.created_at).total_seconds() == pytest.approx(24 * 3600, abs=5)


def test_a_query_that_no_worker_takes_is_answered_503_and_nothing_is_left(
    worker_that_hangs: Server, search: Search, drawn: dict[str, Drawing], settings: Any
) -> None:
    settings.ONLINE_TIMEOUT_S = 0.3
    response = search(drawn["dress"].jpeg())
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response.json()["detail"] == "no worker answered within 0.3 s; try again in 5 seconds"
    assert (Image.objects.count(), stored_files()) == (0, [])


def test_a_box_that_no_worker_describes_is_answered_503_and_the_picture_stays(
    catalogue: None, worker_that_hangs: Server, anonymous: APIClient, settings: Any
) -> None:
    settings.ONLINE_TIMEOUT_S = 0.3
    image = Image.objects.get(kind="photo")
    box = {"x": 0.3, "y": 0.3, "width": 0.15, "height": 0.1}
    response = anonymous.post("/api/v1/search/", {"image": str(image.pk), "box": box, "category": "tops"})
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert Image.objects.filter(pk=image.pk).exists()
