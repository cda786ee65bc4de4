"""Two legs of cloth from waist to hem: what trousers are, and the lower half of rompers."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.drawn.body import ANKLE_Y, CROTCH_Y, KNEE_Y, Pose
from catalog.drawn.chance import stream
from catalog.drawn.geometry import Point, Run, flipped, open_line
from catalog.drawn.pieces import Fold, Mark
from catalog.drawn.style import Style

HEMS = {"short": (520.0, 578.0), "medium": (716.0, 768.0), "long": (846.0, 856.0)}
"""Above the knee, cropped between knee and ankle, full."""


@dataclass(frozen=True, slots=True)
class Legs:
    """Runs of both legs below the waist, and the soft strokes that round them."""

    right: _Leg
    left: _Leg
    hem_y: float
    folds: tuple[Fold, ...]
    creases: tuple[Mark, ...]

    def runs(self) -> list[Run]:
        """From the right hip over both hems and the crotch to the left hip."""
        there = [self.right.outer, self.right.hem, self.right.inner]
        return [*there, *(list(reversed(run)) for run in (self.left.inner, self.left.hem, self.left.outer))]

    @property
    def hems(self) -> tuple[Run, Run]:
        return self.right.hem, self.left.hem


@dataclass(frozen=True, slots=True)
class _Leg:
    """One trouser leg around the joints of a leg. `side`: 1 on the right of the picture, −1 on its left."""

    joints: tuple[Point, Point, Point]
    side: int
    start: Run
    hem_y: float
    crotch: float
    wide: float

    def middle(self, y: float) -> float:
        hip, knee, ankle = self.joints
        above, below = (hip[0], self.crotch), (ankle[0], ANKLE_Y + 20)
        (x0, y0), (x1, y1) = (above, knee) if y <= KNEE_Y else (knee, below)
        return x0 + (x1 - x0) * (y - y0) / (y1 - y0)

    def half(self, y: float) -> float:
        """Half width at a height: thigh 37, knee 22, ankle 14 when slim; nearly straight when wide."""
        thigh, knee, ankle = 37.5 + self.wide * 5, 22.5 + self.wide * 21, 14.5 + self.wide * 36
        if self.hem_y < KNEE_Y:
            knee = max(knee, thigh - 3)  # shorts hang from the hip, they do not narrow to the knee
        if y <= KNEE_Y:
            return thigh + (knee - thigh) * max((y - self.crotch) / (KNEE_Y - self.crotch), 0)
        return knee + (ankle - knee) * (y - KNEE_Y) / (ANKLE_Y - KNEE_Y)

    def out(self, y: float, share: float = 1.0) -> Point:
        """A point beside the middle: share 1 on the outer seam, −1 on the inner one."""
        return self.middle(y) + self.side * self.half(y) * share, y

    @property
    def _levels(self) -> list[float]:
        return [y for y in (self.crotch + 70, KNEE_Y, KNEE_Y + 110) if y < self.hem_y - 40]

    def _inside(self, y: float) -> Point:
        """The inner seam, which may pass the body's axis by a hair only: the other leg is there."""
        most = abs(self.middle(y)) + (1.0 if y >= KNEE_Y else -1.5)
        return self.middle(y) - self.side * min(self.half(y), most), y

    @property
    def hem(self) -> Run:
        """From the outer seam to the inner one."""
        flare = 5.0 if self.hem_y < KNEE_Y else 0.0
        x, y = self.out(self.hem_y)
        return [(x + self.side * flare, y), (self.middle(y), y + 5), (self._inside(y)[0], y + 1)]

    @property
    def outer(self) -> Run:
        return [*self.start, *(self.out(y) for y in self._levels), self.hem[0]]

    @property
    def inner(self) -> Run:
        return [self.hem[2], *(self._inside(y) for y in reversed(self._levels)), (0.0, self.crotch)]

    @property
    def crease(self) -> Mark:
        stops = (self.crotch - 30, *self._levels, self.hem_y + 4)
        return Mark(open_line([(self.middle(y) + self.side * 2, y) for y in stops]), "light", 1.3, alpha=110)

    def folds(self) -> list[Fold]:
        """Shade along both seams, a sheen between them, creases at the knee and where the hem meets the shoe."""
        stops = [y for y in (self.crotch + 20, self.crotch + 90, KNEE_Y, KNEE_Y + 110) if y < self.hem_y - 10]
        stops.append(self.hem_y)
        wide, even = self.wide, (0.7, 1.0)
        folds = [
            Fold([self.out(y, -0.86) for y in stops], 14 + wide * 8, 0.36, even),
            Fold([self.out(y, 0.9) for y in stops], 9 + wide * 6, 0.22, even),
            Fold([self.out(y, 0.18) for y in stops], 14 + wide * 5, -0.26, even),
        ]
        if self.hem_y > KNEE_Y + 30:
            depth = 0.3 - 0.2 * wide
            folds.append(Fold([self.out(KNEE_Y - 14, -1), self.out(KNEE_Y + 2, 0.1)], 5.5, depth))
            folds.append(Fold([self.out(KNEE_Y + 2), self.out(KNEE_Y + 16, 0)], 5.5, depth * 0.8))
        if self.hem_y > 800 and wide < 0.7:
            folds.append(Fold([self.out(self.hem_y - 24, -1), self.out(self.hem_y - 15, 0.3)], 5, 0.34))
            folds.append(Fold([self.out(self.hem_y - 38), self.out(self.hem_y - 28, -0.2)], 5, 0.26))
        if wide >= 0.7:
            folds += [
                Fold([self.out(self.crotch + 60, share), self.out(self.hem_y, share)], 9, 0.26, (0.3, 1.0))
                for share in (-0.45, 0.5)
            ]
        return folds


def cut_legs(style: Style, pose: Pose, *, start: Run, crotch: float = CROTCH_Y) -> Legs:
    """`start`: the right side's points from the waist to the hip, which the outer seam continues."""
    hem_y = stream(style.seed, "leg").uniform(*HEMS[style.garment_length])
    right = _Leg(pose.legs[0], 1, start, hem_y, crotch, style.fit)
    left = _Leg(pose.legs[1], -1, flipped(start), hem_y, crotch, style.fit)
    drag = [Fold([(0, crotch - 2), (x, crotch - 20)], 6, 0.34) for x in (21.0, -21.0)]
    creases = (right.crease, left.crease) if "creased" in style.traits else ()
    return Legs(right, left, hem_y, (*right.folds(), *left.folds(), *drag), creases)


def hem_marks(legs: Legs, *, turned: bool, stitched: bool) -> list[Mark]:
    """A stitched line above each hem, or the edge of a turn-up."""
    up, width = (17.0, 1.5) if turned else (7.0, 1.0)
    marks = []
    for hem in legs.hems:
        (x0, y0), (x1, y1), (x2, y2) = hem
        grow = 2 if x0 > 0 else -2
        line = open_line([(x0 + grow, y0 - up), (x1, y1 - up), (x2 - grow, y2 - up)])
        marks.append(Mark(line, "stitch" if stitched else "dark", width, stitched and not turned, alpha=190))
    return marks
