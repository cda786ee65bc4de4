"""What a shop lays a product on: paper, tinted card, linen, a wood floor, an unmade bed, stone tiles, a rug, a wall."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

import skia

from catalog.drawn.geometry import open_line
from catalog.drawn.palette import Rgb, mix

Ground = Callable[[skia.Canvas, int, int, random.Random], None]


def fill(rgb: Rgb, alpha: int = 255) -> skia.Paint:
    return skia.Paint(AntiAlias=True, Color=skia.Color(*rgb, alpha))


def pen(rgb: Rgb, width: float, alpha: int = 255, blur: float = 0.0) -> skia.Paint:
    paint = fill(rgb, alpha)
    paint.setStyle(skia.Paint.kStroke_Style)
    paint.setStrokeWidth(width)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    if blur:
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
    return paint


def vertical(canvas: skia.Canvas, width: int, top: float, bottom: float, upper: Rgb, lower: Rgb) -> None:
    """A band that fades from one colour to another."""
    shader = skia.GradientShader.MakeLinear([(0, top), (0, bottom)], [skia.Color(*upper), skia.Color(*lower)])
    canvas.drawRect(skia.Rect.MakeLTRB(0, top, width, bottom), skia.Paint(Shader=shader, Dither=True))


def vignette(canvas: skia.Canvas, width: int, height: int, strength: int = 46, x: float = 0.5, y: float = 0.42) -> None:
    shader = skia.GradientShader.MakeRadial(
        (width * x, height * y),
        max(width, height) * 0.78,
        [skia.Color(255, 255, 255, strength // 3), skia.Color(30, 26, 40, 0), skia.Color(30, 26, 40, strength)],
        [0.0, 0.5, 1.0],
    )
    canvas.drawPaint(skia.Paint(Shader=shader, Dither=True))


_PAPERS: Final[list[Rgb]] = [(250, 250, 249), (244, 243, 241), (238, 238, 240), (246, 241, 235), (255, 255, 255)]
_CARDS: Final[list[Rgb]] = [
    (243, 222, 214),
    (219, 229, 233),
    (229, 232, 217),
    (236, 226, 240),
    (247, 233, 205),
    (212, 224, 219),
    (226, 216, 206),
]


def paper(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    canvas.drawPaint(fill(chance.choice(_PAPERS)))
    vignette(canvas, width, height, 26)


def card(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    base = chance.choice(_CARDS)
    vertical(canvas, width, 0, height, mix(base, (255, 255, 255), 0.3), base)
    vignette(canvas, width, height, 34)


def two_cards(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    """Two tints that meet on a slant, as stylists lay paper under a garment."""
    first, second = chance.sample(_CARDS, 2)
    canvas.drawPaint(fill(first))
    path = skia.Path()
    a, b = chance.uniform(0.25, 0.6) * height, chance.uniform(0.35, 0.75) * height
    path.addPoly([skia.Point(0, a), skia.Point(width, b), skia.Point(width, height), skia.Point(0, height)], True)
    canvas.drawPath(path, pen((40, 34, 40), 5, 60, 4))
    canvas.drawPath(path, fill(second))
    vignette(canvas, width, height, 30)


def linen(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    base = chance.choice([(226, 217, 203), (214, 214, 210), (233, 228, 220), (198, 190, 178)])
    canvas.drawPaint(fill(base))
    for i in range(0, width, 3):
        canvas.drawLine(i, 0, i, height, pen(mix(base, (90, 76, 60), chance.uniform(0.05, 0.25)), 1, 80))
    for i in range(0, height, 3):
        canvas.drawLine(0, i, width, i, pen(mix(base, (255, 250, 240), chance.uniform(0.1, 0.5)), 1, 80))
    vignette(canvas, width, height, 40)


def wood(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    base = chance.choice([(190, 150, 108), (158, 116, 78), (208, 180, 144), (122, 92, 70), (221, 206, 184)])
    plank = chance.uniform(62, 96)
    x = -chance.uniform(0, plank)
    while x < width:
        tone = mix(base, chance.choice([(60, 36, 20), (255, 232, 200)]), chance.uniform(0.0, 0.18))
        canvas.drawRect(skia.Rect.MakeXYWH(x, 0, plank, height), fill(tone))
        for _ in range(9):
            gx, bend = x + chance.uniform(4, plank - 4), chance.uniform(-5, 5)
            canvas.save()
            canvas.clipRect(skia.Rect.MakeXYWH(x, 0, plank, height))
            line = [(gx, -10), (gx + bend, height * 0.3), (gx - bend, height * 0.66), (gx + bend, height + 10)]
            canvas.drawPath(open_line(line), pen(mix(tone, (50, 30, 16), 0.4), chance.uniform(0.7, 1.8), 90))
            canvas.restore()
        end = chance.uniform(0, height)
        canvas.drawLine(x, end, x + plank, end, pen(mix(base, (30, 18, 10), 0.65), 1.6))
        canvas.drawLine(x, 0, x, height, pen(mix(base, (30, 18, 10), 0.7), 1.8))
        x += plank
    vignette(canvas, width, height, 60)


def bed(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    """Crumpled bed linen, with a pillow's edge above."""
    base = chance.choice([(236, 234, 232), (222, 226, 233), (233, 222, 212), (206, 214, 208), (196, 202, 214)])
    canvas.drawPaint(fill(base))
    for _ in range(26):
        x, y = chance.uniform(-40, width), chance.uniform(-20, height)
        dx, dy = chance.uniform(60, 230), chance.uniform(-120, 120)
        line = [(x, y), (x + dx * 0.5, y + dy * 0.3 + chance.uniform(-18, 18)), (x + dx, y + dy)]
        wide = chance.uniform(5, 18)
        canvas.drawPath(open_line(line), pen(mix(base, (86, 88, 112), 0.55), wide, 62, wide * 0.5))
        canvas.translate(-3, -4)
        canvas.drawPath(open_line(line), pen((255, 255, 255), wide * 0.8, 130, wide * 0.45))
        canvas.translate(3, 4)
    if chance.random() < 0.6:
        pillow = skia.Path()
        left = chance.uniform(-60, width * 0.4)
        pillow.addRoundRect(skia.Rect.MakeXYWH(left, -70, width * 0.7, 128), 36, 36)
        canvas.drawPath(pillow, pen((60, 60, 84), 12, 60, 9))
        canvas.drawPath(pillow, fill(mix(base, (255, 255, 255), 0.6)))
    vignette(canvas, width, height, 44)


def tiles(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    base, step = chance.choice([(216, 212, 206), (186, 194, 196), (228, 220, 208)]), chance.uniform(70, 110)
    canvas.drawPaint(fill(mix(base, (110, 104, 98), 0.4)))
    for row in range(int(height / step) + 2):
        for column in range(int(width / step) + 2):
            tone = mix(base, (255, 255, 255), chance.uniform(0, 0.3))
            rect = skia.Rect.MakeXYWH(column * step - 20, row * step - 20, step - 3, step - 3)
            canvas.drawRect(rect, fill(tone))
    for _ in range(500):
        x, y = chance.uniform(0, width), chance.uniform(0, height)
        canvas.drawCircle(
            x,
            y,
            chance.uniform(0.8, 2.6),
            fill(chance.choice([(120, 104, 96), (168, 128, 108), (90, 100, 108), (246, 244, 240)]), 150),
        )
    vignette(canvas, width, height, 44)


def rug(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    """A woven rug with bands: the busiest ground."""
    inks = chance.choice(
        [
            [(176, 74, 58), (230, 204, 164), (54, 62, 84)],
            [(72, 104, 110), (228, 216, 190), (190, 130, 84)],
            [(196, 170, 140), (240, 232, 216), (120, 96, 84)],
        ]
    )
    y = 0.0
    while y < height:
        band = chance.uniform(16, 54)
        ink, other = chance.sample(inks, 2)
        canvas.drawRect(skia.Rect.MakeXYWH(0, y, width, band), fill(ink))
        if band > 32:
            step = chance.uniform(24, 40)
            for i in range(int(width / step) + 1):
                path = skia.Path()
                cx, cy = (i + 0.5) * step, y + band / 2
                path.addPoly(
                    [
                        skia.Point(cx - step * 0.4, cy),
                        skia.Point(cx, cy - band * 0.36),
                        skia.Point(cx + step * 0.4, cy),
                        skia.Point(cx, cy + band * 0.36),
                    ],
                    True,
                )
                canvas.drawPath(path, fill(other))
        y += band
    for i in range(0, height, 4):
        canvas.drawLine(0, i, width, i, pen((40, 30, 30), 1, 46))
    vignette(canvas, width, height, 60)


def plaster(canvas: skia.Canvas, width: int, height: int, chance: random.Random) -> None:
    base = chance.choice([(232, 226, 217), (214, 205, 193), (221, 226, 224), (205, 190, 176), (190, 200, 196)])
    vertical(canvas, width, 0, height, mix(base, (255, 255, 255), 0.35), mix(base, (90, 80, 72), 0.16))
    for _ in range(46):
        x, y, r = chance.uniform(0, width), chance.uniform(0, height), chance.uniform(20, 80)
        tone = (255, 255, 255) if chance.random() < 0.5 else (110, 96, 84)
        paint = fill(tone, 13)
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, r * 0.4))
        canvas.drawOval(skia.Rect.MakeXYWH(x - r, y - r * 0.6, r * 2, r * 1.2), paint)


GROUNDS: Final[dict[str, Ground]] = {
    "paper": paper,
    "card": card,
    "two_cards": two_cards,
    "linen": linen,
    "wood": wood,
    "bed": bed,
    "tiles": tiles,
    "rug": rug,
    "rail": plaster,
}
WEIGHTS: Final = {
    "paper": 7,
    "card": 5,
    "two_cards": 3,
    "linen": 2,
    "wood": 2,
    "bed": 2,
    "tiles": 1,
    "rug": 1,
    "rail": 3,
}
