"""manage.py import_products, with a real worker: what is new, what is as before, what is refused, and what is left."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

import images.services
import images.tasks
from catalog import services
from catalog.feeds import FeedProduct
from catalog.models import Product
from images.index import vector_index
from images.models import Descriptor, Garment, Image
from mlcore.index.base import CollectionName, Range, Where
from mlcore.types import Category
from tests.catalog.conftest import eventually, stored_files, wait_until_ready
from tests.servers import Server

Draw, WriteFeed = Callable[..., Path], Callable[..., Path]
PRODUCTS = CollectionName.PRODUCTS


def run(feed: Path, pictures: Path, *options: str) -> tuple[str, list[str]]:
    """What the command says, and its refusals line by line."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_products", str(feed), "--images", str(pictures), *options, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue().splitlines()


def ids_in_index(where: Where | None = None) -> list[int]:
    if where is None:
        return list(vector_index().ids(PRODUCTS))
    vector = Descriptor.objects.get().vector
    return [hit.garment_id for hit in vector_index().search(PRODUCTS, vector, where=where, limit=10)]


def test_a_feed_becomes_products_that_are_described_and_in_the_index(
    worker: Server, shop: Path, draw: Draw, write_feed: WriteFeed
) -> None:
    draw("dress.jpg", 1, Category.DRESSES)
    draw("coat.jpg", 2, Category.OUTERWEAR)
    rows = [
        {"file": "dress.jpg", "sku": "D1", "title": "Dress", "category": "dresses", "price": "59.9", "currency": "eur"},
        {"file": "coat.jpg", "sku": "C1", "title": "Coat", "category": "outerwear", "in_stock": "no", "brand": "Luma"},
    ]
    feed = write_feed(rows)
    assert run(feed, shop) == ("products: 2 new, 0 as before, 0 refused", [])
    dress, coat = Product.objects.order_by("-sku")
    assert (dress.title, dress.category, dress.price, dress.currency) == ("Dress", "dresses", Decimal("59.90"), "EUR")
    assert (coat.brand, coat.price, coat.in_stock) == ("Luma", None, False)
    pictures = [product.pictures.get().image for product in (dress, coat)]
    assert [(p.stage, p.subject, p.price, p.in_stock) for p in pictures] == [
        ("ready", "dresses", 59.9, True),
        ("ready", "outerwear", None, False),
    ]
    garments = [picture.garments.get() for picture in pictures]
    assert [garment.category for garment in garments] == ["dresses", "outerwear"]
    assert list(vector_index().ids(PRODUCTS, Category.DRESSES)) == [garments[0].pk]
    assert list(vector_index().ids(PRODUCTS, Category.OUTERWEAR)) == [garments[1].pk]
    originals = sorted(picture.file.name for picture in pictures)
    assert stored_files() == originals + sorted(picture.thumbnail_name for picture in pictures)


def test_the_same_feed_again_changes_nothing(worker: Server, shop: Path, draw: Draw, write_feed: WriteFeed) -> None:
    draw("dress.jpg")
    feed = write_feed([{"file": "dress.jpg", "sku": "D1", "category": "dresses", "price": "59.90"}])
    run(feed, shop)

    def everything() -> tuple[object, ...]:
        return (*(list(model.objects.values()) for model in (Image, Garment, Product)), stored_files())

    before = everything()
    assert run(feed, shop) == ("products: 0 new, 1 as before, 0 refused", [])
    assert everything() == before


def test_a_new_price_reaches_the_index_without_a_model_run(
    worker: Server, shop: Path, draw: Draw, write_feed: WriteFeed
) -> None:
    draw("dress.jpg")
    row = {"file": "dress.jpg", "sku": "D1", "category": "dresses"}
    run(write_feed([{**row, "price": "59.90"}]), shop)
    described = (Garment.objects.values().get(), Image.objects.get().attempts)
    said, _ = run(write_feed([{**row, "price": "39.90", "in_stock": "no"}]), shop)
    assert said == "products: 0 new, 0 as before, 0 refused"
    assert Product.objects.get().price == Decimal("39.90")
    cheaper = Where(price=Range(39.0, 40.0), in_stock=False)
    eventually(lambda: ids_in_index(cheaper) == [described[0]["id"]], "the index knows the new price")
    wait_until_ready()
    assert (Garment.objects.values().get(), Image.objects.get().attempts) == described
    assert ids_in_index(Where(price=Range(59.0, 60.0))) == []


def test_a_new_picture_takes_the_place_of_the_old_one_everywhere(
    worker: Server, shop: Path, draw: Draw, write_feed: WriteFeed
) -> None:
    draw("dress.jpg", 1)
    feed = write_feed([{"file": "dress.jpg", "sku": "D1", "category": "dresses"}])
    run(feed, shop)
    old, product = Image.objects.get(), Product.objects.get()
    draw("dress.jpg", 2)
    assert run(feed, shop)[0] == "products: 1 new, 0 as before, 0 refused"
    new = Image.objects.get()
    assert new.pk != old.pk
    assert Product.objects.get() == product
    assert product.pictures.get().image == new
    assert stored_files() == [new.file.name, new.thumbnail_name]
    eventually(lambda: ids_in_index() == [new.garments.get().pk], "only the new garment is in the index")


def test_another_category_describes_the_picture_again_in_its_partition_with_its_new_price(
    worker: Server, shop: Path, draw: Draw, write_feed: WriteFeed
) -> None:
    draw("dress.jpg")
    row = {"file": "dress.jpg", "sku": "D1"}
    run(write_feed([{**row, "category": "dresses", "price": "59.90"}]), shop)
    old = Garment.objects.get()
    said, _ = run(write_feed([{**row, "category": "rompers", "price": "39.90"}]), shop)
    assert said == "products: 1 new, 0 as before, 0 refused"
    wait_until_ready()
    new = Garment.objects.get()
    assert new.pk != old.pk
    assert new.category == "rompers"
    assert (Product.objects.get().category, Image.objects.get().price) == ("rompers", 39.9)
    eventually(lambda: ids_in_index() == [new.pk], "the old garment left the index")
    assert list(vector_index().ids(PRODUCTS, Category.ROMPERS)) == [new.pk]
    assert ids_in_index(Where(price=Range(39.0, 40.0))) == [new.pk]


def test_what_is_refused_is_named_with_its_line_and_the_rest_is_imported(
    db: None, queue: object, shop: Path, draw: Draw, write_feed: WriteFeed
) -> None:
    draw("dress.jpg")
    draw("skirt.jpg", category=Category.SKIRTS)
    (shop / "broken.jpg").write_bytes((shop / "dress.jpg").read_bytes()[:2000])
    (shop / "text.jpg").write_text("no picture")
    feed = write_feed([
        {"file": "broken.jpg", "sku": "1", "price": "1"},
        {"file": "text.jpg", "sku": "2", "price": "1"},
        {"file": "missing.jpg", "sku": "3", "price": "1"},
        {"file": "../feed.csv", "sku": "4", "price": "1"},
        {"file": "dress.jpg", "sku": "5", "price": "NaN"},
        {"file": "dress.jpg", "sku": "6", "price": "1"},
        {"file": "skirt.jpg", "sku": "6", "price": "2"},
    ])  # fmt: skip
    said, refused = run(feed, shop, "--no-wait")
    assert said == "products: 1 new, 0 as before, 6 refused"
    assert sorted(refused) == [
        "refused  line 2: the picture is damaged or cut short",
        "refused  line 3: not a JPEG, PNG, WebP or HEIC picture",
        "refused  line 4: missing.jpg is not in the picture folder",
        "refused  line 5: ../feed.csv lies outside the picture folder",
        "refused  line 6: the price 'NaN' is out of range",
        "refused  line 8: the sku 6 is that of line 7",
    ]
    assert Product.objects.get().price == Decimal("1.00")
    assert stored_files() == [Image.objects.get().file.name]


def test_a_sku_that_comes_twice_is_refused_however_far_apart(
    db: None, queue: object, shop: Path, draw: Draw, write_feed: WriteFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.importing.BATCH", 1)
    draw("dress.jpg")
    draw("skirt.jpg", category=Category.SKIRTS)
    feed = write_feed([{"file": "dress.jpg", "sku": "1"}, {"file": "skirt.jpg", "sku": "1"}])
    assert run(feed, shop, "--no-wait") == (
        "products: 1 new, 0 as before, 1 refused",
        ["refused  line 3: the sku 1 is that of line 2"],
    )


def test_a_feed_of_which_nothing_can_be_taken_is_an_error(db: None, shop: Path, write_feed: WriteFeed) -> None:
    with pytest.raises(CommandError, match="nothing was imported"):
        run(write_feed([{"file": "missing.jpg"}]), shop)


def test_what_is_no_feed_and_no_folder_is_an_error(db: None, tmp_path: Path, shop: Path, write_feed: WriteFeed) -> None:
    with pytest.raises(CommandError, match="no column names the picture"):
        run(write_feed([{"sku": "1"}]), shop)
    with pytest.raises(CommandError, match="is not a folder"):
        run(write_feed([{"file": "1"}]), tmp_path / "missing")


@pytest.mark.parametrize(("limit", "taken"), [("0", []), ("2", ["0", "1"])])
def test_a_limit_takes_the_first_rows(
    db: None, queue: object, shop: Path, draw: Draw, write_feed: WriteFeed, limit: str, taken: list[str]
) -> None:
    rows = [{"file": draw(f"{number}.jpg", number).name} for number in range(3)]
    run(write_feed(rows), shop, "--no-wait", "--limit", limit)
    assert sorted(Product.objects.values_list("sku", flat=True)) == taken


def test_an_import_that_is_rolled_back_leaves_no_file_and_no_row(
    db: None, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_images: object) -> None:
        raise RuntimeError("the machine caught fire")

    monkeypatch.setattr(images.services, "queue_description", fail)
    products = [FeedProduct(file=draw(f"{n}.jpg", n), sku=str(n), title="A dress") for n in range(3)]
    with pytest.raises(RuntimeError, match="caught fire"):
        services.import_products(products)
    assert (Product.objects.count(), Image.objects.count(), stored_files()) == (0, 0, [])


def test_an_import_that_breaks_off_while_pictures_are_read_leaves_no_file(
    db: None, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_product: object) -> None:
        raise KeyboardInterrupt

    products = [FeedProduct(file=draw(f"{n}.jpg", n), sku=str(n), title="A dress") for n in range(2)]
    services.import_products(products[1:])
    monkeypatch.setattr(services, "_digest", interrupt)  # of the second, which is known already
    with pytest.raises(KeyboardInterrupt):
        services.import_products(products)
    assert stored_files() == [Image.objects.get().file.name]


def test_an_import_that_breaks_off_after_its_commit_keeps_rows_and_files(
    transactional_db: None, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(**_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(images.tasks.describe, "apply_async", interrupt)
    with pytest.raises(KeyboardInterrupt):
        services.import_products([FeedProduct(file=draw("dress.jpg"), sku="1", title="A dress")])
    assert stored_files() == [Image.objects.get().file.name]


def test_an_update_that_is_rolled_back_keeps_the_old_picture(
    transactional_db: None, queue: object, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not queued: the worker of this file would add a thumbnail whenever it comes to it.
    monkeypatch.setattr(images.services, "queue_description", lambda _images: None)
    services.import_products([FeedProduct(file=draw("old.jpg", 1), sku="1", title="A dress")])
    before = stored_files()

    def fail(_images: object) -> None:
        raise RuntimeError("the machine caught fire")

    monkeypatch.setattr(images.services, "queue_description", fail)
    with pytest.raises(RuntimeError, match="caught fire"):
        services.import_products([FeedProduct(file=draw("new.jpg", 2), sku="1", title="A dress")])
    assert stored_files() == before == [Image.objects.get().file.name]
