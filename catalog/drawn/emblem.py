"""Chest prints without letters: suns, hills, stars, hearts, bolts, rings."""

from __future__ import annotations

import math
import random

import skia

from catalog.drawn.geometry import Point, outline
from catalog.drawn.palette import Rgb


def _fill(rgb: Rgb) -> skia.Paint:
    return skia.Paint(AntiAlias=True, Color=skia.Color(*rgb, 238))


def _pen(rgb: Rgb, width: float) -> skia.Paint:
    pen = _fill(rgb)
    pen.setStyle(skia.Paint.kStroke_Style)
    pen.setStrokeWidth(width)
    pen.setStrokeCap(skia.Paint.kRound_Cap)
    return pen


def paint_emblem(
    canvas: skia.Canvas, centre: Point, half: float, first: Rgb, second: Rgb, chance: random.Random
) -> None:
    """One motif in two inks around `centre`, `half` body units to each side."""
    canvas.save()
    canvas.translate(*centre)
    canvas.scale(half / 30, half / 30)
    chance.choice([_sun_over_hills, _star, _heart, _bolt, _rings, _wave])(canvas, first, second)
    canvas.restore()


def _sun_over_hills(canvas: skia.Canvas, first: Rgb, second: Rgb) -> None:
    disc = skia.Path()
    disc.addCircle(0, 0, 30)
    canvas.save()
    canvas.clipPath(disc, doAntiAlias=True)
    canvas.drawPaint(_fill(first))
    canvas.drawCircle(8, -8, 11, _fill(second))
    dark: Rgb = (round(second[0] * 0.5), round(second[1] * 0.5), round(second[2] * 0.5))
    canvas.drawPath(outline([(-40, 34), (-13, -4)], [(-13, -4), (14, 34)]), _fill(dark))
    canvas.drawPath(outline([(-14, 34), (12, 6)], [(12, 6), (40, 34)]), _fill(second))
    canvas.restore()


def _star(canvas: skia.Canvas, first: Rgb, second: Rgb) -> None:
    for size, ink in ((31.0, first), (19.0, second)):
        spokes = [(i * math.pi / 5, size if i % 2 == 0 else size * 0.45) for i in range(10)]
        points = [skia.Point(math.sin(angle) * reach, -math.cos(angle) * reach) for angle, reach in spokes]
        path = skia.Path()
        path.addPoly(points, True)
        canvas.drawPath(path, _fill(ink))


def _heart(canvas: skia.Canvas, first: Rgb, second: Rgb) -> None:
    path = skia.Path()
    path.moveTo(0, 28)
    path.cubicTo(-46, -6, -26, -36, 0, -14)
    path.cubicTo(26, -36, 46, -6, 0, 28)
    canvas.drawPath(path, _fill(first))
    canvas.drawLine(-14, 0, 14, 0, _pen(second, 4))
    canvas.drawLine(-9, 8, 9, 8, _pen(second, 4))


def _bolt(canvas: skia.Canvas, first: Rgb, second: Rgb) -> None:
    canvas.drawCircle(0, 0, 30, _fill(first))
    path = skia.Path()
    path.addPoly([skia.Point(*p) for p in ((6, -26), (-14, 5), (-1, 5), (-6, 26), (15, -6), (2, -6))], True)
    canvas.drawPath(path, _fill(second))


def _rings(canvas: skia.Canvas, first: Rgb, second: Rgb) -> None:
    for i, radius in enumerate((28, 20, 12)):
        canvas.drawCircle(0, 0, radius, _pen(first if i % 2 == 0 else second, 5))
    canvas.drawCircle(0, 0, 5, _fill(second))


def _wave(canvas: skia.Canvas, first: Rgb, second: Rgb) -> None:
    for i in range(4):
        y = -18 + i * 12
        path = skia.Path()
        path.moveTo(-30, y)
        for _ in range(3):
            path.rQuadTo(5, -9, 10, 0)
            path.rQuadTo(5, 9, 10, 0)
        canvas.drawPath(path, _pen(first if i % 2 == 0 else second, 5))
