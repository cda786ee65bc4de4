"""Tops: tees, shirts, blouses, sweaters, hoodies, camisoles, tunics."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.drawn.body import Body, Pose
from catalog.drawn.chance import stream
from catalog.drawn.geometry import open_line, outline
from catalog.drawn.pieces import Cut, Level, Mark, Piece
from catalog.drawn.silhouettes.bodice import (
    Block,
    back_piece,
    block,
    body_folds,
    body_outline,
    button,
    hem_line,
    patch,
    rib_lines,
    side_to_hem,
    straps,
)  # fmt: skip
from catalog.drawn.silhouettes.collars import collar
from catalog.drawn.silhouettes.sleeves import SleeveShape, sleeves
from catalog.drawn.style import Style

HEMS = {"short": (322.0, 346.0), "medium": (388.0, 416.0), "long": (468.0, 512.0)}
"""Above the hip bone, at the hip, below the crotch."""


def cut_top(style: Style, body: Body, pose: Pose) -> Cut:
    chance = stream(style.seed, "cut")
    b = block(style, body)
    low, high = HEMS[style.garment_length]
    hem_y = chance.uniform(low, high)
    if style.tucked:
        hem_y = min(hem_y, 350.0)
    flare = 18.0 if "flared" in style.traits else 2.0
    hem = (b.hip + flare if hem_y > 370 else b.waist + 2 + style.fit * 4) - (5 if "ribbed" in style.traits else 0)
    body_y = hem_y - 12 if "ribbed" in style.traits else hem_y  # a rib ends the body in its place
    path = body_outline(b, [side_to_hem(b, body_y, hem)], hem_line(hem, body_y))
    shift = chance.uniform(-1, 1)
    marks = list(_front(style, b, hem_y, hem))
    main = Piece(
        path,
        Level.BODY,
        ((-b.shoulder - 2, 280), (b.shoulder + 2, 280)),
        folds=body_folds(b, hem_y, shift),
        marks=tuple(marks),
    )
    pieces = [back_piece(b), main]
    ribbed = "ribbed" in style.traits
    if ribbed:
        pieces.append(_hem_rib(hem, hem_y))
    if "pouch" in style.traits:
        pieces.append(_pouch(hem_y))
    if style.kind.noun == "shirt" and chance.random() < 0.6:
        pieces.append(patch(31, 216, 15, 34))
    pieces += straps(b) if style.collar_style == "strap" else []
    pieces += collar(b, ribbed=ribbed, rolled=ribbed, cord="cord" in style.traits)
    pieces += sleeves(b, style, pose, _sleeve_shape(style))
    return Cut(tuple(pieces), emblem=((0.0, 250.0 if b.collar != "v" else 268.0), 31.0))


def _sleeve_shape(style: Style) -> SleeveShape:
    wide = style.fit * 10
    cuff = "rib" if "ribbed" in style.traits else "band" if "cuffs" in style.traits else "hem"
    puff = 9.0 if "puff" in style.traits else 3.0 if "ribbed" in style.traits else 0.0
    return SleeveShape(top=25 + wide * 0.6, elbow=18.5 + wide * 0.7, end=13.5 + wide * 0.35, cuff=cuff, puff=puff)


def _front(style: Style, b: Block, hem_y: float, hem: float) -> Iterator[Mark]:
    """Hem stitching, and a button placket where the kind has one."""
    if "ribbed" not in style.traits:
        yield Mark(open_line([(-hem, hem_y - 6), (0, hem_y + 1), (hem, hem_y - 6)]), "dark", 1.0, alpha=130)
    if "buttoned" in style.traits or (style.collar_style == "shirt"):
        top = b.drop + 4
        for x in (-6.5, 6.5):
            yield Mark(open_line([(x, top - 8), (x, hem_y + 12)]), "dark", 1.0, alpha=150)
        count = int((hem_y - top) / 36)
        for i in range(count + 1):
            yield from button(0, top + 14 + i * 36, 2.6)


def _hem_rib(hem: float, hem_y: float) -> Piece:
    high = 15.0
    path = outline(
        [(-hem - 0.5, hem_y - high), (0, hem_y - high + 7), (hem + 0.5, hem_y - high)],
        [(hem + 0.5, hem_y - high), (hem - 3, hem_y + 1)],
        [(hem - 3, hem_y + 1), (0, hem_y + 8), (-hem + 3, hem_y + 1)],
        [(-hem + 3, hem_y + 1), (-hem - 0.5, hem_y - high)],
    )
    marks = rib_lines((-hem, hem_y - high), (hem, hem_y - high), high + 10, 22)
    return Piece(path, Level.BODY, volume=0.9, marks=tuple(marks), cloth="trim")


def _pouch(hem_y: float) -> Piece:
    y = hem_y - 17
    path = outline(
        [(-46, y), (-46, y - 26), (-28, y - 62)],
        [(-28, y - 62), (28, y - 62)],
        [(28, y - 62), (46, y - 26), (46, y)],
        [(46, y), (0, y + 5), (-46, y)],
    )
    return Piece(path, Level.BODY, volume=0.3, lift=1.2)
