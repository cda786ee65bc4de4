"""Every error of the API is a problem in JSON, whoever raised it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app
from django.core.cache import caches
from kombu import pools
from rest_framework.test import APIClient
from rest_framework.throttling import SimpleRateThrottle

from accounts.models import User
from images import replies, services, stages, tasks
from images.index import model_version
from images.models import Image, Purpose
from mlcore.index.base import IndexAway
from mlcore.index.milvus import MilvusIndex
from tests.environment import FOLDER
from tests.images.conftest import drawn, files

NOBODYS = "5d0c7f0e-3c55-4a0e-8f3b-8b4c7a5d9e21"  # the same in every process that collects these tests
SEARCH, UPLOAD, PRODUCTS = "/api/v1/search/", "/api/v1/images/", "/api/v1/products/"


def is_problem(response: Any, status: int, title: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail"} <= set(problem) <= {"type", "title", "status", "detail", "errors"}
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", title, status)
    assert problem["detail"]
    return problem


@pytest.fixture(autouse=True)
def _with_a_queue(request: pytest.FixtureRequest) -> None:
    """Throttles count in Redis; the tests in which it is away say so."""
    if "redis_is_away" not in request.fixturenames:
        request.getfixturevalue("queue")


@pytest.fixture
def redis_is_away(settings: Any) -> Any:
    """No cache, no queue, no replies: all three at an address where nobody listens."""
    url = f"unix://{FOLDER}/nobody.sock"
    nobody = current_app.connection_for_write(f"redis+socket://{FOLDER}/nobody.sock")
    settings.REDIS_URL = url
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": url}}
    if hasattr(caches._connections, "default"):
        del caches["default"]
    replies._redis.cache_clear()
    pool, current_app.amqp._producer_pool = current_app.amqp._producer_pool, pools.producers[nobody]
    yield
    current_app.amqp._producer_pool = pool
    replies._redis.cache_clear()
    if hasattr(caches._connections, "default"):
        del caches["default"]


@pytest.fixture
def nobody_works(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """What is queued is real and stays in the queue: no worker reads that one, whichever runs for other tests."""
    monkeypatch.setattr(tasks.describe_now, "apply_async", partial(tasks.describe_now.apply_async, queue="nobody"))
    settings.ONLINE_TIMEOUT_S = 0.5


@pytest.fixture
def milvus_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = MilvusIndex(f"unix:{FOLDER}/nobody.sock", version=model_version(), patience=0.1)
    monkeypatch.setattr("search.selectors.vector_index", lambda: nobody)


def photograph() -> io.BytesIO:
    file = io.BytesIO(drawn().jpeg())
    file.name = "photo.jpg"
    return file


# Away ----------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_search_that_no_worker_answers_is_503_and_leaves_nothing(nobody_works: None, anonymous: APIClient) -> None:
    response = anonymous.post(SEARCH, {"image": photograph()}, format="multipart")
    problem = is_problem(response, 503, "Away for a moment")
    assert problem["detail"] == "no worker answered within 0.5 s; try again in 5 seconds"
    assert response["Retry-After"] == "5"
    assert not Image.objects.exists()
    assert files() == []


@pytest.mark.django_db(transaction=True)
def test_a_search_without_redis_is_503_and_leaves_nothing(redis_is_away: None, anonymous: APIClient) -> None:
    response = anonymous.post(SEARCH, {"image": photograph()}, format="multipart")
    is_problem(response, 503, "Away for a moment")
    assert int(response["Retry-After"]) >= 1
    assert files() == []
    assert not Image.objects.exists()


def test_what_needs_no_queue_is_served_without_redis(redis_is_away: None, db: None, anonymous: APIClient) -> None:
    response = anonymous.get(PRODUCTS)
    assert response.status_code == 200, response.content


@pytest.mark.django_db(transaction=True)
def test_an_upload_is_taken_without_redis(
    redis_is_away: None, user: User, client_of: Callable[[User], APIClient]
) -> None:
    response = client_of(user).post(UPLOAD, {"file": photograph()}, format="multipart")
    assert response.status_code == 202, response.content
    assert Image.objects.count() == len(files()) == 1


def test_a_search_by_garment_without_milvus_is_503(
    milvus_is_away: None, user: User, client_of: Callable[[User], APIClient], prepared: Any
) -> None:
    image, _ = services.add_image(owner=user, purpose=Purpose.WARDROBE, file=photograph())
    stages.describe([image.pk])
    response = client_of(user).post(SEARCH, {"garment": str(image.garments.get().uid)}, format="json")
    is_problem(response, 503, "Away for a moment")
    assert response["Retry-After"] == "5"
    assert str(FOLDER) not in response.content.decode()


def test_an_index_that_is_away_does_not_tell_its_address(
    monkeypatch: pytest.MonkeyPatch, db: None, anonymous: APIClient
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise IndexAway("search at http://milvus.internal:19530, 4 tries: refused")

    monkeypatch.setattr("search.views.services.search_by_garment", away)
    response = anonymous.post(SEARCH, {"garment": str(uuid4())}, format="json")
    is_problem(response, 503, "Away for a moment")
    assert "milvus.internal" not in response.content.decode()


# Not there, not allowed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [f"{UPLOAD}{NOBODYS}/", f"{PRODUCTS}999999/", "/api/v1/photos/999999/"])
def test_what_is_not_there_is_404(path: str, db: None, anonymous: APIClient) -> None:
    is_problem(anonymous.get(path), 404, "Not found")


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v1/images/not-an-id/", "/api/v1/", "/api/v2/products/"])
def test_a_path_that_is_not_there_is_404_in_json_too(path: str, db: None, anonymous: APIClient) -> None:
    is_problem(anonymous.get(path), 404, "Not found")


@pytest.mark.parametrize(
    ("method", "path"), [("get", SEARCH), ("delete", PRODUCTS), ("put", UPLOAD), ("patch", f"{UPLOAD}{NOBODYS}/")]
)
def test_a_method_that_is_not_there_is_405(
    method: str, path: str, user: User, client_of: Callable[[User], APIClient]
) -> None:
    response = client_of(user).generic(method.upper(), path)
    is_problem(response, 405, "Method not allowed")
    assert response["Allow"]


def test_an_upload_without_a_user_is_401(db: None, anonymous: APIClient) -> None:
    is_problem(anonymous.post(UPLOAD, {"file": photograph()}, format="multipart"), 401, "Not signed in")


def test_a_wrong_session_token_is_401(db: None, anonymous: APIClient) -> None:
    is_problem(anonymous.get(PRODUCTS, headers={"X-Session-Token": "wrong"}), 401, "Not signed in")


def test_a_session_without_its_csrf_token_is_403_in_json(user: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(user)
    response = client.post(UPLOAD, {"file": photograph()}, format="multipart")
    is_problem(response, 403, "Forbidden")


# Too often -----------------------------------------------------------------------------------------------------------


def test_too_many_requests_are_429_with_the_time_to_wait(
    db: None, anonymous: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"read": "2/min", "picture": "1/min"})
    assert [anonymous.get(PRODUCTS).status_code for _ in range(3)] == [200, 200, 429]
    response = anonymous.get(PRODUCTS)
    is_problem(response, 429, "Too many requests")
    assert 1 <= int(response["Retry-After"]) <= 60


def test_searching_with_pictures_has_its_own_count_by_address(
    db: None, anonymous: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"read": "100/min", "picture": "1/min"})
    bad = [anonymous.post(SEARCH, {"image": io.BytesIO(b"no picture")}, format="multipart") for _ in range(2)]
    assert [response.status_code for response in bad] == [415, 429]
    elsewhere = anonymous.post(SEARCH, {"image": io.BytesIO(b"x")}, format="multipart", REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 415
    assert anonymous.get(PRODUCTS).status_code == 200


# Malformed -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["{", "", "nonsense", '{"garment": }', "[", b"\xff\xfe".decode("latin-1")])
def test_malformed_json_is_400(body: str, db: None, anonymous: APIClient) -> None:
    is_problem(anonymous.generic("POST", SEARCH, body, content_type="application/json"), 400, "Bad request")


ID = NOBODYS


@pytest.mark.parametrize(
    "body",
    [
        [],
        [1],
        "text",
        7,
        None,
        {},
        {"garment": "x"},
        {"garment": None},
        {"image": {"id": 1}},
        {"image": ID, "garment": ID},
        {"image": ID, "box": 3},
        {"image": ID, "box": {"x": "NaN", "y": 0, "width": 1, "height": 1}},
        {"image": ID, "box": {"x": 0.9, "y": 0, "width": 0.9, "height": 1}},
        {"image": ID, "box": {"x": 0, "y": 0, "width": 0, "height": 1}},
        {"image": ID, "limit": 1e400},
        {"garment": ID, "limit": "many"},
    ],
    ids=lambda body: repr(body).replace(ID, "ID"),
)
def test_json_of_another_shape_is_400(body: Any, db: None, anonymous: APIClient) -> None:
    response = anonymous.generic("POST", SEARCH, json.dumps(body), content_type="application/json")
    is_problem(response, 400, "Bad request")


def test_the_errors_name_their_fields(db: None, anonymous: APIClient) -> None:
    body = {
        "image": str(uuid4()),
        "limit": 0,
        "box": {"x": 2, "y": 0, "width": 1, "height": 1, "depth": 1},
        "fabric": "silk",
    }
    problem = is_problem(anonymous.post(SEARCH, body, format="json"), 400, "Bad request")
    assert problem["errors"] == {"fabric": ["unknown field"]}
    del body["fabric"]
    problem = is_problem(anonymous.post(SEARCH, body, format="json"), 400, "Bad request")
    assert set(problem["errors"]) == {"limit", "box.depth"}


def test_another_kind_of_body_is_415(db: None, anonymous: APIClient) -> None:
    response = anonymous.generic("POST", SEARCH, "<xml/>", content_type="application/xml")
    assert response.status_code == 415
    assert response["Content-Type"] == "application/problem+json"


def test_asking_for_html_gives_json_or_a_problem(db: None, anonymous: APIClient) -> None:
    for accept in ("text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "image/png"):
        response = anonymous.get(f"{PRODUCTS}999999/", HTTP_ACCEPT=accept)
        assert response.status_code in (404, 406)
        assert response["Content-Type"] == "application/problem+json"
        assert b"<html" not in response.content.lower()


@pytest.mark.parametrize(
    "query", ["cursor=nonsense", "cursor=%00", "category=hats", "category=%00", "min_price=many", "page_size=-1"]
)
def test_a_nonsense_query_string_is_no_500(query: str, db: None, anonymous: APIClient) -> None:
    response = anonymous.get(f"{PRODUCTS}?{query}")
    assert response.status_code in (200, 400, 404), response.content
    assert response["Content-Type"] in ("application/json", "application/problem+json")


def test_a_defect_is_a_500_in_json_that_does_not_tell_what_it_was(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr("search.views.services.search_by_garment", breaks)
    client = APIClient(raise_request_exception=False)
    response = client.post(SEARCH, {"garment": str(uuid4())}, format="json")
    is_problem(response, 500, "Error")
    assert "swordfish" not in response.content.decode()


def test_a_host_that_is_not_ours_is_400_in_json(db: None, anonymous: APIClient) -> None:
    is_problem(anonymous.get(PRODUCTS, HTTP_HOST="evil.example"), 400, "Bad request")


def test_the_admin_keeps_its_pages(db: None, anonymous: APIClient) -> None:
    response = anonymous.get("/admin/nothing/", follow=True)
    assert response["Content-Type"].startswith("text/html")
