"""Queries begin with what is asked for. SQLite keeps no statistics, and takes an index that nearly all rows share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from catalog.stages import withdraw_looks
from images import cutting, selectors
from images.index import model_version
from images.queries import by_garment
from mlcore.types import Category
from outfits.census import worn_in
from outfits.fitting import Wanted, best_fits
from tests.outfits.dressed import own, photograph, thing
from tests.search.conftest import alike
from wardrobe.matching import matches

JEANS = thing("trousers", "blue")
UNFINISHED = "USING INDEX image_unfinished"  # holds only the pictures that are not ready yet: read from end to end
pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's plans follow its statistics")


def whole_tables(ask: Callable[[], Any]) -> list[str]:
    """The steps of all queries that read every row of a table, or all of those with one model version."""
    with CaptureQueriesContext(connection) as captured:
        ask()
    steps: list[str] = []
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            if query["sql"].startswith("SELECT"):
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
                steps += [row[3] for row in cursor.fetchall()]
    assert steps
    whole = [step for step in steps if step.startswith("SCAN images_") or "SCAN U" in step or "(model_version=" in step]
    return [step for step in whole if not step.endswith(UNFINISHED)]


def test_one_garment_is_found_by_its_id(user: User, queue: object, vectors: object) -> None:
    garment = own(user, JEANS).pictures.get().garment
    assert whole_tables(lambda: selectors.readable_garment(user, garment.uid)) == []


def test_what_a_batch_adds_to_the_index_is_found_by_its_pictures(user: User, queue: object, vectors: object) -> None:
    image = photograph([JEANS]).image_id
    assert whole_tables(lambda: selectors.for_index([image], model_version=model_version())) == []


def test_who_is_in_a_photograph_is_found_by_the_photograph(user: User, queue: object, vectors: object) -> None:
    image = photograph([JEANS]).image_id
    assert whole_tables(lambda: worn_in([image], model_version=model_version())) == []


def test_what_somebody_owns_is_found_by_the_owner(user: User, queue: object, vectors: object) -> None:
    garment = own(user, JEANS).pictures.get().garment
    wanted = [Wanted(Category.TROUSERS, alike(0.9), [])]
    assert whole_tables(lambda: best_fits(user, wanted, model_version=model_version(), most=3)) == []
    query = by_garment(user, garment.uid)
    assert whole_tables(lambda: matches(user, query, limit=3)) == []


def test_what_workers_have_left_undone_is_found_without_a_look_at_the_rest(user: User, queue: object) -> None:
    """Asked every few seconds; with a million pictures it took two seconds a minute of a core."""
    own(user, JEANS)
    assert whole_tables(lambda: list(selectors.stalled(timezone.now()))) == []
    assert whole_tables(lambda: selectors.overdue(timezone.now())) == []
    assert whole_tables(cutting.overdue) == []


def test_looks_to_withdraw_are_found_among_what_was_reviewed(user: User, queue: object) -> None:
    own(user, JEANS)
    assert whole_tables(withdraw_looks) == []
