"""The API's description is good enough to generate a client from: whole, with an example of each body that is true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

METHODS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    says: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"

    def json_bodies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What is sent, and what each success answers."""
        request = self.says.get("requestBody", {}).get("content", {})
        yield from ((f"{self.name} request", request[JSON]) for _ in range(JSON in request))
        for status, answer in self.says["responses"].items():
            if status < "300" and JSON in answer.get("content", {}):
                yield f"{self.name} {status}", answer["content"][JSON]


@cache
def schema() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


def calls() -> list[Call]:
    return [
        Call(method, path, says)
        for path, methods in schema()["paths"].items()
        for method, says in methods.items()
        if method in METHODS
    ]


def mistakes(example: Any, of: dict[str, Any]) -> list[str]:
    rule = {"allOf": [of], "components": schema()["components"]}
    checker = Draft202012Validator(rule, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{'.'.join(map(str, error.path))}: {error.message}" for error in checker.iter_errors(example)]


def test_every_call_has_a_name_of_its_own_a_tag_a_summary_and_a_description() -> None:
    names = Counter(call.says["operationId"] for call in calls())
    assert [name for name, count in names.items() if count > 1] == []
    for call in calls():
        assert call.says["tags"], call.name
        assert 10 < len(call.says["summary"]) < 140, call.name
        assert call.says["description"], call.name


def test_only_version_1_is_described() -> None:
    assert {call.path[:8] for call in calls()} == {"/api/v1/"}


def test_every_json_body_has_an_example() -> None:
    assert [place for call in calls() for place, body in call.json_bodies() if not body.get("examples")] == []


def test_every_example_is_true() -> None:
    wrong = {
        f"{place}, {name}": found
        for call in calls()
        for place, body in call.json_bodies()
        for name, example in body.get("examples", {}).items()
        if (found := mistakes(example["value"], body["schema"]))
    }
    assert wrong == {}


def test_every_error_is_the_one_problem() -> None:
    errors = [
        answer["content"] for call in calls() for status, answer in call.says["responses"].items() if status >= "400"
    ]
    assert errors
    assert all(error == {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}} for error in errors)


def test_who_may_ask_too_often_or_when_something_is_away_is_told_how_long_to_wait() -> None:
    for call in calls():
        assert {"401", "503"} <= set(call.says["responses"]), call.name
        for status in {"429", "503"} & set(call.says["responses"]):
            assert "Retry-After" in call.says["responses"][status]["headers"], call.name


@pytest.mark.parametrize(
    ("method", "path", "header", "statuses"),
    [
        ("post", "/api/v1/wardrobe/items/", "Idempotency-Key", {"201", "400", "401", "403", "409", "422", "429"}),
        ("get", "/api/v1/wardrobe/items/{item_id}/", "If-None-Match", {"200", "304", "404"}),
        ("patch", "/api/v1/wardrobe/items/{item_id}/", "If-Match", {"200", "400", "404", "412"}),
        ("delete", "/api/v1/wardrobe/items/{item_id}/", "If-Match", {"204", "404", "412"}),
    ],
)
def test_what_a_view_inherits_is_described(method: str, path: str, header: str, statuses: set[str]) -> None:
    says = schema()["paths"][path][method]
    assert header in [parameter["name"] for parameter in says["parameters"] if parameter["in"] == "header"]
    assert statuses <= set(says["responses"])


def test_browsing_needs_no_sign_in_and_a_wardrobe_does() -> None:
    assert {} in schema()["paths"]["/api/v1/products/"]["get"]["security"]
    security = schema()["paths"]["/api/v1/wardrobe/items/"]["get"]["security"]
    assert {"sessionToken": []} in security
    assert {} not in security
