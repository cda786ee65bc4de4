"""How people dress at all."""

from __future__ import annotations

import pytest

from images.models import Image
from outfits import census
from outfits.census import Population, population, take_census
from outfits.models import Census
from tests.outfits.dressed import photograph, thing
from tests.outfits.test_formulas import worn

JEANS, TEE, SKIRT = thing("trousers", "blue"), thing("tops", "white"), thing("skirts", "red")
pytestmark = pytest.mark.usefixtures("db", "queue", "vectors")


def test_people_are_counted_with_what_each_wears():
    photograph([JEANS, TEE], [SKIRT])
    photograph([SKIRT])
    taken = take_census()
    assert (taken.photographs, sorted(len(figure) for figure in taken.figures)) == (2, [1, 1, 2])
    assert sorted(len(person) for person in population().people) == [1, 1, 2]


def test_a_pair_that_meets_twice_as_often_as_by_chance_has_a_lift_of_two():
    jeans, tee, skirt = ("trousers", "blue"), ("tops", "white"), ("skirts", "red")
    people = [(worn(*jeans), worn(*tee))] * 20 + [(worn(*skirt),)] * 20
    assert Population(people).lift(jeans, tee) == Population(people).lift(tee, jeans) == 2.0
    assert Population(people).lift(jeans, skirt) == 0.0


def test_of_what_is_seldom_worn_nothing_is_said():
    jeans, tee = ("trousers", "blue"), ("tops", "white")
    people = [(worn(*jeans), worn(*tee))] * 2 + [(worn("skirts", "red"),)] * 20
    assert Population(people).lift(jeans, tee) is None
    assert Population([]).lift(jeans, tee) is None


def test_of_many_photographs_some_are_drawn(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(census, "MOST", 3)
    for _ in range(5):
        photograph([JEANS])
    taken = take_census()
    assert (taken.photographs, len(taken.figures)) == (5, 3)


def test_what_nobody_may_see_is_not_counted():
    hidden = photograph([JEANS])
    Image.objects.filter(pk=hidden.image_id).update(visible=False)
    assert (take_census().photographs, len(population().people)) == (0, 0)


def test_two_censuses_are_kept():
    for _ in range(4):
        take_census()
    assert Census.objects.count() == 2
