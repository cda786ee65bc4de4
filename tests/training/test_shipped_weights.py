"""The weights that come with the project: what their manifest says, and what they answered when they were released."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mlcore import manifest
from mlcore.detection import Detector
from mlcore.embedding import Embedder
from mlcore.engine import Model
from mlcore.types import Box
from tests.training.pictures import red_shirt

GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text())
"""Answers to `red_shirt()` of the shipped weights; renewed by `python -m tests.training.golden` with every new file."""


@pytest.mark.parametrize("task", ["detection", "embedding"])
def test_the_file_is_the_one_that_the_manifest_describes(task):
    manifest.model(task).check()


@pytest.mark.parametrize("task", ["detection", "embedding"])
def test_a_file_stays_below_25_megabytes(task):
    assert manifest.model(task).path.stat().st_size < 25e6


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_the_shipped_detector_answers_as_released(engine, monkeypatch):
    monkeypatch.setenv("GARDEROBE_ENGINE", engine)
    entry = manifest.model("detection")
    (found,) = Detector(entry, Model(entry.path)).detect([red_shirt()])
    assert [detection.category for detection in found] == [row["category"] for row in GOLDEN["detections"]]
    for detection, row in zip(found, GOLDEN["detections"], strict=True):
        assert detection.score == pytest.approx(row["score"], abs=0.02)
        assert detection.box.intersection_over_union(Box(*row["box"])) > 0.97


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_the_shipped_embedder_answers_as_released(engine, monkeypatch):
    monkeypatch.setenv("GARDEROBE_ENGINE", engine)
    entry = manifest.model("embedding")
    (vector,) = Embedder(entry, Model(entry.path)).embed([red_shirt()])
    assert float(vector @ np.array(GOLDEN["embedding"], np.float32)) > 0.999
