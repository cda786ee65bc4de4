"""The API's own description: complete, valid, and shown without help from other hosts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from django.test import Client

from tests.servers import ROOT


def test_the_schema_is_valid_without_a_warning(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "manage.py",
        "spectacular",
        "--validate",
        "--fail-on-warn",
        "--file",
        str(tmp_path / "api.yml"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    assert "Error" not in done.stderr


@pytest.fixture
def schema(client: Client) -> dict:  # type: ignore[type-arg]
    response = client.get("/api/schema/")
    assert response.status_code == 200
    return yaml.safe_load(response.content)  # type: ignore[no-any-return]


def test_every_call_is_in_the_schema_with_a_sentence_that_says_what_it_does(schema: dict) -> None:  # type: ignore[type-arg]
    calls = {
        (method, path): call
        for path, methods in schema["paths"].items()
        for method, call in methods.items()
        if method in ("get", "post", "put", "patch", "delete")
    }
    assert {
        ("post", "/api/v1/images/"), ("get", "/api/v1/images/{image_id}/"), ("post", "/api/v1/search/"),
        ("get", "/api/v1/products/"), ("get", "/api/v1/photos/"),
    } <= set(calls)  # fmt: skip
    assert [key for key, call in calls.items() if not call.get("description")] == []


def test_a_search_takes_a_picture_or_the_id_of_a_garment(schema: dict) -> None:  # type: ignore[type-arg]
    bodies = schema["paths"]["/api/v1/search/"]["post"]["requestBody"]["content"]
    assert set(bodies) == {"multipart/form-data", "application/json"}


def test_the_page_loads_nothing_from_other_hosts(client: Client) -> None:
    response = client.get("/api/docs/")
    assert response.status_code == 200
    page = response.content.decode()
    assert "swagger-ui" in page
    assert re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page) == []
    assert {urlsplit(url).netloc for url in re.findall(r"https?://[^\s\"'<>]+", page)} <= {"testserver"}
    own = re.findall(r"""(?:src|href)=["'](/static/[^"']+)""", page)
    assert len(own) >= 3
    for path in own:
        assert client.get(path).status_code == 200, path


def test_the_front_page_leads_to_the_documentation(client: Client) -> None:
    assert client.get("/")["Location"] == "/api/docs/"
