"""Weights from what was shown and liked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from catalog.models import Like
from recommendations.learning import FEWEST, Example, TooFew, fit
from recommendations.models import Event, Impression, Signal
from tests.search.conftest import alike, photo

START = datetime(2026, 3, 1, tzinfo=UTC)


def logged(count: int, **odds: float) -> list[Example]:
    """Photographs are liked with the odds that the named features say."""
    chance = np.random.default_rng(3)
    found = []
    for number in range(count):
        features = {
            name: float(chance.random()) for name in ("similarity", "quality", "freshness", "popularity", "away")
        }
        logit = sum(weight * features[name] for name, weight in odds.items()) - 2
        liked = bool(chance.random() < 1 / (1 + np.exp(-logit)))
        found.append(Example(features, START + timedelta(minutes=number), liked))
    return found


def test_what_made_people_like_is_found():
    found = fit(logged(6_000, similarity=4.0, popularity=2.0, away=-3.0))
    assert found.weights.similarity == 1.0
    assert found.weights.popularity == pytest.approx(0.5, abs=0.12)
    assert found.weights.away == pytest.approx(0.75, abs=0.15)
    assert found.weights.quality < 0.1
    assert found.weights.coverage == 0.0
    assert (found.trained_on, found.held_out) == (4_800, 1_200)


def test_learnt_weights_are_better_than_those_by_hand_where_people_are_otherwise():
    found = fit(logged(6_000, similarity=1.0, popularity=5.0))
    assert found.learnt.auc > found.by_hand.auc + 0.05
    assert found.learnt.log_loss < found.by_hand.log_loss


def test_of_few_nothing_is_learnt():
    with pytest.raises(TooFew, match="999 photographs were shown"):
        fit(logged(FEWEST - 1, similarity=3.0))


def test_of_what_nobody_liked_nothing_is_learnt():
    with pytest.raises(TooFew, match="0 liked"):
        fit([Example(one.features, one.shown_at, liked=False) for one in logged(2_000)])


def test_where_similar_is_not_liked_there_is_nothing_to_weigh():
    with pytest.raises(TooFew, match="more similar was not liked"):
        fit(logged(4_000, similarity=-3.0, popularity=3.0))


def test_the_command_learns_from_what_was_opened_or_liked_within_a_day(
    user: User, queue: object, vectors: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    shown = photo("a street", ("dresses", alike(0.9)))
    chance = np.random.default_rng(5)
    impressions, events = [], []
    for number in range(1_500):
        at = START + timedelta(days=2 * number)
        similarity = float(chance.random())
        impressions.append(
            Impression(
                user=user,
                photo=shown,
                page=uuid4(),
                position=0,
                score=0.5,
                features={"similarity": similarity},
                shown_at=at,
            )
        )
        if similarity > 0.7:
            events.append(Event(user=user, photo=shown, signal=Signal.CLICK, created_at=at + timedelta(hours=1)))
        else:  # too late, or no more than a look
            events.append(Event(user=user, photo=shown, signal=Signal.CLICK, created_at=at + timedelta(hours=30)))
            events.append(Event(user=user, photo=shown, signal=Signal.VIEW, created_at=at + timedelta(hours=1)))
    Impression.objects.bulk_create(impressions)
    Event.objects.bulk_create(events)
    Like.objects.create(user=user, photo=shown, created_at=START + timedelta(days=10_000))
    call_command("fit_ranking", tmp_path / "weights.json")
    written = json.loads((tmp_path / "weights.json").read_text())
    assert written["learnt"]["auc"] == written["as_set"]["auc"] == 1.0
    assert written["weights"]["similarity"] == 1.0
    assert (written["trained_on"], written["held_out"]) == (1_200, 300)
    assert "leave it" in capsys.readouterr().out


def test_an_installation_that_has_shown_nothing_is_told_so(db: None, tmp_path: Path):
    with pytest.raises(CommandError, match="it takes 1000") as error:
        call_command("fit_ranking", tmp_path / "weights.json")
    assert error.value.returncode == 2
    assert not (tmp_path / "weights.json").exists()
