"""The wait of a person at a terminal: it ends when all is described, and does not last for ever."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import importing
from catalog.importing import GaveUp, wait_until_described
from images.models import Image, Kind, Stage

pytestmark = pytest.mark.django_db


def picture(stage: Stage) -> UUID:
    return Image.objects.create(
        kind=Kind.PHOTO, digest=uuid4().hex, size=1, format="JPEG", width=240, height=320, file="a.jpg", stage=stage
    ).pk


def test_pictures_that_are_ready_failed_or_gone_are_not_waited_for() -> None:
    wait_until_described([picture(Stage.READY), picture(Stage.FAILED), uuid4()], what="pictures")
    wait_until_described([], what="pictures")


def test_the_wait_is_given_up_when_nothing_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "PATIENCE_S", 0.1)
    with pytest.raises(GaveUp, match="2 of 3 pictures are not described yet and nothing moves"):
        wait_until_described([picture(Stage.STORED), picture(Stage.DESCRIBED), picture(Stage.READY)], what="pictures")


def test_a_large_import_is_asked_for_in_parts_and_a_part_that_is_done_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "ASKED_AT_ONCE", 2)
    last = picture(Stage.STORED)
    ids = [picture(Stage.READY) for _ in range(4)] + [last]
    monkeypatch.setattr(importing.time, "sleep", lambda _s: Image.objects.filter(pk=last).update(stage=Stage.READY))
    with CaptureQueriesContext(connection) as asked:
        wait_until_described(ids, what="pictures")
    assert [query["sql"].startswith("SELECT") for query in asked] == [True, True, True, False, True]
