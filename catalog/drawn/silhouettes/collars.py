"""Collars, one function each: shirt collar, lapels, roll and stand collars, hoods, the band of a collarless neck."""

from __future__ import annotations

from catalog.drawn.body import NECK_Y
from catalog.drawn.geometry import Point, Run, flipped, open_line, outline, ribbon
from catalog.drawn.pieces import Fold, Level, Mark, Piece
from catalog.drawn.silhouettes.bodice import Block, neckline


def shirt_collar(b: Block, *, point: float = 1.0, stitched: bool = False, gap: float = 0.0) -> list[Piece]:
    """Two leaves that meet at the front, over a stand behind the neck."""
    x, y = b.neck_point
    stand = outline(
        [(-x - 1, y + 2), (-x + 2, y - 13), (0, y - 8), (x - 2, y - 13), (x + 1, y + 2)],
        [(x + 1, y + 2), (0, y + 10), (-x - 1, y + 2)],
    )
    leaf: list[Run] = [
        [(x - 3, y - 13), (x + 6, y - 4), (x + 12, y + 8)],
        [(x + 12, y + 8), (x + 3 + gap, y + 36 * point)],
        [(x + 3 + gap, y + 36 * point), (x * 0.45 + gap, y + 30), (1.5 + gap, y + 29)],
        [(1.5 + gap, y + 29), (x * 0.6 + gap * 0.5, y + 10), (x - 3, y - 13)],
    ]
    stitch = [(x + 9, y + 9), (x + 2 + gap, y + 31 * point)]
    mark = (Mark(open_line(stitch), "stitch" if stitched else "dark", 0.9, stitched, alpha=130),)
    right = Piece(outline(*leaf), Level.BODY, volume=0.35, marks=mark, lift=1.8)
    left = Piece(
        outline(*[flipped(run) for run in leaf]),
        Level.BODY,
        volume=0.35,
        marks=(Mark(open_line(flipped(stitch)), "stitch" if stitched else "dark", 0.9, stitched, alpha=130),),
        lift=1.8,
    )
    return [Piece(stand, Level.BEHIND, shade=0.3), left, right]


def lapels(b: Block, *, gap: float = 0.0, broad: float = 1.0) -> list[Piece]:
    """Notched lapels down to the break at `b.drop`; `gap` parts them there when the coat is open."""
    x, y = b.neck_point
    depth = b.drop - y
    tip = (x + 26 * broad + gap * 0.4, y + depth * 0.42)
    notch = (x + 9 * broad + gap * 0.3, y + depth * 0.34)
    lapel: list[Run] = [
        [(x - 2, y - 4), (x * 0.55 + gap * 0.5, y + depth * 0.48), (gap + 0.5, b.drop)],
        [(gap + 0.5, b.drop), (x * 0.8 + 12 * broad + gap * 0.6, y + depth * 0.72), tip],
        [tip, notch],
        [notch, (x - 2, y - 4)],
    ]
    collar: list[Run] = [
        [(x - 4, y - 12), (x + 7, y - 3), (x + 17 * broad, y + depth * 0.17)],
        [(x + 17 * broad, y + depth * 0.17), (x + 20 * broad + gap * 0.3, y + depth * 0.31)],
        [(x + 20 * broad + gap * 0.3, y + depth * 0.31), notch],
        [notch, (x * 0.82, y + depth * 0.12), (x - 4, y - 12)],
    ]
    stand = outline(
        [(-x - 1, y + 2), (-x + 3, y - 13), (0, y - 9), (x - 3, y - 13), (x + 1, y + 2)],
        [(x + 1, y + 2), (0, y + 12), (-x - 1, y + 2)],
    )
    pieces = [Piece(stand, Level.BEHIND, shade=0.3)]
    for turn in (list, flipped):
        pieces.append(Piece(outline(*[turn(run) for run in lapel]), Level.BODY, volume=0.3, lift=2.4))
        pieces.append(Piece(outline(*[turn(run) for run in collar]), Level.BODY, volume=0.3, shade=0.04, lift=1.4))
    return pieces


def high_neck(b: Block, *, rolled: bool, ribbed: bool) -> list[Piece]:
    """A roll neck (folded over) or a stand collar."""
    x, y = b.neck_point
    top = NECK_Y - (15 if rolled else 11)
    foot = y + 17
    path = outline(
        [(-x - 2, y + 3), (-x + 3, y - 8), (-x + 4, top)],
        [(-x + 4, top), (0, top + 4), (x - 4, top)],
        [(x - 4, top), (x - 3, y - 8), (x + 2, y + 3)],
        [(x + 2, y + 3), (x * 0.5, foot - 3), (0, foot), (-x * 0.5, foot - 3), (-x - 2, y + 3)],
    )
    marks = []
    if ribbed:
        for i in range(7):
            t = -0.84 + i * 0.28
            marks.append(Mark(open_line([(t * (x - 4), top + 1), (t * x, foot)]), "dark", 1.0, alpha=100))
    folds = (Fold([(-x, y - 3), (0, y + 5), (x, y - 3)], 5, 0.4),) if rolled else ()
    back = outline([(-x + 4, top), (0, top - 4), (x - 4, top)], [(x - 4, top), (0, top + 6), (-x + 4, top)])
    return [
        Piece(back, Level.BEHIND, shade=0.45),
        Piece(path, Level.BODY, marks=tuple(marks), folds=folds, cloth="trim" if ribbed else "main", lift=1.2),
    ]


def hood(b: Block, *, gap: float = 0.0, cord: bool = False) -> list[Piece]:
    """A hood lying back: a soft cowl behind the neck and two edges that come forward to the front."""
    x, y = b.neck_point
    behind = outline(
        [
            (-x - 25, y + 16),
            (-x - 20, y - 22),
            (-x + 2, y - 42),
            (0, y - 47),
            (x - 2, y - 42),
            (x + 20, y - 22),
            (x + 25, y + 16),
        ],
        [(x + 25, y + 16), (0, y + 34), (-x - 25, y + 16)],
    )
    inside = outline(
        [(-x - 8, y + 8), (-x - 5, y - 16), (0, y - 31), (x + 5, y - 16), (x + 8, y + 8)],
        [(x + 8, y + 8), (0, y + 24), (-x - 8, y + 8)],
    )
    edge: list[Run] = [
        [(x + 23, y + 10), (x + 17, y + 34), (x * 0.5 + gap, b.drop + 14), (gap + 1, b.drop + 20)],
        [(gap + 1, b.drop + 20), (gap + 1, b.drop - 2)],
        [(gap + 1, b.drop - 2), (x * 0.66, b.drop - 14), (x - 1, y + 2), (x + 4, y - 14)],
        [(x + 4, y - 14), (x + 18, y - 8), (x + 23, y + 10)],
    ]
    pieces = [Piece(behind, Level.BEHIND, shade=0.08), Piece(inside, Level.BEHIND, shade=0.42)]
    for turn in (list, flipped):
        fold = Fold(turn([(x + 16, y + 4), (x * 0.8, y + 26)]), 6, 0.3)
        pieces.append(Piece(outline(*[turn(run) for run in edge]), Level.BODY, volume=0.5, folds=(fold,), lift=2.0))
    if cord:
        for turn, long in ((list, 50), (flipped, 42)):
            start: Point = (7 + gap, b.drop + 6)
            line = turn([start, (9 + gap, b.drop + long)])
            pieces.append(Piece(ribbon(line, (1.4, 1.4)), Level.BODY, volume=0.2, cloth="trim", lift=1.2))
    return pieces


def bare_band(b: Block, *, ribbed: bool = False) -> list[Piece]:
    """The band of a collarless neckline as an own strip of cloth."""
    inner = neckline(b)
    wide = 8.0 if ribbed else 6.0
    outer = [
        [
            (
                px * (1 + wide / 90) + (wide * 0.55 if px > 0 else -wide * 0.55 if px < 0 else 0),
                py + wide * (0.35 if abs(px) > b.neck * 0.8 else 0.95),
            )
            for px, py in run
        ]
        for run in inner
    ]
    back = [list(reversed(run)) for run in reversed(outer)]
    return [Piece(outline(*inner, *back), Level.BODY, volume=0.3, cloth="trim")]


def collar(
    b: Block,
    *,
    gap: float = 0.0,
    ribbed: bool = False,
    rolled: bool = False,
    cord: bool = False,
    stitched: bool = False,
    broad: float = 1.0,
) -> list[Piece]:
    """The collar that the block names."""
    if b.collar == "shirt":
        return shirt_collar(b, stitched=stitched, gap=gap)
    if b.collar == "lapel":
        return lapels(b, gap=gap, broad=broad)
    if b.collar == "high":
        return high_neck(b, rolled=rolled, ribbed=ribbed)
    if b.collar == "hood":
        return hood(b, gap=gap, cord=cord)
    if b.collar == "strap":
        return []
    return bare_band(b, ribbed=ribbed)
