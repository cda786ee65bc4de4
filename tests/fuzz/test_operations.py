"""Each operation of the described API, with data that fits the description and with data that does not.

Whatever is asked, by whomever: no 5xx, no status and no content type that the description does not name, no body that
it does not describe. The same requests in each run; `make fuzz ARGS=--max-examples=200` sends more.
"""

from __future__ import annotations

import random
import re
import traceback
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import got_request_exception
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from catalog.drawn import draw_product
from config.wsgi import application
from mlcore.types import Category
from tests.fuzz import world
from tests.fuzz.conftest import ANSWERS
from tests.fuzz.world import Catalogue, World
from tests.servers import Server

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
AS_WHOM = {"owner": 8, "program": 1, "nobody": 1}  # shares of the requests
BODY_IDS = {"garment": "uid", "garments": "uid", "cover": "uid", "image": "image_id", "items": "item_id",
            "item": "item_id", "outfit": "outfit_id", "must_have": "item_id", "leave_out": "item_id"}  # fmt: skip
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
NO_AUTHENTICATION = {"generation": {"with-security-parameters": False}}  # the fuzz sends its own


@cache
def operations() -> dict[str, APIOperation]:
    """By label, as in `GET /api/v1/me/`."""
    described = SchemaGenerator().get_schema(public=True)
    schema = schemathesis.openapi.from_dict(described, config=SchemathesisConfig.from_dict(NO_AUTHENTICATION))
    found = (result.ok() for result in schema.get_all_operations())
    return {operation.label: operation for operation in found}


def takes_data(operation: APIOperation) -> bool:
    return bool(operation.body) or any(True for _ in operation.iter_parameters())


@cache
def drawn(seed: int) -> bytes:
    return draw_product(seed, category=Category.DRESSES, background="paper", size=(240, 320)).jpeg()


class Caller:
    """Sends cases of one operation, with ids that exist in about half of them, and gathers what is wrong."""

    def __init__(self, operation: APIOperation, mode: GenerationMode) -> None:
        self.operation, self.mode = operation, mode
        self.random = random.Random(f"{operation.label} {mode}")
        self.catalogue: Catalogue | None = None
        self.world: World | None = None
        self.wrong: dict[str, str] = {}
        """The first report of each kind of failure."""
        self.raised: list[str] = []

    def send(self, case: Case) -> None:
        self.catalogue = self.catalogue or world.stock()
        self.world = self.world or world.build(self.catalogue)
        self._put_ids_in(case, self.world)
        self._put_pictures_in(case)
        (who,) = self.random.choices([*AS_WHOM], [*AS_WHOM.values()])
        self.raised.clear()
        answer = case.call(app=application, headers=self._headers(who, self.world))
        ANSWERS[self.operation.label][answer.status_code] += 1
        streamed = "text/event-stream" in answer.headers.get("content-type", [""])[0]
        try:  # 3.1 describes a stream as one text, which schemathesis takes for a description of each event's data
            case.validate_response(answer, checks=CHECKS[: -1 if streamed else None])
        except FailureGroup as group:
            for failure in group.exceptions:
                kind = f"{answer.status_code}, as {who}: {failure.title}\n{failure.message}"
                self.wrong.setdefault(kind, f"{case.as_curl_command()}\n{answer.text[:500]}\n{''.join(self.raised)}")
        if case.method == "DELETE" and answer.status_code < 300:
            self.world = None  # what was there is gone

    def note(self, **_: Any) -> None:
        self.raised.append(traceback.format_exc(limit=-6))

    def _headers(self, who: str, there: World) -> dict[str, str]:
        if who == "owner":
            return {"X-Session-Token": there.session_token}
        return {"Authorization": f"Api-Key {there.api_key}"} if who == "program" else {}

    def _put_ids_in(self, case: Case, there: World) -> None:
        """Also where the rest of the data does not fit: otherwise the answer is 404 before anybody reads it."""
        for name in list(case.path_parameters or {}):
            if self.random.random() < 0.85:
                case.path_parameters[name] = self._id(name, there, case.path_parameters[name])
        if set(case.path_parameters or {}) == set(there.two_pictures) and self.random.random() < 0.3:
            case.path_parameters.update(there.two_pictures)
        if "token" in (case.query or {}) and there.tokens and self.random.random() < 0.75:
            case.query["token"] = self.random.choice(there.tokens)
        case.body = self._with_ids(self._thinned(case.body), there)

    def _thinned(self, body: Any) -> Any:
        """Of some bodies one id and one other field: where each is allowed, all of them together seldom are."""
        if not (self.mode.is_positive and isinstance(body, dict) and body and self.random.random() < 0.5):
            return body
        ids = sorted(body.keys() & BODY_IDS.keys())
        others = sorted(body.keys() - BODY_IDS.keys())
        kept = self.random.sample(ids, min(1, len(ids))) + self.random.sample(others, min(1, len(others)))
        return {name: body[name] for name in kept}

    def _id(self, name: str, there: World, generated: Any) -> Any:
        if name in there.own:
            return self.random.choice((there.own if self.random.random() < 0.75 else there.foreign)[name])
        if name == "day":
            return world.DAY
        if name == "cursor":
            return self.random.choice(there.cursors)
        for word, numbers in there.numbers.items():
            if f"/{word}/{{" in self.operation.path:
                return self.random.choice(numbers)
        return generated

    def _with_ids(self, body: Any, there: World, field: str = "") -> Any:
        if isinstance(body, dict):
            return {name: self._with_ids(value, there, name) for name, value in body.items()}
        if isinstance(body, list):
            if field in BODY_IDS and body and isinstance(body[0], str) and self.random.random() < 0.6:
                return self.random.sample(there.own[BODY_IDS[field]], self.random.randint(1, 2))
            return [self._with_ids(value, there, field) for value in body]
        if isinstance(body, str) and UUID.fullmatch(body) and field in BODY_IDS and self.random.random() < 0.85:
            return self._id(BODY_IDS[field], there, body)
        return body

    def _put_pictures_in(self, case: Case) -> None:
        """Real ones, in two thirds of the forms that hold a file."""
        if not (case.media_type or "").startswith("multipart/") or not isinstance(case.body, dict):
            return
        for name in ("file", "files", "image"):
            if name in case.body and self.random.random() < 0.67:
                picture = drawn(self.random.randrange(3))
                case.body[name] = [picture] * self.random.randint(1, 3) if name == "files" else picture


def calls() -> Iterator[Any]:
    for label, operation in operations().items():
        yield pytest.param(label, GenerationMode.POSITIVE, id=f"{label} that fits")
        if takes_data(operation):
            yield pytest.param(label, GenerationMode.NEGATIVE, id=f"{label} that does not")


@pytest.mark.parametrize(("label", "mode"), calls())
def test_every_answer_is_described(
    worker: Server, label: str, mode: GenerationMode, pytestconfig: pytest.Config
) -> None:
    operation = operations()[label]
    caller = Caller(operation, mode)

    @settings(
        max_examples=pytestconfig.getoption("--max-examples"),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],  # the rows change with each request: what failed need not fail again
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send_all(case: Case) -> None:
        caller.send(case)

    got_request_exception.connect(caller.note)
    try:
        send_all()
    except Unsatisfiable:
        assert mode.is_negative  # any text fits some parameters
    finally:
        got_request_exception.disconnect(caller.note)
    assert not caller.wrong, "\n\n".join(f"{kind}\n{report}" for kind, report in caller.wrong.items())
