"""The drawn catalogue: repeatable pixels, and truth that an independent look at the pixels confirms."""

from __future__ import annotations

import hashlib
import io
from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from catalog.drawn import (
    FORMULAS,
    Drawing,
    DrawnGarment,
    Wish,
    demo_looks,
    demo_products,
    draw_look,
    draw_product,
    draw_varied,
)
from catalog.drawn.kinds import COLLAR_STYLES, GARMENT_LENGTHS, KINDS, PATTERNS, SLEEVE_LENGTHS
from catalog.drawn.palette import COLOURS, COMPANIONS, rgb_of
from mlcore.types import Box, Category

BOTTOMS = {Category.TROUSERS, Category.SKIRTS}


def digest(drawing: Drawing) -> str:
    return hashlib.sha256(drawing.pixels.tobytes()).hexdigest()


def edges(box: Box, drawing: Drawing) -> tuple[int, int, int, int]:
    """Left, top, right, bottom in whole pixels."""
    height, width = drawing.pixels.shape[:2]
    return (
        round(box.x * width),
        round(box.y * height),
        round((box.x + box.width) * width),
        round((box.y + box.height) * height),
    )


def recoloured(first: Drawing, second: Drawing) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the pixels in which two drawings differ clearly."""
    apart = np.abs(first.pixels.astype(int) - second.pixels.astype(int)).max(axis=2) > 24
    rows, columns = np.flatnonzero(apart.any(axis=1)), np.flatnonzero(apart.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def cloth_pixels(drawing: Drawing, garment: DrawnGarment) -> NDArray[np.uint8]:
    """The middle of the garment's box: shape (n, 3)."""
    left, top, right, bottom = edges(garment.box, drawing)
    wide, high = right - left, bottom - top
    part = drawing.pixels[top + high // 4 : bottom - high // 4, left + wide // 4 : right - wide // 4]
    return part.reshape(-1, 3)


@pytest.mark.parametrize("category", list(Category))
def test_the_same_seed_gives_the_same_product_and_another_seed_another(category: Category) -> None:
    first, again, other = (draw_product(seed, category=category) for seed in (7, 7, 8))
    assert digest(first) == digest(again)
    assert first.garments == again.garments
    assert digest(first) != digest(other)


def test_the_same_seed_gives_the_same_look_and_another_seed_another() -> None:
    first, again, other = (draw_look(seed) for seed in (3, 3, 4))
    assert digest(first) == digest(again)
    assert first.garments == again.garments
    assert digest(first) != digest(other)


def test_a_product_is_480_by_640_and_a_look_480_by_720() -> None:
    assert draw_product(1).pixels.shape == (640, 480, 3)
    assert draw_look(1).pixels.shape == (720, 480, 3)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_every_kind_is_drawn_with_labels_of_the_vocabulary(kind) -> None:  # type: ignore[no-untyped-def]
    [garment] = draw_product(len(kind.noun), kind=kind.noun, category=kind.category, size=(240, 320)).garments
    bottom = kind.category in BOTTOMS
    assert garment.category is kind.category
    assert garment.labels["sleeve_length"] in (("na",) if bottom else SLEEVE_LENGTHS)
    assert garment.labels["collar_style"] in (("na",) if bottom else COLLAR_STYLES)
    assert garment.labels["garment_length"] in GARMENT_LENGTHS
    assert garment.labels["pattern"] in PATTERNS
    assert garment.colour_name in COLOURS
    assert 0.05 < garment.box.area <= 1


@pytest.mark.parametrize("category", list(Category))
@pytest.mark.parametrize("ground", ["paper", "rail"])
def test_a_products_box_is_where_dyeing_it_otherwise_changes_the_picture(category: Category, ground: str) -> None:
    one = draw_product(5, category=category, colour="red", pattern="solid", background=ground)
    kind = one.garments[0].kind
    two = draw_product(5, kind=kind, category=category, colour="teal", pattern="solid", background=ground)
    assert one.garments[0].box == two.garments[0].box
    assert np.abs(np.subtract(edges(one.garments[0].box, one), recoloured(one, two))).max() <= 2


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_look_boxes_only_what_is_seen_of_each_garment(place: int) -> None:
    coat = Wish(Category.OUTERWEAR, "wool coat", colour="camel", pattern="solid", garment_length="long")
    jeans = Wish(Category.TROUSERS, "chinos", colour="navy", pattern="solid", garment_length="long")
    tee = Wish(Category.TOPS, "tee", colour="white", pattern="solid", garment_length="medium")
    outfit = [coat, jeans, tee]
    dyed = list(outfit)
    dyed[place] = Wish(
        dyed[place].category, dyed[place].kind, "fuchsia", "solid", garment_length=dyed[place].garment_length
    )
    one, two = (draw_look(11, wishes=wishes, scene="studio") for wishes in (outfit, dyed))
    [garment] = [each for each in one.garments if each.category is outfit[place].category]
    assert np.abs(np.subtract(edges(garment.box, one), recoloured(one, two))).max() <= 3


def test_a_coat_hides_most_of_the_tee_below_it() -> None:
    tee = Wish(Category.TOPS, "tee", colour="white", pattern="solid", garment_length="medium")
    chinos = Wish(Category.TROUSERS, "chinos", colour="navy", pattern="solid")
    coat = Wish(Category.OUTERWEAR, "wool coat", colour="camel", pattern="solid")
    bare, dressed = draw_look(11, wishes=[tee, chinos]), draw_look(11, wishes=[coat, tee, chinos])
    width = {
        len(each.garments): next(g.box.width for g in each.garments if g.category is Category.TOPS)
        for each in (bare, dressed)
    }
    assert width[3] < width[2] / 2


@pytest.mark.parametrize(
    ("category", "colour"),
    [
        (Category.DRESSES, "red"),
        (Category.TOPS, "white"),
        (Category.TROUSERS, "black"),
        (Category.SKIRTS, "teal"),
        (Category.ROMPERS, "mustard"),
        (Category.OUTERWEAR, "camel"),
    ],
)
def test_the_cloths_median_is_near_the_colour_it_is_said_to_have(category: Category, colour: str) -> None:
    for seed in range(3):
        drawing = draw_product(seed, category=category, colour=colour, pattern="solid", background="paper")
        [garment] = drawing.garments
        said = np.array(rgb_of(garment.colour_hex))
        assert garment.colour_name == colour
        assert np.abs(said - np.array(COLOURS[colour])).max() <= 26
        assert np.abs(np.median(cloth_pixels(drawing, garment), axis=0) - said).mean() < 16


def test_a_wish_is_fulfilled_whatever_the_seed() -> None:
    for seed in range(6):
        [garment] = draw_product(
            seed,
            category=Category.DRESSES,
            colour="red",
            pattern="floral",
            sleeve_length="short",
            garment_length="medium",
            collar_style="v",
            size=(240, 320),
        ).garments
        assert (garment.category, garment.colour_name) == (Category.DRESSES, "red")
        assert garment.labels == {
            "sleeve_length": "short",
            "garment_length": "medium",
            "collar_style": "v",
            "pattern": "floral",
        }


def test_one_wish_in_two_settings_gives_two_pictures_of_one_colour() -> None:
    one = draw_product(1, category=Category.DRESSES, colour="red", background="paper")
    two = draw_product(2, category=Category.DRESSES, colour="red", background="wood")
    assert one.garments[0].colour_name == two.garments[0].colour_name == "red"
    assert digest(one) != digest(two)


def test_a_patterns_shares_sum_to_one_and_its_ground_leads() -> None:
    for seed, pattern in enumerate(("stripe", "check", "floral", "dot", "animal")):
        [garment] = draw_product(seed, category=Category.DRESSES, pattern=pattern, size=(240, 320)).garments
        seconds = [colour.share for colour in garment.secondary]
        assert seconds
        assert 0.95 < garment.colour_share + sum(seconds) < 1.01
        assert garment.colour_share >= max(seconds)


def test_an_unknown_word_is_refused() -> None:
    with pytest.raises(ValueError, match="'vermilion' is none of"):
        draw_product(1, colour="vermilion")
    with pytest.raises(ValueError, match="'other' is none of"):
        draw_product(1, category=Category.TOPS, collar_style="other")
    with pytest.raises(ValueError, match="'moon' is none of"):
        draw_look(1, scene="moon")
    with pytest.raises(ValueError, match="no formula 'pyjamas'"):
        draw_look(1, formula="pyjamas")


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_a_formula_dresses_one_person_in_exactly_its_garments(formula) -> None:  # type: ignore[no-untyped-def]
    look = draw_look(21, formula=formula.name, size=(320, 480))
    assert look.formula == formula.name
    assert sorted((g.kind, g.colour_name) for g in look.garments) == sorted(
        (wish.kind, wish.colour) for wish in formula.wishes
    )
    assert {garment.person for garment in look.garments} == {0}


def test_chance_looks_show_two_to_four_garments_with_the_top_over_the_bottom() -> None:
    for seed in range(12):
        garments = draw_look(seed, formula="", size=(320, 480)).garments
        assert 2 <= len(garments) <= 4
        tops = [g.box for g in garments if g.category is Category.TOPS]
        bottoms = [g.box for g in garments if g.category in BOTTOMS]
        for top in tops:
            for bottom in bottoms:
                assert max(top.x, bottom.x) < min(top.x + top.width, bottom.x + bottom.width)
                assert top.y < bottom.y


def test_two_figures_wear_their_own_garments_side_by_side() -> None:
    look = draw_look(9, figures=2, size=(720, 720))
    middle = {p: np.mean([g.box.x + g.box.width / 2 for g in look.garments if g.person == p]) for p in (0, 1)}
    assert 0.1 < middle[0] < 0.5 < middle[1] < 0.9


def test_demo_products_share_the_categories_equally_and_have_unique_skus() -> None:
    products = list(demo_products(12))
    assert Counter(each.garments[0].category for each in products) == dict.fromkeys(Category, 2)
    assert len({each.sku for each in products}) == 12
    assert all(float(each.price) > 10 and each.brand and each.title for each in products)


def test_demo_looks_alternate_between_formula_and_chance() -> None:
    looks = list(demo_looks(8))
    assert [bool(look.formula) for look in looks] == [True, False] * 4
    assert all(look.title for look in looks)


def test_twelve_training_seeds_show_every_category_and_stay_in_the_picture() -> None:
    pictures = [draw_varied(seed) for seed in range(12)]
    products = [picture.garments[0].category for picture in pictures[:6] if picture.garments]
    assert len(set(products)) >= 5
    for picture in pictures:
        for garment in picture.garments:
            box = garment.box
            assert min(box.x, box.y) >= 0
            assert max(box.x + box.width, box.y + box.height) <= 1 + 1e-9


def test_a_drawing_encodes_to_png_without_loss_and_to_jpeg() -> None:
    drawing = draw_product(1, size=(240, 320))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(drawing.png()))), drawing.pixels)
    assert Image.open(io.BytesIO(drawing.jpeg(80))).size == (240, 320)


def test_every_colour_has_companions_that_are_colours() -> None:
    assert set(COMPANIONS) == set(COLOURS)
    assert {name for names in COMPANIONS.values() for name in names} <= set(COLOURS)
