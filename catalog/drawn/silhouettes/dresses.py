"""Dresses: a bodice and a skirt in one, with or without a waist seam."""

from __future__ import annotations

from catalog.drawn.body import HIP_Y, WAIST_Y, Body, Pose
from catalog.drawn.chance import stream
from catalog.drawn.geometry import Point, Run, open_line, outline, ribbon
from catalog.drawn.pieces import Cut, Level, Mark, Piece
from catalog.drawn.silhouettes.bodice import (
    Block,
    back_piece,
    block,
    body_folds,
    body_outline,
    button,
    flap,
    hem_line,
    straps,
)  # fmt: skip
from catalog.drawn.silhouettes.collars import collar
from catalog.drawn.silhouettes.skirts import HEMS, SkirtShape, cut_skirt_shape, waistband
from catalog.drawn.silhouettes.sleeves import SleeveShape, sleeves
from catalog.drawn.style import Style


def cut_dress(style: Style, body: Body, pose: Pose) -> Cut:
    b = block(style, body)
    waisted = "waist" in style.traits or "slip" in style.traits
    if waisted:
        shape = cut_skirt_shape(style, body, waist_y=WAIST_Y, waist=body.waist + 5)
        side: list[Run] = [[b.armpit, (body.waist + 8, WAIST_Y - 30), (body.waist + 5, WAIST_Y)], shape.side]
    else:
        shape = _shift(style, b)
        side = [shape.side]
    path = body_outline(b, side, shape.hem)
    folds = body_folds(b, 330.0, stream(style.seed, "cut").uniform(-1, 1), 0.8)
    marks = [*shape.marks, *_front(style, b, shape)]
    half = max(shape.hem_half, b.underarm) * 0.92
    main = Piece(
        path, Level.BODY, ((-half, 400), (half, 400)), volume=0.85, folds=(*folds, *shape.folds), marks=tuple(marks)
    )
    pieces = [back_piece(b), main]
    if "belt" in style.traits:
        pieces.append(belt(body.waist + 5, WAIST_Y - 8))
    elif "sash" in style.traits:
        pieces += sash(body.waist + 5, WAIST_Y - 7)
    elif "waist" in style.traits and style.garment_length != "long":
        pieces.append(waistband(body.waist + 4.5, WAIST_Y - 9, 11.0))
    if "flaps" in style.traits:
        pieces += [flap(s * 44, 385, 19) for s in (-1, 1)]
    if "pouch" in style.traits:
        pouch = outline(
            [(-44, 420), (-44, 394), (-27, 360)],
            [(-27, 360), (27, 360)],
            [(27, 360), (44, 394), (44, 420)],
            [(44, 420), (0, 424), (-44, 420)],
        )
        pieces.append(Piece(pouch, Level.BODY, volume=0.3, lift=1.2))
    ribbed = "ribbed" in style.traits
    pieces += straps(b) if style.collar_style == "strap" else []
    pieces += collar(b, ribbed=ribbed, rolled=ribbed, cord="cord" in style.traits)
    pieces += sleeves(b, style, pose, _sleeve_shape(style))
    return Cut(tuple(pieces), emblem=((0.0, 250.0 if b.collar != "v" else 268.0), 30.0))


def _sleeve_shape(style: Style) -> SleeveShape:
    wide = style.fit * 8
    cuff = "rib" if "ribbed" in style.traits else "band" if style.traits & {"cuffs", "puff"} else "hem"
    return SleeveShape(
        25 + wide * 0.5, 18.5 + wide * 0.6, 13.5 + wide * 0.5, cuff, puff=8.0 if "puff" in style.traits else 0.0
    )


def _shift(style: Style, b: Block) -> SkirtShape:
    """A dress that falls from the armpits without a waist seam."""
    chance = stream(style.seed, "skirt")
    low, high = HEMS[style.garment_length]
    hem_y = chance.uniform(low, high)
    close = style.fit < 0.2
    hem = b.hip - 3 if close else b.hip + 4 + (hem_y - HIP_Y) * (0.05 + 0.12 * style.fit)
    waist = b.waist if close else (b.waist + b.hip) / 2 - 4
    side: list[Point] = [b.armpit, (waist, WAIST_Y), (b.hip, HIP_Y + 4), (hem, hem_y)]
    shape = cut_skirt_shape(style, b.shoulder_slope, waist_y=WAIST_Y, waist=waist)
    stitched = Mark(open_line(hem_line(hem, hem_y - 8, 8)), "dark", 1.0, alpha=130)
    return SkirtShape(side, hem_line(hem, hem_y, 8), hem, hem_y, shape.folds, (stitched,))


def _front(style: Style, b: Block, shape: SkirtShape) -> list[Mark]:
    marks: list[Mark] = []
    if "buttoned" in style.traits:
        for x in (-6.5, 6.5):
            marks.append(Mark(open_line([(x, b.drop - 8), (x, shape.hem_y + 12)]), "dark", 1.0, alpha=150))
        for i in range(int((shape.hem_y - b.drop - 12) / 42) + 1):
            marks += button(0, b.drop + 16 + i * 42, 2.8)
    if "double" in style.traits:
        marks.append(Mark(open_line([(16, b.drop), (18, shape.hem_y + 10)]), "dark", 1.4))
        for y in (b.drop + 16, b.drop + 58):
            marks += button(-20, y, 4.2, "horn") + button(15, y, 4.2, "horn")
    if "wrap" in style.traits:
        marks.append(Mark(open_line([(0, b.drop), (b.waist * 0.45, WAIST_Y - 6)]), "dark", 1.4))
    if "slip" in style.traits:
        marks.append(Mark(open_line([(-b.underarm + 6, 232), (0, 246), (b.underarm - 6, 232)]), "dark", 1.0, alpha=110))
    return marks


def belt(waist: float, y: float, high: float = 15.0) -> Piece:
    """A belt of the trim cloth with a square buckle."""
    path = outline(
        [(-waist - 1.5, y), (0, y + 5), (waist + 1.5, y)],
        [(waist + 1.5, y), (waist + 2.5, y + high)],
        [(waist + 2.5, y + high), (0, y + high + 5), (-waist - 2.5, y + high)],
        [(-waist - 2.5, y + high), (-waist - 1.5, y)],
    )
    buckle = outline(
        [(-9, y + 3), (9, y + 3)], [(9, y + 3), (9, y + high + 6)], [(9, y + high + 6), (-9, y + high + 6)]
    )
    pin = open_line([(-9, y + high / 2 + 4.5), (6, y + high / 2 + 4.5)])
    edges = [
        Mark(open_line([(-waist - 2, y + k), (0, y + k + 5), (waist + 2, y + k)]), "dark", 0.9, alpha=130)
        for k in (3.0, high - 3.0)
    ]
    return Piece(
        path,
        Level.BODY,
        shade=0.1,
        marks=(*edges, Mark(buckle, "metal", 2.4), Mark(pin, "metal", 1.6)),
        cloth="trim",
        lift=1.6,
    )


def sash(waist: float, y: float) -> list[Piece]:
    """A tied belt: the band, its knot, and two hanging ends."""
    band = waistband(waist, y, 12.0)
    x = waist * 0.46
    ends = []
    for dx, long in ((6, 92), (-7, 76)):
        line = [(x, y + 10), (x + dx, y + 50), (x + dx * 1.6, y + long)]
        ends.append(Piece(ribbon(line, (4, 6, 7)), Level.BODY, volume=0.6, lift=1.4))
    knot = Piece(
        outline(
            [(x - 7, y + 2), (x + 1, y), (x + 8, y + 3)],
            [(x + 8, y + 3), (x + 9, y + 12), (x + 6, y + 18)],
            [(x + 6, y + 18), (x - 6, y + 18)],
            [(x - 6, y + 18), (x - 9, y + 10), (x - 7, y + 2)],
        ),
        Level.BODY,
        volume=0.9,
        lift=1.4,
    )
    return [band, *ends, knot]
