"""Nothing is lost and nothing is there twice, whatever dies in the middle of an import."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalog.drawn import draw_look, draw_product
from images.queueing import lists
from mlcore.index.base import CollectionName
from mlcore.types import Category
from tests.flows.installation import Installation, eventually

PRODUCTS, PHOTOS = 20, 20
RECOVERY = {"DESCRIBE_LEASE_S": "2", "TASK_VISIBILITY_S": "4", "SWEEP_EVERY_S": "1"}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue laid out as docs/demo.md says, with 20 products and 20 street photographs, no two alike."""
    folder = tmp_path_factory.mktemp("catalogue")
    (folder / "products").mkdir()
    (folder / "street").mkdir()
    categories = list(Category)
    with (folder / "products.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "label", "six", "licence", "source"])
        for number in range(PRODUCTS):
            category = categories[number % len(categories)]
            drawing = draw_product(number, category=category, size=(240, 320))
            (folder / "products" / f"{number}.jpg").write_bytes(drawing.jpeg())
            rows.writerow([f"{number}.jpg", drawing.title, category.value, "CC0", "drawn"])
    for number in range(PHOTOS):
        (folder / "street" / f"{number}.jpg").write_bytes(draw_look(number, size=(240, 360)).jpeg())
    return folder


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database file."""
    installation = Installation()
    installation.manage("migrate", "--verbosity", "0")
    kept = tmp_path_factory.mktemp("database") / "empty.sqlite3"
    shutil.copy(installation.database.file, kept)
    installation.stop()
    return kept


@pytest.fixture
def installed(migrated: Path) -> Iterator[Callable[..., Installation]]:
    made: list[Installation] = []

    def make(**environment: str) -> Installation:
        installation = Installation(**{**RECOVERY, **environment})
        made.append(installation)
        shutil.copy(migrated, installation.database.file)
        installation.start()
        return installation

    yield make
    for installation in made:
        installation.stop()


def import_half_of(pictures: Path, installation: Installation) -> None:
    """Import everything; come back when some pictures are ready and the worker holds others."""
    installation.manage("load_demo", "--photos", str(pictures), "--no-wait")
    eventually(
        lambda: 0 < installation.database.stages()["ready"] < PRODUCTS + PHOTOS and installation.database.claimed() > 0,
        "some pictures ready, others in work",
    )


def wait_for_all(installation: Installation) -> None:
    eventually(lambda: set(installation.database.stages()) == {"ready"}, "all ready", within_s=60)


def assert_nothing_lost_nothing_twice(installation: Installation) -> None:
    database, index = installation.database, installation.index
    assert database.stages() == {"ready": PRODUCTS + PHOTOS}
    for kind, collection in (("product", CollectionName.PRODUCTS), ("photo", CollectionName.PHOTOS)):
        ids = database.garment_ids(kind)
        assert sorted(index.ids(collection)) == ids
        assert index.count(collection) == len(ids)
    per_product = database.rows(
        "SELECT i.id, count(g.id) FROM images_image i LEFT JOIN images_garment g ON g.image_id = i.id "
        "WHERE i.kind = 'product' GROUP BY i.id"
    )
    assert [number for _, number in per_product] == [1] * PRODUCTS
    boxes = database.rows("SELECT image_id, category, x, y, width, height FROM images_garment")
    assert len(set(boxes)) == len(boxes)
    assert database.rows("SELECT garment_id FROM images_descriptor ORDER BY 1") == database.rows(
        "SELECT id FROM images_garment ORDER BY 1"
    )
    kept = installation.folder / "pictures"
    assert len(list(kept.glob("product/*/*.jpg"))) == PRODUCTS
    assert len(list(kept.glob("photo/*/*.jpg"))) == PHOTOS
    assert len(list(kept.glob("thumbnails/*/*.jpg"))) == PRODUCTS + PHOTOS


def test_a_worker_that_is_killed_half_way_loses_nothing(installed: Callable[..., Installation], pictures: Path) -> None:
    installation = installed()
    import_half_of(pictures, installation)
    installation.worker.kill()
    left = installation.database.stages()
    assert left["ready"] > 0
    assert left["ready"] < PRODUCTS + PHOTOS
    installation.start_worker()
    wait_for_all(installation)
    assert_nothing_lost_nothing_twice(installation)


def test_a_milvus_that_is_killed_half_way_gets_everything_once_it_is_back(
    installed: Callable[..., Installation], pictures: Path
) -> None:
    installation = installed()
    import_half_of(pictures, installation)
    installation.milvus.kill()
    eventually(lambda: installation.database.stages()["described"] > 0, "a picture waits for the index")
    assert installation.database.stages()["stored"] > 0
    installation.restart_milvus()
    wait_for_all(installation)
    assert_nothing_lost_nothing_twice(installation)


def test_messages_that_redis_forgot_are_sent_again(installed: Callable[..., Installation], pictures: Path) -> None:
    installation = installed(QUEUE_PATIENCE_S="3", DESCRIBE_LEASE_S="5")
    import_half_of(pictures, installation)
    assert waiting(installation) > 0
    installation.client.flushall()
    assert waiting(installation) == 0
    wait_for_all(installation)
    assert_nothing_lost_nothing_twice(installation)


def waiting(installation: Installation) -> int:
    """Messages of the import in Redis."""
    return sum(installation.client.llen(name) for name in lists("index"))
