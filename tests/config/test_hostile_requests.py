"""Requests that once answered 500."""

from __future__ import annotations

import base64

import pytest
from rest_framework.test import APIClient

SEARCH = "/api/v1/search/"
pytestmark = pytest.mark.django_db


def _cursor(position: str) -> str:
    return base64.b64encode(f"p={position}".encode()).decode()


@pytest.mark.parametrize("position", ["garbage", "", "%00", "2026-13-45"])
def test_a_cursor_that_is_no_time_is_not_found(position: str, queue: object, anonymous: APIClient) -> None:
    assert anonymous.get(f"/api/v1/products/?cursor={_cursor(position)}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"[" * 200_000, b'{"\\ud800": 1}', b'{"target": "\\ud800"}', b"[]", b"null", b'"text"', b"{", b"\xff"],
    ids=["deep", "surrogate name", "surrogate value", "list", "null", "text", "cut", "not UTF-8"],
)
def test_json_that_is_no_query_is_malformed(body: bytes, queue: object, anonymous: APIClient) -> None:
    answer = anonymous.post(SEARCH, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("edge", ["NaN", "Infinity", "-1", "1e308", "true", '"wide"', "[]"])
def test_a_box_that_is_no_box_is_malformed(edge: str, queue: object, anonymous: APIClient) -> None:
    query = (
        f'{{"image": "{"0" * 8}-0000-4000-8000-{"0" * 12}", "box": {{"x": {edge}, "y": 0, "width": 1, "height": 1}}}}'
    )
    answer = anonymous.post(SEARCH, data=query, content_type="application/json")
    assert answer.status_code in (400, 404)  # `true` is the number 1 to Python: then the box reaches outside


def test_a_drawn_box_is_throttled_like_a_picture_since_it_runs_a_model(queue: object, anonymous: APIClient) -> None:
    image = "00000000-0000-4000-8000-000000000000"
    scopes = {}
    for name, query in (("box", {"image": image, "box": {}}), ("plain", {"image": image})):
        answer = anonymous.post(SEARCH, query, format="json")
        scopes[name] = answer.renderer_context["view"].throttle_scope
    assert scopes == {"box": "picture", "plain": "read"}
