"""Which crops are one thing."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest

from mlcore.types import Box, Category
from tests.wardrobe.rows import NAVY, RED, direction
from wardrobe.naming import suggested_name
from wardrobe.proposals import SAME_ITEM, Crop, group_by_likeness, likeness_of, propose

LIKE = 0.98  # of direction(…, lean=LIKE) to each other: .96


def crop(number: int = 1, *, lean: float = LIKE, colour: tuple[str, str] = NAVY, **values: Any) -> Crop:
    return Crop(**{
        "garment": uuid4(), "picture": uuid4(), "category": Category.OUTERWEAR, "vector": direction(number, lean=lean),
        "model_version": "tests", "box": Box(0.1, 0.1, 0.5, 0.5), "score": 0.9, "quality": 0.5,
        "colours": [{"name": colour[0], "hex": colour[1], "share": 0.9}], **values,
    })  # fmt: skip


def ids(proposals: list[Any]) -> list[set[UUID]]:
    return [set(proposal.garments) for proposal in proposals]


def test_seven_pictures_of_one_jacket_are_one_jacket_the_best_picture_first():
    shown = [crop(number, quality=number / 10) for number in range(7)]
    [jacket] = propose(shown)
    assert jacket.garments == tuple(one.garment for one in reversed(shown))
    assert (jacket.category, jacket.name, jacket.confidence, jacket.own_item) == ("outerwear", "navy jacket", 0.9, None)


def test_what_is_unlike_is_proposed_apart_in_the_order_in_which_it_came():
    shown = [crop(number, lean=0.0) for number in range(3)]
    assert [proposal.garments for proposal in propose(shown)] == [(one.garment,) for one in shown]


def test_no_crops_no_proposals():
    assert propose([]) == []


def test_two_garments_of_one_picture_are_never_one_thing():
    picture = uuid4()
    shown = [crop(1, picture=picture), crop(2, picture=picture)]
    assert ids(propose(shown)) == [{shown[0].garment}, {shown[1].garment}]


def test_a_chain_does_not_pull_two_unlike_garments_together():
    likeness = np.array([[1.0, 0.95, 0.5], [0.95, 1.0, 0.94], [0.5, 0.94, 1.0]])
    assert group_by_likeness(likeness, 0.9) == [[0, 1], [2]]


def test_groups_join_where_every_two_are_alike():
    likeness = np.full((4, 4), 0.95)
    likeness[3, :3] = likeness[:3, 3] = 0.2
    assert group_by_likeness(likeness, 0.9) == [[0, 1, 2], [3]]


def test_one_garment_makes_one_group_and_none_makes_none():
    assert group_by_likeness(np.ones((1, 1)), 0.9) == [[0]]
    assert group_by_likeness(np.zeros((0, 0)), 0.9) == []


def test_another_colour_is_another_thing_though_the_cut_is_the_same():
    shown = [crop(1), crop(2, colour=RED)]
    assert ids(propose(shown)) == [{shown[0].garment}, {shown[1].garment}]
    assert likeness_of(shown[:1], shown[1:])[0, 0] == pytest.approx(0.9604 - 0.3, abs=1e-3)


def test_what_has_no_colours_is_judged_by_its_likeness_alone():
    [pair] = propose([crop(1, colours=[]), crop(2, colours=[])])
    assert len(pair.garments) == 2
    assert pair.name == "jacket"


def test_a_cardigan_may_be_called_a_top_and_never_trousers():
    shown = [crop(1, score=0.6), crop(2, category=Category.TOPS, score=0.8), crop(3, category=Category.TROUSERS)]
    together, apart = propose(shown)
    assert set(together.garments) == {shown[0].garment, shown[1].garment}
    assert (together.category, apart.category) == (Category.TOPS, Category.TROUSERS)


def test_what_its_owner_says_decides_the_category():
    [one] = propose([crop(1, said=True, score=0.3), crop(2, category=Category.TOPS)])
    assert one.category == Category.OUTERWEAR


def test_what_its_owner_calls_by_two_names_is_two_things():
    assert len(propose([crop(1, said=True), crop(2, category=Category.TOPS, said=True)])) == 2


def test_vectors_of_two_models_are_not_compared():
    assert len(propose([crop(1), crop(2, model_version="another")])) == 2


def test_in_two_copies_of_one_photograph_the_place_says_what_is_the_same():
    left, right = Box(0.0, 0.1, 0.4, 0.8), Box(0.55, 0.1, 0.4, 0.8)
    large, small = uuid4(), uuid4()
    shown = [
        crop(1, picture=large, box=left, fingerprint="0f" * 32),
        crop(2, picture=large, box=right, fingerprint="0f" * 32),
        crop(3, picture=small, box=left, fingerprint="0f" * 32),
        crop(4, picture=small, box=right, fingerprint="0f" * 32),
    ]
    assert ids(propose(shown)) == [{shown[0].garment, shown[2].garment}, {shown[1].garment, shown[3].garment}]


def test_what_looks_like_an_item_is_proposed_as_that_item():
    item, other = uuid4(), uuid4()
    owned = {other: [crop(5, lean=0.5)], item: [crop(6, lean=0.2), crop(7)]}
    [proposal] = propose([crop(1)], owned)
    assert proposal.own_item == item


def test_an_item_in_the_same_photograph_is_something_else():
    picture = uuid4()
    owned = {uuid4(): [crop(5, picture=picture), crop(6)]}
    [proposal] = propose([crop(1, picture=picture)], owned)
    assert proposal.own_item is None


def test_confidence_is_that_of_the_weakest_link():
    [pair] = propose([crop(1, score=0.99), crop(2, score=0.98)])
    assert pair.confidence == 0.96
    assert pair.confidence >= SAME_ITEM


@pytest.mark.parametrize(
    ("category", "labels", "name"),
    [
        ("tops", {"collar_style": "shirt", "sleeve_length": "long", "pattern": "stripe"}, "navy striped shirt"),
        ("tops", {"collar_style": "crew", "sleeve_length": "short", "pattern": "solid"}, "navy T-shirt"),
        ("tops", {"collar_style": "hood"}, "navy hoodie"),
        ("tops", {}, "navy top"),
        ("outerwear", {"garment_length": "long", "pattern": "check"}, "navy checked coat"),
        ("trousers", {"garment_length": "short"}, "navy shorts"),
        ("dresses", {"garment_length": "long", "pattern": "floral"}, "navy floral long dress"),
        ("rompers", {"pattern": "other"}, "navy romper"),
    ],
)
def test_a_name_is_made_of_colour_pattern_and_kind(category: str, labels: dict[str, str], name: str):
    said = {label: {"value": value, "confidence": 0.9} for label, value in labels.items()}
    assert suggested_name(Category(category), [{"name": "navy", "share": 0.9}], said) == name


def test_a_doubtful_label_is_left_out_of_the_name_and_a_large_second_colour_is_not():
    colours = [{"name": "navy", "share": 0.5}, {"name": "white", "share": 0.4}]
    doubtful = {"pattern": {"value": "dot", "confidence": 0.5}}
    assert suggested_name(Category.TOPS, colours, doubtful) == "navy and white top"
    assert suggested_name(Category.SKIRTS, [], {}) == "skirt"
