"""Measures by hand, and the simulation that the feed is evaluated in."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from mlcore.types import EMBEDDING_SIZE, Category
from recommendations.evaluation import METHODS, Measured, Trial, lead, ndcg, ratio, spread
from recommendations.management.commands import evaluate_recommendations as command
from recommendations.ranking import Worn
from recommendations.simulation import START, Assumptions, Catalogue, Look, World, simulate

FEW = Assumptions(visits=(6, 10), wardrobe=(0, 4), to_taste=(0.03, 0.08))


def catalogue(clusters: int = 10, apiece: int = 24, seed: int = 1) -> Catalogue:
    """Looks of one garment in clusters that are far from each other, in two categories by turns."""
    chance = np.random.default_rng(seed)
    looks = []
    for cluster in range(clusters):
        centre = np.zeros(EMBEDDING_SIZE)
        centre[cluster] = 1.0
        for number in range(apiece):
            vector = centre + chance.normal(0, 0.02, EMBEDDING_SIZE)
            vector = (vector / np.linalg.norm(vector)).astype(np.float32)
            category = (Category.TOPS, Category.DRESSES)[cluster % 2]
            worn = Worn(f"{cluster}:{number}", category, vector, f"#{20 * cluster:02x}8080")
            looks.append(Look((worn,), ({"pattern": "solid"},)))
    return Catalogue(looks)


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(catalogue(), users=40, seed=3, assumed=FEW)


def test_ndcg_is_one_where_the_hits_come_first_and_less_where_they_come_late():
    assert ndcg([True, True, False], relevant=2) == 1.0
    assert ndcg([False, True, True], relevant=2) == pytest.approx((1 / math.log2(3) + 0.5) / (1 + 1 / math.log2(3)))
    assert ndcg([False] * 20, relevant=3) == 0.0
    assert ndcg([True], relevant=0) == 0.0


def test_hits_beyond_the_page_do_not_count():
    assert ndcg([False] * 20 + [True], relevant=1) == 0.0


def test_the_spread_of_a_page_is_the_mean_distance_of_its_pairs():
    looks = np.eye(3)
    assert spread(looks) == pytest.approx(1.0)
    assert spread(np.stack([looks[0], looks[0], looks[1]])) == pytest.approx(2 / 3)
    assert spread(looks[:1]) == 0.0


def test_one_seed_makes_one_world(world: World):
    again = simulate(catalogue(), users=40, seed=3, assumed=FEW)
    assert [user.relevant for user in again.users] == [user.relevant for user in world.users]
    assert [len(user.signals) for user in again.users] == [len(user.signals) for user in world.users]
    other = simulate(catalogue(), users=40, seed=4, assumed=FEW)
    assert [user.relevant for user in other.users] != [user.relevant for user in world.users]


def test_signals_are_before_the_test_and_what_is_to_be_foreseen_was_never_seen(world: World):
    assert world.users
    for user in world.users:
        assert all(signal.at <= world.now for signal in user.signals)
        assert not user.relevant & user.seen
    assert (world.now - START).days == FEW.days


def test_users_like_what_is_to_their_tastes(world: World):
    """Of what they are to like nearly everything lies in a cluster of one of their tastes."""
    where = [look.garments[0].garment.partition(":")[0] for look in world.catalogue.looks]
    inside = [
        where[place] in {world.catalogue.worn[taste.centre].garment.partition(":")[0] for taste in user.tastes}
        for user in world.users
        for place in user.relevant
    ]
    assert np.mean(inside) > 0.9


@pytest.mark.parametrize("method", METHODS)
def test_no_method_shows_what_was_seen_or_anything_twice(world: World, method: str):
    trial = Trial(world, seed=0)
    for number, user in trial.users[:10]:
        page = list(getattr(trial, method)(number, user))
        assert len(page) == len(set(page)) <= 20
        assert not user.seen & set(page)


def test_somebody_who_knows_everything_gets_all_and_chance_gets_chance(world: World):
    trial = Trial(world, seed=0)
    all_knowing = trial.measure(lambda number, user: sorted(user.relevant)).summary()
    assert all_knowing["ndcg_at_20"] == 1.0
    by_chance = trial.measure(trial.random).summary()
    share = np.mean([len(user.relevant) / (len(world.catalogue.looks) - len(user.seen)) for _, user in trial.users])
    assert by_chance["ndcg_at_20"] == pytest.approx(share, abs=0.05)


def test_ours_beats_popularity_and_chance_for_planted_tastes(world: World):
    trial = Trial(world, seed=0)
    ours, popular, by_chance = (
        trial.measure(method).summary()["ndcg_at_20"] for method in (trial.ours, trial.popularity, trial.random)
    )
    assert ours > 2 * max(popular, by_chance)


def test_the_intervals_hold_the_means(world: World):
    measured = Trial(world, seed=0).measure(Trial(world, seed=0).popularity)
    means = measured.summary()
    assert all(low <= means[name] <= high for name, (low, high) in measured.intervals().items())


def test_two_methods_are_compared_user_by_user():
    """Users differ far more than the methods do; drawn together, the difference is sure."""
    users = np.linspace(0.1, 0.9, 200)
    one, other = (Measured({"ndcg_at_20": values}, 0.0) for values in (2 * users, users))
    assert ratio(one, other, "ndcg_at_20") == [2.0, 2.0]
    low, high = lead(one, other, "ndcg_at_20")
    assert 0.45 < low < 0.5 < high < 0.55
    assert lead(other, other, "ndcg_at_20") == [0.0, 0.0]


# The command ---------------------------------------------------------------------------------------------------------


def test_the_command_writes_every_method(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """On drawn looks: nothing is installed here, and no folder is given."""
    monkeypatch.setattr(command, "DRAWN", 130)
    call_command("evaluate_recommendations", users=12, json=tmp_path / "out.json")
    written = json.loads((tmp_path / "out.json").read_text())
    assert set(METHODS) <= set(written)
    for name in METHODS:
        assert set(written[name]) == {"ndcg_at_20", "recall_at_20", "coverage", "diversity", "novelty"}
        assert 0 <= written[name]["ndcg_at_20"] <= 1
    assert "no_medoids" in written["ablations"]
    low, high = written["intervals"]["ours_over_nearest_to_mean"]["ndcg_at_20"]
    assert low <= written["ours"]["ndcg_at_20"] / written["nearest_to_mean"]["ndcg_at_20"] <= high
    assert "(drawn), 12 users" in capsys.readouterr().out


def test_a_folder_without_enough_photographs_is_refused(tmp_path: Path):
    with pytest.raises(CommandError, match="no picture in it") as error:
        call_command("evaluate_recommendations", photos=tmp_path)
    assert error.value.returncode == 2


@pytest.mark.parametrize("users", ["0", "-1", "x", "10001", "1.5"])
def test_a_number_of_users_is_a_number(users: str):
    with pytest.raises(CommandError, match="1 to 10,000"):
        call_command("evaluate_recommendations", f"--users={users}")


@pytest.mark.parametrize("seed", ["-1", "x", "1.5", "1234567890"])
def test_a_seed_is_a_number(seed: str):
    with pytest.raises(CommandError, match="0 or more"):
        call_command("evaluate_recommendations", f"--seed={seed}")
