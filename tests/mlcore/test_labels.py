"""What the heads' numbers become: labels that fit the category, and a category weighed by two."""

from __future__ import annotations

import numpy as np
import pytest

from mlcore.labels import LABELS, labels_of, reconsidered
from mlcore.types import Box, Category, Detection, Label

TOPS, OUTERWEAR, TROUSERS, SKIRTS, DRESSES, ROMPERS = Category
BOX = Box(0.1, 0.1, 0.5, 0.5)


def heads() -> dict[str, np.ndarray]:
    """Every category alike: the second value at .7."""
    chances = {name: np.full((6, len(words)), 0.3 / (len(words) - 1), np.float32) for name, words in LABELS.items()}
    for rows in chances.values():
        rows[:, 1] = 0.7
    return chances


def opinion(**chances: float) -> np.ndarray:
    return np.array([chances.get(category.value, 0.0) for category in Category], np.float32)


def test_a_label_is_the_likeliest_value_for_the_garment_s_category():
    told = heads()
    told["garment_length"][list(Category).index(DRESSES)] = (0.1, 0.1, 0.8)
    assert labels_of(told, TOPS)["garment_length"] == Label("medium", 0.7)
    assert labels_of(told, DRESSES)["garment_length"] == Label("long", 0.8)


@pytest.mark.parametrize("category", [TROUSERS, SKIRTS])
def test_trousers_and_skirts_have_neither_sleeves_nor_collar(category: Category):
    assert set(labels_of(heads(), category)) == {"garment_length", "pattern"}


def test_a_model_without_heads_tells_no_labels():
    assert labels_of({}, TOPS) == {}


def test_two_who_agree_change_nothing():
    sure = Detection(BOX, TOPS, 0.9, runner_up=DRESSES, runner_up_score=0.1)
    got = reconsidered(sure, opinion(tops=0.9, dresses=0.1))
    assert (got.category, got.score, got.box, got.runner_up) == (TOPS, 0.9, BOX, DRESSES)


def test_a_sure_embedder_overrules_a_doubtful_detector():
    doubtful = Detection(BOX, OUTERWEAR, 0.4, runner_up=TOPS, runner_up_score=0.3)
    got = reconsidered(doubtful, opinion(tops=0.9, outerwear=0.1))
    # .3 × √.9 against .4 × √.1; the score stays that of the place.
    assert (got.category, got.score, got.runner_up) == (TOPS, 0.4, OUTERWEAR)
    assert got.runner_up_score == pytest.approx(0.4 * (0.4 * 0.1**0.5) / (0.3 * 0.9**0.5), abs=1e-4)


def test_a_doubtful_embedder_does_not_overrule_a_sure_detector():
    sure = Detection(BOX, ROMPERS, 0.9, runner_up=DRESSES, runner_up_score=0.05)
    assert reconsidered(sure, opinion(tops=0.6, rompers=0.2, dresses=0.2)).category == ROMPERS
