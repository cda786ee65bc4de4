"""The manifest: which file for which task, and a version that moves when, and only when, the numbers would."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from mlcore.manifest import SHIPPED, ModelEntry, ModelMissing, model, weights_folder
from mlcore.types import Category

TABLE = """
[finder]
file = "finder.onnx"
sha256 = "{digest}"
task = "detection"
input_size = 320
mean = [0.0, 1.0, 2.0]
std = [255.0, 255.0, 255.0]
pad = 114
classes = ["tops", "outerwear", "trousers", "skirts", "dresses", "rompers"]
licence = "AGPL-3.0"
"""


def entry(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: str) -> ModelEntry:
    """The detection model of a manifest with some texts replaced."""
    text = TABLE.format(digest=hashlib.sha256(b"weights").hexdigest())
    for old, new in changes.items():
        text = text.replace(old, new)
    (folder / "manifest.toml").write_text(text)
    monkeypatch.setenv("GARDEROBE_WEIGHTS", str(folder))
    return model.__wrapped__("detection")  # type: ignore[no-any-return]


def test_an_entry_says_where_the_file_is_and_how_it_is_fed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = entry(tmp_path, monkeypatch)
    assert (found.name, found.task, found.path) == ("finder", "detection", tmp_path / "finder.onnx")
    assert (found.input_size, found.pad, found.classes) == (320, 114, tuple(Category))
    assert np.array_equal(found.mean, np.array([[[0.0]], [[1.0]], [[2.0]]], np.float32))
    assert found.std.shape == (3, 1, 1)


def test_a_file_that_is_there_and_the_one_described_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = entry(tmp_path, monkeypatch)
    with pytest.raises(ModelMissing, match=r"finder\.onnx is missing"):
        found.check()
    found.path.write_bytes(b"other weights")
    with pytest.raises(ModelMissing, match="sha256 differs"):
        found.check()
    found.path.write_bytes(b"weights")
    found.check()


def test_the_version_is_twelve_hexadecimal_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = entry(tmp_path, monkeypatch).version
    assert len(version) == 12
    assert set(version) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    ("old", "new", "moves"),
    [
        ("320", "416", True),
        ("114", "255", True),
        ("[0.0, 1.0, 2.0]", "[0.0, 1.0, 2.5]", True),
        ('sha256 = "', 'sha256 = "00', True),
        ('"tops", "outerwear"', '"outerwear", "tops"', True),
        ("AGPL-3.0", "MIT", False),
        ("[finder]", "[seeker]", False),
        ("finder.onnx", "renamed.onnx", False),
    ],
)
def test_the_version_moves_with_what_changes_the_numbers(
    old: str, new: str, moves: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = entry(tmp_path, monkeypatch).version
    assert (entry(tmp_path, monkeypatch, **{old: new}).version != before) is moves


def test_without_a_manifest_or_the_task_in_it_the_model_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GARDEROBE_WEIGHTS", str(tmp_path))
    with pytest.raises(ModelMissing, match=r"manifest\.toml is missing"):
        model.__wrapped__("detection")
    with pytest.raises(ModelMissing, match="names no model for detection"):
        entry(tmp_path, monkeypatch, **{'"detection"': '"embedding"'})


def test_the_shipped_weights_lie_beside_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GARDEROBE_WEIGHTS", raising=False)
    assert weights_folder() == SHIPPED
    assert model("embedding").input_size == 192
