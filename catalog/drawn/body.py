"""The body that garments are cut for: its measures and its poses, in body space (see geometry)."""

from __future__ import annotations

import random
from dataclasses import dataclass

from catalog.drawn.geometry import Point

CHIN_Y, NECK_Y, UNDERARM_Y, WAIST_Y, HIP_Y, CROTCH_Y, KNEE_Y, ANKLE_Y, SOLE_Y = (
    98.0, 121.0, 205.0, 312.0, 398.0, 444.0, 628.0, 838.0, 872.0,
)  # fmt: skip
HEIGHT = SOLE_Y


@dataclass(frozen=True, slots=True)
class Pose:
    """Joints of the right-hand (+x) and left-hand (−x) limbs: shoulder, elbow, wrist; hip, knee, ankle."""

    arms: tuple[tuple[Point, Point, Point], tuple[Point, Point, Point]]
    legs: tuple[tuple[Point, Point, Point], tuple[Point, Point, Point]]


@dataclass(frozen=True, slots=True)
class Body:
    """Half widths at shoulder tip, underarm, waist and hip."""

    shoulder: float = 74.0
    chest: float = 57.0
    waist: float = 46.0
    hip: float = 67.0

    def shoulder_y(self, x: float) -> float:
        """Height of the shoulder slope at distance x from the axis."""
        return NECK_Y + (x - 20) * 0.40


WOMAN = Body()
MAN = Body(shoulder=88.0, chest=66.0, waist=57.0, hip=65.0)
FLAT = Body(shoulder=86.0, chest=67.0, waist=59.0, hip=74.0)
"""Nobody: the flat shape of a garment on a table or an unseen mannequin."""


def laid_pose(chance: random.Random) -> Pose:
    """Sleeves spread a little, legs apart a little: how shops lay garments out. Symmetric."""
    spread = chance.uniform(24, 52)
    elbow, wrist = (86 + spread * 0.55, 288.0), (90 + spread, 412.0 - spread * 0.2)
    leg = chance.uniform(2, 9)
    limb = ((72.0, 160.0), elbow, wrist)
    legs = ((36.0, 430.0), (37 + leg, KNEE_Y), (38 + leg * 2, ANKLE_Y))
    return Pose(arms=(limb, _flip(limb)), legs=(legs, _flip(legs)))


def standing_pose(body: Body, chance: random.Random) -> Pose:
    """Arms hang, or one hand rests on the hip; one leg may step aside."""
    x = body.shoulder - 13
    hang = chance.uniform(0, 12)
    hanging = ((x, 160.0), (x + 17 + hang, 288.0), (x + 21 + hang * 1.6, 402.0))
    on_hip = ((x, 160.0), (x + 58, 272.0), (body.hip + 4, 352.0))
    bent = ((x, 160.0), (x + 30, 284.0), (x + 6, 378.0))
    arms = chance.choices(
        [(hanging, hanging), (hanging, on_hip), (on_hip, hanging), (bent, hanging), (hanging, bent)],
        weights=[5, 2, 2, 2, 2],
    )[0]
    step = chance.choice([0.0, 0.0, 6.0, 12.0])
    x = body.hip * 0.5
    straight = ((x, 430.0), (x - 5, KNEE_Y), (x - 9, ANKLE_Y))
    aside = ((x, 430.0), (x - 2 + step, KNEE_Y - 4), (x - 5 + step * 1.6, ANKLE_Y))
    legs = chance.choice([(straight, aside), (aside, straight)])
    return Pose(arms=(arms[0], _flip(arms[1])), legs=(legs[0], _flip(legs[1])))


def _flip(limb: tuple[Point, Point, Point]) -> tuple[Point, Point, Point]:
    a, b, c = limb
    return (-a[0], a[1]), (-b[0], b[1]), (-c[0], c[1])
