"""Skirts, and the skirt that a dress has below its waist: shape, pleats, waves, tiers, wraps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.drawn.body import HIP_Y, WAIST_Y, Body, Pose
from catalog.drawn.chance import stream
from catalog.drawn.geometry import Point, Run, flipped, mirrored, open_line, outline
from catalog.drawn.pieces import Cut, Fold, Level, Mark, Piece
from catalog.drawn.silhouettes.bodice import button, hem_line
from catalog.drawn.style import Style

HEMS = {"short": (512.0, 572.0), "medium": (650.0, 728.0), "long": (802.0, 838.0)}
"""Above the knee, knee to mid-calf, ankle."""


DROP = (0.3, 1.0)
"""A fold that falls free opens towards the hem."""


@dataclass(frozen=True, slots=True)
class SkirtShape:
    """Below the waist: where it starts, its right side, its hem, and what falls in between."""

    side: Run
    hem: Run
    hem_half: float
    hem_y: float
    folds: tuple[Fold, ...]
    marks: tuple[Mark, ...]


def cut_skirt_shape(style: Style, body: Body, *, waist_y: float, waist: float) -> SkirtShape:
    chance = stream(style.seed, "skirt")
    low, high = HEMS[style.garment_length]
    hem_y = chance.uniform(low, high)
    length = hem_y - waist_y
    hip = body.hip + 3 + style.fit * 20
    slim = style.fit < 0.2
    hem_half = hip - 7 - length * 0.022 if slim else hip + length * (0.02 + 0.24 * style.fit)
    waves = int(4 + style.fit * 5) if style.traits & {"waves", "pleats", "slip"} else 0
    deep = 3.4 * (style.fit + 0.2) if waves else 0.0
    side: list[Point] = [(waist, waist_y), ((waist + hip) / 2 + 5, (waist_y + HIP_Y) / 2), (hip, HIP_Y)]
    if hem_y > 600 and slim:
        side.append((hip - 3, 520.0))
    side.append((hem_half, hem_y))
    hem = hem_line(hem_half, hem_y, curve=6 + 14 * style.fit, waves=waves, depth=deep)
    folds = _folds(style, waist, waist_y, hem_half, hem_y)
    marks = _marks(style, waist, waist_y, hem_half, hem_y, hip)
    return SkirtShape(side, hem, hem_half, hem_y, tuple(folds), tuple(marks))


def _fall(t: float, waist: float, waist_y: float, hem: float, hem_y: float, start: float = 0.0) -> list[Point]:
    """A line that falls from share t (−1..1) of the waist to the same share of the hem, bowed over the hip."""
    y0 = waist_y + (hem_y - waist_y) * start
    x0 = t * (waist + (hem - waist) * start)
    middle = (t * (waist + (hem - waist) * 0.62), y0 + (hem_y - y0) * 0.42)
    return [(x0, y0), middle, (t * hem * 0.99, hem_y + 12)]


def _folds(style: Style, waist: float, waist_y: float, hem: float, hem_y: float) -> list[Fold]:
    chance = stream(style.seed, "skirt folds")
    folds: list[Fold] = []
    if "pleats" in style.traits:
        count = chance.choice([9, 11, 13])
        for i in range(count):
            t = -1 + 2 * (i + 0.5) / count
            folds.append(Fold(_fall(t, waist, waist_y, hem, hem_y), 6.5, 0.44, DROP))
            folds.append(Fold(_fall(t + 0.9 / count, waist, waist_y, hem, hem_y), 6.5, -0.32, DROP))
        return folds
    count = 3 if style.fit < 0.2 else 5 if style.fit < 0.6 else 7
    for i in range(count):
        t = -0.86 + 1.72 * (i + 0.5) / count + chance.uniform(-0.05, 0.05)
        start = chance.uniform(0.05, 0.4)
        depth = 0.2 + 0.22 * style.fit
        folds.append(Fold(_fall(t, waist, waist_y, hem, hem_y, start), 8 + 8 * style.fit, depth, DROP))
        folds.append(
            Fold(_fall(t + 0.13, waist, waist_y, hem, hem_y, start + 0.1), 9 + 8 * style.fit, -depth * 0.9, DROP)
        )
    return folds


def _marks(style: Style, waist: float, waist_y: float, hem: float, hem_y: float, hip: float) -> list[Mark]:
    marks: list[Mark] = []
    if "pleats" in style.traits:
        for i in range(11):
            t = -1 + 2 * (i + 0.5) / 11
            marks.append(Mark(open_line(_fall(t, waist, waist_y, hem, hem_y)), "dark", 0.9, alpha=90))
    if "darts" in style.traits:
        for turn in (list, flipped):
            marks.append(
                Mark(open_line(turn([(waist * 0.5, waist_y), (waist * 0.56, waist_y + 52)])), "dark", 1.0, alpha=170)
            )
    if "wrap" in style.traits:
        edge = [(waist * 0.45, waist_y), (hip * 0.55, HIP_Y + 40), (hem * 0.32, hem_y + 16)]
        marks.append(Mark(open_line(edge), "dark", 1.6))
        marks.append(Mark(open_line([(x + 4, y) for x, y in edge]), "dark", 4.0, alpha=70))
    if "tiers" in style.traits:
        for share in (0.36, 0.68):
            y = waist_y + (hem_y - waist_y) * share
            half = waist + (hem - waist) * (0.25 + 0.75 * share) + 10
            marks.append(Mark(open_line(hem_line(half, y, 10)), "dark", 1.4))
            marks.append(Mark(open_line(hem_line(half, y + 4, 10)), "dark", 5.0, alpha=50))
            for i in range(15):
                x = half * (-0.93 + 1.86 * i / 14)
                lift = 10 * (1 - (x / half) ** 2)
                marks.append(
                    Mark(open_line([(x, y + lift), (x * 1.02, y + lift + 12 + 7 * (i % 3))]), "dark", 1.0, alpha=120)
                )
    if "front-buttons" in style.traits:
        for x in (-7, 7):
            marks.append(Mark(open_line([(x, waist_y), (x, hem_y + 10)]), "stitch", 0.9, True, alpha=200))
        marks.append(Mark(open_line([(0, waist_y), (0, hem_y + 10)]), "dark", 1.2, alpha=170))
        for i in range(int((hem_y - waist_y - 20) / 44) + 1):
            marks += button(0, waist_y + 30 + i * 44, 3.2, "metal")
        for turn in (list, flipped):
            marks.append(
                Mark(
                    open_line(turn([(waist - 22, waist_y + 14), (waist - 16, waist_y + 42), (hip, waist_y + 50)])),
                    "stitch",
                    1.0,
                    True,
                    alpha=210,
                )
            )
    if not style.traits & {"waves", "slip"}:
        stitch = "stitch" if "stitched" in style.traits else "dark"
        marks.append(
            Mark(
                open_line(hem_line(hem, hem_y - 8, 6 + 14 * style.fit)),
                stitch,
                1.0,
                "stitched" in style.traits,
                alpha=130,
            )
        )
    return marks


def cut_skirt(style: Style, body: Body, _: Pose) -> Cut:
    top = stream(style.seed, "cut").choice([302.0, WAIST_Y, 322.0])
    waist = body.waist + 3 + max(top - 312, 0) * 0.4
    shape = cut_skirt_shape(style, body, waist_y=top, waist=waist)
    waist_line = [(-waist, top), (0, top + 6), (waist, top)]
    path = outline(waist_line, shape.side, shape.hem, mirrored(shape.side))
    main = Piece(
        path,
        Level.BODY,
        ((-shape.hem_half, 500), (shape.hem_half, 500)),
        volume=0.9,
        folds=shape.folds,
        marks=shape.marks,
    )
    inside = Piece(
        outline([(-waist, top), (0, top - 4), (waist, top)], [(waist, top), (0, top + 7), (-waist, top)]),
        Level.BEHIND,
        shade=0.45,
    )
    return Cut((inside, main, waistband(waist, top, 12.0, _band_marks(style, top))))


def _band_marks(style: Style, top: float) -> Sequence[Mark]:
    return button(0, top + 11, 3.0, "metal") if "stitched" in style.traits else ()


def waistband(waist: float, top: float, high: float, marks: Sequence[Mark] = (), cloth: str = "main") -> Piece:
    low = waist + high * 0.34
    path = outline(
        [(-waist - 0.6, top), (0, top + 6), (waist + 0.6, top)],
        [(waist + 0.6, top), (low, top + high)],
        [(low, top + high), (0, top + high + 6), (-low, top + high)],
        [(-low, top + high), (-waist - 0.6, top)],
    )
    return Piece(path, Level.BODY, marks=tuple(marks), cloth=cloth, lift=0.8)
