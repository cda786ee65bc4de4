"""`python -m mlcore analyse`: what a person at the command line sees."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from catalog.drawn import draw_look
from mlcore.__main__ import main
from mlcore.images import decode
from mlcore.pipeline import pipeline
from mlcore.types import Category
from tests.servers import ROOT

LINE = re.compile(
    r"  (?P<category>[a-z]+) +(?P<score>0\.\d\d|1\.00)  quality (?P<quality>[01]\.\d\d)  "
    r"box (?P<box>[01]\.\d{3}( [01]\.\d{3}){3})  (?P<colours>[a-z ]+ #[0-9a-f]{6} \d+%.*)"
)
NAMES = {
    "category", "score", "runner_up", "runner_up_score", "box", "colours", "labels", "quality", "embedding",
}  # fmt: skip


@pytest.fixture
def look(tmp_path: Path) -> Path:
    path = tmp_path / "look.png"
    path.write_bytes(draw_look(9_100).png())
    return path


def test_the_table_has_a_line_for_each_garment(look: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyse", str(look)]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    with look.open("rb") as file:
        [analysis] = pipeline().analyse([decode(file)])
    assert head.startswith(f"{look}  480×720  detect ")
    assert len(lines) == len(analysis.garments) >= 2
    for line, garment in zip(lines, analysis.garments, strict=True):
        found = LINE.fullmatch(line)
        assert found, line
        assert found["category"] == garment.detection.category
        assert float(found["score"]) == pytest.approx(garment.detection.score, abs=0.0051)
        assert garment.colours[0].hex in found["colours"]


def test_a_picture_without_garments_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (300, 400), (200, 200, 200)).save(tmp_path / "wall.png")
    assert main(["analyse", str(tmp_path / "wall.png")]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "  no garment found"


def test_json_is_one_object_a_line_with_every_number(look: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyse", "--json", str(look), str(look)]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert set(first) == {"picture", "width", "height", "garments", "timings_ms"}
    assert (first["picture"], first["width"], first["height"]) == (str(look), 480, 720)
    assert first["garments"] == second["garments"]
    for garment in first["garments"]:
        assert set(garment) == NAMES
        assert garment["category"] in set(Category)
        assert set(garment["box"]) == {"x", "y", "width", "height"}
        assert all(set(colour) == {"name", "hex", "share"} for colour in garment["colours"])
        assert len(garment["embedding"]) == 512
        assert np.linalg.norm(garment["embedding"]) == pytest.approx(1.0, abs=1e-4)


def test_drawing_writes_the_picture_with_its_boxes(look: Path, tmp_path: Path) -> None:
    out = tmp_path / "seen.png"
    assert main(["analyse", str(look), "--draw", str(out)]) == 0
    plain, seen = Image.open(look), Image.open(out)
    assert seen.size == plain.size
    changed = (np.asarray(plain.convert("RGB")) != np.asarray(seen)).any(axis=2).mean()
    assert 0.01 < changed < 0.5


def test_several_pictures_are_drawn_into_numbered_files(look: Path, tmp_path: Path) -> None:
    assert main(["analyse", str(look), str(look), "--draw", str(tmp_path / "seen.png")]) == 0
    assert (tmp_path / "seen.png").read_bytes() == (tmp_path / "seen-2.png").read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("list.txt", b"milk, eggs", "not a JPEG, PNG, WebP or HEIC picture"),
        ("empty.jpg", b"", "the file is empty"),
        ("gone.jpg", None, "No such file or directory"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_others_are_still_analysed(
    name: str, content: bytes | None, message: str, look: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert main(["analyse", str(tmp_path / name), str(look)]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"{tmp_path / name}: ")
    assert message in said.err
    assert said.err.count("\n") == 1
    assert said.out.startswith(f"{look}  480×720")


@pytest.mark.parametrize("target", ["nowhere/seen.png", "seen.picture"])
def test_a_drawing_that_cannot_be_written_is_named(
    target: str, look: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyse", str(look), "--draw", str(tmp_path / target)]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"{tmp_path / target}: ")
    assert said.out.startswith(f"{look}  480×720")


def test_the_command_runs_as_a_process(look: Path) -> None:
    command = [sys.executable, "-m", "mlcore", "analyse", "--json", str(look), "missing.jpg"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert json.loads(done.stdout)["picture"] == str(look)
    assert "missing.jpg: " in done.stderr
    assert "Traceback" not in done.stderr
