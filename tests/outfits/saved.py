"""Items with real pictures in one colour each, and outfits of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

import images.stages
from accounts.models import User
from images.models import CutOut, Garment, Image
from mlcore.cutouts import encode_webp
from outfits import stages
from outfits.models import Outfit, Piece
from tests.wardrobe import rows
from wardrobe.models import Care, CareDay, Item, ItemPicture

OUTFITS = "/api/v1/outfits/"
Colour = tuple[int, int, int]
RED, GREEN, BLUE, WHITE = (200, 20, 30), (20, 150, 40), (20, 40, 200), (255, 255, 255)


def photographed(owner: User, colour: Colour = RED, category: str = "tops", **fields: object) -> Garment:
    """A garment that is the whole of a picture of 60 × 80 pixels in this colour."""
    image = rows.picture(owner)
    file = io.BytesIO()
    PIL.Image.new("RGB", (60, 80), colour).save(file, "JPEG", quality=100)
    name = default_storage.save(f"user/{image.pk.hex[:2]}/{image.pk}.jpg", ContentFile(file.getvalue()))
    Image.objects.filter(pk=image.pk).update(file=name, width=60, height=80)
    image.refresh_from_db()
    return rows.garment(image, category, **{"x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0, **fields})


def cut_out(garment: Garment, colour: Colour, *, size: tuple[int, int] = (60, 80)) -> None:
    """Its cut-out: a disc of the colour that touches all four sides; `size`: pixels wide and high."""
    wide, high = size
    y, x = np.mgrid[0:high, 0:wide]
    inside = ((x + 0.5) / wide - 0.5) ** 2 + ((y + 0.5) / high - 0.5) ** 2 <= 0.25
    made = np.dstack([np.full((high, wide, 3), colour, np.uint8), np.where(inside, 255, 0).astype(np.uint8)])
    default_storage.save(garment.cut_out_name, ContentFile(encode_webp(made)))
    Garment.objects.filter(pk=garment.pk).update(cut_out=CutOut.READY)


def item(owner: User, colour: Colour = RED, category: str = "tops", **fields: object) -> Item:
    return rows.item(owner, f"{category} of {colour}", garments=[photographed(owner, colour, category)], **fields)


def outfit(owner: User, *items: Item, **fields: object) -> Outfit:
    """Its pieces lie side by side at the top, each as wide as a fourth of the canvas."""
    made = Outfit.objects.create(owner=owner, **fields)
    for place, one in enumerate(items):
        Piece.objects.create(outfit=made, item=one, x=0.25 * place, y=0.0, width=0.25, layer=place)
    return made


def cover(made: Outfit) -> np.ndarray:
    """int16 (800, 600, 3), as it is stored."""
    made.refresh_from_db()
    with default_storage.open(made.cover_name) as file, PIL.Image.open(file) as shown:
        assert (shown.format, shown.size, shown.mode) == ("WEBP", (600, 800), "RGB")
        return np.asarray(shown, np.int16)


def near(shown: np.ndarray, x: int, y: int, colour: Colour) -> bool:
    """Whether the pixel has that colour, as JPEG and WebP leave it."""
    return bool(np.abs(shown[y, x] - colour).max() <= 6)


def made_of(*items: Any, owner: User, **fields: Any) -> Outfit:
    made = outfit(owner, *items, **fields)
    stages.compose_cover(made.pk)
    made.refresh_from_db()
    return made


def stored() -> list[str]:
    root = Path(settings.MEDIA_ROOT) / "covers"
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def file_of(made: Outfit) -> str:
    return made.cover_name.rpartition("/")[2]


def first_garment(made: Outfit) -> Garment:
    """The garment of its first item."""
    return made.pieces.all()[0].item.pictures.all()[0].garment


def cover_first(made: Outfit) -> None:
    item_of = made.pieces.all()[0].item
    other = photographed(item_of.owner, GREEN)
    ItemPicture.objects.filter(item=item_of).update(position=1)
    ItemPicture.objects.create(item=item_of, garment=other, position=0)


# What makes a cover one that no longer shows what it should.
CHANGES: dict[str, Callable[[Outfit], object]] = {
    "moved": lambda made: Piece.objects.filter(outfit=made).update(x=0.3),
    "turned": lambda made: Piece.objects.filter(outfit=made).update(rotation=5.0),
    "layered": lambda made: Piece.objects.filter(outfit=made).update(layer=7),
    "cut out": lambda made: cut_out(first_garment(made), BLUE),
    "another box": lambda made: Garment.objects.filter(pk=first_garment(made).pk).update(width=0.5),
    "another picture first": cover_first,
    "hidden": lambda made: Image.objects.filter(pk=first_garment(made).image_id).update(visible=False),
    "rejected": lambda made: Image.objects.filter(pk=first_garment(made).image_id).update(
        purpose="look", review="rejected"
    ),
    "erased": lambda made: images.stages.erase(first_garment(made).image),
    "taken out": lambda made: Piece.objects.filter(outfit=made).delete(),
}


def of(owner: User, category: str = "outerwear", **fields: Any) -> Item:
    return rows.item(owner, f"a {category}", garments=[rows.found(owner, category)], **fields)


def named(*items: Item) -> list[dict[str, str]]:
    return [{"item": str(one.pk)} for one in items]


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json()
    return [row["name"] for row in answer.json()["results"]]


def log(day: str, *items: Item) -> None:
    for one in items:
        CareDay.objects.create(item=one, care=Care.WEAR, day=day)
