"""From hits to results: pure rules with exact values."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from catalog.models import Photo, Product
from images.models import Garment, Image
from mlcore.index.base import Hit
from mlcore.types import Category
from search.filters import Colour, Filters, lab
from search.postprocess import (
    Candidate,
    Likeness,
    Match,
    Ranked,
    Shown,
    candidates,
    explain,
    fitting,
    new_ones,
    rank,
    rank_without_picture,
)

RED, RED_AGAIN, GREEN = ({"name": "", "hex": value, "share": 1.0} for value in ("#ff0000", "#ff0000", "#00ff00"))


def hit(garment_id: int, similarity: float = 0.9, quality: float = 0.5, *colours: str) -> Hit:
    return Hit(garment_id, Category.TOPS, similarity, quality, tuple(lab(colour) for colour in colours))


def garment(pk: int, image_id: UUID | None = None, fingerprint: str = "", **fields: Any) -> Garment:
    image = Image(pk=image_id or uuid4(), fingerprint=fingerprint)
    return Garment(pk=pk, image=image, category="tops", **{"quality": 0.5, **fields})


def label(value: str) -> dict[str, Any]:
    return {"value": value, "confidence": 0.9}


def ranked(garment_id: int, similarity: float = 0.9, place: int = 1) -> Ranked:
    return Ranked(garment_id, similarity, similarity, place)


def candidate(shown: Product | Photo, similarity: float = 0.9, place: int = 1, **fields: Any) -> Candidate:
    return Candidate(garment(place, **fields), ranked(place, similarity, place), shown)


def nothing_yet() -> Shown:
    return Shown(set(), [])


# Order --------------------------------------------------------------------------------------------------------------


def test_of_two_near_equals_the_better_picture_comes_first_and_its_place_is_remembered() -> None:
    found = rank([hit(1, 0.90, 0.1), hit(2, 0.89, 0.9)], quality_weight=0.02)
    assert found == [Ranked(2, 0.89, 0.888, 2), Ranked(1, 0.90, 0.882, 1)]


def test_no_quality_outweighs_a_similarity_that_differs_by_more_than_the_weight() -> None:
    assert [r.garment_id for r in rank([hit(1, 0.90, 0.0), hit(2, 0.879, 1.0)], quality_weight=0.02)] == [1, 2]
    assert [r.garment_id for r in rank([hit(1, 0.90, 0.0), hit(2, 0.881, 1.0)], quality_weight=0.02)] == [2, 1]


def test_without_a_weight_the_order_is_that_of_similarity_and_equals_come_by_id() -> None:
    assert [r.garment_id for r in rank([hit(5, 0.9, 0.1), hit(3, 0.9, 0.9)], quality_weight=0.0)] == [3, 5]


def test_a_later_batch_counts_on() -> None:
    assert [r.rank_before for r in rank([hit(1), hit(2)], quality_weight=0.0, first_place=201)] == [201, 202]


def test_without_a_picture_the_nearest_shade_comes_first() -> None:
    hits = [hit(1, 0.0, 0.5, "#ff8080"), hit(2, 0.0, 0.5, "#0000ff", "#ff0000"), hit(3, 0.0, 0.5, "#00ff00")]
    found = rank_without_picture(hits, Colour(lab("#ff0000"), tolerance=50.0), quality_weight=0.02)
    assert [(r.garment_id, r.similarity, r.rank_before) for r in found] == [(2, None, 1), (1, None, 2), (3, None, 3)]
    assert found[0].score == 0.99  # its second colour is the asked one; half the quality costs .01


def test_without_a_picture_and_a_colour_the_best_pictures_come_first() -> None:
    found = rank_without_picture([hit(1, 0.0, 0.2), hit(2, 0.0, 0.9)], None, quality_weight=0.02)
    assert [(r.garment_id, r.score) for r in found] == [(2, 0.998), (1, 0.984)]


def test_what_the_box_around_a_colour_lets_through_is_sifted_by_the_exact_distance() -> None:
    filters = Filters(colour=Colour(lab("#ff0000"), tolerance=5.0))
    hits = [hit(1, 0.9, 0.5, "#fe0102"), hit(2, 0.9, 0.5, "#ff4040"), hit(3, 0.9, 0.5, "#00ff00", "#ff0000"), hit(4)]
    assert [h.garment_id for h in fitting(hits, filters)] == [1, 3]
    assert fitting(hits, Filters()) == hits


# What may be shown --------------------------------------------------------------------------------------------------


def test_candidates_keep_the_order_they_were_ranked_in() -> None:
    first, second = garment(7), garment(3)
    products = {first.image_id: Product(pk=1), second.image_id: Product(pk=2)}
    found = candidates([ranked(7, 0.9), ranked(3, 0.8, 2)], {3: second, 7: first}, products)
    assert found == [
        Candidate(first, ranked(7, 0.9), products[first.image_id]),
        Candidate(second, ranked(3, 0.8, 2), products[second.image_id]),
    ]


def test_a_hit_that_sql_does_not_know_or_lets_nobody_see_is_no_candidate() -> None:
    there, without_product = garment(2), garment(3)
    found = candidates(
        [ranked(1), ranked(2), ranked(3)], {2: there, 3: without_product}, {there.image_id: Product(pk=1)}
    )
    assert [c.garment for c in found] == [there]


def test_a_product_shows_once_with_its_best_garment() -> None:
    one, other = Product(pk=1), Product(pk=2)
    found = [candidate(one, 0.9, 1), candidate(other, 0.8, 2), candidate(one, 0.7, 3), candidate(other, 0.6, 4)]
    assert list(new_ones(found, nothing_yet())) == found[:2]


def test_what_an_earlier_page_showed_is_not_shown_again() -> None:
    shown = nothing_yet()
    first = list(new_ones([candidate(Product(pk=1))], shown))
    again = candidate(Product(pk=2), place=2)
    assert [c.shown.pk for c in [*first, *new_ones([candidate(Product(pk=1)), again], shown)]] == [1, 2]


COPY = "f" * 62 + "00"  # 8 bits from all ones
OTHER = "f" * 61 + "000"  # 12


def test_copies_of_a_picture_are_folded_into_the_first() -> None:
    found = [
        candidate(Product(pk=n), similarity, n, fingerprint=fingerprint, colours=[RED])
        for n, (similarity, fingerprint) in enumerate([(0.9, "f" * 64), (0.895, COPY), (0.89, OTHER)], start=1)
    ]
    assert [c.shown.pk for c in new_ones(found, nothing_yet())] == [1, 3]


def test_what_looks_alike_but_is_another_colour_or_less_similar_or_without_a_fingerprint_is_no_copy() -> None:
    found = [
        candidate(Product(pk=1), 0.9, 1, fingerprint="f" * 64, colours=[RED]),
        candidate(Product(pk=2), 0.9, 2, fingerprint="f" * 64, colours=[GREEN]),
        candidate(Product(pk=3), 0.9, 3, fingerprint="f" * 64),
        candidate(Product(pk=4), 0.87, 4, fingerprint="f" * 64, colours=[RED]),
        candidate(Product(pk=5), 0.9, 5, fingerprint="", colours=[RED]),
        candidate(Product(pk=6), 0.9, 6, fingerprint="", colours=[RED]),
    ]
    assert [c.shown.pk for c in new_ones(found, nothing_yet())] == [1, 2, 3, 4, 5, 6]


# Explanation --------------------------------------------------------------------------------------------------------


def test_a_match_says_how_alike_and_in_what() -> None:
    ours = Likeness({"pattern": "stripe", "sleeve_length": "long", "collar_style": "v"}, lab("#ff0000"))
    theirs = candidate(
        Product(pk=1),
        0.75,
        4,
        colours=[RED_AGAIN],
        labels={"sleeve_length": label("short"), "pattern": label("stripe")},
    )
    assert explain(ours, theirs) == Match(
        similarity=0.75,
        colour_delta_e=0.0,
        labels_agree=("pattern",),
        labels_differ=("sleeve_length",),
        quality=0.5,
        rank_before=4,
    )


def distance(colour: str | None, *theirs: dict[str, Any]) -> float | None:
    likeness = Likeness({}, lab(colour) if colour else None)
    return explain(likeness, candidate(Product(pk=1), colours=list(theirs))).colour_delta_e


def test_the_colour_distance_is_that_by_ciede2000() -> None:
    assert distance("#000000", {"name": "", "hex": "#ffffff", "share": 1.0}) == 100.0
    red_green = distance("#ff0000", GREEN)
    assert red_green is not None
    assert abs(red_green - 86.61) < 0.05  # published for sRGB red and green under D65


@pytest.mark.parametrize(("share", "counts"), [(0.24, False), (0.25, True)])
def test_a_second_colour_counts_from_a_quarter_of_the_garment_on(share: float, counts: bool) -> None:
    assert (distance("#ff0000", GREEN, {**RED, "share": share}) == 0.0) is counts


def test_there_is_no_colour_distance_to_a_garment_without_colours() -> None:
    assert distance("#ff0000") is None
    assert distance(None, RED) is None
