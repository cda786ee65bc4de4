"""Boxes and tables as people write them, wrong ones included."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mlcore.evaluation.files import BadFile, box_of, read_csv
from mlcore.types import Box

PICTURE = np.zeros((100, 200, 3), np.uint8)


def box(x: str, y: str, w: str, h: str) -> Box | None:
    return box_of({"file": "1.jpg", "x": x, "y": y, "w": w, "h": h}, PICTURE, Path("labels.csv"))


def test_a_box_in_pixels_becomes_relative_and_is_cut_at_the_frame():
    assert box("50", "10", "100", "50") == Box(0.25, 0.1, 0.5, 0.5)
    assert box("-10", "50", "110", "80") == Box(0.0, 0.5, 0.5, 0.5)


def test_no_box_is_the_whole_picture():
    assert box("", "", "", "") is None


@pytest.mark.parametrize(
    "sides",
    [("1", "1", "", ""), ("nan", "1", "5", "5"), ("1", "1", "inf", "5"), ("1", "1", "0", "5"), ("500", "1", "5", "5"),
     ("-9", "1", "5", "5"), ("a", "1", "5", "5")],
)  # fmt: skip
def test_what_shows_nothing_of_the_picture_is_no_box(sides: tuple[str, str, str, str]):
    with pytest.raises(BadFile, match="not a box"):
        box(*sides)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no column"),
        ("file\n", "no row"),
        ("other\n1\n", "no column file"),
        ("category,file\ntops\n", "cut short"),
        ("file\n\udcff\n", "labels.csv"),
    ],
)
def test_a_table_that_is_not_one_is_refused(tmp_path: Path, text: str, reason: str):
    path = tmp_path / "labels.csv"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(BadFile, match=reason):
        read_csv(path, ("file",))


def test_a_table_from_a_spreadsheet_is_read(tmp_path: Path):
    path = tmp_path / "labels.csv"
    path.write_text("\ufefffile,more\n1.jpg,x\n", encoding="utf-8")
    assert read_csv(path, ("file",)) == [{"file": "1.jpg", "more": "x"}]
