"""Cloth: a repeating tile of one pattern in a few inks, with the weave on top."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import skia

from catalog.drawn.chance import stream
from catalog.drawn.geometry import blob, oval, ribbon
from catalog.drawn.palette import Rgb, hex_of, luminance, mix
from mlcore.types import Colour

TILE = 256
"""Pixels on a side of a tile; it covers `Cloth.span` body units."""

Ink = tuple[str, Rgb]
Draw = Callable[[skia.Canvas, random.Random, tuple[Ink, ...]], None]


@dataclass(frozen=True, slots=True)
class Cloth:
    """What a garment is cut from. `inks`: ground first. `shares` sum to 1 over the inks."""

    inks: tuple[Ink, ...]
    tile: skia.Image
    shares: tuple[float, ...]
    span: float
    texture: str

    @property
    def ground(self) -> Rgb:
        return self.inks[0][1]

    def shader(self, tilt: float, x: float, y: float) -> skia.Shader:
        """The pattern turned by `tilt` degrees around a point, so that a sleeve's stripes follow the arm."""
        scale = self.span / TILE
        matrix = skia.Matrix().setRotate(tilt, x, y)
        matrix.preTranslate(x, y)
        matrix.preScale(scale, scale)
        smooth = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)
        return self.tile.makeShader(skia.TileMode.kRepeat, skia.TileMode.kRepeat, smooth, matrix)

    def colours(self) -> tuple[Colour, ...]:
        """The inks with their share of the cloth, in the order of the inks; inks under 2 % are left out."""
        return tuple(
            Colour(name, hex_of(rgb), round(share, 3))
            for (name, rgb), share in zip(self.inks, self.shares, strict=True)
            if share >= 0.02
        )


def weave(seed: int, pattern: str, inks: tuple[Ink, ...], texture: str) -> Cloth:
    """`inks`: ground and two companions; a pattern takes what it needs."""
    chance = stream(seed, "weave", pattern)
    used = inks[: _INK_COUNT.get(pattern, 1)]
    surface = skia.Surface(TILE, TILE)
    canvas = surface.getCanvas()
    canvas.clear(_color(used[0][1]))
    span = 150.0
    if pattern in _PATTERNS:
        span *= chance.choice(_SPANS[pattern])
        _PATTERNS[pattern](canvas, chance, used)
    shares = _shares(surface, used) if pattern in _PATTERNS else (1.0, *(0.0 for _ in used[1:]))
    _weave_over(canvas, chance, texture, used[0][1])
    return Cloth(used, surface.makeImageSnapshot(), shares, span, texture)


def _shares(surface: skia.Surface, inks: tuple[Ink, ...]) -> tuple[float, ...]:
    pixels = surface.toarray(colorType=skia.kRGBA_8888_ColorType)[::2, ::2, :3].astype(np.int32)
    away = [((pixels - np.array(rgb)) ** 2).sum(axis=2) for _, rgb in inks]
    nearest = np.argmin(np.stack(away), axis=0)
    return tuple(float((nearest == i).mean()) for i in range(len(inks)))


def _color(rgb: Rgb, alpha: int = 255) -> int:
    return int(skia.Color(*rgb, alpha))


def _fill(rgb: Rgb, alpha: int = 255) -> skia.Paint:
    return skia.Paint(AntiAlias=True, Color=_color(rgb, alpha))


def _pen(rgb: Rgb, width: float, alpha: int = 255) -> skia.Paint:
    return skia.Paint(
        AntiAlias=True,
        Color=_color(rgb, alpha),
        Style=skia.Paint.kStroke_Style,
        StrokeWidth=width,
        StrokeCap=skia.Paint.kRound_Cap,
    )


def _around(canvas: skia.Canvas, x: float, y: float, reach: float, draw: Callable[[], None]) -> None:
    """Draw a motif at x, y and again beyond the edges it crosses, so that the tile repeats without a seam."""
    for dx in (-TILE, 0, TILE):
        for dy in (-TILE, 0, TILE):
            if -reach < x + dx < TILE + reach and -reach < y + dy < TILE + reach:
                canvas.save()
                canvas.translate(x + dx, y + dy)
                draw()
                canvas.restore()


def _scatter(chance: random.Random, count: int, apart: float) -> list[tuple[float, float]]:
    """Points at least `apart` from each other on the torus (best of many throws)."""
    points: list[tuple[float, float]] = []
    for _ in range(count * 30):
        x, y = chance.uniform(0, TILE), chance.uniform(0, TILE)
        gaps = ((min(abs(x - a), TILE - abs(x - a)), min(abs(y - b), TILE - abs(y - b))) for a, b in points)
        if all(math.hypot(*gap) >= apart for gap in gaps):
            points.append((x, y))
        if len(points) == count:
            break
    return points


def _stripe(canvas: skia.Canvas, chance: random.Random, inks: tuple[Ink, ...]) -> None:
    count = chance.choice([4, 6, 8])
    step = TILE / count
    width = step * chance.choice([0.3, 0.36, 0.44])
    upright = chance.random() < 0.35
    for i in range(count):
        at = i * step + step / 2 - width / 2
        rect = skia.Rect.MakeXYWH(at, 0, width, TILE) if upright else skia.Rect.MakeXYWH(0, at, TILE, width)
        canvas.drawRect(rect, _fill(inks[1][1]))


def _check(canvas: skia.Canvas, chance: random.Random, inks: tuple[Ink, ...]) -> None:
    style = chance.choice(["gingham", "tartan", "pane"])
    second, third = inks[1][1], inks[2][1]
    if style == "gingham":
        step = TILE / 4
        for i in range(4):
            canvas.drawRect(skia.Rect.MakeXYWH(i * step, 0, step * 0.36, TILE), _fill(second, 118))
            canvas.drawRect(skia.Rect.MakeXYWH(0, i * step, TILE, step * 0.36), _fill(second, 118))
    elif style == "tartan":
        step = TILE / 2
        for i in range(2):
            for at, wide, ink, alpha in ((12, 30, second, 116), (76, 10, second, 110), (106, 5, third, 220)):
                canvas.drawRect(skia.Rect.MakeXYWH(i * step + at, 0, wide, TILE), _fill(ink, alpha))
                canvas.drawRect(skia.Rect.MakeXYWH(0, i * step + at, TILE, wide), _fill(ink, alpha))
    else:
        step = TILE / 3
        for i in range(3):
            canvas.drawRect(skia.Rect.MakeXYWH(i * step + 20, 0, 7, TILE), _fill(second, 235))
            canvas.drawRect(skia.Rect.MakeXYWH(0, i * step + 20, TILE, 7), _fill(second, 235))


def _dot(canvas: skia.Canvas, chance: random.Random, inks: tuple[Ink, ...]) -> None:
    count = chance.choice([4, 6])
    step = TILE / count
    radius = step * chance.uniform(0.16, 0.24)
    for row in range(count):
        for column in range(count):
            x = (column + (0.5 if row % 2 else 0.0)) * step + step / 4
            y = row * step + step / 2
            _around(canvas, x, y, radius, lambda: canvas.drawCircle(0, 0, radius, _fill(inks[1][1])))


def _floral(canvas: skia.Canvas, chance: random.Random, inks: tuple[Ink, ...]) -> None:
    petal, heart = inks[1][1], inks[2][1]
    leaf = mix(heart, (60, 104, 66), 0.7)
    big = chance.uniform(17, 25)
    petals = chance.choice([5, 5, 6])

    def flower(size: float, turn: float) -> None:
        canvas.rotate(turn)
        for side in (35, 165):
            canvas.save()
            canvas.rotate(side)
            canvas.drawPath(oval(size * 1.25, 0, size * 0.55, size * 0.22), _fill(leaf))
            canvas.restore()
        for i in range(petals):
            canvas.save()
            canvas.rotate(i * 360 / petals)
            canvas.drawPath(oval(size * 0.55, 0, size * 0.5, size * 0.36), _fill(petal))
            canvas.drawLine(size * 0.3, 0, size * 0.75, 0, _pen(mix(petal, heart, 0.35), 1.2, 160))
            canvas.restore()
        canvas.drawCircle(0, 0, size * 0.26, _fill(heart))

    for i, (x, y) in enumerate(_scatter(chance, 13, 56)):
        size, turn = big * (1.0 if i % 3 else 0.62), chance.uniform(0, 360)
        _around(canvas, x, y, size * 2, lambda size=size, turn=turn: flower(size, turn))  # type: ignore[misc]


def _animal(canvas: skia.Canvas, chance: random.Random, inks: tuple[Ink, ...]) -> None:
    dark, middle = inks[1][1], inks[2][1]
    if chance.random() < 0.3:
        _zebra(canvas, chance, dark)
        return
    for x, y in _scatter(chance, 40, 27):
        size, turn = chance.uniform(10, 14), chance.uniform(0, 360)
        rim = [
            (math.cos(a) * size * chance.uniform(0.75, 1.1), math.sin(a) * size * chance.uniform(0.65, 0.95))
            for a in (i * math.tau / 8 for i in range(8))
        ]
        open_at = chance.uniform(0, 360)

        def rosette(
            turn: float = turn, rim: list[tuple[float, float]] = rim, open_at: float = open_at, size: float = size
        ) -> None:
            canvas.rotate(turn)
            canvas.drawPath(blob(rim), _fill(middle))
            pen = _pen(dark, 6.0)
            box = skia.Rect.MakeLTRB(-size, -size * 0.8, size, size * 0.8)
            canvas.drawArc(box, open_at, 130, False, pen)
            canvas.drawArc(box, open_at + 180, 110, False, pen)

        _around(canvas, x, y, size * 2, rosette)


def _zebra(canvas: skia.Canvas, chance: random.Random, dark: Rgb) -> None:
    """Wedges in rows, each bent and pointed at both ends."""
    for row in range(9):
        for half in (0, 1):
            x, y = (half + 0.5 * (row % 2) + chance.uniform(-0.1, 0.1)) * TILE / 2, (row + 0.5) * TILE / 9
            long, bend, thick = chance.uniform(50, 72), chance.uniform(-13, 13), chance.uniform(6.5, 9)
            line = [(-long, bend), (-long * 0.4, -bend * 0.3), (long * 0.3, bend * 0.5), (long, -bend)]
            wedge = ribbon(line, (0.5, thick * 0.8, thick, 0.5))
            _around(canvas, x, y, long + 14, lambda wedge=wedge: canvas.drawPath(wedge, _fill(dark)))  # type: ignore[misc]


def _print(canvas: skia.Canvas, chance: random.Random, inks: tuple[Ink, ...]) -> None:
    """All-over geometry: what `graphic` means on trousers and skirts, which have no chest to print on."""
    for i, (x, y) in enumerate(_scatter(chance, 12, 58)):
        ink = inks[1 + i % 2][1]
        form, turn = chance.choice(["ring", "half", "bar", "tri"]), chance.choice([0, 45, 90, 135])

        def motif(ink: Rgb = ink, form: str = form, turn: int = turn) -> None:
            canvas.rotate(turn)
            if form == "ring":
                canvas.drawCircle(0, 0, 15, _pen(ink, 7))
            elif form == "half":
                canvas.drawArc(skia.Rect.MakeLTRB(-22, -22, 22, 22), 0, 180, True, _fill(ink))
            elif form == "bar":
                canvas.drawLine(-18, 0, 18, 0, _pen(ink, 10))
            else:
                path = skia.Path()
                path.addPoly([skia.Point(-20, 16), skia.Point(20, 16), skia.Point(0, -18)], True)
                canvas.drawPath(path, _fill(ink))

        _around(canvas, x, y, 30, motif)


def _weave_over(canvas: skia.Canvas, chance: random.Random, texture: str, ground: Rgb) -> None:
    """Threads: lines a shade darker and lighter, so faint that the ground's median stays where it is."""
    dark = mix(ground, (0, 0, 0), 0.5)
    light = mix(ground, (255, 255, 255), 0.5)
    strength = 34 if luminance(ground) > 0.2 else 60
    if texture == "denim":
        for i in range(-64, 64):
            canvas.drawLine(i * 4, 0, i * 4 + TILE, TILE, _pen(light if i % 2 else dark, 1.4, strength))
    elif texture == "knit":
        cell = skia.Surface(8, 8)  # one stitch, repeated: a thousand lines a tile took 10 ms
        with cell as stitch:
            stitch.drawLine(1, 0, 1, 8, _pen(dark, 1.6, strength))
            stitch.drawLine(1, 0, 5, 4, _pen(light, 1.2, strength // 2))
        canvas.drawPaint(
            skia.Paint(Shader=cell.makeImageSnapshot().makeShader(skia.TileMode.kRepeat, skia.TileMode.kRepeat))
        )
    elif texture == "linen":
        for _ in range(120):
            x, y, long = chance.uniform(0, TILE), chance.uniform(0, TILE), chance.uniform(20, 90)
            pen = _pen(chance.choice([dark, light]), 1.0, strength // 2)
            if chance.random() < 0.5:
                canvas.drawLine(x, y, x + long, y, pen)
            else:
                canvas.drawLine(x, y, x, y + long, pen)
    elif texture == "wool":
        for _ in range(260):
            x, y, turn = chance.uniform(0, TILE), chance.uniform(0, TILE), chance.uniform(0, math.tau)
            pen = _pen(chance.choice([dark, light]), 1.2, strength // 2)
            canvas.drawLine(x, y, x + 7 * math.cos(turn), y + 7 * math.sin(turn), pen)


_PATTERNS: Final[dict[str, Draw]] = {
    "stripe": _stripe,
    "check": _check,
    "dot": _dot,
    "floral": _floral,
    "animal": _animal,
    "print": _print,
}
_INK_COUNT: Final = {"stripe": 2, "check": 3, "dot": 2, "floral": 3, "animal": 3, "print": 3, "graphic": 3}
_SPANS: Final[dict[str, list[float]]] = {
    "stripe": [0.7, 0.9, 1.2],
    "check": [0.7, 0.9, 1.2],
    "dot": [0.6, 0.8, 1.1],
    "floral": [0.8, 1.0, 1.25],
    "animal": [0.7, 0.85, 1.0],
    "print": [0.9, 1.2],
}
