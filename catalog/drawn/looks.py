"""A street look: one or two figures, each wearing two to four garments, in front of a scene."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import skia

from catalog.drawn.body import SOLE_Y
from catalog.drawn.chance import stream
from catalog.drawn.figure import (
    Person,
    make_person,
    paint_arms,
    paint_bag,
    paint_body,
    paint_forearms,
    paint_hands,
    paint_shoes,
)
from catalog.drawn.formulas import FORMULAS, Formula, chance_formula
from catalog.drawn.head import paint_back_hair, paint_head
from catalog.drawn.kinds import SLEEVE_LENGTHS
from catalog.drawn.pieces import Cut, Level, Wardrobe
from catalog.drawn.products import garment_of, paint_level
from catalog.drawn.scenes import SCENES
from catalog.drawn.silhouettes import cut
from catalog.drawn.silhouettes.outerwear import cut_outerwear
from catalog.drawn.style import Style, Wish, choose, title_of
from catalog.drawn.truth import Layer, Shadow, box_of, compose, is_seen
from catalog.drawn.types import Drawing
from mlcore.types import Category

SIZE = (480, 720)

_BOTTOMS = frozenset({Category.TROUSERS, Category.SKIRTS})
_FORMULA_NAMES = {formula.name: formula for formula in FORMULAS}


@dataclass(frozen=True, slots=True)
class _Worn:
    """A garment on a figure. `number` counts over the whole picture."""

    style: Style
    cutting: Cut
    cloths: Wardrobe
    number: int
    person: int
    shows_sleeves: bool


def draw_look(
    seed: int,
    *,
    formula: str | None = None,
    wishes: Sequence[Wish] | None = None,
    scene: str | None = None,
    figures: int = 1,
    size: tuple[int, int] = SIZE,
    varied: bool = False,
) -> Drawing:
    """A dressed figure in a street. The same arguments give the same pixels.

    `formula`: the name of one of formulas.FORMULAS; "" asks for a chance combination; None leaves it to the seed (half
    of the looks follow a formula). `wishes`: the garments from the outside in, instead of a formula. `varied` is for
    training detectors: figures at other scales and places, mirrored, cut by the edges. Raises ValueError for an unknown
    formula or scene.
    """
    scene = scene or stream(seed, "scene").choice(list(SCENES))
    if scene not in SCENES:
        raise ValueError(f"{scene!r} is none of {', '.join(SCENES)}")
    width, height = size
    plans = [_plan(seed, person, formula, wishes) for person in range(figures)]
    worn: list[_Worn] = []
    layers: list[Layer] = []
    for number, plan in enumerate(plans):
        own_seed = seed if number == 0 else stream(seed, "figure", number).getrandbits(40)
        woman = plan.woman if plan.woman is not None else stream(own_seed, "woman").random() < 0.5
        person = make_person(own_seed, woman=woman, shoe=plan.shoe)
        dressed = _dress(own_seed, person, plan, first=len(worn), person_number=number)
        layers += _layers(person, dressed, _place(seed, number, figures, size, varied=varied))
        worn += dressed
    shot = compose(
        width,
        height,
        lambda canvas: SCENES[scene](canvas, width, height, stream(seed, "scene drawing")),
        layers,
        len(worn),
    )
    garments = tuple(
        garment_of(each.style, each.cloths, box_of(shot.masks[each.number]), each.person)
        for each in worn
        if is_seen(shot.masks[each.number])
    )
    title = _title([each.style for each in worn if each.person == 0])
    planted = plans[0].name if plans[0] in FORMULAS else ""
    return Drawing(shot.pixels, garments, title, planted)


def _plan(seed: int, person: int, formula: str | None, wishes: Sequence[Wish] | None) -> Formula:
    chance = stream(seed, "formula", person)
    if wishes is not None:
        return Formula(tuple(wishes), True)
    if formula:
        if formula not in _FORMULA_NAMES:
            raise ValueError(f"no formula {formula!r}")
        return _FORMULA_NAMES[formula]
    planted = formula is None and chance.random() < 0.5
    return chance.choice(FORMULAS) if planted else chance_formula(chance)


def _dress(seed: int, person: Person, plan: Formula, *, first: int, person_number: int) -> list[_Worn]:
    """The garments cut for the figure, from the inside out."""
    chance = stream(seed, "dressing")
    styles = [choose(stream(seed, "garment", i).getrandbits(40), wish) for i, wish in enumerate(plan.wishes)]
    styles.reverse()
    styles.sort(key=_layer_rank)
    coats = [i for i, style in enumerate(styles) if style.category is Category.OUTERWEAR]
    gap = chance.uniform(24, 34)
    worn = []
    has_skirt = any(style.category is Category.SKIRTS for style in styles)
    for i, style in enumerate(styles):
        if style.category is Category.OUTERWEAR:
            style = replace(style, opened=gap + (0 if i == coats[0] else 17))
            cutting = cut_outerwear(style, person.body, person.pose, ease=7.0 if i == coats[0] else 11.0)
        else:
            covered = bool(coats)
            if style.category is Category.TOPS:
                tucks = (
                    (has_skirt or "buttoned" in style.traits)
                    and style.garment_length != "long"
                    and "ribbed" not in style.traits
                )
                style = replace(style, tucked=tucks and (covered or chance.random() < 0.7))
            if covered:
                style = replace(
                    style, fit=min(style.fit, 0.45) if style.category is not Category.TROUSERS else style.fit
                )
            cutting = cut(style, person.body, person.pose)
        over = styles[i + 1 :]
        reach = max(
            (SLEEVE_LENGTHS.index(s.sleeve_length) for s in over if s.category is Category.OUTERWEAR), default=0
        )
        own = SLEEVE_LENGTHS.index(style.sleeve_length) if style.sleeve_length in SLEEVE_LENGTHS else 0
        worn.append(_Worn(style, cutting, style.cloths(), first + i, person_number, shows_sleeves=own > reach))
    return worn


def _layer_rank(style: Style) -> int:
    return 1 if style.category is Category.OUTERWEAR else 0


def _layers(person: Person, worn: Sequence[_Worn], placing: skia.Matrix) -> list[Layer]:
    """From back to front. A tucked top lies under its bottom, any other over it; hands and head lie over everything."""

    def part(each: _Worn, level: Level) -> Layer:
        shadow = Shadow(0, 3, 4, 70) if level is Level.BODY else None
        return Layer(
            lambda canvas: paint_level(canvas, each.style, each.cutting, each.cloths, level),
            placing,
            each.number,
            shadow,
        )

    def skin(draw: Callable[[skia.Canvas, Person], None], shadow: Shadow | None = None) -> Layer:
        return Layer(lambda canvas: draw(canvas, person), placing, None, shadow)

    inner = [each for each in worn if each.style.category is not Category.OUTERWEAR]
    coats = [each for each in worn if each.style.category is Category.OUTERWEAR]
    layers = [Layer(_ground_shadow, placing)]
    layers += [part(each, Level.BEHIND) for each in [*reversed(coats)]]
    layers.append(skin(paint_back_hair))
    layers += [part(each, Level.BEHIND) for each in inner]
    layers += [skin(_body_and_shoes)]
    bottoms = [each for each in inner if each.style.category in _BOTTOMS]
    bodices = [each for each in inner if each.style.category not in _BOTTOMS]
    tucked = any(each.style.tucked for each in bodices)
    if not tucked:
        layers += [part(each, Level.BODY) for each in bottoms]
    layers.append(skin(paint_arms))
    layers += [part(each, Level.BODY) for each in bodices]
    if tucked:
        layers += [part(each, Level.BODY) for each in bottoms]
    layers.append(skin(paint_forearms))
    layers += [part(each, Level.SLEEVE) for each in inner if each.shows_sleeves]
    for each in coats:
        layers.append(part(each, Level.BODY))
        if each.shows_sleeves:
            layers.append(part(each, Level.SLEEVE))
    layers.append(skin(_hands_and_bag))
    layers.append(skin(paint_head, Shadow(0, 5, 5, 60)))
    return layers


def _body_and_shoes(canvas: skia.Canvas, person: Person) -> None:
    paint_body(canvas, person)
    paint_shoes(canvas, person)


def _hands_and_bag(canvas: skia.Canvas, person: Person) -> None:
    paint_bag(canvas, person)
    paint_hands(canvas, person)


def _ground_shadow(canvas: skia.Canvas) -> None:
    for half, alpha in ((120, 70), (70, 90)):
        paint = skia.Paint(
            AntiAlias=True,
            Color=skia.Color(22, 18, 30, alpha),
            MaskFilter=skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, 9),
        )
        canvas.drawOval(skia.Rect.MakeLTRB(-half, SOLE_Y - 8, half, SOLE_Y + 14), paint)


def _place(seed: int, number: int, figures: int, size: tuple[int, int], *, varied: bool) -> skia.Matrix:
    chance = stream(seed, "place", number)
    width, height = size
    scale = height * chance.uniform(0.855, 0.885) / (SOLE_Y + 26)
    x = width * (0.5 + chance.uniform(-0.05, 0.05))
    feet = height * chance.uniform(0.945, 0.965)
    mirror = 1
    if figures > 1:
        scale *= 0.94
        x = width * ((number + 0.5) / figures + chance.uniform(-0.04, 0.04))
        feet -= height * 0.03 * (figures - 1 - number)
    if varied:
        mirror = chance.choice([1, -1])
        crowd = stream(seed, "distance")  # of the whole group: two people on one pavement are of one size
        grow = crowd.choice([crowd.uniform(0.45, 1.0), crowd.uniform(0.9, 1.1), crowd.uniform(1.2, 2.0)])
        scale *= grow
        x += width * chance.uniform(-0.22, 0.22)
        body = (SOLE_Y + 26) * scale
        if body > height:
            feet = height * 0.95 + (body - height) * chance.uniform(0.0, 1.0)
        else:
            feet -= chance.uniform(0, max(height * 0.95 - body, 0)) * 0.6
    matrix = skia.Matrix().setTranslate(x, feet - SOLE_Y * scale)
    matrix.preScale(scale * mirror, scale)
    return matrix


def _title(styles: Sequence[Style]) -> str:
    """Such as `Camel wool coat, white tee and blue jeans`."""
    words = [title_of(style).split(",")[0] for style in reversed(styles)]
    words = [words[0], *[word[0].lower() + word[1:] for word in words[1:]]]
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]
