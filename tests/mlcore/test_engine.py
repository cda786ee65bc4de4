"""A model loads once, when it is first run, and serves several threads at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mlcore import engine
from mlcore.engine import Model, engine_name
from mlcore.manifest import model

SIDE = model("embedding").input_size


@pytest.fixture(params=["openvino", "onnxruntime"])
def embedder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Model:
    monkeypatch.setenv("GARDEROBE_ENGINE", request.param)
    return Model(model("embedding").path)


def batches(number: int) -> list[np.ndarray]:
    chance = np.random.default_rng(1)
    return [chance.standard_normal((1, 3, SIDE, SIDE)).astype(np.float32) for _ in range(number)]


def test_a_missing_file_is_noticed_when_it_is_first_run() -> None:
    absent = Model(Path("nowhere.onnx"))
    with pytest.raises(Exception, match=r"nowhere\.onnx"):
        absent.run(batches(1)[0])


def test_four_threads_get_what_one_gets_and_load_the_model_once(
    embedder: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads, load = [], engine._load
    monkeypatch.setattr(engine, "_load", lambda path, hint: loads.append(path) or load(path, hint))
    given = batches(8)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(embedder.run, given))
    assert loads == [embedder.path]
    for batch, answer in zip(given, together, strict=True):
        assert np.allclose(embedder.run(batch), answer, atol=1e-5)


def test_an_answer_stays_as_it_is_when_the_next_one_is_made(embedder: Model) -> None:
    one, other = batches(2)
    first = embedder.run(one)
    kept = first.copy()
    embedder.run(other)
    assert np.array_equal(first, kept)


def test_a_batch_is_answered_row_by_row(embedder: Model) -> None:
    given = batches(3)
    together = embedder.run(np.concatenate(given))
    assert together.shape == (3, 512)
    for row, batch in zip(together, given, strict=True):
        assert np.allclose(row, embedder.run(batch)[0], atol=1e-4)


@pytest.mark.parametrize(
    ("asked", "used"), [("onnxruntime", "onnxruntime"), ("openvino", "openvino"), ("", "openvino")]
)
def test_the_engine_is_the_one_asked_for_else_openvino(asked: str, used: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GARDEROBE_ENGINE", asked)
    assert engine_name() == used


def test_a_misspelt_engine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GARDEROBE_ENGINE", "openvin")
    with pytest.raises(ValueError, match="openvin"):
        engine_name()


def test_a_batch_dealt_out_to_several_requests_comes_back_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GARDEROBE_ENGINE", "openvino")
    given = np.concatenate(batches(5))
    path = model("embedding").path
    together = Model(path, hint="throughput").outputs(given)
    alone = Model(path, hint="latency").outputs(given)
    assert list(together) == list(alone)
    for name, answer in together.items():
        assert np.allclose(answer, alone[name], atol=1e-4)
