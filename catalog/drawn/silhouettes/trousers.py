"""Trousers: jeans, chinos, wide legs, shorts, joggers, leggings."""

from __future__ import annotations

from catalog.drawn.body import CROTCH_Y, HIP_Y, Body, Pose
from catalog.drawn.chance import stream
from catalog.drawn.geometry import Point, Run, flipped, open_line, outline
from catalog.drawn.pieces import Cut, Fold, Level, Mark, Piece
from catalog.drawn.silhouettes.bodice import button, rib_lines
from catalog.drawn.silhouettes.legs import cut_legs, hem_marks
from catalog.drawn.style import Style

BAND = 15.0
"""Height of a waistband."""


def cut_trousers(style: Style, body: Body, pose: Pose) -> Cut:
    chance = stream(style.seed, "cut")
    top = chance.choice([304.0, 314.0, 330.0])
    waist = body.waist + 3 + max(top - 312, 0) * 0.35
    hip = body.hip + 2 + style.fit * 5
    start: list[Point] = [
        (waist, top),
        ((waist + hip) / 2 + 3, (top + HIP_Y) / 2 - 6),
        (hip, HIP_Y),
        (hip + style.fit * 4, CROTCH_Y + 6),
    ]
    legs = cut_legs(style, pose, start=start)
    waist_line = [(-waist, top), (0, top + 6), (waist, top)]
    path = outline(waist_line, *legs.runs())
    stitched = "stitched" in style.traits
    ink = "stitch" if stitched else "dark"
    marks = [*legs.creases, Mark(open_line([(0, top + BAND), (0, CROTCH_Y)]), "dark", 1.2, alpha=200)]
    marks += hem_marks(legs, turned="turned" in style.traits, stitched=stitched) if "cuffed" not in style.traits else []
    if "fly" in style.traits:
        marks.append(
            Mark(open_line([(13, top + BAND), (12, top + 74), (1, CROTCH_Y - 34)]), ink, 1.0, stitched, alpha=190)
        )
    if "slant" in style.traits:
        for turn in (list, flipped):
            marks.append(Mark(open_line(turn([(waist - 16, top + BAND), (hip - 6, top + 70)])), "dark", 1.3))
    if stitched:
        for turn in (list, flipped):
            pocket = [(waist - 24, top + BAND), (waist - 20, top + 42), (hip - 1, top + 50)]
            marks.append(Mark(open_line(turn(pocket)), "dark", 1.3))
            marks.append(Mark(open_line(turn([(x - 3, y + 3) for x, y in pocket])), "stitch", 0.9, True, alpha=200))
    whiskers = []
    if style.texture == "denim":
        for turn in (list, flipped):
            whiskers += [
                Fold(turn([(42, 500), (38, 570)]), 20, -0.34),
                Fold(turn([(10, 440), (38, 430)]), 3.5, -0.3),
                Fold(turn([(12, 452), (42, 446)]), 3.5, -0.3),
            ]
    main = Piece(
        path, Level.BODY, ((-hip, 400), (hip, 400)), volume=0.7, folds=(*legs.folds, *whiskers), marks=tuple(marks)
    )
    pieces = [_inside(waist, top), main, _band(style, waist, top)]
    if "cuffed" in style.traits:
        pieces += [ankle_cuff(hem, 14.0) for hem in legs.hems]
    return Cut(tuple(pieces))


def _inside(waist: float, top: float) -> Piece:
    """The inside of the back of the waistband, seen above the front."""
    path = outline([(-waist, top), (0, top - 4), (waist, top)], [(waist, top), (0, top + 7), (-waist, top)])
    return Piece(path, Level.BEHIND, shade=0.45)


def _band(style: Style, waist: float, top: float) -> Piece:
    low = waist + 4.0
    path = outline(
        [(-waist - 0.5, top), (0, top + 6), (waist + 0.5, top)],
        [(waist + 0.5, top), (low, top + BAND)],
        [(low, top + BAND), (0, top + BAND + 6), (-low, top + BAND)],
        [(-low, top + BAND), (-waist - 0.5, top)],
    )
    marks: list[Mark] = []
    if "elastic" in style.traits:
        marks += rib_lines((-waist, top), (waist, top), BAND + 8, 24)
    else:
        marks += button(0, top + 13, 3.2, "metal" if "stitched" in style.traits else "horn")
        for x in (-waist * 0.62, waist * 0.62):
            for edge in (-2.5, 2.5):
                marks.append(Mark(open_line([(x + edge, top - 1), (x + edge, top + BAND + 6)]), "dark", 1.0, alpha=190))
    return Piece(path, Level.BODY, marks=tuple(marks), lift=0.8)


def ankle_cuff(hem: Run, height: float) -> Piece:
    (x0, y0), (x1, y1), (x2, y2) = hem
    path = outline(
        [(x0, y0 - height), (x1, y1 - height), (x2, y2 - height)],
        [(x2, y2 - height), (x2 + (x1 - x2) * 0.12, y2)],
        [(x2 + (x1 - x2) * 0.12, y2), (x1, y1), (x0 + (x1 - x0) * 0.12, y0)],
    )
    return Piece(
        path, Level.BODY, marks=tuple(rib_lines((x0, y0 - height), (x2, y2 - height), height + 5, 8)), cloth="trim"
    )
