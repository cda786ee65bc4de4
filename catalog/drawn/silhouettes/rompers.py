"""Rompers: playsuits, jumpsuits, boiler suits, dungarees: a bodice and two legs in one."""

from __future__ import annotations

from catalog.drawn.body import CROTCH_Y, HIP_Y, WAIST_Y, Body, Pose
from catalog.drawn.chance import stream
from catalog.drawn.geometry import Point, flipped, mirrored, open_line, outline, ribbon
from catalog.drawn.pieces import Cut, Level, Mark, Piece
from catalog.drawn.silhouettes.bodice import (
    Block,
    back_piece,
    block,
    body_folds,
    button,
    neckline,
    patch,
    shoulder_and_armhole,
    straps,
)  # fmt: skip
from catalog.drawn.silhouettes.collars import collar
from catalog.drawn.silhouettes.dresses import belt
from catalog.drawn.silhouettes.legs import Legs, cut_legs, hem_marks
from catalog.drawn.silhouettes.skirts import waistband
from catalog.drawn.silhouettes.sleeves import SleeveShape, sleeves
from catalog.drawn.silhouettes.trousers import ankle_cuff
from catalog.drawn.style import Style


def cut_romper(style: Style, body: Body, pose: Pose) -> Cut:
    b = block(style, body)
    waisted = "waist" in style.traits
    waist = body.waist + (6 if waisted else 14)
    hip = body.hip + 4 + style.fit * 6
    start: list[Point] = [
        (waist, WAIST_Y),
        ((waist + hip) / 2 + 4, 352.0),
        (hip, HIP_Y),
        (hip + style.fit * 5, CROTCH_Y + 8),
    ]
    legs = cut_legs(style, pose, start=start, crotch=CROTCH_Y + 6)
    if "bib" in style.traits:
        return _dungarees(style, body, legs, start)
    side = [b.armpit, (waist + 4, WAIST_Y - 34), (waist, WAIST_Y)]
    right = [*shoulder_and_armhole(b), side]
    left = [mirrored(run) for run in reversed(right)]
    path = outline(*right, *legs.runs(), *left, *neckline(b))
    folds = body_folds(b, 320.0, stream(style.seed, "cut").uniform(-1, 1), 0.9)
    main = Piece(
        path,
        Level.BODY,
        ((-hip, 400), (hip, 400)),
        volume=0.75,
        folds=(*folds, *legs.folds),
        marks=tuple(_front(style, b, legs)),
    )
    pieces = [back_piece(b), main]
    if "belt" in style.traits:
        pieces.append(belt(waist - 1, WAIST_Y - 8))
    elif waisted:
        pieces.append(waistband(waist - 1, WAIST_Y - 8, 11.0))
    if "cuffed" in style.traits:
        pieces += [ankle_cuff(hem, 14.0) for hem in legs.hems]
    if "chest" in style.traits:
        pieces += [patch(s * 33, 214, 16, 34) for s in (-1, 1)]
    pieces += straps(b, 4.5) if style.collar_style == "strap" else []
    pieces += collar(b, cord="cord" in style.traits)
    cuff = "band" if "cuffs" in style.traits else "rib" if "cuffed" in style.traits else "hem"
    wide = style.fit * 8
    pieces += sleeves(b, style, pose, SleeveShape(25 + wide * 0.6, 18.5 + wide * 0.7, 13.5 + wide * 0.5, cuff))
    return Cut(tuple(pieces), emblem=((0.0, 250.0 if b.collar != "v" else 262.0), 28.0))


def _front(style: Style, b: Block, legs: Legs) -> list[Mark]:
    marks = [
        Mark(open_line([(0, b.drop if "zip" in style.traits else WAIST_Y), (0, CROTCH_Y)]), "dark", 1.1, alpha=180)
    ]
    marks += [*legs.creases]
    if "cuffed" not in style.traits:
        marks += hem_marks(legs, turned=False, stitched=False)
    if "zip" in style.traits:
        marks.append(Mark(open_line([(0, b.drop), (0, 424)]), "steel", 2.4, True))
    elif style.collar_style in ("v", "shirt", "lapel"):
        for y in range(int(b.drop) + 14, int(WAIST_Y) - 12, 30):
            marks += button(0, y, 2.6)
    for turn in (list, flipped):
        marks.append(Mark(open_line(turn([(44, WAIST_Y + 10), (68, WAIST_Y + 66)])), "dark", 1.2, alpha=200))
    return marks


def _dungarees(style: Style, body: Body, legs: Legs, start: list[Point]) -> Cut:
    """A bib with buckled straps over it; the sides stay free."""
    top, half = 206.0, 37.0
    side: list[Point] = [(half + 2, top), (half + 6, top + 60), (body.waist + 10, WAIST_Y - 24), start[0]]
    path = outline([(-half - 2, top), (0, top + 4), (half + 2, top)], side, *legs.runs(), mirrored(side))
    marks = [
        Mark(open_line([(0, WAIST_Y + 16), (0, CROTCH_Y)]), "dark", 1.2, alpha=200),
        Mark(open_line([(-half, top + 7), (0, top + 11), (half, top + 7)]), "stitch", 1.0, True),
        *hem_marks(legs, turned=style.garment_length != "long", stitched=True),
    ]
    for turn in (list, flipped):
        marks.append(
            Mark(
                open_line(
                    turn([(start[0][0] - 22, WAIST_Y + 16), (start[0][0] - 16, WAIST_Y + 50), (body.hip, WAIST_Y + 58)])
                ),
                "stitch",
                1.0,
                True,
            )
        )
        marks += [
            mark
            for y in (WAIST_Y + 12, WAIST_Y + 34)
            for mark in button(turn([(start[1][0] - 3, y)])[0][0], y, 2.6, "metal")
        ]
    main = Piece(
        path, Level.BODY, ((-body.hip, 400), (body.hip, 400)), volume=0.7, folds=legs.folds, marks=tuple(marks)
    )
    band = waistband(start[0][0] - 1, WAIST_Y - 4, 16.0)
    pieces = [main, band, patch(0, 226, 21, 44, dashed=True)]
    for turn in (list, flipped):
        back = turn([(34, 128.0), (20, 160.0), (8, 200.0)])
        pieces.insert(0, Piece(ribbon(back, (6, 6, 6)), Level.BEHIND, shade=0.4))
        strap = turn([(half - 8, top + 14), (half + 2, 160.0), (38, 127.0)])
        x = turn([(half - 7, 0)])[0][0]
        clasp = outline(
            [(x - 6, top + 3), (x + 6, top + 3)],
            [(x + 6, top + 3), (x + 6, top + 15)],
            [(x + 6, top + 15), (x - 6, top + 15)],
        )
        pieces.append(Piece(ribbon(strap, (5.5, 5.5, 5.5)), Level.BODY, volume=0.5, lift=1.0))
        pieces.append(Piece(clasp, Level.BODY, volume=0.2, marks=(Mark(clasp, "metal", 2.6),), lift=0.8))
    return Cut(tuple(pieces))
