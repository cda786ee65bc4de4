"""Accuracy and F1 by hand, and what counts as a right colour."""

from __future__ import annotations

import pytest

from mlcore.evaluation import confusions, labels


def test_accuracy_counts_na_and_says_what_remains_without_it():
    result = labels.score([("long", "long"), ("long", "short"), ("na", "na"), ("na", "na")])
    assert (result["accuracy"], result["n"]) == (0.75, 4)
    assert (result["accuracy_where_worn"], result["n_where_worn"]) == (0.5, 2)


def test_a_value_where_the_category_has_none_is_wrong():
    assert labels.score([("na", "crew")])["accuracy"] == 0.0


def test_macro_f1_is_the_mean_over_the_values_that_occur():
    # long: precision 1, recall 1/2 → 2/3; short: precision 1/2, recall 1 → 2/3; "none" occurs in no truth.
    result = labels.score([("long", "long"), ("long", "short"), ("short", "short")])
    assert result["macro_f1"] == pytest.approx(2 / 3, abs=1e-4)


def test_a_confusion_counts_the_answers_to_each_truth():
    result = confusions.score([("tops", "tops", True), ("tops", "none", False), ("tops", "none", False)])
    assert result == {"accuracy": 0.3333, "n": 3, "confusion": {"tops": {"none": 2, "tops": 1}}}
