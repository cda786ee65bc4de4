"""The planted users: what they like is what they were planted with, and what they do is what an installation sees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mlcore.types import EMBEDDING_SIZE, Category
from recommendations.ranking import Worn
from recommendations.simulation import Assumptions, Catalogue, Look, Planted, World, simulate
from recommendations.taste import Kind
from tests.recommendations.conftest import style

RED, BLUE = "#c51928", "#2040c0"
STYLES, APIECE = 8, 30


def look(*garments: tuple[int, str, str, Category]) -> Look:
    """Garments of (style, colour, pattern, category)."""
    worn = tuple(
        Worn(f"{number} {colour}", category, style(number), colour) for number, colour, _, category in garments
    )
    return Look(worn, tuple({"pattern": pattern} for _, _, pattern, _ in garments))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Looks of one garment, of styles that are far apart."""
    chance = np.random.default_rng(7)
    looks = []
    for number in range(STYLES * APIECE):
        vector = style(number % STYLES) + chance.normal(0, 0.02, EMBEDDING_SIZE)
        vector = (vector / np.linalg.norm(vector)).astype(np.float32)
        looks.append(Look((Worn(f"{number}", Category.TOPS, vector, RED),), ({"pattern": "solid"},)))
    return Catalogue(looks)


def lived(catalogue: Catalogue, **values: object) -> World:
    assumed = replace(Assumptions(visits=(10, 15), to_taste=(0.05, 0.1)), **values)  # type: ignore[arg-type]
    return simulate(catalogue, users=25, seed=5, assumed=assumed)


def said(world: World, kind: Kind) -> int:
    return sum(signal.kind is kind for user in world.users for signal in user.signals)


def test_what_somebody_likes_is_seven_tenths_the_embedding_and_the_rest_colour_and_labels():
    looks = [
        look((1, RED, "solid", Category.TOPS)),
        look((1, BLUE, "solid", Category.TOPS)),
        look((1, RED, "stripe", Category.TOPS)),
        look((2, RED, "solid", Category.TOPS)),
        look((1, RED, "solid", Category.DRESSES)),
    ]
    same, blue, striped, other, elsewhere = Catalogue(looks).affinity(0, Assumptions())
    assert same == pytest.approx(1.0)
    assert 0.85 < blue < 0.9
    assert striped == pytest.approx(0.85)
    assert other == pytest.approx(0.3)
    assert elsewhere == 0.0


def test_a_taste_has_its_strength_from_its_beginning_and_fades_after_its_end():
    taste = Planted(0, 0.8, begins=10, ends=40)
    assert taste.strength(9) == 1e-6
    assert taste.strength(10) == taste.strength(40) == 0.8
    assert taste.strength(47) == pytest.approx(0.4)
    assert taste.strength(400) == 1e-6


def test_users_have_as_many_tastes_as_is_assumed_and_no_more_drift_than_is_assumed(catalogue: Catalogue):
    assert {len(user.tastes) for user in lived(catalogue, tastes=(2, 4)).users} == {2, 3, 4}
    assert {len(user.tastes) for user in lived(catalogue, tastes=(1, 1)).users} == {1}
    drifting = [any(taste.ends < 1e9 for taste in user.tastes) for user in lived(catalogue, drifting=1.0).users]
    assert all(drifting)
    assert not any(taste.ends < 1e9 for user in lived(catalogue, drifting=0.0).users for taste in user.tastes)


def test_tastes_beside_each_other_are_of_one_category():
    chance = np.random.default_rng(1)
    categories = list(Category)
    looks = [look((int(n), RED, "solid", categories[n % 6])) for n in chance.permutation(120)]
    where = Catalogue(looks)
    beside = simulate(where, users=25, seed=1, assumed=Assumptions(beside=1.0, visits=(1, 1)))
    assert all(len({where.categories[taste.centre] for taste in user.tastes}) == 1 for user in beside.users)
    apart = simulate(where, users=25, seed=1, assumed=Assumptions(beside=0.0, visits=(1, 1)))
    assert any(len({where.categories[taste.centre] for taste in user.tastes}) > 1 for user in apart.users)


def test_what_was_shown_opened_and_liked_is_counted(catalogue: Catalogue):
    world = lived(catalogue)
    assert (world.shown >= world.opened).all()
    assert (world.opened >= world.liked).all()
    assert world.liked.sum() == said(world, Kind.LIKED) > 0
    assert world.opened.sum() == said(world, Kind.CLICKED)
    assert 25 * 10 <= world.shown.sum() / 20 <= 25 * 15


def test_nobody_likes_more_on_a_page_than_is_assumed(catalogue: Catalogue):
    world = lived(catalogue, to_taste=(0.5, 0.6), likes_a_page=2)
    for user in world.users:
        at_once = [signal.at for signal in user.signals if signal.kind is Kind.LIKED]
        assert max(at_once.count(at) for at in at_once) <= 2


def test_some_photographs_are_shown_far_more_often_than_others(catalogue: Catalogue):
    skewed, even = lived(catalogue, skew=1.0).shown, lived(catalogue, skew=0.0).shown
    assert np.sort(skewed)[-10:].mean() > 2 * np.sort(even)[-10:].mean()


def test_what_is_owned_and_searched_is_of_the_users_tastes_and_its_picture_no_discovery(catalogue: Catalogue):
    world = lived(catalogue, wardrobe=(6, 6), searching=1.0, drifting=0.0)
    fits = []
    for user in world.users:
        own = [one for one in user.signals if one.kind in (Kind.WARDROBE, Kind.SEARCHED)]
        assert sum(one.kind is Kind.WARDROBE for one in own) == 6
        assert {int(one.garment) for one in own} <= user.seen
        centres = {taste.centre % STYLES for taste in user.tastes}
        fits += [int(one.garment) % STYLES in centres for one in own]
    assert np.mean(fits) > 0.95


def test_nobody_complains_where_nobody_complains(catalogue: Catalogue):
    assert said(lived(catalogue, complaining=0.0), Kind.LESS) == 0
    world = lived(catalogue, complaining=1.0)
    assert said(world, Kind.LESS) == world.shown.sum() / 20


def test_more_noise_makes_likes_less_like_the_tastes(catalogue: Catalogue):
    def inside(noise: float) -> float:
        return float(np.mean([
            place % STYLES in {taste.centre % STYLES for taste in user.tastes}
            for user in lived(catalogue, noise=noise).users for place in user.relevant
        ]))  # fmt: skip

    assert inside(0.02) > 0.97 > inside(0.3)
