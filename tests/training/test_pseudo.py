"""What the tags of a street photograph make of a detector's proposals."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from mlcore.training import coco, pseudo
from mlcore.types import Box, Category, Detection

TOP, BOTTOM, COAT = Box(0.3, 0.2, 0.4, 0.3), Box(0.3, 0.5, 0.4, 0.4), Box(0.2, 0.2, 0.6, 0.6)


def seen(
    box: Box, category: Category, score: float, runner_up: Category | None = None, second: float = 0.0
) -> Detection:
    return Detection(box, category, score, runner_up=runner_up, runner_up_score=second)


def test_what_is_not_tagged_is_not_believed():
    proposals = [seen(TOP, Category.TOPS, 0.9), seen(BOTTOM, Category.SKIRTS, 0.8), seen(COAT, Category.DRESSES, 0.5)]
    assert pseudo.believed(proposals, ["skirt", "t-shirt", "bag"]) == proposals[:2]


def test_a_tag_settles_which_of_two_categories_it_is():
    proposals = [seen(BOTTOM, Category.SKIRTS, 0.4, Category.TROUSERS, 0.3)]
    (found,) = pseudo.believed(proposals, ["shorts"])
    assert (found.category, found.score) == (Category.TROUSERS, 0.3)


def test_a_picture_whose_tagged_garment_is_not_found_is_left_out():
    assert pseudo.believed([seen(TOP, Category.TOPS, 0.9)], ["shirt", "jeans"]) == []


def test_a_doubtful_tag_allows_and_demands_nothing():
    top = seen(TOP, Category.TOPS, 0.9)
    vest = seen(COAT, Category.OUTERWEAR, 0.6)
    assert pseudo.believed([top], ["shirt", "vest"]) == [top]
    assert pseudo.believed([top, vest], ["shirt", "vest"]) == [top, vest]


def test_a_faint_proposal_is_not_believed():
    assert pseudo.believed([seen(TOP, Category.TOPS, 0.14)], ["shirt"]) == []


class Mirrored:
    """Sees one garment in the picture and its place in the mirror, a little off."""

    def detect(self, pictures: list[np.ndarray], *, score: float) -> list[list[Detection]]:
        return [
            [seen(Box(0.1, 0.2, 0.4, 0.3), Category.TOPS, 0.8, Category.DRESSES, 0.3)],
            [seen(Box(0.52, 0.22, 0.4, 0.3), Category.TOPS, 0.6, Category.DRESSES, 0.1)],
        ]


def test_both_sides_of_the_mirror_are_averaged():
    (found,) = pseudo.propose(Mirrored(), np.zeros((10, 10, 3), np.uint8))  # type: ignore[arg-type]
    assert (found.box.x, found.box.y, found.box.width) == pytest.approx((0.09, 0.21, 0.4))
    assert (found.category, found.score, found.runner_up) == (Category.TOPS, pytest.approx(0.7), Category.DRESSES)


def test_boxed_pictures_only_train(tmp_path):
    source = tmp_path / "street"
    (source / "images").mkdir(parents=True)
    for name in ("1.jpg", "2.jpg", "3.jpg"):
        Image.new("RGB", (100, 200)).save(source / "images" / name)
    rows = [("1.jpg", ["t-shirt"]), ("2.jpg", ["jeans"]), ("3.jpg", ["t-shirt"])]
    (source / "tags.json").write_text(json.dumps([{"file": file, "tags": tags} for file, tags in rows]))
    report = pseudo.prepare(source, tmp_path / "boxed", detector=Mirrored(), leave_out=["3.jpg"])  # type: ignore[arg-type]
    (picture,) = coco.read(tmp_path / "boxed")
    assert (report.boxed, report.left_out) == (1, 1)
    assert (picture.path.name, picture.train_only) == ("1.jpg", True)
    assert (picture.garments[0].left, picture.garments[0].top) == pytest.approx((9.0, 42.0))
