"""A product picture: one garment laid out, or on a hanger, with its title."""

from __future__ import annotations

from dataclasses import dataclass

import skia

from catalog.drawn.body import FLAT, laid_pose
from catalog.drawn.chance import stream
from catalog.drawn.emblem import paint_emblem
from catalog.drawn.geometry import open_line
from catalog.drawn.grounds import GROUNDS, WEIGHTS
from catalog.drawn.kinds import NA
from catalog.drawn.pieces import Cut, Level, Wardrobe, paint
from catalog.drawn.silhouettes import cut
from catalog.drawn.style import Style, Wish, choose, title_of
from catalog.drawn.truth import Layer, Shadow, box_of, compose
from catalog.drawn.types import Drawing, DrawnGarment
from mlcore.types import Box, Category

SIZE = (480, 640)


def draw_product(
    seed: int,
    *,
    category: Category | None = None,
    kind: str | None = None,
    colour: str | None = None,
    second_colour: str | None = None,
    pattern: str | None = None,
    sleeve_length: str | None = None,
    garment_length: str | None = None,
    collar_style: str | None = None,
    background: str | None = None,
    size: tuple[int, int] = SIZE,
    varied: bool = False,
) -> Drawing:
    """One garment as a shop shows it. What is None is chosen by the seed; the same arguments give the same pixels.

    A `kind` (see kinds.KINDS) decides the category; straps have no sleeves, whatever is wished.
    `background` is one of grounds.GROUNDS. `size`: width and height in pixels. `varied` is for training detectors:
    other sizes and places in the picture, turned, mirrored, cut by the edge. Raises ValueError for an unknown word.
    """
    wish = Wish(category, kind, colour, pattern, sleeve_length, garment_length, collar_style, second_colour)
    style = choose(seed, wish)
    ground = background or stream(seed, "ground").choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    if ground not in GROUNDS:
        raise ValueError(f"{ground!r} is none of {', '.join(GROUNDS)}")
    width, height = size
    cutting = cut(style, FLAT, laid_pose(stream(seed, "pose")))
    cloths = style.cloths()
    placing = _place(cutting, seed, size, hung=ground == "rail", varied=varied)
    layers = _layers(style, cutting, cloths, placing, hung=ground == "rail")
    shot = compose(
        width, height, lambda canvas: GROUNDS[ground](canvas, width, height, stream(seed, "ground drawing")), layers, 1
    )
    return Drawing(shot.pixels, (garment_of(style, cloths, box_of(shot.masks[0])),), title_of(style))


def garment_of(style: Style, cloths: Wardrobe, box: Box, person: int = 0) -> DrawnGarment:
    first, *rest = cloths.main.colours()
    return DrawnGarment(
        style.category, box, first.name, first.hex, first.share, tuple(rest), style.labels, person, style.kind.noun
    )


def paint_level(canvas: skia.Canvas, style: Style, cutting: Cut, cloths: Wardrobe, level: Level) -> None:
    """One level of a garment, with the chest print on the largest piece of its body."""
    pieces = cutting.at(level)
    if level is not Level.BODY or style.pattern != "graphic" or cutting.emblem is None:
        paint(canvas, pieces, cloths)
        return
    paint(canvas, pieces[:1], cloths)
    inks = cloths.main.inks
    centre, half = cutting.emblem
    canvas.save()
    canvas.clipPath(pieces[0].path, doAntiAlias=True)
    paint_emblem(canvas, centre, half, inks[1][1], inks[2][1], stream(style.seed, "emblem"))
    canvas.restore()
    paint(canvas, pieces[1:], cloths)


@dataclass(frozen=True, slots=True)
class _Bounds:
    left: float
    top: float
    right: float
    bottom: float


def _bounds(cutting: Cut) -> _Bounds:
    rects = [piece.path.computeTightBounds() for piece in cutting.pieces]
    return _Bounds(
        min(r.left() for r in rects),
        min(r.top() for r in rects),
        max(r.right() for r in rects),
        max(r.bottom() for r in rects),
    )


HOOK = 72.0
"""Body units that a hanger's hook stands above a garment, at the most."""


def _place(cutting: Cut, seed: int, size: tuple[int, int], *, hung: bool, varied: bool) -> skia.Matrix:
    """From body space to the picture: as large as it fits with a margin, a little turned when it lies on something."""
    chance = stream(seed, "place")
    width, height = size
    b = _bounds(cutting)
    margin = chance.uniform(0.8, 0.89)
    top = b.top - HOOK if hung else b.top
    scale = min(width * margin / (b.right - b.left), height * margin / (b.bottom - top), 1.9 * width / 480)
    turn = 0.0 if hung else chance.choice([0.0, 0.0, chance.uniform(-7, 7)])
    x, y, mirror = width / 2, height / 2, 1
    if varied:
        scale *= chance.uniform(0.45, 1.25)
        x += chance.uniform(-0.2, 0.2) * width
        y += chance.uniform(-0.2, 0.2) * height
        turn = turn if hung else chance.choice([turn, chance.uniform(-25, 25)])
        mirror = chance.choice([1, -1])
    matrix = skia.Matrix().setTranslate(x, y)
    matrix.preRotate(turn)
    matrix.preScale(scale * mirror, scale)
    matrix.preTranslate(-(b.left + b.right) / 2, -(top + b.bottom) / 2)
    return matrix


def _layers(style: Style, cutting: Cut, cloths: Wardrobe, placing: skia.Matrix, *, hung: bool) -> list[Layer]:
    def behind(canvas: skia.Canvas) -> None:
        paint_level(canvas, style, cutting, cloths, Level.BEHIND)

    def front(canvas: skia.Canvas) -> None:
        paint_level(canvas, style, cutting, cloths, Level.BODY)
        paint_level(canvas, style, cutting, cloths, Level.SLEEVE)

    def everything(canvas: skia.Canvas) -> None:
        behind(canvas)
        front(canvas)

    if not hung:
        return [Layer(everything, placing, 0, Shadow(5, 8, 9, 105))]
    return [
        Layer(behind, placing, 0, Shadow(9, 10, 12, 90)),
        Layer(lambda canvas: _hanger(canvas, style, cutting), placing, None, Shadow(7, 8, 7, 60)),
        Layer(front, placing, 0, Shadow(9, 10, 12, 90)),
    ]


def _hanger(canvas: skia.Canvas, style: Style, cutting: Cut) -> None:
    """A wooden bar through the shoulders, or two clips at the waist; a steel hook above."""
    wood = skia.Paint(
        AntiAlias=True,
        Color=skia.Color(186, 138, 92),
        Style=skia.Paint.kStroke_Style,
        StrokeWidth=9,
        StrokeCap=skia.Paint.kRound_Cap,
    )
    steel = skia.Paint(
        AntiAlias=True,
        Color=skia.Color(142, 146, 152),
        Style=skia.Paint.kStroke_Style,
        StrokeWidth=3,
        StrokeCap=skia.Paint.kRound_Cap,
    )
    b = _bounds(cutting)
    if style.sleeve_length == NA:
        y, half = b.top - 16, (b.right - b.left) * 0.2
        half = min(half, 46.0)
        canvas.drawLine(-half, y, half, y, wood)
        for x in (-half, half):
            canvas.drawRoundRect(
                skia.Rect.MakeXYWH(x - 6, y - 4, 12, 28),
                3,
                3,
                skia.Paint(AntiAlias=True, Color=skia.Color(120, 122, 128)),
            )
        top = y
    else:
        line = [(-72.0, 150.0), (-30.0, 128.0), (0.0, 116.0), (30.0, 128.0), (72.0, 150.0)]
        canvas.drawPath(open_line(line), wood)
        top = 116.0
    hook = skia.Path()
    hook.moveTo(0, top)
    hook.lineTo(0, top - 22)
    hook.cubicTo(0, top - 32, 16, top - 32, 16, top - 44)
    hook.cubicTo(16, top - 62, -14, top - 62, -14, top - 45)
    canvas.drawPath(hook, steel)
