"""The upper part that tops, outerwear, dresses and rompers share: shoulders, armholes, neckline, and small parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import skia

from catalog.drawn.body import UNDERARM_Y, WAIST_Y, Body
from catalog.drawn.geometry import Point, Run, between, flipped, mirrored, open_line, outline, ribbon
from catalog.drawn.pieces import Fold, Level, Mark, Piece
from catalog.drawn.style import Style


@dataclass(frozen=True, slots=True)
class Block:
    """The pattern cutter's block: half widths and heights of a bodice, from its shoulders to its waist."""

    neck: float
    """Half width of the neckline at the shoulder."""
    drop: float
    """Height of the neckline at the front."""
    shoulder: float
    underarm: float
    waist: float
    hip: float
    has_sleeves: bool
    collar: str
    shoulder_slope: Body
    raised: float = 0.0
    """How far the shoulders lie above the body's: a coat lies on what is worn below it."""

    @property
    def neck_point(self) -> Point:
        return self.neck, self.shoulder_slope.shoulder_y(self.neck) - self.raised

    @property
    def tip(self) -> Point:
        return self.shoulder, self.shoulder_slope.shoulder_y(self.shoulder) - self.raised

    @property
    def armpit(self) -> Point:
        return self.underarm, UNDERARM_Y + (self.underarm - self.shoulder_slope.chest) * 0.8


_NECKS = {  # collar: half width, height of the front
    "crew": (32.0, 143.0),
    "scoop": (43.0, 182.0),
    "v": (31.0, 208.0),
    "shirt": (24.0, 150.0),
    "lapel": (25.0, 262.0),
    "high": (22.0, 130.0),
    "hood": (30.0, 150.0),
    "strap": (36.0, 190.0),
}


def block(style: Style, body: Body, *, ease: float = 0.0) -> Block:
    """`ease`: body units added all round, on top of the style's fit; outerwear has more than a top below it."""
    wide = style.fit * 15 + ease
    neck, drop = _NECKS[style.collar_style]
    sleeved = style.sleeve_length != "none"
    return Block(
        neck=neck + ease * 0.35,
        drop=drop,
        shoulder=body.shoulder + 2 + (style.fit * 7 + ease * 0.9 if sleeved else -19 + ease * 0.6),
        underarm=body.chest + 3 + wide * 0.75,
        waist=body.waist + 4 + wide * (1.0 if style.fit < 0.3 else 1.35),
        hip=body.hip + 2 + wide * 0.85,
        has_sleeves=sleeved,
        collar=style.collar_style,
        shoulder_slope=body,
        raised=ease * 0.45,
    )


def neckline(b: Block) -> list[Run]:
    """Runs over the front from the left neck point to the right one."""
    x, y = b.neck_point
    if b.collar == "strap":
        ux, uy = b.armpit
        return [[(-ux, uy), (-ux + 14, uy - 8), (-b.neck, 172)], [(-b.neck, 172), (-16, 180), (0, b.drop)],
                [(0, b.drop), (16, 180), (b.neck, 172)], [(b.neck, 172), (ux - 14, uy - 8), (ux, uy)]]  # fmt: skip
    if b.collar in ("v", "lapel", "shirt"):
        bend = 5.0
        left = [(-x, y), (-x * 0.5 - bend, y + (b.drop - y) * 0.45), (0.0, b.drop)]
        return [left, mirrored(left)]
    depth = b.drop - y
    return [[(-x, y), (-x * 0.84, y + depth * 0.62), (-x * 0.4, b.drop - depth * 0.06), (0.0, b.drop),
             (x * 0.4, b.drop - depth * 0.06), (x * 0.84, y + depth * 0.62), (x, y)]]  # fmt: skip


def shoulder_and_armhole(b: Block) -> list[Run]:
    """Runs from the right neck point to the right armpit."""
    if b.collar == "strap":
        return []
    tip, pit = b.tip, b.armpit
    if b.has_sleeves:
        hole: Run = [tip, (tip[0] - 4, tip[1] + 24), pit]
    else:
        hole = [tip, (tip[0] - 7, tip[1] + 28), (pit[0] - 12, pit[1] - 16), pit]
    return [[b.neck_point, between(b.neck_point, tip, 0.6), tip], hole]


def body_outline(b: Block, side: Sequence[Run], hem: Run) -> skia.Path:
    """`side`: runs down the right side from the armpit; `hem`: from the right end of the last one to the left."""
    right = [*shoulder_and_armhole(b), *side]
    left = [mirrored(run) for run in reversed(right)]
    return outline(*right, hem, *left, *neckline(b))


def side_to_hem(b: Block, hem_y: float, hem: float) -> Run:
    """From the armpit over waist and hip to the hem."""
    points: list[Point] = [b.armpit]
    if hem_y > WAIST_Y - 20:
        points.append((b.waist, min(WAIST_Y, hem_y - 14)))
    if hem_y > 425:
        points.append((b.hip, 402.0))
    points.append((hem, hem_y))
    return points


def hem_line(half: float, y: float, curve: float = 7.0, waves: int = 0, depth: float = 0.0) -> list[Point]:
    """From right to left; bowed down by `curve` in the middle, as a hem around a body is seen; waved by `depth`."""
    count = max(6, waves * 2)
    points = []
    for i in range(count + 1):
        t = 1 - 2 * i / count
        wave = depth * (1 if i % 2 else -1) if waves and 0 < i < count else 0.0
        points.append((half * t, y + curve * (1 - t * t) + wave))
    return points


def back_piece(b: Block) -> Piece:
    """The inside of the back that an unfilled neckline shows, with its label-side seam."""
    x, y = b.neck_point
    if b.collar == "strap":
        ux, uy = b.armpit
        path = outline(
            [(-ux, uy), (0, uy - 22), (ux, uy)], [(ux, uy), (ux * 0.7, uy + 26), (-ux * 0.7, uy + 26), (-ux, uy)]
        )
        return Piece(path, Level.BEHIND, shade=0.45)
    top = y + 8 if b.collar not in ("high", "shirt") else y
    path = outline(
        [(-x - 4, y + 1), (0, top), (x + 4, y + 1)],
        [(x + 4, y + 1), (x * 0.8, b.drop + 6), (-x * 0.8, b.drop + 6), (-x - 4, y + 1)],
    )
    seam = Mark(open_line([(-x, y + 8), (0, top + 9), (x, y + 8)]), "light", 1.1, alpha=110)
    return Piece(path, Level.BEHIND, shade=0.42, marks=(seam,))


def straps(b: Block, width: float = 2.6, cloth: str = "main") -> list[Piece]:
    """Thin straps from the front edge over the shoulder."""
    top = (b.neck + 2, b.shoulder_slope.shoulder_y(b.neck) + 3)
    pieces = []
    for run in ([(b.neck, 175.0), top], flipped([(b.neck, 175.0), top])):
        pieces.append(Piece(ribbon(run, (width, width)), Level.BODY, volume=0.3, cloth=cloth))
    return pieces


def body_folds(b: Block, hem_y: float, seed_shift: float, softness: float = 1.0) -> tuple[Fold, ...]:
    """Drag lines from the armpits, a pinch at the waist, soft drops to the hem."""
    s = seed_shift
    pit = b.armpit
    folds = []
    for m in (1, -1):
        folds += [
            Fold([(m * (pit[0] - 4), pit[1] + 2), (m * (pit[0] * 0.62), pit[1] + 22 + 6 * s)], 7, 0.42 * softness),
            Fold([(m * (pit[0] - 2), pit[1] + 26), (m * (pit[0] * 0.7), pit[1] + 38)], 5, 0.28 * softness),
        ]
        if hem_y > 300:
            y = min(WAIST_Y, hem_y - 20)
            folds += [
                Fold([(m * b.waist, y - 10), (m * (b.waist * 0.5), y + 4 + 8 * s)], 6, 0.34 * softness),
                Fold([(m * b.waist, y + 6), (m * (b.waist * 0.6), y + 22)], 5, 0.26 * softness),
                Fold(
                    [(m * b.waist * 0.42, y + 20), (m * b.hip * (0.46 + 0.08 * s), hem_y)],
                    9,
                    0.24 * softness,
                    (0.2, 1.0),
                ),
                Fold([(m * b.waist * 0.24, y - 40), (m * b.hip * 0.26, hem_y)], 11, -0.24 * softness, (0.3, 1.0)),
            ]
    return tuple(folds)


def button(x: float, y: float, radius: float = 3.0, ink: str = "pearl") -> list[Mark]:
    face, rim = skia.Path(), skia.Path()
    face.addCircle(x, y, radius)
    rim.addCircle(x, y, radius)
    return [Mark(face, ink, 0), Mark(rim, (40, 36, 40), 0.8, alpha=150)]


def rib_lines(path_left: Point, path_right: Point, height: float, count: int) -> list[Mark]:
    """Short upright lines: the ribs of a knitted band."""
    return [
        Mark(
            open_line(
                [
                    between(path_left, path_right, (i + 0.5) / count),
                    _down(between(path_left, path_right, (i + 0.5) / count), height),
                ]
            ),
            "dark",
            1.0,
            alpha=95,
        )
        for i in range(count)
    ]


def _down(point: Point, by: float) -> Point:
    return point[0], point[1] + by


def flap(x: float, y: float, half: float, height: float = 9.0, slant: float = 0.0) -> Piece:
    """A pocket flap."""
    path = outline(
        [(x - half, y), (x + half, y + slant)],
        [(x + half, y + slant), (x + half - 1, y + height + slant), (x - half + 1, y + height), (x - half, y)],
    )
    return Piece(path, Level.BODY, volume=0.25, lift=1.6)


def patch(x: float, y: float, half: float, height: float, dashed: bool = False) -> Piece:
    """A patch pocket with a pointed foot."""
    runs: list[Run] = [
        [(x - half, y), (x + half, y)],
        [(x + half, y), (x + half, y + height * 0.8)],
        [(x + half, y + height * 0.8), (x, y + height)],
        [(x, y + height), (x - half, y + height * 0.8)],
    ]
    stitch = [(x - half + 3, y + 6), (x + half - 3, y + 6)]
    marks = [Mark(open_line(stitch), "stitch" if dashed else "dark", 1.0, dashed, alpha=190)]
    return Piece(outline(*runs), Level.BODY, volume=0.2, marks=tuple(marks), lift=0.8)


def neck_binding(b: Block) -> list[Mark]:
    """The stitched band around a collarless neckline."""
    if b.collar in ("strap",):
        return []
    runs = [[(x * 1.12, y + 7) for x, y in run] for run in neckline(b)]
    return [Mark(open_line(*runs), "dark", 1.1, alpha=170)]
