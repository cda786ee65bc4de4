"""Read a shop's feed or a folder's credits: rows in, checked values or a reason out. Touches no database."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from mlcore.types import Category

# The first name is ours; the others are what feeds out there call it.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "file": ("file", "image", "filename", "picture"),
    "sku": ("sku", "id", "product_id"),
    "title": ("title", "name", "label"),
    "category": ("category", "six"),
    "brand": ("brand",),
    "description": ("description",),
    "price": ("price",),
    "currency": ("currency",),
    "in_stock": ("in_stock", "available"),
    "url": ("url", "link"),
    "licence": ("licence", "license"),
    "licence_url": ("licence_url", "license_url"),
    "source": ("source",),
    "photographer": ("photographer", "author"),
}
HIGHEST_PRICE = Decimal("99999999.99")  # what Product.price holds
_YES, _NO = (
    {"", "1", "true", "yes", "y", "in stock", "in_stock"},
    {"0", "false", "no", "n", "out of stock", "out_of_stock"},
)


class BadFeed(ValueError):
    """The file is no feed at all: not text, no header, no column that names the pictures."""


class BadRow(ValueError):
    """One row that cannot be taken, with the reason for its sender."""


@dataclass(frozen=True, slots=True)
class FeedProduct:
    """A product as a feed describes it; `file` lies in the feed's picture folder."""

    file: Path
    sku: str
    title: str
    category: Category | None = None
    brand: str = ""
    description: str = ""
    price: Decimal | None = None
    currency: str = ""
    in_stock: bool = True
    url: str = ""
    licence: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Credit:
    """Whom a photograph is owed to."""

    title: str = ""
    photographer: str = ""
    licence: str = ""
    licence_url: str = ""
    source: str = ""


def read_rows(feed: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, values by our column names). Raises BadFeed."""
    try:
        with feed.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            ours = _our_names(reader.fieldnames or ())
            if "file" not in ours.values():
                raise BadFeed(f"{feed.name}: no column names the picture (one of {', '.join(COLUMNS['file'])})")
            for row in reader:
                yield reader.line_num, {ours[name]: (row[name] or "").strip() for name in ours}
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise BadFeed(f"{feed.name}: {error}") from error


def product(row: Mapping[str, str], *, folder: Path) -> FeedProduct:
    """Raises BadRow."""
    file = inside(folder, row["file"])
    return FeedProduct(
        file=file,
        sku=_text(row, "sku", 200) or file.stem[:200],
        title=_text(row, "title", 300) or file.stem,
        category=_category(row.get("category", "")),
        brand=_text(row, "brand", 100),
        description=_text(row, "description", 20_000),
        price=_price(row.get("price", "")),
        currency=_currency(row.get("currency", "")),
        in_stock=_yes(row.get("in_stock", "")),
        url=_url(row, "url"),
        licence=_text(row, "licence", 100),
        source=_text(row, "source", 300),
    )


def credit(row: Mapping[str, str]) -> Credit:
    """Raises BadRow."""
    return Credit(
        title=_text(row, "title", 300),
        photographer=_text(row, "photographer", 200),
        licence=_text(row, "licence", 100),
        licence_url=_url(row, "licence_url"),
        source=_text(row, "source", 500),
    )


def inside(folder: Path, name: str) -> Path:
    """The file of that name in the folder. Raises BadRow for a name that leads out of it."""
    if not name:
        raise BadRow("the row names no picture")
    try:
        path = (folder / name).resolve()
        there = path.is_file()
    except (OSError, ValueError):  # longer than a name may be, or with a NUL in it
        raise BadRow(f"{name[:60]!r} is no name of a file") from None
    if not path.is_relative_to(folder.resolve()):
        raise BadRow(f"{name} lies outside the picture folder")
    if not there:
        raise BadRow(f"{name} is not in the picture folder")
    return path


def _our_names(header: Sequence[str]) -> dict[str, str]:
    theirs = {name.strip().lower(): name for name in header}
    found: dict[str, str] = {}
    for ours, names in COLUMNS.items():
        match = next((theirs[name] for name in names if name in theirs), None)
        if match is not None:
            found[match] = ours
    return found


def _text(row: Mapping[str, str], name: str, longest: int) -> str:
    value = row.get(name, "")
    if len(value) > longest:
        raise BadRow(f"{name} is longer than {longest} characters")
    if "\0" in value:
        raise BadRow(f"{name} holds a NUL character")
    return value


def _category(value: str) -> Category | None:
    if not value:
        return None
    try:
        return Category(value.lower())
    except ValueError:
        raise BadRow(f"unknown category {value!r} (one of {', '.join(Category)})") from None


def _price(value: str) -> Decimal | None:
    if not value:
        return None
    try:
        price = Decimal(value)
    except InvalidOperation:
        raise BadRow(f"the price {value!r} is not a number") from None
    if not price.is_finite() or not 0 <= price <= HIGHEST_PRICE:
        raise BadRow(f"the price {value!r} is out of range")
    return round(price, 2)


def _currency(value: str) -> str:
    if value and not (len(value) == 3 and value.isascii() and value.isalpha()):
        raise BadRow(f"the currency {value!r} is not a three-letter code")
    return value.upper()


def _yes(value: str) -> bool:
    if value.lower() in _YES:
        return True
    if value.lower() in _NO:
        return False
    raise BadRow(f"in_stock is yes or no, not {value!r}")


def _url(row: Mapping[str, str], name: str) -> str:
    value = _text(row, name, 500)
    if value and not value.startswith(("http://", "https://")):
        raise BadRow(f"{value[:60]!r} is not a web address")
    return value
