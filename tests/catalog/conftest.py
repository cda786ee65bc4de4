"""Catalogues on a disk, and the wait for the worker."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from django.conf import settings

from catalog.drawn import draw_product
from images.models import Image, Stage
from mlcore.types import Category

Rows = Sequence[Mapping[str, str]]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder for a shop's pictures."""
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


@pytest.fixture
def draw(shop: Path) -> Callable[..., Path]:
    """Put a small drawn product picture into the shop's folder."""

    def draw(name: str, seed: int = 0, category: Category = Category.DRESSES) -> Path:
        path = shop / name
        path.write_bytes(draw_product(seed, category=category, size=(240, 320)).jpeg())
        return path

    return draw


@pytest.fixture
def write_feed(tmp_path: Path) -> Callable[..., Path]:
    def write(rows: Rows, name: str = "feed.csv") -> Path:
        path = tmp_path / name
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(column for row in rows for column in row)))
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


def stored_files() -> list[str]:
    """Every file in the storage, by the folder that names its kind and its name."""
    root = Path(settings.MEDIA_ROOT)
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def eventually(true: Callable[[], bool], what: str, within_s: float = 30.0) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, f"after {within_s:g} s still not: {what}"
        time.sleep(0.05)


def wait_until_ready() -> None:
    eventually(
        lambda: not Image.objects.filter(stage__in=(Stage.STORED, Stage.DESCRIBED)).exists(), "every picture described"
    )
