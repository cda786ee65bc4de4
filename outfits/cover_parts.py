"""What an outfit's cover is composed of, and by which name its file tells.

`Outfit.cover` is GARMENTS-PIECES-RUN: a digest of the garments that the cover shows, a digest of everything that it was
composed of, and what no other run has: two runs never write, nor remove, one file. Both digests follow from the rows
(those of an outfit that selectors.outfits has read), so that anybody who has them knows whether a cover still stands.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from images.models import CutOut, Garment, Image, Review
from mlcore.types import Category
from outfits.canvas import SHAPES, Place, aspect_of
from outfits.models import Outfit, Piece
from wardrobe.models import Item, ItemPicture

COMPOSER: Final = 1  # another number has every cover made anew: after a change of what covers.py draws
MOST_DRAWN: Final = 20


@dataclass(frozen=True, slots=True)
class Part:
    """A piece whose item can be shown. `garment` comes with its picture."""

    garment: Garment
    place: Place
    aspect: float

    @property
    def is_cut_out(self) -> bool:
        return self.garment.cut_out == CutOut.READY


def shown_by(item: Item) -> ItemPicture | None:
    """The cover of an item that selectors.with_covers has read."""
    pictures: list[ItemPicture] = item.covers  # type: ignore[attr-defined]
    return pictures[0] if pictures else None


def shape_of(item: Item) -> float:
    """Height by width of the item's cover, in pixels; of what is like it where there is none."""
    picture = shown_by(item)
    if picture is None:
        return SHAPES[Category(item.category)]
    image: Image = picture.garment.image
    return aspect_of(picture.garment.box, width=image.width, height=image.height)


def place_of(piece: Piece) -> Place:
    return Place(piece.x, piece.y, piece.width, piece.rotation, piece.layer)


def parts_of(outfit: Outfit) -> list[Part]:
    """Of what moderators hid or rejected nothing is shown."""
    parts = []
    for piece in list(outfit.pieces.all())[:MOST_DRAWN]:
        picture = shown_by(piece.item)
        if picture is not None and _may_be_shown(picture.garment.image):
            parts.append(Part(picture.garment, place_of(piece), shape_of(piece.item)))
    return parts


def digests(parts: Sequence[Part]) -> str:
    """GARMENTS-PIECES; empty where there is nothing to show."""
    if not parts:
        return ""
    garments = sorted(str(part.garment.uid) for part in parts)
    pieces = [[COMPOSER, str(part.garment.uid), part.is_cut_out, asdict(part.garment.box), asdict(part.place),
               part.aspect] for part in parts]  # fmt: skip
    return f"{_digest(garments)}-{_digest(pieces)}"


def named(wanted: str) -> str:
    """A cover of these digests, of this run alone."""
    return f"{wanted}-{secrets.token_hex(4)}"


def is_current(cover: str, wanted: str) -> bool:
    return cover.startswith(f"{wanted}-") if wanted else not cover


def may_be_seen(cover: str, wanted: str) -> bool:
    """Also one that is to be made anew, as long as it shows these garments: none that has gone or was hidden since."""
    return bool(cover) and cover.partition("-")[0] == wanted.partition("-")[0]


def _may_be_shown(image: Image) -> bool:
    """As images.selectors.servable_by_token asks of the database."""
    return image.visible and image.review != Review.REJECTED


def _digest(value: Any) -> str:
    """80 bits: no two of one outfit's covers meet by chance."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:20]
