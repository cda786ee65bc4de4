"""Combinations planted in drawn looks come back with exactly the figures that they were planted with."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from uuid import UUID

import pytest

from catalog.drawn import draw_look
from catalog.drawn.style import Wish
from mlcore.pipeline import pipeline
from mlcore.types import Category, Detection
from outfits.figures import figures
from outfits.formulas import Seen, wilson
from outfits.kinds import Worn
from outfits.suggestions import Suggestion, suggest

Look = tuple[Wish, ...]
Person = tuple[Worn, ...]


def plain(category: Category, kind: str, colour: str) -> Wish:
    return Wish(category=category, kind=kind, colour=colour, pattern="solid")


JACKET = plain(Category.OUTERWEAR, "leather jacket", "black")
JEANS, RED, GREEN, OLIVE = (plain(Category.TROUSERS, "jeans", colour) for colour in ("blue", "red", "green", "olive"))
TEE, PINK, YELLOW, TEAL = (plain(Category.TOPS, "tee", colour) for colour in ("white", "pink", "yellow", "teal"))

PLANTED: list[Look] = [(JACKET, JEANS, TEE)] * 9
NOISE: list[Look] = [(JACKET, RED, PINK), (JACKET, GREEN, YELLOW), (JACKET, OLIVE, TEAL)]
ELSEWHERE: list[Look] = [(JEANS, TEE)] * 2 + [(RED, YELLOW)] * 7 + [(OLIVE, TEE)] * 3


@cache
def people(first_seed: int, looks: tuple[Look, ...]) -> list[Person]:
    """Whom the looks show, described by the product's models where the drawing says that a garment is."""
    models = pipeline("throughput")
    found: list[Person] = []
    for number, look in enumerate(looks):
        drawn = draw_look(first_seed + number, wishes=look)
        known = [Detection(garment.box, garment.category, 1.0) for garment in drawn.garments]
        garments = [
            Worn(
                garment=1_000 * (first_seed + number) + place,
                photograph=UUID(int=first_seed + number),
                category=one.detection.category,
                box=one.detection.box,
                vector=one.embedding,
                colours=[asdict(colour) for colour in one.colours],
                labels={name: asdict(label) for name, label in one.labels.items()},
                quality=one.quality,
            )
            for place, one in enumerate(models.describe_known(drawn.pixels, known))
        ]
        found += [figure.garments for figure in figures(garments)]
    return found


def suggestions() -> list[Suggestion]:
    """Asked with the jacket of the first planted look; the others are how people dress."""
    wearing, others = people(81_000, tuple(PLANTED + NOISE)), people(82_000, tuple(ELSEWHERE))
    seen = [_seen(person) for person in wearing]
    return suggest(seen, [*wearing, *others], category=Category.OUTERWEAR)


def _seen(person: Person) -> Seen:
    jacket = next(garment for garment in person if garment.category == Category.OUTERWEAR)
    return Seen(jacket.photograph, 0.9, tuple(garment for garment in person if garment is not jacket))


def names(one: Suggestion) -> list[tuple[str, str]]:
    return [part.name for part in one.parts]


def test_the_planted_formula_comes_first_with_exact_figures():
    first = suggestions()[0]
    assert names(first) == [("tops", "white"), ("trousers", "blue")]
    assert first.support == len(PLANTED)
    assert {photo for photo, _ in first.photographs} == {UUID(int=81_000 + n) for n in range(len(PLANTED))}
    assert first.confidence == 9 / 12
    assert first.confidence_low == wilson(9, 12)[0]
    assert first.lift == pytest.approx((9 / 12) / (11 / 24))


def test_what_was_drawn_once_is_noise():
    assert [names(one) for one in suggestions()] == [[("tops", "white"), ("trousers", "blue")]]


def test_every_photograph_of_a_formula_shows_its_parts_on_one_person():
    worn = {garment.garment: garment for person in people(81_000, tuple(PLANTED)) for garment in person}
    for photo, garments in suggestions()[0].photographs:
        assert [worn[pk].category for pk in garments] == [Category.TOPS, Category.TROUSERS]
        assert {worn[pk].photograph for pk in garments} == {photo}


def test_the_parts_are_called_what_they_are():
    assert suggestions()[0].title == "white top + blue trousers"
