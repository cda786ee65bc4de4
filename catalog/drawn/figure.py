"""The figure that wears a look: skin, limbs, hands, shoes, a bag. Fashion-illustration proportions, simple faces."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import skia

from catalog.drawn.body import ANKLE_Y, CROTCH_Y, HIP_Y, KNEE_Y, MAN, SOLE_Y, WAIST_Y, WOMAN, Body, Pose, standing_pose
from catalog.drawn.chance import stream
from catalog.drawn.fabric import weave
from catalog.drawn.geometry import Point, Run, along, between, mirrored, open_line, outline, oval, ribbon
from catalog.drawn.palette import Rgb, mix
from catalog.drawn.pieces import Fold, Mark, Piece, Wardrobe, paint

SKINS: Final[list[Rgb]] = [
    (250, 220, 196),
    (243, 205, 174),
    (231, 186, 150),
    (212, 162, 122),
    (186, 132, 94),
    (150, 101, 70),
    (112, 74, 53),
    (84, 56, 42),
]
HAIRS: Final[list[Rgb]] = [
    (34, 27, 27),
    (52, 37, 31),
    (84, 55, 38),
    (120, 78, 46),
    (168, 118, 66),
    (214, 176, 112),
    (154, 72, 42),
    (150, 148, 150),
]
LEATHERS: Final[list[Rgb]] = [
    (36, 34, 36),
    (96, 60, 40),
    (160, 108, 66),
    (238, 234, 226),
    (110, 34, 46),
    (62, 70, 92),
    (196, 170, 134),
]

WOMENS_HAIR: Final = ("long", "bob", "bun", "pony", "waves", "afro", "curls", "beret")
MENS_HAIR: Final = ("crop", "crop", "quiff", "buzz", "curls", "beanie", "afro")
SHOES: Final = ("sneaker", "boot", "loafer", "pump", "sandal", "tall boot")


@dataclass(frozen=True, slots=True)
class Person:
    seed: int
    body: Body
    pose: Pose
    skin: Rgb
    hair: Rgb
    hair_style: str
    shoe: str
    shoe_rgb: Rgb
    bag: str
    bag_rgb: Rgb
    woman: bool


def make_person(seed: int, *, woman: bool, shoe: str | None = None) -> Person:
    chance = stream(seed, "person")
    body = WOMAN if woman else MAN
    skin_at = chance.randrange(len(SKINS))
    hair = chance.choice(HAIRS if skin_at < 3 else HAIRS[:4])
    style = chance.choice(WOMENS_HAIR if woman else MENS_HAIR)
    if style == "afro" and skin_at < 4:
        style = "curls"
    shoes = SHOES if woman else ("sneaker", "sneaker", "boot", "loafer")
    return Person(
        seed=seed,
        body=body,
        pose=standing_pose(body, stream(seed, "pose")),
        skin=SKINS[skin_at],
        hair=hair,
        hair_style=style,
        shoe=shoe or chance.choice(shoes),
        shoe_rgb=chance.choice(LEATHERS),
        bag=chance.choice(["none", "none", "tote", "handbag", "none"])
        if woman
        else chance.choice(["none", "none", "none", "tote"]),
        bag_rgb=chance.choice(LEATHERS),
        woman=woman,
    )


@lru_cache(maxsize=128)
def dyed_cloth(rgb: Rgb, *, sheen: float = 0.0) -> Wardrobe:
    cloth = weave(0, "solid", (("skin", rgb),), "plain")
    return Wardrobe(cloth, cloth, sheen)


def paint_body(canvas: skia.Canvas, person: Person) -> None:
    """Legs, torso and neck: everything that lies under clothes."""
    skin = dyed_cloth(person.skin)
    b = person.body
    pieces = []
    for hip, knee, ankle in person.pose.legs:
        line = [
            (hip[0], HIP_Y + 20),
            between(hip, knee, 0.45),
            knee,
            between(knee, ankle, 0.3),
            between(knee, ankle, 0.75),
            (ankle[0], ANKLE_Y + 8),
        ]
        path = ribbon(line, (32, 26.5, 17, 18.5, 10.5, 8.5) if person.woman else (32, 28, 19, 20, 12, 9.5))
        knee_mark = Fold([(knee[0] - 8, knee[1] + 4), (knee[0], knee[1] + 10), (knee[0] + 8, knee[1] + 4)], 4, 0.16)
        edge = 24 if person.woman else 26
        pieces.append(
            Piece(path, across=((knee[0] - edge, KNEE_Y), (knee[0] + edge, KNEE_Y)), volume=0.55, folds=(knee_mark,))
        )
    torso: list[Run] = [
        [(16, 92), (17, 112), (26, 124), (b.shoulder - 14, 139), (b.shoulder - 4, 153)],
        [
            (b.shoulder - 4, 153),
            (b.chest + 2, 190),
            (b.chest - 2, 214),
            (b.waist - 1, WAIST_Y),
            (b.hip - 2, HIP_Y),
            (b.hip - 6, CROTCH_Y),
        ],
    ]
    path = outline(
        *torso,
        [(b.hip - 6, CROTCH_Y), (0, CROTCH_Y + 6), (-b.hip + 6, CROTCH_Y)],
        *[mirrored(run) for run in reversed(torso)],
    )
    neck_shade = Fold([(-15, 104), (0, 112), (15, 104)], 13, 0.42, (1.0, 1.0))
    bones = [
        Mark(
            open_line([(s * 9, 137), (s * 30, 133), (s * 52, 138)]),
            mix(person.skin, (90, 40, 30), 0.35),
            1.1,
            alpha=150,
        )
        for s in (1, -1)
    ]
    pieces.append(Piece(path, volume=0.5, folds=(neck_shade,), marks=tuple(bones)))
    paint(canvas, pieces, skin)


def paint_arms(canvas: skia.Canvas, person: Person) -> None:
    pieces = []
    grow = 0.0 if person.woman else 2.5
    for shoulder, elbow, wrist in person.pose.arms:
        line = [shoulder, between(shoulder, elbow, 0.5), elbow, between(elbow, wrist, 0.35), wrist]
        path = ribbon(line, (15 + grow, 13 + grow, 11 + grow, 11.5 + grow, 7.5 + grow * 0.4))
        cap = oval(shoulder[0], shoulder[1] + 1, 15 + grow, 16 + grow)
        path = skia.Op(path, cap, skia.PathOp.kUnion_PathOp)
        pieces.append(Piece(path, volume=0.5))
    paint(canvas, pieces, dyed_cloth(person.skin))


def paint_forearms(canvas: skia.Canvas, person: Person) -> None:
    """The arms again from the elbow down: a sleeve starts over the shoulder, but a wide skirt falls behind the hand."""
    canvas.save()
    canvas.clipRect(skia.Rect.MakeLTRB(-400, 250, 400, 900))
    paint_arms(canvas, person)
    canvas.restore()


def paint_hands(canvas: skia.Canvas, person: Person) -> None:
    for side, arm in zip((1, -1), person.pose.arms, strict=True):
        wrist = arm[2]
        _, (dx, dy) = along(arm, 1.0)
        canvas.save()
        canvas.translate(*wrist)
        canvas.rotate(math.degrees(math.atan2(dy, dx)) - 90)
        canvas.scale(side, 1)
        hand = outline(
            [(-8.5, -4), (-9, 8), (-11, 20), (-6, 38), (0, 45), (6, 40), (9.5, 22), (8.5, -4)], [(8.5, -4), (-8.5, -4)]
        )
        thumb = ribbon([(-7, 8), (-13, 18), (-12, 29)], (4, 4, 2.6))
        lines = [
            Mark(open_line([(x, 26), (x * 0.9, 39)]), mix(person.skin, (90, 40, 30), 0.4), 0.9, alpha=140)
            for x in (-3.0, 1.0, 5.0)
        ]
        paint(canvas, [Piece(thumb, volume=0.3), Piece(hand, volume=0.4, marks=tuple(lines))], dyed_cloth(person.skin))
        canvas.restore()


def paint_shoes(canvas: skia.Canvas, person: Person) -> None:
    cloths = dyed_cloth(person.shoe_rgb, sheen=0.4)
    for side, (_, knee, ankle) in zip((1, -1), person.pose.legs, strict=True):
        canvas.save()
        canvas.translate(ankle[0], 0)
        canvas.scale(side, 1)
        paint(canvas, _shoe(person, between((0.0, ANKLE_Y), ((knee[0] - ankle[0]) * side, KNEE_Y), 1.0)), cloths)
        canvas.restore()


def _shoe(person: Person, knee: Point) -> list[Piece]:
    """One shoe seen from the front, its ankle at x = 0, toe a little outwards."""
    low = SOLE_Y
    foot: list[Run] = [
        [(-11, 838), (-12, 850), (-13, low - 6)],
        [(-13, low - 6), (-8, low + 2), (10, low + 3), (20, low - 4)],
        [(20, low - 4), (17, 856), (12, 848), (11, 838)],
    ]
    sole = Mark(open_line([(-13, low - 4), (0, low + 1), (20, low - 3)]), (246, 244, 240), 5.0)
    dark_sole = Mark(open_line([(-13, low), (0, low + 3), (20, low)]), (30, 26, 28), 3.0)
    if person.shoe == "sneaker":
        laces = [Mark(open_line([(-5, y), (9, y + 2)]), (250, 249, 246), 1.8) for y in (846.0, 852.0, 858.0)]
        return [Piece(outline(*foot), marks=(sole, *laces), volume=0.6)]
    if person.shoe == "boot":
        shaft = outline(
            [(-14, 796), (-13, 838), (-14, low - 6)],
            [(-14, low - 6), (-8, low + 2), (10, low + 3), (21, low - 4)],
            [(21, low - 4), (17, 856), (14, 840), (14, 796)],
            [(14, 796), (0, 800), (-14, 796)],
        )
        return [Piece(shaft, marks=(dark_sole,), volume=0.9)]
    if person.shoe == "tall boot":
        x, y = knee
        shaft = outline(
            [(x * 0.8 - 21, y + 26), (x * 0.4 - 21, y + 80), (-14, 820), (-14, low - 6)],
            [(-14, low - 6), (-8, low + 2), (10, low + 3), (21, low - 4)],
            [(21, low - 4), (16, 850), (14, 820), (x * 0.4 + 21, y + 80), (x * 0.8 + 21, y + 26)],
            [(x * 0.8 + 21, y + 26), (x * 0.8, y + 32), (x * 0.8 - 21, y + 26)],
        )
        return [Piece(shaft, marks=(dark_sole,), volume=0.9)]
    skin = outline([(-10, 838), (-11, 854), (-10, low)], [(-10, low), (14, low)], [(14, low), (12, 850), (10, 838)])
    bare = Piece(skin, volume=0.3, marks=(Mark(skin, person.skin, 0),))
    if person.shoe == "pump":
        toe = outline(
            [(-12, 858), (-10, low), (4, low + 3), (18, low - 1)],
            [(18, low - 1), (14, 858)],
            [(14, 858), (4, 865), (-12, 858)],
        )
        return [bare, Piece(toe, volume=0.7)]
    if person.shoe == "sandal":
        strap = ribbon([(-12, 846), (0, 850), (12, 846)], (2.4, 2.4, 2.4))
        toe = ribbon([(-12, 862), (2, 866), (17, 862)], (3.6, 3.6, 3.6))
        base = ribbon([(-13, low), (3, low + 2), (19, low)], (2, 2, 2))
        return [bare, Piece(strap, volume=0.3), Piece(toe, volume=0.3), Piece(base, volume=0.3)]
    loafer = outline(
        [(-12, 852), (-13, low - 4), (-6, low + 3), (10, low + 3), (20, low - 3)],
        [(20, low - 3), (14, 852)],
        [(14, 852), (3, 861), (-12, 852)],
    )
    return [
        bare,
        Piece(loafer, marks=(dark_sole, Mark(open_line([(-9, 863), (4, 867), (16, 862)]), "dark", 1.2)), volume=0.7),
    ]


def paint_bag(canvas: skia.Canvas, person: Person) -> None:
    """A bag in a hanging hand."""
    if person.bag == "none":
        return
    hanging = [arm for arm in person.pose.arms if arm[2][1] > 385]
    if not hanging:
        return
    wrist = hanging[0][2]
    x, y = wrist[0] + (5 if wrist[0] > 0 else -5), wrist[1] + 34
    cloths = dyed_cloth(person.bag_rgb, sheen=0.2)
    half, high, drop = (34, 78, 46) if person.bag == "tote" else (27, 38, 24)
    top = y + drop
    for dx in (-6, 6):
        handle = [
            (x - half * 0.5 + dx * 0.3, top + 3),
            (x - half * 0.26, y + 6),
            (x, y - 1),
            (x + half * 0.26, y + 6),
            (x + half * 0.5 + dx * 0.3, top + 3),
        ]
        paint(canvas, [Piece(ribbon(handle, (2.2,) * 5), volume=0.2)], cloths)
    sack = outline(
        [(x - half + 2, top), (x + half - 2, top)],
        [(x + half - 2, top), (x + half + 3, top + high * 0.7), (x + half, top + high)],
        [(x + half, top + high), (x, top + high + 4), (x - half, top + high)],
        [(x - half, top + high), (x - half - 3, top + high * 0.7), (x - half + 2, top)],
    )
    marks: list[Mark] = [Mark(open_line([(x - half + 4, top + 5), (x + half - 4, top + 5)]), "dark", 1.0, alpha=150)]
    if person.bag == "handbag":
        marks = [
            Mark(open_line([(x - half, top), (x, top + 22), (x + half, top)]), "dark", 1.5),
            Mark(oval(x, top + 22, 3, 3), "metal", 0),
        ]
    paint(canvas, [Piece(sack, volume=0.9, marks=tuple(marks))], cloths)
