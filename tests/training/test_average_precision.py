from __future__ import annotations

import math

import numpy as np
import pytest

from mlcore.training.average_precision import OVERLAPS, Found, Truth, average_precision
from mlcore.types import Box

LEFT, RIGHT = Box(0.0, 0.0, 0.4, 1.0), Box(0.5, 0.0, 0.4, 1.0)
ASTRAY = Box(0.9, 0.9, 0.05, 0.05)


def test_perfect_detections_score_one_everywhere():
    assert average_precision([Truth([LEFT, RIGHT])], [Found([RIGHT, LEFT], [0.9, 0.3])]) == pytest.approx(1.0)


def test_a_surer_false_alarm_halves_the_precision():
    found = [Found([ASTRAY, LEFT], [0.9, 0.8])]
    assert average_precision([Truth([LEFT])], found)[0] == pytest.approx(0.5)


def test_a_missed_garment_costs_its_share_of_recall():
    # One of two found: precision 1 up to recall .5, which is 51 of the 101 recalls.
    assert average_precision([Truth([LEFT, RIGHT])], [Found([LEFT], [0.9])])[0] == pytest.approx(51 / 101)


def test_a_loose_box_is_right_only_up_to_its_overlap():
    loose = Box(0.0, 0.0, 0.4, 0.72)  # IoU .72 with LEFT
    precision = average_precision([Truth([LEFT])], [Found([loose], [0.9])])
    assert [overlap for overlap, value in zip(OVERLAPS, precision, strict=True) if value == 1.0] == [
        0.5,
        0.55,
        0.6,
        0.65,
        0.7,
    ]


def test_a_second_box_on_the_same_garment_is_a_false_alarm():
    precision = average_precision(
        [Truth([LEFT]), Truth([RIGHT])], [Found([LEFT, LEFT], [0.9, 0.8]), Found([RIGHT], [0.7])]
    )
    # Right, wrong, right: precision 1 up to recall .5, then 2/3.
    assert precision[0] == pytest.approx((51 * 1.0 + 50 * 2 / 3) / 101)


def test_a_detection_within_an_ignore_region_counts_neither_way():
    crowd = Box(0.5, 0.0, 0.5, 1.0)
    within = Box(0.6, 0.2, 0.1, 0.1)
    assert average_precision([Truth([LEFT], [crowd])], [Found([within, LEFT], [0.9, 0.8])])[0] == pytest.approx(1.0)


def test_without_any_garment_there_is_no_figure():
    assert all(map(math.isnan, average_precision([Truth([])], [Found([LEFT], [0.9])])))


def test_random_detections_score_what_pycocotools_says():
    coco_api, evaluation = pytest.importorskip("pycocotools.coco"), pytest.importorskip("pycocotools.cocoeval")
    chance = np.random.default_rng(4)

    def boxes(count: int) -> list[Box]:
        return [Box(*chance.uniform(0, 0.5, 2), *chance.uniform(0.1, 0.5, 2)) for _ in range(count)]

    def shaken(box: Box) -> Box:
        return Box(*(np.array([box.x, box.y, box.width, box.height]) + chance.normal(0, 0.02, 4)).clip(0.01))

    truths = [Truth(boxes(3), boxes(1)) for _ in range(30)]
    found = [Found([*map(shaken, truth.boxes), *boxes(2)], chance.uniform(0, 1, 5).tolist()) for truth in truths]

    def row(number: int, picture: int, box: Box, **more: object) -> dict[str, object]:
        sides = [1000 * side for side in (box.x, box.y, box.width, box.height)]
        return {"id": number, "image_id": picture, "category_id": 0, "bbox": sides, "area": 1e6 * box.area, **more}

    annotations: list[dict[str, object]] = []
    for picture, truth in enumerate(truths):
        for box, crowd in [*((b, 0) for b in truth.boxes), *((b, 1) for b in truth.ignored)]:
            annotations.append(row(len(annotations) + 1, picture, box, iscrowd=crowd))
    reference = coco_api.COCO()
    images = [{"id": picture, "width": 1000, "height": 1000} for picture in range(len(truths))]
    reference.dataset = {"images": images, "annotations": annotations, "categories": [{"id": 0, "name": "any"}]}
    reference.createIndex()
    detections = [
        row(0, picture, box, score=score)
        for picture, one in enumerate(found)
        for box, score in zip(one.boxes, one.scores, strict=True)
    ]
    judged = evaluation.COCOeval(reference, reference.loadRes(detections), "bbox")
    judged.evaluate()
    judged.accumulate()
    judged.summarize()
    precision = average_precision(truths, found)
    assert precision.mean() == pytest.approx(judged.stats[0], abs=1e-3)
    assert precision[0] == pytest.approx(judged.stats[1], abs=1e-3)
