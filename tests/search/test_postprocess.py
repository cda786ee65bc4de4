"""From hits to results: pure rules with exact values."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from catalog.models import Photo, Product
from images.models import Garment
from mlcore.index.base import Hit
from mlcore.types import Category
from search.postprocess import Candidate, Match, candidates, explain, merged, one_each

RED, RED_AGAIN, GREEN = ({"name": "", "hex": value, "share": 1.0} for value in ("#ff0000", "#ff0000", "#00ff00"))


def hit(garment_id: int, similarity: float = 0.9) -> Hit:
    return Hit(garment_id, Category.TOPS, similarity)


def garment(pk: int, image_id: UUID | None = None, **fields: Any) -> Garment:
    return Garment(pk=pk, image_id=image_id or uuid4(), category="tops", quality=0.5, **fields)


def label(value: str) -> dict[str, Any]:
    return {"value": value, "confidence": 0.9}


def candidate(shown: Product | Photo, similarity: float = 0.9, place: int = 1, **fields: Any) -> Candidate:
    return Candidate(garment(place, **fields), similarity, place, shown)


def test_candidates_keep_the_order_and_the_places_of_the_index() -> None:
    first, second = garment(7), garment(3)
    products = {first.image_id: Product(pk=1), second.image_id: Product(pk=2)}
    found = candidates([hit(7, 0.9), hit(3, 0.8)], {3: second, 7: first}, products)
    assert found == [
        Candidate(first, 0.9, 1, products[first.image_id]),
        Candidate(second, 0.8, 2, products[second.image_id]),
    ]


def test_a_hit_that_sql_does_not_know_or_lets_nobody_see_is_no_candidate() -> None:
    there, without_product = garment(2), garment(3)
    found = candidates([hit(1), hit(2), hit(3)], {2: there, 3: without_product}, {there.image_id: Product(pk=1)})
    assert [(c.garment, c.rank_before) for c in found] == [(there, 2)]


def test_a_product_shows_once_with_its_best_garment() -> None:
    one, other = Product(pk=1), Product(pk=2)
    ranked = [candidate(one, 0.9, 1), candidate(other, 0.8, 2), candidate(one, 0.7, 3), candidate(other, 0.6, 4)]
    assert one_each(ranked) == ranked[:2]


def test_a_product_and_a_photograph_of_one_number_are_two_things() -> None:
    ranked = [candidate(Product(pk=1), 0.9, 1), candidate(Photo(pk=1), 0.8, 2)]
    assert one_each(ranked) == ranked


def test_a_match_says_how_alike_and_in_what() -> None:
    ours = garment(
        1,
        colours=[RED, GREEN],
        labels={"pattern": label("striped"), "sleeve_length": label("long"), "collar_style": label("v")},
    )
    theirs = candidate(
        Product(pk=1),
        0.75,
        4,
        colours=[RED_AGAIN],
        labels={"sleeve_length": label("short"), "pattern": label("striped")},
    )
    assert explain(ours, theirs) == Match(
        similarity=0.75,
        colour_delta_e=0.0,
        labels_agree=("pattern",),
        labels_differ=("sleeve_length",),
        quality=0.5,
        rank_before=4,
    )


def test_the_colour_distance_is_that_of_the_main_colours_by_ciede2000() -> None:
    black, white = ({"name": "", "hex": value, "share": 1.0} for value in ("#000000", "#ffffff"))
    assert explain(garment(1, colours=[black, RED]), candidate(Product(pk=1), colours=[white])).colour_delta_e == 100.0
    red_green = explain(garment(1, colours=[RED]), candidate(Product(pk=1), colours=[GREEN])).colour_delta_e
    assert red_green is not None
    assert abs(red_green - 86.61) < 0.05  # published for sRGB red and green under D65


def test_there_is_no_colour_distance_to_a_garment_without_colours() -> None:
    assert explain(garment(1, colours=[RED]), candidate(Product(pk=1))).colour_delta_e is None
    assert explain(garment(1), candidate(Product(pk=1), colours=[RED])).colour_delta_e is None


def test_two_rankings_become_one_and_each_product_stays_once() -> None:
    dress, coat, skirt = (Product(pk=number) for number in (1, 2, 3))
    own = [candidate(dress, similarity=0.6), candidate(coat, similarity=0.5)]
    elsewhere = [candidate(coat, similarity=0.7), candidate(skirt, similarity=0.65)]
    ranked = merged(own, elsewhere)
    assert [(c.shown.pk, c.similarity) for c in ranked] == [(2, 0.7), (3, 0.65), (1, 0.6)]
