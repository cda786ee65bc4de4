"""Feeds of other people: what their columns mean, and what of a row is refused with which words."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from catalog.feeds import BadFeed, BadRow, Credit, FeedProduct, credit, inside, product, read_rows
from mlcore.types import Category

Feed = Callable[[str | bytes], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A picture folder with one file, `coat.jpg`."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "coat.jpg").write_bytes(b"a picture")
    return folder


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "feed.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refusal(folder: Path, **row: str) -> str:
    with pytest.raises(BadRow) as refused:
        product({"file": "coat.jpg", **row}, folder=folder)
    return str(refused.value)


def test_rows_come_with_their_line_and_our_names_whatever_the_feed_calls_its_columns(feed: Feed) -> None:
    path = feed("Image ,ID,Name,AVAILABLE,license,Author,weight\na.jpg,7,A,yes,CC0,Ada,3 kg\nb.jpg,8,B,no,,,\n")
    assert list(read_rows(path)) == [
        (2, {"file": "a.jpg", "sku": "7", "title": "A", "in_stock": "yes", "licence": "CC0", "photographer": "Ada"}),
        (3, {"file": "b.jpg", "sku": "8", "title": "B", "in_stock": "no", "licence": "", "photographer": ""}),
    ]


def test_our_own_column_name_wins_over_an_alias(feed: Feed) -> None:
    assert list(read_rows(feed("label,title,file\nalias,ours,a.jpg\n"))) == [(2, {"file": "a.jpg", "title": "ours"})]


def test_the_flat_lay_layout_of_the_demo_is_read(feed: Feed, folder: Path) -> None:
    [(_, row)] = read_rows(feed("file,label,six,licence,source\ncoat.jpg,Coat,outerwear,CC0,clothing-dataset\n"))
    assert product(row, folder=folder) == FeedProduct(
        file=folder.resolve() / "coat.jpg",
        sku="coat",
        title="Coat",
        category=Category.OUTERWEAR,
        licence="CC0",
        source="clothing-dataset",
    )


def test_the_shop_layout_of_the_demo_is_read(feed: Feed, folder: Path) -> None:
    header = "file,category,article_type,base_colour,gender,season,usage,name"
    [(_, row)] = read_rows(feed(f"{header}\ncoat.jpg,tops,Tshirts,Navy Blue,Men,Fall,Casual,Turtle Check Shirt\n"))
    assert product(row, folder=folder) == FeedProduct(
        file=folder.resolve() / "coat.jpg", sku="coat", title="Turtle Check Shirt", category=Category.TOPS
    )


def test_a_byte_order_mark_is_no_part_of_the_first_column(feed: Feed) -> None:
    assert list(read_rows(feed(b"\xef\xbb\xbffile,sku\r\na.jpg,1\r\n"))) == [(2, {"file": "a.jpg", "sku": "1"})]


def test_a_quoted_value_may_hold_line_breaks_and_the_line_counted_is_its_last(feed: Feed) -> None:
    rows = list(read_rows(feed('file,description\na.jpg,"two\nlines"\nb.jpg,\n')))
    assert rows == [(3, {"file": "a.jpg", "description": "two\nlines"}), (4, {"file": "b.jpg", "description": ""})]


def test_a_row_may_be_shorter_or_longer_than_the_header(feed: Feed) -> None:
    assert list(read_rows(feed("file,sku\na.jpg\nb.jpg,2,more,and more\n"))) == [
        (2, {"file": "a.jpg", "sku": ""}),
        (3, {"file": "b.jpg", "sku": "2"}),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("sku,title\n1,A coat\n", "no column names the picture (one of file, image, filename, picture)"),
        ("", "no column names the picture"),
        (b"file,title\na.jpg,Caf\xe9\n", "can't decode byte 0xe9"),
        ('file,title\na.jpg,"never closed\n', "unexpected end of data"),
    ],
)
def test_what_is_no_feed_is_refused_as_a_whole(feed: Feed, content: str | bytes, reason: str) -> None:
    with pytest.raises(BadFeed) as refused:
        list(read_rows(feed(content)))
    assert str(refused.value).startswith("feed.csv: ")
    assert reason in str(refused.value)


def test_a_feed_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(BadFeed, match=path.name):
            list(read_rows(path))


def test_every_column_arrives_as_its_value(folder: Path) -> None:
    row = {
        "file": "coat.jpg",
        "sku": "C-1",
        "title": "Coat",
        "category": "Outerwear",
        "brand": "Solvane",
        "description": "Warm.",
        "price": "129.5",
        "currency": "eur",
        "in_stock": "Out of stock",
        "url": "https://example.org/c-1",
        "licence": "CC0",
        "source": "a shop",
    }
    assert product(row, folder=folder) == FeedProduct(
        file=folder.resolve() / "coat.jpg",
        sku="C-1",
        title="Coat",
        category=Category.OUTERWEAR,
        brand="Solvane",
        description="Warm.",
        price=Decimal("129.50"),
        currency="EUR",
        in_stock=False,
        url="https://example.org/c-1",
        licence="CC0",
        source="a shop",
    )


@pytest.mark.parametrize(
    ("given", "price"),
    [("0", "0.00"), ("19.999", "20.00"), ("1e3", "1000.00"), ("99999999.99", "99999999.99"), ("", None)],
)
def test_a_price_has_two_digits_or_there_is_none(folder: Path, given: str, price: str | None) -> None:
    taken = product({"file": "coat.jpg", "price": given}, folder=folder).price
    assert taken == (None if price is None else Decimal(price))


@pytest.mark.parametrize("price", ["NaN", "sNaN", "Infinity", "1e99", "-1", "100000000", "99999999.996"])
def test_a_price_that_no_shop_asks_is_refused(folder: Path, price: str) -> None:
    assert refusal(folder, price=price) == f"the price {price!r} is out of range"


@pytest.mark.parametrize("price", ["12,50", "€ 12", "free", "1\0"])
def test_a_price_that_is_no_number_is_refused(folder: Path, price: str) -> None:
    assert refusal(folder, price=price) == f"the price {price!r} is not a number"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            {"category": "hats"},
            "unknown category 'hats' (one of tops, outerwear, trousers, skirts, dresses, rompers)",
        ),
        ({"currency": "euro"}, "the currency 'euro' is not a three-letter code"),
        ({"currency": "€€€"}, "the currency '€€€' is not a three-letter code"),
        ({"currency": "e1r"}, "the currency 'e1r' is not a three-letter code"),
        ({"in_stock": "maybe"}, "in_stock is yes or no, not 'maybe'"),
        ({"url": "javascript:alert(1)"}, "'javascript:alert(1)' is not a web address"),
        ({"url": "https://example.org/\0"}, "url holds a NUL character"),
        ({"title": "a\0b"}, "title holds a NUL character"),
        ({"sku": "x" * 201}, "sku is longer than 200 characters"),
        ({"brand": "x" * 101}, "brand is longer than 100 characters"),
        ({"url": "https://example.org/" + "x" * 500}, "url is longer than 500 characters"),
    ],
)
def test_a_bad_value_is_refused_with_its_reason(folder: Path, row: dict[str, str], reason: str) -> None:
    assert refusal(folder, **row) == reason


@pytest.mark.parametrize("name", ["../secret.jpg", "/etc/passwd", "a/../../secret.jpg"])
def test_a_path_that_leads_out_of_the_folder_is_refused(folder: Path, name: str) -> None:
    (folder.parent / "secret.jpg").write_bytes(b"not yours")
    assert refusal(folder, file=name) == f"{name} lies outside the picture folder"


def test_a_link_that_leads_out_of_the_folder_is_refused(folder: Path) -> None:
    (folder.parent / "secret.jpg").write_bytes(b"not yours")
    (folder / "link.jpg").symlink_to(folder.parent / "secret.jpg")
    assert refusal(folder, file="link.jpg") == "link.jpg lies outside the picture folder"


@pytest.mark.parametrize("name", ["missing.jpg", ".", "sub"])
def test_what_is_no_file_in_the_folder_is_refused(folder: Path, name: str) -> None:
    (folder / "sub").mkdir()
    assert refusal(folder, file=name).endswith("is not in the picture folder")


@pytest.mark.parametrize("name", ["x" * 5000, "a\0.jpg"])
def test_what_no_file_can_be_called_is_refused(folder: Path, name: str) -> None:
    assert refusal(folder, file=name) == f"{name[:60]!r} is no name of a file"


def test_a_row_without_a_picture_is_refused(folder: Path) -> None:
    assert refusal(folder, file="") == "the row names no picture"


def test_a_picture_may_lie_in_a_folder_of_the_folder(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "a.jpg").write_bytes(b"a picture")
    assert inside(folder, "sub/a.jpg") == folder.resolve() / "sub" / "a.jpg"


def test_a_credit_has_a_photographer_a_licence_and_where_it_comes_from() -> None:
    row = {
        "file": "a.jpg",
        "title": "In Paris",
        "photographer": "Ada",
        "licence": "CC BY 4.0",
        "licence_url": "https://creativecommons.org/licenses/by/4.0/",
        "source": "https://example.org/1",
    }
    assert credit(row) == Credit(
        title="In Paris",
        photographer="Ada",
        licence="CC BY 4.0",
        licence_url="https://creativecommons.org/licenses/by/4.0/",
        source="https://example.org/1",
    )
    with pytest.raises(BadRow, match="is not a web address"):
        credit({"licence_url": "CC BY"})
