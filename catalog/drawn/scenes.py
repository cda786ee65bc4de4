"""Streets to stand in: a brick wall, plaster in leaf shadow, a shop front, a park, lights out of focus, a crossing."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Final

import skia

from catalog.drawn.geometry import along, blob, open_line, outline, oval
from catalog.drawn.grounds import fill, pen, vertical, vignette
from catalog.drawn.palette import Rgb, mix

Scene = Callable[[skia.Canvas, int, int, random.Random], None]

FLOOR = 0.80
"""Where the wall meets the pavement, as a share of the height."""


def _rect(left: float, top: float, right: float, bottom: float) -> skia.Rect:
    return skia.Rect.MakeLTRB(left, top, right, bottom)


def _soft(rgb: Rgb, alpha: int, blur: float) -> skia.Paint:
    paint = fill(rgb, alpha)
    paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
    return paint


def _pavement(canvas: skia.Canvas, width: int, height: int, chance: random.Random, base: Rgb = (186, 180, 174)) -> None:
    """Slabs in one-point perspective, with a kerb's shade at the wall."""
    top = height * FLOOR
    vertical(canvas, width, top, height, mix(base, (60, 56, 60), 0.12), mix(base, (255, 250, 240), 0.18))
    line = pen(mix(base, (50, 44, 44), 0.5), 1.2, 130)
    middle = width * chance.uniform(0.3, 0.7)
    for i in range(-9, 10):
        canvas.drawLine(middle + i * width * 0.11, top, middle + i * width * 0.26, height, line)
    y, step = top, height * 0.022
    while y < height:
        canvas.drawLine(0, y, width, y, line)
        y += step
        step *= 1.55
    canvas.drawRect(_rect(0, top - 2, width, top + 12), _soft((30, 26, 34), 90, 6))


def bricks(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    base = chance.choice([(176, 92, 70), (206, 184, 164), (222, 218, 214), (146, 84, 72), (118, 126, 134)])
    mortar = mix(base, (236, 228, 216), 0.5)
    floor = height * FLOOR
    canvas.drawRect(_rect(0, 0, width, floor), fill(mortar))
    high, wide = height * 0.026, width * 0.105
    row, y = 0, 0.0
    while y < floor:
        x = -wide * (0.5 if row % 2 else 0.0)
        while x < width:
            tone = mix(base, chance.choice([(50, 30, 30), (255, 236, 214)]), chance.uniform(0, 0.17))
            canvas.drawRect(_rect(x + 1.2, y + 1.2, x + wide - 1.2, min(y + high - 1.2, floor)), fill(tone))
            x += wide
        y += high
        row += 1
    _pavement(canvas, width, height, chance)
    vignette(canvas, width, height, 70)


def leaf_shade(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    """A sunny plaster wall with the shadow of branches."""
    base = chance.choice(
        [(238, 214, 184), (226, 186, 160), (206, 216, 208), (240, 226, 200), (196, 206, 222), (232, 196, 190)]
    )
    vertical(canvas, width, 0, height * FLOOR, mix(base, (255, 255, 255), 0.25), base)
    shade = mix(base, (70, 60, 100), 0.34)
    from_left = chance.random() < 0.5
    for i in range(7):
        x = -0.05 * width if from_left else 1.05 * width
        y = height * (-0.08 + 0.09 * i + chance.uniform(-0.03, 0.03))
        long = chance.uniform(0.3, 0.62) * width * (1 if from_left else -1)
        stem = [(x, y), (x + long * 0.5, y + abs(long) * 0.12), (x + long, y + abs(long) * 0.5)]
        canvas.drawPath(open_line(stem), pen(shade, 3, 120, 2.5))
        for k in range(2, 15):
            (px, py), (dx, dy) = along(stem, k / 14)
            canvas.save()
            canvas.translate(px, py)
            canvas.rotate(math.degrees(math.atan2(dy, dx)) + (52 if k % 2 else -52) + chance.uniform(-8, 8))
            size = chance.uniform(15, 22) * (1.25 - 0.6 * k / 14)
            canvas.drawPath(oval(size, 0, size, size * 0.27), _soft(shade, 112, 2.2))
            canvas.restore()
    _pavement(canvas, width, height, chance, mix(base, (150, 144, 140), 0.6))
    vignette(canvas, width, height, 46)


def shop_front(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    wall = chance.choice([(54, 78, 74), (42, 52, 78), (120, 50, 54), (226, 214, 196), (78, 74, 72), (204, 160, 88)])
    canvas.drawRect(_rect(0, 0, width, height * FLOOR), fill(wall))
    top, floor = height * 0.2, height * FLOOR
    frame = mix(wall, (255, 240, 220), 0.25)
    panes = chance.choice([2, 3])
    for i in range(panes):
        left, right = width * (i / panes) + 10, width * ((i + 1) / panes) - 10
        canvas.drawRect(_rect(left - 5, top, right + 5, floor - 44), fill(frame))
        shader = skia.GradientShader.MakeLinear(
            [(left, top), (right, floor)],
            [skia.Color(250, 226, 178), skia.Color(164, 170, 176), skia.Color(98, 108, 120)],
        )
        canvas.drawRect(_rect(left, top + 5, right, floor - 50), skia.Paint(Shader=shader))
        for _ in range(4):
            x, h = chance.uniform(left + 10, right - 24), chance.uniform(50, 150)
            canvas.drawRect(
                _rect(x, floor - 50 - h, x + chance.uniform(14, 40), floor - 50),
                _soft(chance.choice([(90, 64, 60), (200, 150, 110), (80, 100, 110), (220, 206, 190)]), 130, 3),
            )
        canvas.drawLine(left + 14, floor - 120, right - 30, top + 30, pen((255, 255, 255), 9, 50))
    first, second = chance.choice(
        [
            ((244, 240, 230), (186, 62, 56)),
            ((244, 240, 230), (50, 92, 88)),
            ((242, 236, 222), (44, 60, 96)),
            ((246, 238, 226), (214, 164, 70)),
        ]
    )
    count = 10
    for i in range(count):
        path = skia.Path()
        a, b = i / count * width, (i + 1) / count * width
        path.addPoly(
            [
                skia.Point(a * 0.94 + width * 0.03, height * 0.1),
                skia.Point(b * 0.94 + width * 0.03, height * 0.1),
                skia.Point(b, top + 16),
                skia.Point(a, top + 16),
            ],
            True,
        )
        canvas.drawPath(path, fill(first if i % 2 else second))
        canvas.drawArc(_rect(a, top + 4, b, top + 28), 0, 180, True, fill(first if i % 2 else second))
    canvas.drawRect(_rect(0, top + 28, width, top + 44), _soft((20, 16, 26), 70, 7))
    _pavement(canvas, width, height, chance)
    vignette(canvas, width, height, 60)


def park(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    sky = chance.choice(
        [((188, 216, 236), (240, 236, 220)), ((236, 214, 190), (250, 236, 214)), ((206, 220, 226), (236, 240, 236))]
    )
    vertical(canvas, width, 0, height * 0.66, *sky)
    autumn = chance.random() < 0.35
    greens: list[Rgb] = (
        [(206, 132, 60), (188, 96, 52), (212, 168, 80), (150, 110, 60)]
        if autumn
        else [(92, 136, 82), (120, 158, 92), (74, 116, 84), (148, 174, 108)]
    )
    for depth in range(3):
        y = height * (0.34 + 0.09 * depth)
        for _ in range(5):
            x, r = chance.uniform(-0.1, 1.1) * width, chance.uniform(0.13, 0.24) * width
            tone = mix(chance.choice(greens), sky[1], 0.42 - 0.17 * depth)
            if depth:
                canvas.drawRect(_rect(x - 5, y, x + 5, height * 0.7), fill(mix((96, 76, 62), sky[1], 0.3)))
            points = [
                (x + r * chance.uniform(0.8, 1.1) * c, y + r * 0.9 * chance.uniform(0.8, 1.1) * s)
                for c, s in ((1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7), (-1, 0), (-0.7, -0.7), (0, -1), (0.7, -0.7))
            ]
            canvas.drawPath(blob(points), _soft(tone, 235, 4 - depth))
    hedge = mix(greens[0], (60, 80, 60), 0.35)
    points = [(i / 12 * width, height * (0.6 + chance.uniform(-0.012, 0.012))) for i in range(13)]
    canvas.drawPath(outline(points, [(width, height * 0.67), (0, height * 0.67)]), _soft(hedge, 235, 3))
    grass = (176, 156, 92) if autumn else (142, 172, 102)
    vertical(canvas, width, height * 0.64, height, mix(grass, (70, 90, 60), 0.3), mix(grass, (255, 250, 210), 0.2))
    path = skia.Path()
    path.moveTo(width * 0.44, height * 0.64)
    path.cubicTo(width * 0.36, height * 0.76, width * 0.12, height * 0.86, -width * 0.05, height)
    path.lineTo(width * 1.05, height)
    path.cubicTo(width * 0.86, height * 0.86, width * 0.62, height * 0.76, width * 0.54, height * 0.64)
    canvas.drawPath(path, _soft((222, 206, 178), 255, 2))
    for _ in range(60):
        x, y = chance.uniform(0, width), chance.uniform(0.66, 1.0) * height
        canvas.drawOval(skia.Rect.MakeXYWH(x, y, chance.uniform(2, 6), 2), fill(chance.choice(greens), 150))
    vignette(canvas, width, height, 50)


def bokeh(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    """A street far out of focus: tall soft blocks and lights."""
    night = chance.random() < 0.5
    upper, lower = ((44, 48, 72), (86, 76, 92)) if night else ((206, 210, 218), (226, 216, 206))
    vertical(canvas, width, 0, height, upper, lower)
    for _ in range(9):
        x, w = chance.uniform(-0.1, 1.0) * width, chance.uniform(0.12, 0.3) * width
        tone = mix(chance.choice([(96, 84, 92), (150, 120, 104), (110, 124, 140), (180, 166, 150)]), upper, 0.45)
        canvas.drawRect(_rect(x, chance.uniform(-0.1, 0.35) * height, x + w, height * 0.8), _soft(tone, 200, 12))
    for _ in range(34):
        x, y, r = chance.uniform(0, width), chance.uniform(0, 0.75) * height, chance.uniform(6, 26)
        tone = chance.choice([(255, 212, 140), (255, 238, 206), (250, 150, 110), (170, 206, 240), (255, 190, 190)])
        canvas.drawCircle(x, y, r, _soft(tone, 84 if night else 62, 1.6))
        canvas.drawCircle(x, y, r, pen(tone, 1.5, 90 if night else 60))
    vertical_shade = mix(lower, (60, 54, 62), 0.5 if night else 0.25)
    canvas.drawRect(_rect(0, height * FLOOR, width, height * 1.1), _soft(vertical_shade, 235, 14))
    vignette(canvas, width, height, 60)


def crossing(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    """A zebra crossing in front of a pale facade with windows."""
    base = chance.choice([(222, 208, 190), (196, 204, 212), (228, 196, 176), (206, 200, 188)])
    floor = height * 0.7
    vertical(canvas, width, 0, floor, mix(base, (255, 255, 255), 0.3), base)
    columns, rows = chance.choice([3, 4]), 3
    for column in range(columns):
        for row in range(rows):
            x, y = width * (column + 0.5) / columns, height * (0.03 + row * 0.2)
            w, h = width / columns * 0.5, height * 0.14
            canvas.drawRect(
                _rect(x - w / 2 - 5, y - 5, x + w / 2 + 5, y + h + 5), fill(mix(base, (255, 255, 255), 0.5))
            )
            canvas.drawRect(
                _rect(x - w / 2, y, x + w / 2, y + h), fill(mix((88, 104, 122), base, chance.uniform(0.05, 0.3)))
            )
            canvas.drawLine(x, y, x, y + h, pen(mix(base, (255, 255, 255), 0.5), 3))
            canvas.drawLine(x - w / 2, y + h * 0.4, x + w / 2, y + h * 0.4, pen(mix(base, (255, 255, 255), 0.5), 3))
    canvas.drawRect(_rect(0, floor - 16, width, floor + 6), fill((168, 162, 158)))
    vertical(canvas, width, floor + 4, height, (92, 92, 98), (122, 120, 124))
    for i in range(-4, 6):
        path = skia.Path()
        a, b = width * (0.5 + i * 0.13), width * (0.5 + i * 0.26)
        path.addPoly(
            [
                skia.Point(a, floor + 14),
                skia.Point(a + width * 0.06, floor + 14),
                skia.Point(b + width * 0.12, height),
                skia.Point(b, height),
            ],
            True,
        )
        canvas.drawPath(path, fill((238, 236, 230), 225))
    vignette(canvas, width, height, 56)


def studio(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    """A painted wall with an arch."""
    base = chance.choice([(236, 214, 202), (210, 222, 218), (228, 222, 236), (240, 226, 190), (214, 206, 198)])
    vertical(canvas, width, 0, height * 0.86, mix(base, (255, 255, 255), 0.4), base)
    arch = skia.Path()
    left, right, top = width * 0.14, width * 0.86, height * 0.07
    arch.addRoundRect(_rect(left, top, right, height * 1.3), width * 0.36, width * 0.36)
    canvas.drawPath(
        arch, fill(mix(base, chance.choice([(196, 110, 84), (92, 128, 130), (146, 110, 160), (224, 170, 90)]), 0.45))
    )
    vertical(canvas, width, height * 0.86, height, mix(base, (90, 80, 76), 0.16), mix(base, (255, 255, 255), 0.1))
    vignette(canvas, width, height, 36)


SCENES: Final[dict[str, Scene]] = {
    "bricks": bricks,
    "leaf_shade": leaf_shade,
    "shop_front": shop_front,
    "park": park,
    "bokeh": bokeh,
    "crossing": crossing,
    "studio": studio,
}
