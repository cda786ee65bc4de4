"""Outerwear: two fronts over a back, open or closed: coats, blazers, bombers, puffers, cardigans, parkas, gilets."""

from __future__ import annotations

from dataclasses import replace

from catalog.drawn.body import WAIST_Y, Body, Pose
from catalog.drawn.chance import stream
from catalog.drawn.geometry import Point, Run, Turn, flipped, open_line, outline, ribbon
from catalog.drawn.pieces import Cut, Fold, Level, Mark, Piece
from catalog.drawn.silhouettes.bodice import (
    Block,
    block,
    body_folds,
    body_outline,
    button,
    flap,
    hem_line,
    patch,
    rib_lines,
    shoulder_and_armhole,
    side_to_hem,
)  # fmt: skip
from catalog.drawn.silhouettes.collars import collar
from catalog.drawn.silhouettes.dresses import belt
from catalog.drawn.silhouettes.sleeves import SleeveShape, sleeves
from catalog.drawn.style import Style

HEMS = {"short": (402.0, 436.0), "medium": (524.0, 566.0), "long": (644.0, 744.0)}
"""Hip, mid-thigh, knee or below."""


def cut_outerwear(style: Style, body: Body, pose: Pose, *, ease: float = 7.0) -> Cut:
    chance = stream(style.seed, "cut")
    gap = style.opened
    b = block(style, body, ease=ease)
    deep = {"lapel": 300.0 if "double" not in style.traits else 268.0, "v": 232.0}.get(style.collar_style, b.drop)
    b = replace(b, drop=deep)
    hem_y = chance.uniform(*HEMS[style.garment_length])
    hem = b.hip + 4 + max(hem_y - 430, 0) * (0.04 + 0.08 * style.fit) + gap * 0.25
    if "ribbed" in style.traits and style.garment_length == "short":
        hem = b.hip - 4
    side = [side_to_hem(b, hem_y - (13 if "ribbed" in style.traits else 0), hem)]  # a rib ends it instead
    back = Piece(
        body_outline(replace(b, collar="crew", drop=b.neck_point[1] + 6), side, hem_line(hem, side[0][-1][1] - 5, 4)),
        Level.BEHIND,
        shade=0.5,
        volume=0.6,
    )
    pieces = [back]
    if gap == 0 and style.collar_style in ("crew", "v", "lapel"):
        pieces.append(_inside(b))
    folds = body_folds(b, hem_y, chance.uniform(-1, 1), 0.8)
    for which in (-1, 1):
        pieces += _front(style, b, side[0], hem, hem_y, gap, which, folds)
    if "flaps" in style.traits:
        pieces += [flap(s * (b.hip * 0.6 + gap * 0.4), min(hem_y - 40, 392.0), 21, slant=0.0) for s in (-1, 1)]
    if "pockets" in style.traits:
        pieces += [patch(s * (b.hip * 0.58 + gap * 0.4), hem_y - 62, 20, 40) for s in (-1, 1)]
    if "chest" in style.traits:
        for s in (-1, 1):
            pieces += [patch(s * 38, 222, 18, 42, dashed=True), flap(s * 38, 218, 19, 11)]
    if "belt" in style.traits and gap == 0:
        pieces.append(belt(b.waist + 2, WAIST_Y - 9, 19.0))
    if not _parted(style):
        pieces += collar(
            b,
            gap=gap * (0.62 if b.collar == "lapel" else 0.5),
            ribbed="ribbed" in style.traits,
            cord="cord" in style.traits,
            stitched="stitched" in style.traits,
            broad=1.25 if "double" in style.traits else 1.0,
        )
    if "epaulettes" in style.traits:
        for turn in (list, flipped):
            strap = turn([(b.tip[0] - 3, b.tip[1] + 4), (b.tip[0] - 40, b.tip[1] - 6)])
            pieces.append(Piece(ribbon(strap, (6, 5)), Level.SLEEVE, volume=0.2, lift=1.0))
    wide = style.fit * 9
    cuff = "rib" if "ribbed" in style.traits else "strap" if "cuffs" in style.traits else "hem"
    shape = SleeveShape(
        29 + wide * 0.8, 22 + wide * 0.8, 17 + wide * 0.55, cuff, puff=4.0 if "quilted" in style.traits else 0.0
    )
    pieces += [_quilt(piece) if "quilted" in style.traits else piece for piece in sleeves(b, style, pose, shape)]
    return Cut(tuple(pieces), emblem=((0.0, 262.0), 27.0) if gap == 0 and style.pattern == "graphic" else None)


def _parted(style: Style) -> bool:
    """A stand collar of an open jacket parts with its fronts; each front then carries its half."""
    return style.opened > 0 and style.collar_style in ("high", "crew", "v")


def _inside(b: Block) -> Piece:
    x, y = b.neck_point
    path = outline([(-x - 4, y + 1), (0, y + 7), (x + 4, y + 1)], [(x + 4, y + 1), (0, b.drop + 8), (-x - 4, y + 1)])
    return Piece(path, Level.BEHIND, shade=0.55, volume=0.4)


def _edge(b: Block, gap: float, hem_y: float, overlap: float) -> Run:
    """The front edge from the neck point down to the hem, on the right side."""
    x, y = b.neck_point
    low = (gap - overlap, hem_y + 6)
    if b.collar in ("lapel", "v"):
        upper: list[Point] = [(x, y), (x * 0.55 + gap * 0.62, y + (b.drop - y) * 0.5), (gap * 0.75 - overlap, b.drop)]
        return [*upper, low]
    if gap:
        return [(x, y), (x * 0.85 + gap * 0.1, y + 28), (gap * 0.8 + 3, 240), low]
    return [(x, y), (x * 0.66, b.drop - 8), (-overlap, b.drop), (-overlap, b.drop + 60), low]


def _front(
    style: Style, b: Block, side: Run, hem: float, hem_y: float, gap: float, which: int, folds: tuple[Fold, ...]
) -> list[Piece]:
    """One front panel; the right one (+1) laps over the left when closed."""
    lap = (18.0 if "double" in style.traits else 5.0) if gap == 0 else 0.0
    overlap = lap if which == 1 else 0.0
    edge = _edge(b, gap, side[-1][1], overlap)
    inner = edge[-1]
    bottom: Run = [(hem, side[-1][1]), ((hem + inner[0]) / 2, side[-1][1] + 6), inner]
    runs: list[Run] = [*shoulder_and_armhole(b), side, bottom, list(reversed(edge))]
    turn: Turn = list if which == 1 else flipped
    path = outline(*[turn(run) for run in runs])
    marks = _front_marks(style, b, edge, hem, hem_y, gap, which)
    mine = tuple(fold for fold in folds if fold.line[0][0] * which > 0)
    if gap:
        x = [point[0] for point in edge[-2:]]
        mine += (
            Fold(turn([(x[0] + 9, edge[-2][1]), (x[1] + 10, hem_y)]), 9, 0.16, (1.0, 1.0)),
            Fold(turn([(x[0] + 22, edge[-2][1]), (x[1] + 26, hem_y)]), 9, -0.26, (1.0, 1.0)),
        )
    if hem_y > 480:
        mine += (
            Fold(turn([(b.hip * 0.62, 420), (hem * 0.66, hem_y)]), 13, 0.32, (0.2, 1.0)),
            Fold(turn([(b.hip * 0.8, 400), (hem * 0.84, hem_y)]), 13, -0.28, (0.2, 1.0)),
        )
    wide = b.shoulder + 2
    if "quilted" in style.traits:
        marks, quilts = [*marks, *_quilt_marks(b, hem_y, which)[0]], _quilt_marks(b, hem_y, which)[1]
        mine = (*mine[:2], *quilts)
    panel = Piece(
        path,
        Level.BODY,
        ((-wide, 300), (wide, 300)),
        folds=mine,
        marks=tuple(marks),
        lift=1.6 if which == 1 and not gap else 2.4 if gap else 0.0,
    )
    pieces = [panel]
    if "ribbed" in style.traits:
        pieces.append(_rib(hem, hem_y, inner[0], turn))
    if _parted(style):
        pieces.append(_half_collar(style, b, edge, turn))
    return pieces


def _half_collar(style: Style, b: Block, edge: Run, turn: Turn) -> Piece:
    """The band along the neck of an open front: a stand for `high`, a flat band otherwise."""
    x, y = b.neck_point
    if style.collar_style == "high":
        runs: list[Run] = [
            [(x - 4, y - 15), (x + 3, y - 8), (x + 9, y + 4)],
            [(x + 9, y + 4), (edge[1][0] + 9, edge[1][1] + 10)],
            [(edge[1][0] + 9, edge[1][1] + 10), (edge[1][0] - 5, edge[1][1] - 2)],
            [(edge[1][0] - 5, edge[1][1] - 2), (x - 4, y - 15)],
        ]
        return Piece(
            outline(*[turn(run) for run in runs]),
            Level.BODY,
            volume=0.5,
            cloth="trim" if "ribbed" in style.traits else "main",
            lift=1.4,
        )
    wide = 8.0
    outer = [(px + wide, py + (3 if i == 0 else 0)) for i, (px, py) in enumerate(edge)]
    path = outline(*[turn(run) for run in (list(edge), list(reversed(outer)))])
    return Piece(path, Level.BODY, volume=0.2, cloth="trim")


def _rib(hem: float, hem_y: float, inner: float, turn: Turn) -> Piece:
    high = 17.0
    runs: list[Run] = [
        [(hem + 0.5, hem_y - high), (hem - 4, hem_y + 1)],
        [(hem - 4, hem_y + 1), ((hem + inner) / 2, hem_y + 6), (inner, hem_y + 7)],
        [(inner, hem_y + 7), (inner, hem_y - high + 6)],
        [(inner, hem_y - high + 6), ((hem + inner) / 2, hem_y - high + 5), (hem + 0.5, hem_y - high)],
    ]
    ends = turn([(hem, hem_y - high), (inner, hem_y - high + 5)])
    return Piece(
        outline(*[turn(run) for run in runs]),
        Level.BODY,
        volume=0.5,
        marks=tuple(rib_lines(ends[0], ends[1], high + 4, 12)),
        cloth="trim",
    )


def _front_marks(style: Style, b: Block, edge: Run, hem: float, hem_y: float, gap: float, which: int) -> list[Mark]:
    turn: Turn = list if which == 1 else flipped
    marks = [
        Mark(
            open_line(turn([(hem, hem_y - 8), (edge[-1][0], hem_y - 2)])),
            "stitch" if "stitched" in style.traits else "dark",
            1.0,
            "stitched" in style.traits,
            alpha=130,
        )
    ]
    down = edge[-2:]
    if "zip" in style.traits:
        marks.append(
            Mark(
                open_line(turn(edge[1:] if gap else [(0.0, b.drop), (0.0, hem_y + 8)])),
                "steel",
                3.0,
                True,
            )
        )
    elif "double" in style.traits and not gap and which == 1:
        for y in (b.drop + 18, b.drop + 76, b.drop + 134):
            marks += button(-9, y, 4.4, "horn") + button(26, y, 4.4, "horn")
    elif style.traits & {"buttoned", "double"} and (which == 1 or gap == 0):
        top = b.drop + (10 if b.collar in ("lapel", "v") else 16)
        count = 2 if style.kind.noun == "blazer" else max(int((min(hem_y, 520) - top - 20) / 46), 1) + 1
        x = 0.0 if gap == 0 else None
        if which == 1:
            for i in range(count):
                y = top + i * (min(hem_y, 520) - 30 - top) / max(count, 1)
                at = (
                    x
                    if x is not None
                    else down[0][0] + (down[1][0] - down[0][0]) * (y - down[0][1]) / (down[1][1] - down[0][1]) + 7
                )
                marks += button(at, y, 3.8, "metal" if "stitched" in style.traits else "horn")
    if "welts" in style.traits or "zips" in style.traits:
        marks.append(
            Mark(
                open_line(turn([(b.hip * 0.5 + gap * 0.3, hem_y - 78), (b.hip * 0.78 + gap * 0.2, hem_y - 46)])),
                "steel" if "zips" in style.traits else "dark",
                3.0,
            )
        )
    if "stitched" in style.traits:
        for run in (
            [(20 + gap * 0.4, 262), (28 + gap * 0.5, hem_y)],
            [(54, 262), (48 + gap * 0.3, hem_y)],
            [(4 + gap, 214), (b.underarm + 4, 214)],
        ):
            marks.append(Mark(open_line(turn(run)), "stitch", 1.0, True, alpha=200))
    if "drawn" in style.traits:
        marks.append(Mark(open_line(turn([(b.waist + 4, WAIST_Y + 4), (gap, WAIST_Y + 9)])), "dark", 2.0, alpha=200))
    return marks


def _quilt_marks(b: Block, hem_y: float, which: int) -> tuple[list[Mark], tuple[Fold, ...]]:
    marks, folds = [], []
    y = 176.0
    turn: Turn = list if which == 1 else flipped
    while y < hem_y - 8:
        line = turn([(-20.0, y + 5), (b.underarm * 0.5, y + 4), (b.hip + 60, y - 3)])
        marks.append(Mark(open_line(line), "dark", 1.5, alpha=190))
        folds.append(Fold([(px, py + 5) for px, py in line], 6, 0.36, (1.0, 1.0)))
        folds.append(Fold([(px, py - 17) for px, py in line], 12, -0.5, (1.0, 1.0)))
        y += 42.0
    return marks, tuple(folds)


def _quilt(piece: Piece) -> Piece:
    """Quilting lines across a sleeve."""
    bounds = piece.path.getBounds()
    marks, folds = list(piece.marks), []
    y = bounds.top() + 34.0
    while y < bounds.bottom() - 12:
        marks.append(Mark(open_line([(bounds.left() - 9, y + 4), (bounds.right() + 9, y + 4)]), "dark", 1.5, alpha=190))
        folds.append(Fold([(bounds.left(), y + 9), (bounds.right(), y + 9)], 6, 0.34, (1.0, 1.0)))
        folds.append(Fold([(bounds.left(), y - 12), (bounds.right(), y - 12)], 11, -0.46, (1.0, 1.0)))
        y += 39.0
    return replace(piece, marks=tuple(marks), folds=tuple(folds))
