"""Counting, by hand."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import pytest

from mlcore.types import EMBEDDING_SIZE, Box, Category
from outfits.formulas import LEAST_SUPPORT, MOST, Formula, Seen, formulas, wilson
from outfits.kinds import Worn, kinds, nearest

ANY = Box(0, 0, 1, 1)
_numbers = iter(range(1, 10_000))


def worn(category: str, colour: str, axis: int = 0, turned: float = 0.0) -> Worn:
    """`axis`: what it looks like; `turned`: 1 − cosine to that."""
    vector = np.zeros(EMBEDDING_SIZE, np.float32)
    vector[axis], vector[axis + 100] = 1 - turned, np.sqrt(1 - (1 - turned) ** 2)
    colours = [{"name": colour, "hex": "#000000", "share": 1.0}] if colour else []
    return Worn(next(_numbers), UUID(int=0), Category(category), ANY, vector, colours)


def seen(*companions: tuple[str, str], photo: int | None = None, similarity: float = 0.5) -> Seen:
    number = photo if photo is not None else next(_numbers)
    return Seen(UUID(int=number), similarity, tuple(worn(category, colour) for category, colour in companions))


JEANS, TEE, SKIRT, HAT = ("trousers", "blue"), ("tops", "white"), ("skirts", "red"), ("tops", "green")


def found(people: list[Seen], anywhere: list[list[tuple[str, str]]] | None = None, **more: int) -> list[Formula]:
    grouped = kinds([garment for person in people for garment in person.companions])
    usual = [[worn(*name) for name in person] for person in anywhere or []]
    return formulas(people, grouped, usual, category=Category.OUTERWEAR, **more)


def names(formula: Formula) -> list[tuple[str, str]]:
    return [(part.name[0].value, part.name[1]) for part in formula.parts]


def test_support_confidence_and_lift_are_counted():
    people = [seen(JEANS, TEE) for _ in range(6)] + [seen(SKIRT) for _ in range(3)] + [seen()]
    anywhere = [[JEANS, TEE]] * 8 + [[SKIRT]] * 10 + [[HAT]] * 22
    first, second = found(people, anywhere)
    assert (names(first), first.support, first.confidence) == ([TEE, JEANS], 6, 0.6)
    assert first.lift == pytest.approx(0.6 / (8 / 40))
    assert (names(second), second.support, second.confidence) == ([SKIRT], 3, 0.3)
    assert second.lift == pytest.approx(0.3 / (10 / 40))


def test_without_a_census_there_is_no_lift():
    assert found([seen(JEANS) for _ in range(3)])[0].lift is None


def test_what_nobody_of_a_sample_wears_is_rarer_than_one_of_it():
    people = [seen(JEANS) for _ in range(3)]
    assert found(people, [[SKIRT]] * 50)[0].lift == pytest.approx(1 / (1 / 50))


def test_two_photographs_are_not_enough():
    assert LEAST_SUPPORT == 3
    assert found([seen(JEANS), seen(JEANS)]) == []
    assert len(found([seen(JEANS), seen(JEANS), seen(JEANS)])) == 1


def test_two_people_in_one_photograph_count_once_by_the_more_similar():
    people = [seen(JEANS, photo=7, similarity=0.8), seen(SKIRT, photo=7, similarity=0.9)]
    people += [seen(SKIRT) for _ in range(2)] + [seen(JEANS) for _ in range(2)]
    [only] = found(people)
    assert (names(only), only.support, only.confidence) == ([SKIRT], 3, 3 / 5)


def test_three_lucky_photographs_do_not_beat_thirty():
    thirty = [seen(JEANS) for _ in range(30)]
    lucky = [seen(SKIRT, HAT) for _ in range(3)]
    assert [names(formula) for formula in found(thirty + lucky)] == [[JEANS], [HAT, SKIRT]]


def test_the_most_similar_photographs_come_first():
    people = [seen(JEANS, photo=n, similarity=n / 10) for n in (3, 9, 5)]
    assert [photo.int for photo, _ in found(people)[0].examples] == [9, 5, 3]


def test_a_formula_names_something_that_those_before_it_do_not():
    people = [seen(JEANS, TEE) for _ in range(10)] + [seen(JEANS) for _ in range(10)]
    assert [names(formula) for formula in found(people)] == [[TEE, JEANS]]


def test_a_formula_is_completed_where_a_tenth_of_its_photographs_agree():
    people = [seen(JEANS) for _ in range(12)] + [seen(JEANS, TEE) for _ in range(3)] + [seen(SKIRT) for _ in range(3)]
    first, second = found(people)
    assert (names(first), first.support) == ([TEE, JEANS], 3)
    assert names(second) == [SKIRT]
    rarer = [seen(JEANS) for _ in range(30)] + [seen(JEANS, TEE) for _ in range(3)]
    assert names(found(rarer)[0]) == [JEANS]


def test_there_are_four_parts_at_most_with_the_garment_asked_with():
    everything = [("outerwear", "black"), JEANS, TEE, ("dresses", "red")]
    assert max(len(formula.parts) for formula in found([seen(*everything) for _ in range(5)])) == 3


def test_the_list_is_short():
    people = [seen((category.value, f"colour {n}")) for n in range(4) for category in Category for _ in range(3)]
    assert len(found(people)) == MOST
    assert len(found(people, most=3)) == 3


def test_the_order_does_not_depend_on_that_of_the_photographs():
    people = [seen(JEANS, photo=n) for n in range(1, 5)] + [seen(SKIRT, photo=n) for n in range(5, 9)]
    assert [names(f) for f in found(people)] == [names(f) for f in found(people[::-1])]


def test_the_interval_of_a_share_is_wilsons():
    # Wilson (1927) for 5 of 10 at z = 1.645.
    low, high = wilson(5, 10)
    assert (round(low, 4), round(high, 4)) == (0.2693, 0.7307)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 1.0


def test_colours_tell_kinds_apart_and_so_do_categories():
    garments = [worn("tops", "white"), worn("tops", "white"), worn("tops", "black"), worn("skirts", "white")]
    assert [[m.garment for m in kind.members] for kind in kinds(garments)] == [
        [garments[0].garment, garments[1].garment], [garments[2].garment], [garments[3].garment]
    ]  # fmt: skip


def test_garments_of_one_colour_that_do_not_look_alike_are_two_kinds():
    jeans = [worn("trousers", "blue", axis=0, turned=0.2 * n) for n in range(3)]
    opposite = worn("trousers", "blue", axis=0, turned=2.0)
    found_kinds = kinds([*jeans, opposite])
    assert [[member.garment for member in kind.members] for kind in found_kinds] == [
        [garment.garment for garment in jeans],
        [opposite.garment],
    ]


def test_what_has_no_colour_is_of_no_kind():
    assert kinds([worn("tops", "")]) == []
    assert nearest([worn("tops", "")], [worn("tops", "white")]) == [None]


def test_the_middle_of_a_kind_is_the_garment_nearest_to_all():
    garments = [worn("tops", "white", turned=turned) for turned in (0.0, 0.1, 0.4)]
    assert kinds(garments)[0].middle is garments[1]
