"""What is searched, and where: pure rules with exact values."""

from __future__ import annotations

import pytest

from images.models import Garment
from images.queries import chosen, drawn_over
from mlcore.types import Box, Category
from search.query import FILED_UNDER, categories, elsewhere

TOPS, OUTERWEAR, DRESSES, SKIRTS = Category.TOPS, Category.OUTERWEAR, Category.DRESSES, Category.SKIRTS


def garment(
    category: Category = TOPS, score: float = 0.9, runner_up: str = "", runner_up_score: float = 0.0, **box: float
) -> Garment:
    place = {"x": 0.2, "y": 0.2, "width": 0.5, "height": 0.5, **box}
    return Garment(category=category, score=score, runner_up=runner_up, runner_up_score=runner_up_score, **place)


def test_a_sure_garment_is_searched_in_its_own_partition() -> None:
    assert categories(garment(TOPS, 0.9, "outerwear", 0.3), None) == (TOPS,)


def test_a_doubtful_garment_is_searched_in_both_partitions_the_surer_first() -> None:
    assert categories(garment(TOPS, 0.50, "outerwear", 0.35), None) == (TOPS, OUTERWEAR)


@pytest.mark.parametrize(("runner_up_score", "both"), [(0.54, False), (0.56, True)])
def test_a_runner_up_is_close_from_less_than_a_fifth_on(runner_up_score: float, both: bool) -> None:
    assert (len(categories(garment(TOPS, 0.75, "outerwear", runner_up_score), None)) == 2) is both


def test_a_garment_whose_category_a_shop_named_has_no_runner_up() -> None:
    assert categories(garment(SKIRTS, 0.0), None) == (SKIRTS,)


def test_an_asked_category_is_searched_alone_whatever_was_detected() -> None:
    assert categories(garment(TOPS, 0.5, "outerwear", 0.4), DRESSES) == (DRESSES,)


def test_a_twin_is_looked_for_where_a_shop_may_have_filed_it_and_not_where_it_was_searched() -> None:
    assert elsewhere([OUTERWEAR]) == [TOPS, DRESSES]
    assert elsewhere([TOPS, OUTERWEAR]) == [SKIRTS, DRESSES, Category.ROMPERS]
    assert all(one in FILED_UNDER[other] for one, others in FILED_UNDER.items() for other in others)


def test_the_most_prominent_garment_is_chosen() -> None:
    first, second = garment(TOPS), garment(SKIRTS)
    assert chosen([first, second], None) is first


def test_the_most_prominent_garment_of_the_asked_category_is_chosen() -> None:
    garments = [garment(TOPS), garment(SKIRTS), garment(SKIRTS, x=0.5)]
    assert chosen(garments, SKIRTS) is garments[1]


def test_without_a_garment_of_the_asked_category_the_most_prominent_is_chosen() -> None:
    garments = [garment(TOPS), garment(SKIRTS)]
    assert chosen(garments, DRESSES) is garments[0]


def test_a_box_drawn_around_a_garment_means_that_garment() -> None:
    left, right = garment(x=0.0, width=0.4), garment(x=0.5, width=0.4)
    assert drawn_over([left, right], Box(0.51, 0.2, 0.4, 0.5)) is right
    assert drawn_over([left, right], right.box) is right


@pytest.mark.parametrize(("width", "meant"), [(0.84, False), (0.86, True)])
def test_a_box_means_a_garment_from_an_overlap_of_85_percent_on(width: float, meant: bool) -> None:
    whole = garment(x=0.0, y=0.0, width=1.0, height=1.0)
    assert (drawn_over([whole], Box(0.0, 0.0, width, 1.0)) is whole) is meant


def test_a_box_in_a_picture_without_garments_means_none() -> None:
    assert drawn_over([], Box(0.1, 0.1, 0.5, 0.5)) is None
