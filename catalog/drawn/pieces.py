"""How a cut garment is described before it is painted, and the brush that paints it.

A silhouette (folder silhouettes/) turns measures into pieces; this file turns pieces into pixels. Volume comes from
three soft things clipped to the piece: a gradient across it, blurred folds, and a darker rim.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import skia

from catalog.drawn.fabric import Cloth
from catalog.drawn.geometry import Point, Run, between, ribbon
from catalog.drawn.palette import Rgb, luminance, mix


class Level(IntEnum):
    """Where a piece lies on a figure, from behind the body to in front of the arms."""

    BEHIND = 0
    BODY = 1
    SLEEVE = 2


@dataclass(frozen=True, slots=True)
class Fold:
    """A soft stroke along a line: `depth` 0..1 darkens, below zero it lightens.

    `taper`: its width at both ends, as shares: dragged cloth folds most at the seam that holds it.
    """

    line: Run
    width: float
    depth: float
    taper: tuple[float, float] = (1.0, 0.12)


@dataclass(frozen=True, slots=True)
class Mark:
    """A hard line or shape on a piece: a seam, a stitch, a button. `width` 0 fills. `ink` is a tone of the cloth
    (`dark`, `light`, `stitch`, `metal`) or an own colour."""

    path: skia.Path
    ink: str | Rgb = "dark"
    width: float = 1.3
    dashed: bool = False
    alpha: int = 255


@dataclass(frozen=True, slots=True)
class Piece:
    """One panel of cloth. `across` is the line from its dark edge over its light middle to its dark edge."""

    path: skia.Path
    level: Level = Level.BODY
    across: tuple[Point, Point] | None = None
    tilt: float = 0.0
    shade: float = 0.0
    """0..1: how much darker the whole panel lies, such as the inside of a back."""
    volume: float = 1.0
    folds: tuple[Fold, ...] = ()
    marks: tuple[Mark, ...] = ()
    cloth: str = "main"
    """`main`, or `trim` for the second cloth: ribs, collars, cuffs."""
    lift: float = 0.0
    """Body units of soft shadow it throws on the piece below it: collars, lapels, pocket flaps."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A garment, cut: pieces in painting order."""

    pieces: tuple[Piece, ...]
    emblem: tuple[Point, float] | None = None
    """Where a chest print may sit, and its half width."""

    def at(self, level: Level) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.level == level)


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """The cloths a garment is painted with."""

    main: Cloth
    trim: Cloth
    sheen: float = 0.0

    def of(self, name: str) -> Cloth:
        return self.trim if name == "trim" else self.main


def shadow_of(ground: Rgb) -> Rgb:
    """A shadow is the cloth's own colour, deep and a little towards blue, not black on top."""
    return mix(mix(ground, (0, 0, 0), 0.72), (30, 24, 60), 0.25)


def light_of(ground: Rgb) -> Rgb:
    return mix(ground, (255, 252, 244), 0.75)


def rim_of(ground: Rgb) -> Rgb:
    return mix(ground, (20, 16, 30), 0.55) if luminance(ground) > 0.2 else mix(ground, (150, 150, 165), 0.28)


def paint(canvas: skia.Canvas, pieces: Iterable[Piece], cloths: Wardrobe) -> None:
    for piece in pieces:
        _paint_piece(canvas, piece, cloths.of(piece.cloth), cloths.sheen)


def _paint_piece(canvas: skia.Canvas, piece: Piece, cloth: Cloth, sheen: float) -> None:
    bounds = piece.path.getBounds()
    dark, light = shadow_of(cloth.ground), light_of(cloth.ground)
    is_dark = luminance(cloth.ground) < 0.2
    if piece.lift:
        _paint_lift(canvas, piece, dark)
    fill = skia.Paint(AntiAlias=True, Shader=cloth.shader(piece.tilt, bounds.centerX(), bounds.top()))
    canvas.drawPath(piece.path, fill)
    canvas.save()
    canvas.clipPath(piece.path, doAntiAlias=True)
    if piece.shade:
        canvas.drawPaint(skia.Paint(Color=skia.Color(*dark, round(255 * piece.shade))))
    _paint_volume(canvas, piece, dark, light, sheen, is_dark)
    for fold in piece.folds:
        _paint_fold(canvas, fold, dark, light, is_dark)
    for mark in piece.marks:
        _paint_mark(canvas, mark, cloth.ground)
    canvas.restore()
    rim = skia.Paint(
        AntiAlias=True,
        Color=skia.Color(*rim_of(cloth.ground), 215),
        Style=skia.Paint.kStroke_Style,
        StrokeWidth=1.15,
        StrokeJoin=skia.Paint.kRound_Join,
    )
    canvas.drawPath(piece.path, rim)


def _paint_lift(canvas: skia.Canvas, piece: Piece, dark: Rgb) -> None:
    soft = skia.Paint(
        AntiAlias=True,
        Color=skia.Color(*dark, 105),
        MaskFilter=skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, piece.lift),
    )
    canvas.save()
    canvas.translate(0, piece.lift * 0.8)
    canvas.drawPath(piece.path, soft)
    canvas.restore()


def _paint_volume(canvas: skia.Canvas, piece: Piece, dark: Rgb, light: Rgb, sheen: float, is_dark: bool) -> None:
    bounds = piece.path.getBounds()
    start, end = piece.across or ((bounds.left(), bounds.centerY()), (bounds.right(), bounds.centerY()))
    edge = round((70 if not is_dark else 95) * piece.volume)
    glow = round((16 + 50 * sheen if not is_dark else 22 + 50 * sheen) * piece.volume)
    shader = skia.GradientShader.MakeLinear(
        points=[start, end],
        colors=[
            skia.Color(*dark, edge),
            skia.Color(*dark, edge // 5),
            skia.Color(*light, glow),
            skia.Color(*light, 0),
            skia.Color(*dark, edge // 5),
            skia.Color(*dark, round(edge * 1.25)),
        ],
        positions=[0.0, 0.16, 0.36, 0.56, 0.8, 1.0],
    )
    canvas.drawPaint(skia.Paint(Shader=shader))


def _paint_fold(canvas: skia.Canvas, fold: Fold, dark: Rgb, light: Rgb, is_dark: bool) -> None:
    pale = luminance(dark) > 0.185  # of near-white cloth: there every fold shows twice as much
    strength = min(abs(fold.depth), 1.0) * ((100 if pale else 150) if fold.depth > 0 else (120 if not is_dark else 85))
    line = fold.line if len(fold.line) > 2 else [fold.line[0], between(fold.line[0], fold.line[1], 0.5), fold.line[1]]
    start, end = fold.taper
    last = len(line) - 1
    widths = [fold.width * 0.62 * (start + (end - start) * i / last) for i in range(last + 1)]
    brush = skia.Paint(
        AntiAlias=True,
        Color=skia.Color(*(dark if fold.depth > 0 else light), round(strength)),
        MaskFilter=skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, max(fold.width * 0.38, 0.8)),
    )
    canvas.drawPath(ribbon(line, widths), brush)


def _paint_mark(canvas: skia.Canvas, mark: Mark, ground: Rgb) -> None:
    tones: dict[str, Rgb] = {
        "dark": rim_of(ground),
        "light": light_of(ground),
        "stitch": mix(ground, (232, 178, 104), 0.62),
        "metal": (196, 180, 140),
        "steel": (188, 192, 198),
        "horn": (74, 52, 40) if luminance(ground) > 0.32 else (150, 124, 98),
        "pearl": (236, 230, 218) if luminance(ground) < 0.75 else (206, 198, 186),
    }
    rgb = tones[mark.ink] if isinstance(mark.ink, str) else mark.ink
    pen = skia.Paint(AntiAlias=True, Color=skia.Color(*rgb, mark.alpha))
    if mark.width:
        pen.setStyle(skia.Paint.kStroke_Style)
        pen.setStrokeWidth(mark.width)
        pen.setStrokeCap(skia.Paint.kRound_Cap)
        pen.setStrokeJoin(skia.Paint.kRound_Join)
        if mark.dashed:
            pen.setPathEffect(skia.DashPathEffect.Make([4.0, 3.0], 0.0))
    canvas.drawPath(mark.path, pen)
