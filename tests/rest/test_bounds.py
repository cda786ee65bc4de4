"""What holds for every list and every JSON body of the API."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from tests.rest.test_schema import calls
from tests.wardrobe.rows import item

LISTS = [
    call.path
    for call in calls()
    if ("cursor", "query") in [(parameter["name"], parameter["in"]) for parameter in call.says.get("parameters", [])]
]

KEYS = {"/api/v1/recommendations/photos/": {"next", "results", "all_seen"}}  # a series: what it showed it shows no more


def cursor(position: str) -> str:
    return base64.b64encode(f"p={position}".encode()).decode()


def test_every_list_is_known() -> None:
    assert {
        "/api/v1/likes/", "/api/v1/me/api-keys/", "/api/v1/photos/", "/api/v1/products/", "/api/v1/search/history/",
        "/api/v1/wardrobe/items/", "/api/v1/wardrobe/items/{item_id}/wears/", "/api/v1/wardrobe/uploads/",
    } <= set(LISTS)  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_every_list_comes_by_cursor_and_a_false_one_is_404(
    path: str, user: User, client_of: Callable[[User], APIClient]
) -> None:
    address = path.format(item_id=item(user).pk) if "{" in path else path
    client = client_of(user)
    assert set(client.get(address).json()) == KEYS.get(path, {"next", "previous", "results"})
    for position in ("garbage", "", "2026-13-45", "%00", "\ud7ff"):
        false = client.get(f"{address}?cursor={cursor(position)}")
        assert (false.status_code, false["Content-Type"]) == (404, "application/problem+json"), position
    assert client.get(f"{address}?cursor=nonsense").status_code == 404


def test_a_json_body_beyond_the_limit_is_413(user: User, client_of: Callable[[User], APIClient], settings: Any) -> None:
    body = b'{"name": "' + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}'
    answer = client_of(user).patch("/api/v1/me/", body, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


def test_a_cursor_with_a_nul_leads_nowhere(user: User, client_of: Callable[[User], APIClient]) -> None:
    """PostgreSQL would refuse to compare it, with an error of its own."""
    item(user)
    answer = client_of(user).get("/api/v1/wardrobe/items/", {"ordering": "name", "cursor": cursor("%00")})
    assert answer.status_code == 404
