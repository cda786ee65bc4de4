"""Heads: a calm face and a dozen ways to wear hair. Drawn in body space: crown at y = 0, chin at about 98."""

from __future__ import annotations

import math

import skia

from catalog.drawn.chance import stream
from catalog.drawn.figure import Person, dyed_cloth
from catalog.drawn.geometry import Point, blob, flipped, open_line, outline, oval
from catalog.drawn.grounds import fill, pen
from catalog.drawn.palette import Rgb, luminance, mix
from catalog.drawn.pieces import Fold, Mark, Piece, paint

_CAP_OUTER: list[Point] = [(-37, 54), (-41, 26), (-27, -2), (0, -11), (27, -2), (41, 26), (37, 54)]


def paint_back_hair(canvas: skia.Canvas, person: Person) -> None:
    """What hangs behind the neck and shoulders."""
    style = person.hair_style
    if style in ("long", "waves", "beret"):
        low = 216.0 if style == "long" else 196.0
        wave = 7.0 if style != "long" else 0.0
        right = [
            (0.0, -10.0),
            (34.0, 4.0),
            (46.0, 50.0),
            (50.0 + wave, 104.0),
            (45.0 - wave * 0.3, 150.0),
            (51.0 + wave, low - 14),
            (30.0, low),
        ]
        _hair(
            canvas,
            person,
            outline(right, [(30, low), (0, low - 10), (-30, low)], list(reversed(flipped(right)))),
            strands=[[(x, 60.0), (x * 1.2, low - 8)] for x in (-40.0, -28.0, 28.0, 40.0)],
        )
    elif style == "bob":
        right = [(0.0, -10.0), (36.0, 4.0), (47.0, 50.0), (50.0, 96.0), (40.0, 118.0)]
        _hair(
            canvas,
            person,
            outline(right, [(40, 118), (0, 112), (-40, 118)], list(reversed(flipped(right)))),
            strands=[[(x, 50.0), (x * 1.1, 112.0)] for x in (-42.0, 42.0)],
        )
    elif style == "afro":
        _cloud(canvas, person, 0, 32, 60, 17)
    elif style == "curls":
        if person.woman:
            _cloud(canvas, person, 0, 52, 52, 14)
            _cloud(canvas, person, -32, 92, 20, 9)
            _cloud(canvas, person, 32, 92, 20, 9)
        else:
            _cloud(canvas, person, 0, 18, 40, 11)
    elif style == "pony":
        tail = outline([(8, 0), (52, 14), (66, 70), (56, 150)], [(56, 150), (46, 120), (40, 60), (8, 20)])
        _hair(canvas, person, tail, strands=[[(50.0, 30.0), (58.0, 130.0)]])
    elif style == "bun":
        _hair(canvas, person, oval(0, -20, 21, 19), strands=[[(-10.0, -28.0), (8.0, -14.0)]])


def paint_head(canvas: skia.Canvas, person: Person) -> None:
    """Face and the hair in front of it."""
    skin = dyed_cloth(person.skin)
    ears = [Piece(oval(s * 35.5, 55, 6, 10), volume=0.3) for s in (1, -1)]
    wide = 1.0 if person.woman else 1.05
    half: list[Point] = [(0, 4), (24, 10), (35 * wide, 34), (34.5 * wide, 60), (26 * wide, 82), (12 * wide, 95.5)]
    face = blob([*half, (0, 98.5), *[(-x, y) for x, y in reversed(half[1:])]])
    paint(canvas, [*ears, Piece(face, volume=0.42)], skin)
    _features(canvas, person)
    _front_hair(canvas, person)


def _features(canvas: skia.Canvas, person: Person) -> None:
    chance = stream(person.seed, "face")
    line = mix(person.skin, (58, 26, 22), 0.62)
    brow = mix(person.hair, (30, 20, 20), 0.3)
    glasses = chance.random()
    irises: list[Rgb] = [(70, 46, 32), (84, 58, 38), (74, 102, 122), (82, 100, 72)]
    iris = chance.choice(irises if luminance(person.skin) > 0.7 else irises[:2])
    for s in (1, -1):
        blush = fill(mix(person.skin, (226, 96, 88), 0.5), 62)
        blush.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, 5))
        canvas.drawOval(skia.Rect.MakeXYWH(s * 20 - 8, 66, 16, 10), blush)
        canvas.drawPath(
            open_line([(s * 8, 43.5), (s * 15, 40.5), (s * 23, 43.5)]), pen(brow, 2.6 if person.woman else 3.4, 225)
        )
        eye = oval(s * 14.5, 54, 5.4, 3.5)
        canvas.drawPath(eye, fill((252, 250, 247)))
        canvas.save()
        canvas.clipPath(eye, doAntiAlias=True)
        canvas.drawCircle(s * 14.5, 53.6, 3.4, fill(iris))
        canvas.drawCircle(s * 14.5, 53.6, 1.7, fill((24, 18, 20)))
        canvas.restore()
        lash = [(s * 8.6, 54.4), (s * 14, 50.4), (s * 20.6, 53.2)]
        canvas.drawPath(open_line(lash), pen((34, 22, 24), 2.0 if person.woman else 1.5))
        if 0.2 < glasses < 0.34:
            canvas.drawCircle(s * 14.5, 54, 10.5, pen((44, 34, 36), 1.8))
    if glasses < 0.2:
        for s in (1, -1):
            lens = blob([(s * 4, 49), (s * 15, 47), (s * 25, 49), (s * 23, 59), (s * 14, 62), (s * 6, 58)])
            canvas.drawPath(lens, fill((32, 28, 34), 245))
        canvas.drawLine(-4, 50.5, 4, 50.5, pen((32, 28, 34), 2))
    elif glasses < 0.34:
        canvas.drawLine(-4, 53, 4, 53, pen((44, 34, 36), 1.8))
    canvas.drawPath(open_line([(1.5, 58), (4, 69), (-1.5, 71)]), pen(line, 1.4, 130))
    lips: Rgb = mix(person.skin, (178, 44, 60), 0.62 if person.woman else 0.3)
    canvas.drawPath(
        outline([(-9.5, 81.5), (-3.5, 79), (0, 80), (3.5, 79), (9.5, 81.5)], [(9.5, 81.5), (0, 87), (-9.5, 81.5)]),
        fill(lips),
    )
    canvas.drawPath(open_line([(-9.5, 81.5), (0, 82.8), (9.5, 81.5)]), pen(mix(lips, (40, 10, 20), 0.5), 1.0, 200))
    if not person.woman and chance.random() < 0.4:
        beard = outline(
            [(-34, 58), (-30, 80), (-14, 98), (0, 102), (14, 98), (30, 80), (34, 58)],
            [(34, 58), (24, 74), (12, 75), (0, 73), (-12, 75), (-24, 74), (-34, 58)],
        )
        mouth = oval(0, 82.5, 10, 4)
        canvas.drawPath(
            skia.Op(beard, mouth, skia.PathOp.kDifference_PathOp), fill(mix(person.hair, person.skin, 0.12), 235)
        )


def _front_hair(canvas: skia.Canvas, person: Person) -> None:
    style = person.hair_style
    side: list[Point] = [(37, 54), (33, 36), (18, 18), (-6, 13)]
    if style == "buzz":
        _hair(
            canvas,
            person,
            outline(
                [(-36, 44), (-38, 24), (-25, 2), (0, -5), (25, 2), (38, 24), (36, 44)],
                [(36, 44), (31, 26), (16, 18), (0, 16), (-16, 18), (-31, 26), (-36, 44)],
            ),
            strands=[],
        )
    elif style == "crop":
        _hair(
            canvas,
            person,
            outline(_CAP_OUTER, [(37, 54), (33, 34), (24, 24), (2, 25), (-18, 20), (-32, 32), (-37, 54)]),
            strands=[[(-20.0, 2.0), (6.0, 14.0)], [(4.0, -4.0), (26.0, 16.0)]],
        )
    elif style == "quiff":
        _hair(
            canvas,
            person,
            outline(
                [(-37, 52), (-40, 22), (-32, -8), (-4, -22), (28, -18), (42, 6), (37, 52)],
                [(37, 52), (33, 32), (22, 16), (-4, 20), (-24, 16), (-33, 32), (-37, 52)],
            ),
            strands=[[(-24.0, 12.0), (-6.0, -12.0), (24.0, -10.0)], [(-6.0, 14.0), (20.0, -2.0)]],
        )
    elif style in ("afro", "curls"):
        _cloud(canvas, person, 0, 3, 30, 12, flat=0.55)
    elif style == "beanie":
        knit = dyed_cloth(person.bag_rgb)
        dome = outline(
            [(-39, 30), (-38, 4), (-18, -16), (0, -19), (18, -16), (38, 4), (39, 30)], [(39, 30), (0, 22), (-39, 30)]
        )
        brim = outline([(-41, 34), (-40, 17), (0, 9), (40, 17), (41, 34)], [(41, 34), (0, 25), (-41, 34)])
        ribs = [
            Mark(open_line([(x, 10 + abs(x) * 0.2), (x * 1.02, 27 + abs(x) * 0.2)]), "dark", 1.0, alpha=110)
            for x in range(-36, 40, 6)
        ]
        _hair(
            canvas,
            person,
            outline([(-37, 60), (-38, 28), (38, 28), (37, 60)], [(37, 60), (33, 36), (-33, 36), (-37, 60)]),
            strands=[],
        )
        paint(canvas, [Piece(dome), Piece(brim, marks=tuple(ribs), lift=1.2)], knit)
    else:
        left = [(-6.0, 13.0), (-24.0, 24.0), (-34.0, 40.0), (-37.0, 54.0)]
        if style in ("long", "waves", "bob", "beret"):
            _lock(canvas, person, 1, 100 if style == "bob" else 132)
            _lock(canvas, person, -1, 100 if style == "bob" else 132)
        _hair(
            canvas,
            person,
            outline(_CAP_OUTER, side, left),
            strands=[
                [(-6.0, 8.0), (16.0, 10.0), (34.0, 34.0)],
                [(-8.0, 8.0), (-28.0, 20.0)],
                [(-4.0, -2.0), (24.0, 2.0), (38.0, 30.0)],
            ],
        )
        if style == "beret":
            felt = dyed_cloth(person.shoe_rgb)
            paint(
                canvas,
                [
                    Piece(
                        blob([(-44, 8), (-30, -20), (8, -30), (46, -16), (52, 6), (30, 12), (0, 5), (-30, 12)]),
                        folds=(Fold([(-38, 8), (4, 2), (46, 6)], 6, 0.4),),
                        lift=1.5,
                    )
                ],
                felt,
            )


def _lock(canvas: skia.Canvas, person: Person, side: int, low: float) -> None:
    """Hair falling beside the face."""
    runs = [
        [(side * 30.0, 26.0), (side * 43.0, 44.0), (side * 47.0, 84.0), (side * 42.0, low)],
        [(side * 42.0, low), (side * 33.0, low - 14), (side * 35.0, 70.0), (side * 30.0, 26.0)],
    ]
    _hair(canvas, person, outline(*runs), strands=[[(side * 38.0, 46.0), (side * 41.0, low - 12)]])


def _hair(canvas: skia.Canvas, person: Person, path: skia.Path, strands: list[list[Point]]) -> None:
    folds = [Fold(line, 3.2, 0.4) for line in strands] + [
        Fold([(x + 4, y + 1) for x, y in line], 3.2, -0.3) for line in strands
    ]
    paint(canvas, [Piece(path, volume=0.8, folds=tuple(folds))], dyed_cloth(person.hair))


def _cloud(
    canvas: skia.Canvas, person: Person, x: float, y: float, radius: float, count: int, flat: float = 1.0
) -> None:
    """A mass of curls: circles on a ring around a disc, united."""
    chance = stream(person.seed, "curls", str(x), str(y))
    path = oval(x, y, radius, radius * flat)
    for i in range(count):
        angle = i / count * math.tau
        cx, cy = x + radius * 0.93 * math.cos(angle), y + radius * flat * 0.93 * math.sin(angle)
        r = radius * chance.uniform(0.17, 0.24) * (1.25 if flat < 1 else 1)
        path = skia.Op(path, oval(cx, cy, r, r), skia.PathOp.kUnion_PathOp)
    strands = [
        [(x + chance.uniform(-0.6, 0.6) * radius, y + chance.uniform(-0.6, 0.6) * radius * flat)] * 2 for _ in range(9)
    ]
    _hair(canvas, person, path, strands=[[a, (a[0] + 5, a[1] + 4), (a[0] + 9, a[1] - 1)] for a, _ in strands])
