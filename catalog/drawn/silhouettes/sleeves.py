"""Sleeves: cloth around an arm, from the armhole of a block to a hem or a cuff."""

from __future__ import annotations

import math
from dataclasses import dataclass

from catalog.drawn.body import Pose
from catalog.drawn.geometry import Point, Run, along, between, open_line, outline, oval
from catalog.drawn.pieces import Fold, Level, Mark, Piece
from catalog.drawn.silhouettes.bodice import Block
from catalog.drawn.style import Style

REACH = {"short": 0.36, "three_quarter": 0.70, "long": 0.985}
"""Share of the arm from shoulder to wrist that a sleeve covers."""


@dataclass(frozen=True, slots=True)
class SleeveShape:
    """Half widths of a sleeve at its top, at the elbow and at the wrist, and what ends it."""

    top: float
    elbow: float
    end: float
    cuff: str = "hem"
    """`hem`, `band` (shirt cuff), `rib`, `strap` (trench)."""
    puff: float = 0.0
    """How much wider it balloons above a cuff that gathers it."""


@dataclass(frozen=True, slots=True)
class _Sleeve:
    arm: Run
    side: int
    """1 on the right of the picture, −1 on its left."""
    reach: float
    shape: SleeveShape

    def at(self, t: float, half: float) -> tuple[Point, Point]:
        """The outer and the inner edge at share t of the arm, for a half width."""
        (x, y), (dx, dy) = along(self.arm, t)
        nx, ny = dy * self.side * half, -dx * self.side * half
        return (x + nx, y + ny), (x - nx, y - ny)

    def ring(self, t: float, half: float) -> list[Point]:
        """A line around the arm as it is seen from the front: bowed towards the hand."""
        outer, inner = self.at(t, half)
        _, (dx, dy) = along(self.arm, t)
        middle = between(outer, inner, 0.5)
        return [outer, (middle[0] + dx * 3, middle[1] + dy * 3), inner]

    @property
    def end_half(self) -> float:
        shape = self.shape
        if self.reach > 0.8:
            return shape.end
        return shape.elbow * 0.94 if self.reach > 0.5 else shape.elbow + (shape.top - shape.elbow) * 0.4

    @property
    def cuff_depth(self) -> float:
        """Share of the arm that a cuff of its own cloth takes; 0 for a plain hem."""
        if self.shape.cuff not in ("rib", "band"):
            return 0.0
        return 0.075 if self.reach > 0.5 else 0.05

    @property
    def tilt(self) -> float:
        """Degrees that the cloth's grain is turned to follow the arm."""
        _, (dx, dy) = along(self.arm, self.reach * 0.5)
        return math.degrees(math.atan2(dy, dx)) - 90

    @property
    def across(self) -> tuple[Point, Point]:
        # 16 more on the inside: the armhole reaches in over the body, and its corner must not be the darkest place.
        outer, _ = self.at(self.reach * 0.5, self.shape.top + 9)
        _, inner = self.at(self.reach * 0.5, self.shape.top + 25)
        return inner, outer


def sleeves(b: Block, style: Style, pose: Pose, shape: SleeveShape) -> list[Piece]:
    """Both sleeves, or none where the style has none."""
    if style.sleeve_length == "none":
        return []
    reach = REACH[style.sleeve_length]
    return [
        piece
        for side, arm in zip((1, -1), pose.arms, strict=True)
        for piece in _cut(b, _Sleeve(arm, side, reach, shape))
    ]


def _cut(b: Block, sleeve: _Sleeve) -> list[Piece]:
    shape, side = sleeve.shape, sleeve.side
    tip, pit = (b.tip[0] * side, b.tip[1]), (b.armpit[0] * side, b.armpit[1])
    stop = sleeve.reach - sleeve.cuff_depth * 0.8
    edges = [sleeve.at(0.16, shape.top + shape.puff * 0.6)]
    if sleeve.reach > 0.5:
        edges += [
            sleeve.at(0.44, shape.elbow + shape.puff * 0.3),
            sleeve.at(0.56, shape.elbow * 0.97 + shape.puff * 0.4),
        ]
    if sleeve.reach > 0.8:
        edges.append(sleeve.at(0.84, (shape.elbow + shape.end) / 2 + shape.puff))
    end = sleeve.ring(stop, sleeve.end_half + (1.0 if sleeve.cuff_depth else 0.0))
    outer = [tip, *(edge[0] for edge in edges), end[0]]
    inner = [end[2], *(edge[1] for edge in reversed(edges[1:])), pit]
    path = outline(outer, end, inner, [pit, (tip[0] - 7 * side, tip[1] + 26), tip])
    marks = []
    if shape.cuff == "hem":
        marks.append(Mark(open_line(sleeve.ring(sleeve.reach - 0.035, sleeve.end_half + 2)), "dark", 1.0, alpha=150))
    main = Piece(
        path, Level.SLEEVE, sleeve.across, sleeve.tilt, volume=0.8, folds=tuple(_folds(sleeve, pit)), marks=tuple(marks)
    )
    return [main, *_cuff(sleeve)]


def _folds(sleeve: _Sleeve, pit: Point) -> list[Fold]:
    """A drag line from the armpit, creases in the bend of the elbow, gathers above a cuff."""
    shape, at = sleeve.shape, sleeve.at
    folds = [Fold([pit, between(pit, at(0.2, shape.top)[0], 0.5)], 7, 0.4)]
    if sleeve.reach > 0.5:
        for t, depth in ((0.42, 0.28), (0.495, 0.38), (0.56, 0.26)):
            folds.append(
                Fold(
                    [at(t, shape.elbow + 2)[1], between(at(t, shape.elbow)[1], at(t - 0.05, shape.elbow)[0], 0.62)],
                    6,
                    depth,
                )
            )
        folds.append(Fold([at(0.3, shape.top * 0.2)[0], at(0.47, shape.elbow * 0.2)[0]], 9, -0.24, (0.4, 0.4)))
    if sleeve.reach > 0.8:
        folds.append(Fold([at(0.83, shape.end + 6)[0], between(*at(0.86, shape.end + 4), 0.55)], 5.5, 0.26))
        folds.append(Fold([at(0.9, shape.end + shape.puff + 2)[1], between(*at(0.88, shape.end), 0.4)], 5.5, 0.26))
    if shape.puff and sleeve.cuff_depth:
        foot = sleeve.reach - sleeve.cuff_depth
        for share in (0.22, 0.42, 0.6, 0.8):
            folds.append(
                Fold([between(*at(foot, shape.end), share), between(*at(foot - 0.1, shape.elbow), share)], 4.5, 0.36)
            )
    return folds


def _cuff(sleeve: _Sleeve) -> list[Piece]:
    half, reach = sleeve.end_half, sleeve.reach
    if sleeve.shape.cuff == "strap" and reach > 0.8:
        upper, lower = sleeve.at(0.88, half + 3.2), sleeve.at(0.915, half + 3.0)
        band = outline([upper[0], lower[0]], [lower[1], upper[1]])
        return [Piece(band, Level.SLEEVE, sleeve.across, sleeve.tilt, lift=1.5)]
    if not sleeve.cuff_depth:
        return []
    is_rib = sleeve.shape.cuff == "rib"
    top = sleeve.ring(reach - sleeve.cuff_depth, half + 1.5)
    foot = sleeve.ring(reach, half * (0.9 if is_rib or sleeve.shape.puff else 1.02))
    if is_rib:
        marks = [
            Mark(open_line([between(top[0], top[2], s), between(foot[0], foot[2], s)]), "dark", 0.9, alpha=120)
            for s in (0.14, 0.28, 0.42, 0.56, 0.7, 0.84)
        ]
    elif reach > 0.8:
        x, y = between(between(top[0], top[2], 0.25), between(foot[0], foot[2], 0.25), 0.55)
        marks = [Mark(oval(x, y, 2.2, 2.2), "pearl", 0)]
    else:
        marks = []
    path = outline([top[0], foot[0]], foot, [foot[2], top[2]], list(reversed(top)))
    cloth = "trim" if is_rib else "main"
    return [
        Piece(path, Level.SLEEVE, sleeve.across, sleeve.tilt, volume=0.8, marks=tuple(marks), cloth=cloth, lift=1.0)
    ]
