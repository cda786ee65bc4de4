"""POST reports/."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from images.models import Image, Review
from moderation.models import Report
from tests.moderation.conftest import MakePicture

URL = "/api/v1/reports/"


@pytest.fixture
def eve(make_user: Callable[[str], User], queue: object) -> User:
    return make_user("eve@example.org")


@pytest.fixture
def api(eve: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(eve)


def test_a_report_is_filed_once(api: APIClient, eve: User, look: Callable[..., Image]) -> None:
    image = look(review=Review.APPROVED)
    given = {"image": str(image.pk), "reason": "person", "text": "That is me."}
    response = api.post(URL, given)
    assert response.status_code == 201
    report = Report.objects.get()
    body = response.json()
    assert {**body, "created_at": None} == {"id": report.pk, **given, "created_at": None}
    assert (report.reporter, report.image, report.resolved_at) == (eve, image, None)
    again = api.post(URL, {**given, "reason": "other", "text": "once more"})
    assert (again.status_code, again.json()) == (200, body)
    assert Report.objects.count() == 1


def test_only_what_the_reporter_sees_can_be_reported(
    api: APIClient, anonymous: APIClient, look: Callable[..., Image], picture: MakePicture, owner: User
) -> None:
    hidden = look(review=Review.APPROVED, visible=False)
    for image in (picture(), look(), look(review=Review.REJECTED), hidden):
        assert api.post(URL, {"image": str(image.pk), "reason": "spam"}).status_code == 404
    assert api.post(URL, {"image": str(uuid4()), "reason": "spam"}).status_code == 404
    shown = look(review=Review.APPROVED)
    assert anonymous.post(URL, {"image": str(shown.pk), "reason": "spam"}).status_code == 401
    User.objects.filter(pk=owner.pk).update(public_looks=False)
    assert api.post(URL, {"image": str(shown.pk), "reason": "spam"}).status_code == 404
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"image": "x"}, {"image": None}, {"image": ["a"]}, {"reason": "because"}, {"reason": None},
        {"text": "x" * 1001}, {"text": "a\x00b"}, {"text": "\ud800"}, {"text": {"a": 1}}, {"text": None},
        {"reporter": 1},
    ],
)  # fmt: skip
def test_a_malformed_report_is_refused(wrong: dict[str, object], api: APIClient, look: Callable[..., Image]) -> None:
    image = look(review=Review.APPROVED)
    body = json.dumps({"image": str(image.pk), "reason": "spam", **wrong})
    response = api.post(URL, body, content_type="application/json")
    assert response.status_code == 400
    assert list(response.json()["errors"]) == list(wrong)


def test_reports_are_throttled(api: APIClient, look: Callable[..., Image], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.throttling.Throttle.THROTTLE_RATES", {"report": "1/hour"})
    given = {"image": str(look(review=Review.APPROVED).pk), "reason": "spam"}
    assert api.post(URL, given).status_code == 201
    response = api.post(URL, given)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
