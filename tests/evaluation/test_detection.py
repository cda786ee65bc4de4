"""Average precision on cases that can be worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mlcore.evaluation import detection
from mlcore.evaluation.files import BadFile, read_json
from mlcore.types import Box, Category, Detection

LEFT, RIGHT, ASTRAY = [0.0, 0.0, 40.0, 100.0], [50.0, 0.0, 40.0, 100.0], [92.0, 92.0, 6.0, 6.0]


def truth(*rows: tuple[str, list[float], int], images: int = 1) -> dict[str, Any]:
    """Boxes as (category, box, iscrowd), all in the first image."""
    return {
        "images": [{"id": n, "file_name": f"{n}.png", "width": 100, "height": 100} for n in range(images)],
        "annotations": [
            {
                "id": number,
                "image_id": 0,
                "category_id": list(Category).index(Category(category)) + 10,
                "bbox": box,
                "area": box[2] * box[3],
                "iscrowd": crowd,
            }
            for number, (category, box, crowd) in enumerate(rows)
        ],
        "categories": [{"id": number + 10, "name": category.value} for number, category in enumerate(Category)],
    }


def parsed(*rows: tuple[str, list[float], int]) -> dict[str, Any]:
    return detection.parse(truth(*rows), Path("coco.json"))


def found(*rows: tuple[str, list[float], float], image: int = 0) -> list[dict[str, Any]]:
    return [{"image_id": image + 1, "category": c, "bbox": box, "score": score} for c, box, score in rows]


def test_a_perfect_detector_scores_one():
    result = detection.score(
        parsed(("tops", LEFT, 0), ("skirts", RIGHT, 0)), found(("tops", LEFT, 0.9), ("skirts", RIGHT, 0.4))
    )
    assert (result["map50_95"], result["map50"]) == (1.0, 1.0)
    assert result["per_category"] == {
        "tops": {"ap50_95": 1.0, "ap50": 1.0, "n": 1},
        "skirts": {"ap50_95": 1.0, "ap50": 1.0, "n": 1},
    }


def test_a_detector_that_finds_nothing_scores_zero():
    assert detection.score(parsed(("tops", LEFT, 0)), [])["map50_95"] == 0.0


def test_a_surer_false_alarm_halves_the_precision():
    result = detection.score(parsed(("tops", LEFT, 0)), found(("tops", ASTRAY, 0.9), ("tops", LEFT, 0.8)))
    assert result["map50"] == 0.5


def test_a_missed_garment_costs_its_share_of_recall():
    # One of two found: precision 1 up to recall .5, which is 51 of the 101 recalls.
    result = detection.score(parsed(("tops", LEFT, 0), ("tops", RIGHT, 0)), found(("tops", LEFT, 0.9)))
    assert result["map50"] == pytest.approx(51 / 101, abs=1e-4)


def test_a_loose_box_is_right_only_up_to_its_overlap():
    # IoU .72: right at .50, .55, .60, .65 and .70, wrong at the other five.
    result = detection.score(parsed(("tops", LEFT, 0)), found(("tops", [0.0, 0.0, 40.0, 72.0], 0.9)))
    assert (result["map50_95"], result["map50"]) == (0.5, 1.0)


def test_an_ignore_region_costs_nothing():
    boxes = parsed(("tops", LEFT, 0), ("tops", [50.0, 0.0, 50.0, 100.0], 1))
    within = found(("tops", [60.0, 20.0, 10.0, 10.0], 0.9), ("tops", LEFT, 0.8))
    assert detection.score(boxes, within)["map50_95"] == 1.0
    assert detection.score(boxes, found(("tops", LEFT, 0.8)))["map50_95"] == 1.0
    assert detection.score(boxes, within)["per_category"]["tops"]["n"] == 1


def test_the_right_place_under_another_category_is_wrong():
    assert detection.score(parsed(("tops", LEFT, 0)), found(("dresses", LEFT, 0.9)))["map50"] == 0.0


class Oracle:
    """A detector that has read the annotations."""

    def __init__(self, *detections: Detection) -> None:
        self.detections = list(detections)

    def candidates(self, pictures: list[np.ndarray], *, score: float) -> list[list[Detection]]:
        return [self.detections for _ in pictures]


@pytest.fixture
def annotated(tmp_path: Path) -> Path:
    Image.new("RGB", (200, 100), "white").save(tmp_path / "0.png")
    content = truth(("dresses", [20.0, 10.0, 60.0, 80.0], 0))
    (tmp_path / "coco.json").write_text(json.dumps(content))
    return tmp_path


def test_relative_boxes_are_measured_in_the_picture_s_own_pixels(annotated: Path):
    oracle = Oracle(Detection(Box(0.1, 0.1, 0.3, 0.8), Category.DRESSES, 0.9))
    result = detection.evaluate(oracle, annotated, annotated / "coco.json")  # type: ignore[arg-type]
    assert set(result) == {"map50_95", "map50", "per_category", "images", "ms_per_image"}
    assert (result["map50_95"], result["images"]) == (1.0, 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: c.pop("images"), "not a COCO file"),
        (lambda c: c.update(images=[]), "no image"),
        (lambda c: c["categories"][0].update(name="hats"), "no category hats"),
        (lambda c: c["annotations"][0].update(image_id=77), "not a COCO file"),
        (lambda c: c["images"].append(c["images"][0]), "an image id stands there twice"),
        (lambda c: c["categories"].append(c["categories"][0] | {"id": 99}), "a category stands there twice"),
        (lambda c: c["annotations"][0].update(bbox=[0, 0, float("nan"), 5]), "annotation 1: not a box"),
        (lambda c: c["annotations"][0].update(bbox=[0, 0, -5, 5]), "annotation 1: not a box"),
        (lambda c: c["annotations"][0].update(bbox=[[1], 0, 5, 5]), "annotation 1: not a box"),
        (lambda c: c["annotations"][0].update(bbox=None), "annotation 1: not a box"),
        (lambda c: c["annotations"][0].update(iscrowd="0"), "iscrowd"),
        (lambda c: c["annotations"][0].update(category_id=[1]), "not a COCO file"),
        (lambda c: c["images"][0].update(file_name="../0.png"), "leads out of"),
        (lambda c: c["images"][0].update(file_name="/etc/hostname"), "leads out of"),
        (lambda c: c["images"][0].update(file_name="a\0.png"), "not a file name"),
        (lambda c: c["annotations"][0].pop("bbox"), "not a COCO file"),
        (lambda c: c["annotations"][0].update(iscrowd=1), "no garment is boxed"),
        (lambda c: c["images"][0].update(file_name="absent.png"), "absent.png"),
    ],
)
def test_a_bad_file_is_named_with_its_reason(annotated: Path, change: Any, reason: str):
    path = annotated / "coco.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(BadFile, match=reason):
        detection.evaluate(Oracle(), annotated, path)  # type: ignore[arg-type]


def test_ids_of_any_kind_are_only_names():
    content = truth(("tops", LEFT, 0), ("tops", RIGHT, 0))  # annotations 0 and 1: pycocotools takes id 0 for no match
    content["images"][0]["id"] = "street"
    for annotation in content["annotations"]:
        annotation["image_id"] = "street"
        del annotation["id"]
    perfect = found(("tops", LEFT, 0.9), ("tops", RIGHT, 0.8))
    assert detection.score(detection.parse(content, Path("coco.json")), perfect)["map50_95"] == 1.0


@pytest.mark.parametrize("text", ["", "[" * 100_000, "9" * 5_000, '{"images": ', "\ud800"])
def test_what_is_not_json_is_a_bad_file(tmp_path: Path, text: str):
    path = tmp_path / "coco.json"
    path.write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(BadFile, match=r"coco\.json"):
        detection.parse(read_json(path), path)
