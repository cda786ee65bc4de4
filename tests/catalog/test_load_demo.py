"""manage.py load_demo: a drawn catalogue, or a folder laid out as docs/demo.md says."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.drawn import demo_looks, demo_products, draw_look
from catalog.models import Photo, Product
from images.index import vector_index
from images.models import Garment, Image
from mlcore.index.base import CollectionName
from mlcore.types import Category
from tests.servers import Server

Draw, WriteFeed = Callable[..., Path], Callable[..., Path]


def load(*options: str) -> list[str]:
    out = io.StringIO()
    call_command("load_demo", *options, stdout=out, stderr=io.StringIO())
    return out.getvalue().splitlines()


def test_the_drawn_demo_is_stored_described_and_in_the_index(worker: Server) -> None:
    assert load("--products", "6", "--looks", "6") == ["drawn pictures: 12 new, 0 as before, 0 refused"]
    drawn = list(demo_products(6))
    stored = Product.objects.order_by("id")
    assert list(stored.values_list("sku", "title", "category", "brand", "currency", "licence")) == [
        (d.sku, d.title, d.garments[0].category.value, d.brand, "EUR", "AGPL-3.0-or-later") for d in drawn
    ]
    assert [str(product.price) for product in stored] == [d.price for d in drawn]
    assert list(Photo.objects.order_by("id").values_list("title", flat=True)) == [d.title for d in demo_looks(6)]
    assert {*Image.objects.values_list("stage", "attempts", "error")} == {("ready", 1, "")}
    of_products = Garment.objects.filter(image__kind="product").order_by("id")
    assert sorted(of_products.values_list("category", flat=True)) == sorted(Category)
    assert list(vector_index().ids(CollectionName.PRODUCTS)) == [garment.pk for garment in of_products]
    of_photos = Garment.objects.filter(image__kind="photo").order_by("id").values_list("pk", flat=True)
    assert list(vector_index().ids(CollectionName.PHOTOS)) == list(of_photos)
    assert len(of_photos) > 0
    assert load("--products", "6", "--looks", "6") == ["drawn pictures: 0 new, 12 as before, 0 refused"]


def test_the_drawn_demo_is_only_loaded_into_an_empty_catalogue_if_so_asked(db: None) -> None:
    assert load("--if-empty", "--no-wait", "--products", "1", "--looks", "0") == [
        "drawn pictures: 1 new, 0 as before, 0 refused"
    ]
    assert load("--if-empty", "--no-wait", "--products", "2", "--looks", "1") == []
    assert (Product.objects.count(), Photo.objects.count()) == (1, 0)


@pytest.fixture
def demo(shop: Path, draw: Draw, write_feed: WriteFeed) -> Path:
    """products.csv + products/ and street.csv + street/: two products, one photograph."""
    folder = shop.parent
    draw("1.jpg", 1, Category.TOPS)
    draw("2.jpg", 2, Category.SKIRTS)
    shop.rename(folder / "products")
    rows = [
        {"file": "1.jpg", "label": "T-Shirt", "six": "tops", "licence": "CC0", "source": "clothing-dataset"},
        {"file": "2.jpg", "label": "Skirt", "six": "skirts", "licence": "CC0", "source": "clothing-dataset"},
    ]
    write_feed(rows, "products.csv")
    (folder / "street").mkdir()
    (folder / "street" / "s.jpg").write_bytes(draw_look(1, size=(240, 360)).jpeg())
    write_feed([{"file": "s.jpg", "licence": "CC BY 2.0", "author": "Ada", "source": "chictopia"}], "street.csv")
    return folder


def test_a_folder_of_products_and_street_photographs_is_loaded(db: None, demo: Path) -> None:
    assert load("--photos", str(demo), "--no-wait") == [
        "products: 2 new, 0 as before, 0 refused",
        "photographs: 1 new, 0 as before, 0 refused",
    ]
    assert sorted(Product.objects.values_list("sku", "title", "category", "licence", "source")) == [
        ("1", "T-Shirt", "tops", "CC0", "clothing-dataset"),
        ("2", "Skirt", "skirts", "CC0", "clothing-dataset"),
    ]
    assert Photo.objects.values_list("photographer", "licence", "source").get() == ("Ada", "CC BY 2.0", "chictopia")


def test_a_folder_of_either_is_enough_and_street_needs_no_credits(db: None, demo: Path) -> None:
    (demo / "products.csv").unlink()
    (demo / "street.csv").unlink()
    assert load("--photos", str(demo), "--no-wait") == ["photographs: 1 new, 0 as before, 0 refused"]
    assert Product.objects.count() == 0


def test_a_folder_of_neither_is_an_error(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="holds neither products"):
        load("--photos", str(tmp_path))
