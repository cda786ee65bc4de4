"""YOLO's raw output to boxes: a stand-in for the model gives handmade numbers, so every box is known beforehand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from mlcore.detection import ANY_CLASS_OVERLAP, AT_ONCE, SAME_CLASS_INSIDE, SAME_CLASS_OVERLAP, SCORE, Detector
from mlcore.engine import Model
from mlcore.manifest import model
from mlcore.types import Box, Category, Detection

SIDE = 416
TOPS, OUTERWEAR, TROUSERS, SKIRTS, DRESSES, ROMPERS = Category
Row = tuple[float, float, float, float, dict[Category, float]]
"""Left, top, right, bottom in pixels of the square; scores by category."""


class Handmade:
    """Answers with prepared rows, a list for each picture, and remembers the batches that it was given."""

    def __init__(self, *answers: list[Row]) -> None:
        self.answers, self.batches = list(answers), cast(list[NDArray[np.float32]], [])

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        self.batches.append(batch)
        return np.stack([_raw(self.answers.pop(0)) for _ in batch])


def _raw(rows: list[Row]) -> NDArray[np.float32]:
    anchors = np.zeros((10, 64), np.float32)  # the rest: boxes of no size and no score, as the model gives thousands
    for place, (left, top, right, bottom, scores) in enumerate(rows):
        anchors[:4, place] = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
        for category, score in scores.items():
            anchors[4 + list(Category).index(category), place] = score
    return anchors


def detect(*rows: Row, width: int = SIDE, height: int = SIDE, **options: Any) -> list[Detection]:
    """In one picture, by default of the size of the model's square: pixels of both are then the same."""
    entry = replace(model("detection"), input_size=SIDE)
    detector = Detector(entry, cast(Model, Handmade(list(rows))))
    return detector.detect([np.zeros((height, width, 3), np.uint8)], **options)[0]


def candidates(*rows: Row, score: float) -> list[tuple[Category, float]]:
    entry = replace(model("detection"), input_size=SIDE)
    detector = Detector(entry, cast(Model, Handmade(list(rows))))
    found = detector.candidates([np.zeros((SIDE, SIDE, 3), np.uint8)], score=score)[0]
    return [(one.category, round(one.score, 3)) for one in found]


def row(left: float, top: float, right: float, bottom: float, **scores: float) -> Row:
    return left, top, right, bottom, {Category(name): score for name, score in scores.items()}


def pixels(found: Detection, width: int = SIDE, height: int = SIDE) -> tuple[float, ...]:
    """Left, top, right, bottom in pixels of the picture, rounded to hundredths."""
    box = found.box
    edges = (box.x * width, box.y * height, (box.x + box.width) * width, (box.y + box.height) * height)
    return tuple(round(edge, 2) for edge in edges)


@pytest.mark.parametrize(
    ("width", "height", "left", "top", "scale"),
    [
        (416, 416, 0, 0, 1.0),
        (832, 416, 0, 104, 0.5),
        (416, 832, 104, 0, 0.5),
        (480, 640, 52, 0, 416 / 640),
        (1280, 853, 0, 69, 416 / 1280),
        (100, 50, 0, 104, 4.16),
    ],
)
def test_a_box_of_the_square_is_that_box_of_the_picture(
    width: int, height: int, left: int, top: int, scale: float
) -> None:
    true = Box(0.25, 0.125, 0.5, 0.625)
    x, y = left + true.x * width * scale, top + true.y * height * scale
    given = row(x, y, x + true.width * width * scale, y + true.height * height * scale, tops=0.9)
    [found] = detect(given, width=width, height=height)
    for name in ("x", "y", "width", "height"):
        assert getattr(found.box, name) == pytest.approx(getattr(true, name), abs=1e-5)


def test_a_marker_in_the_picture_reaches_the_model_where_its_box_will_be() -> None:
    # Independent of the arithmetic above: white patch in, its place in the model's own input out, back to the patch.
    picture = np.zeros((300, 900, 3), np.uint8)
    picture[60:180, 270:540] = 255
    fake = Handmade([])
    entry = model("detection")
    Detector(entry, cast(Model, fake)).detect([picture])
    [seen] = fake.batches[0]
    white = seen.min(axis=0) > 0.9
    rows, columns = np.flatnonzero(white.any(axis=1)), np.flatnonzero(white.any(axis=0))
    patch = row(columns[0], rows[0], columns[-1] + 1, rows[-1] + 1, tops=0.9)
    [found] = detect(patch, width=900, height=300)
    assert pixels(found, 900, 300) == pytest.approx((270, 60, 540, 180), abs=2.5)  # a pixel of the square is 2.2 here


def test_the_model_is_given_rgb_from_0_to_1_on_a_grey_ground() -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:] = (255, 0, 51)
    fake = Handmade([])
    Detector(model("detection"), cast(Model, fake)).detect([picture])
    [batch] = fake.batches
    assert batch.shape == (1, 3, 416, 416)
    assert batch.dtype == np.float32
    assert batch[0, :, 208, 208] == pytest.approx([1.0, 0.0, 0.2])
    assert batch[0, :, 5, 208] == pytest.approx([114 / 255] * 3)


def test_of_overlapping_boxes_of_one_class_the_surest_stays() -> None:
    first, second = row(0, 0, 100, 100, tops=0.7), row(10, 0, 110, 100, tops=0.8)  # IoU 90 / 110 = .82
    [found] = detect(first, second)
    assert pixels(found) == (10, 0, 110, 100)
    assert found.score == pytest.approx(0.8)


@pytest.mark.parametrize(("moved", "kept"), [(24, 1), (26, 2)])
def test_boxes_of_one_class_are_kept_apart_below_an_overlap_of_six_tenths(moved: int, kept: int) -> None:
    assert SAME_CLASS_OVERLAP == 0.6  # two equal squares of 100 overlap by exactly that when they lie 25 apart
    assert len(detect(row(0, 0, 100, 100, tops=0.9), row(moved, 0, 100 + moved, 100, tops=0.8))) == kept


def test_a_box_within_a_surer_one_of_its_class_goes() -> None:
    trousers, leg = row(0, 0, 100, 300, trousers=0.9), row(5, 150, 50, 300, trousers=0.6)
    [found] = detect(trousers, leg)
    assert pixels(found) == (0, 0, 100, 300)


@pytest.mark.parametrize(("outside", "kept"), [(0.14, 1), (0.16, 2)])
def test_within_means_by_85_percent(outside: float, kept: int) -> None:
    assert SAME_CLASS_INSIDE == 0.85
    left = 200 - 50 * (1 - outside)
    assert len(detect(row(0, 0, 200, 200, tops=0.9), row(left, 20, left + 50, 70, tops=0.6))) == kept


def test_a_small_surer_box_within_a_larger_one_of_its_class_stays_alone() -> None:
    [found] = detect(row(0, 0, 200, 200, tops=0.6), row(20, 20, 100, 100, tops=0.9))
    assert pixels(found) == (20, 20, 100, 100)


def test_boxes_of_two_classes_that_overlap_by_less_than_eight_tenths_both_stay() -> None:
    assert ANY_CLASS_OVERLAP == 0.8
    coat, shirt = row(0, 0, 100, 200, outerwear=0.9), row(0, 0, 79, 200, tops=0.5)  # IoU .79
    found = detect(coat, shirt)
    assert [(d.category, d.runner_up_score) for d in found] == [(OUTERWEAR, 0.0), (TOPS, 0.0)]


def test_of_two_classes_at_one_place_the_surer_stays_and_names_the_other() -> None:
    dress, romper = row(0, 0, 100, 200, dresses=0.6, tops=0.1), row(0, 0, 97, 200, rompers=0.55)
    [found] = detect(romper, dress)
    assert (found.category, found.runner_up) == (DRESSES, ROMPERS)
    assert found.score == pytest.approx(0.6)
    assert found.runner_up_score == pytest.approx(0.55)
    assert pixels(found) == (0, 0, 100, 200)


def test_without_a_rival_the_runner_up_is_the_boxs_own_second_class() -> None:
    [found] = detect(row(0, 0, 100, 200, skirts=0.7, dresses=0.4, tops=0.1))
    assert (found.category, found.runner_up) == (SKIRTS, DRESSES)
    assert found.runner_up_score == pytest.approx(0.4)


def test_a_runner_up_is_never_surer_than_the_category() -> None:
    rows = [row(0, 0, 100, 200, dresses=0.5, rompers=0.49), row(0, 0, 99, 200, rompers=0.5, dresses=0.2)]
    for order in (rows, rows[::-1]):
        [found] = detect(*order)
        assert found.score == pytest.approx(0.5)
        assert found.runner_up_score <= found.score
        assert {found.category, found.runner_up} == {DRESSES, ROMPERS}


@pytest.mark.parametrize(
    ("score", "options", "found"), [(0.26, {}, 1), (0.24, {}, 0), (0.24, {"score": 0.2}, 1), (0.9, {"score": 0.95}, 0)]
)
def test_only_what_reaches_the_score_is_found(score: float, options: dict[str, float], found: int) -> None:
    assert SCORE == 0.25
    assert len(detect(row(0, 0, 100, 100, tops=score), **options)) == found


def test_the_surest_comes_first() -> None:
    places = {0.4: 0, 0.9: 150, 0.6: 300}
    found = detect(*(row(x, 0, x + 50, 50, tops=score) for score, x in places.items()))
    assert [round(d.score, 5) for d in found] == [0.9, 0.6, 0.4]


def test_a_box_is_clipped_to_the_picture() -> None:
    [found] = detect(row(-20, -30, 100, 500, tops=0.9))
    assert found.box == Box(0.0, 0.0, pytest.approx(100 / SIDE), 1.0)  # type: ignore[arg-type]


def test_a_box_in_the_ground_beside_the_picture_is_none() -> None:
    assert detect(row(0, 0, 416, 90, tops=0.9), width=832, height=416) == []


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert detect() == []


def test_each_picture_of_a_batch_gets_its_own_garments_in_runs_of_four() -> None:
    assert AT_ONCE == 4
    answers = [[row(0, 0, 10 * n, 10 * n, tops=0.9)] if n else [] for n in range(6)]
    fake = Handmade(*answers)
    pictures = [np.zeros((SIDE, SIDE, 3), np.uint8)] * 6
    found = Detector(model("detection"), cast(Model, fake)).detect(pictures)
    assert [len(batch) for batch in fake.batches] == [4, 2]
    assert [[pixels(d) for d in of_one] for of_one in found] == [
        [(0, 0, 10 * n, 10 * n)] if n else [] for n in range(6)
    ]


def test_a_doubtful_garment_is_a_candidate_of_both_categories_and_is_served_as_one() -> None:
    doubtful = row(100, 100, 200, 300, dresses=0.6, skirts=0.5)
    assert candidates(doubtful, score=0.1) == [(DRESSES, 0.6), (SKIRTS, 0.5)]
    assert [one.category for one in detect(doubtful)] == [DRESSES]


def test_two_boxes_of_one_category_on_one_garment_are_one_candidate() -> None:
    twice = (row(100, 100, 200, 300, tops=0.6), row(102, 100, 202, 300, tops=0.7, dresses=0.2))
    assert candidates(*twice, score=0.1) == [(TOPS, 0.7), (DRESSES, 0.2)]
    apart = (row(0, 0, 50, 50, tops=0.6), row(100, 100, 200, 300, tops=0.05))
    assert candidates(*apart, score=0.1) == [(TOPS, 0.6)]
