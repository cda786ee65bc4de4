"""The dyes: named colours, which of them sit well together, and small arithmetic on them."""

from __future__ import annotations

import random
from typing import Final

Rgb = tuple[int, int, int]

COLOURS: Final[dict[str, Rgb]] = {
    "black": (32, 32, 35),
    "charcoal": (70, 73, 79),
    "grey": (151, 154, 159),
    "white": (246, 245, 241),
    "cream": (240, 229, 204),
    "beige": (217, 197, 168),
    "khaki": (178, 164, 122),
    "camel": (193, 144, 88),
    "brown": (109, 71, 49),
    "burgundy": (112, 32, 53),
    "red": (198, 42, 48),
    "coral": (240, 120, 100),
    "orange": (229, 126, 42),
    "mustard": (210, 160, 46),
    "yellow": (244, 214, 82),
    "olive": (108, 109, 62),
    "green": (46, 125, 80),
    "mint": (168, 216, 192),
    "teal": (31, 126, 131),
    "light blue": (160, 197, 230),
    "blue": (50, 98, 178),
    "navy": (33, 43, 78),
    "purple": (108, 64, 148),
    "lavender": (186, 167, 221),
    "pink": (241, 172, 190),
    "fuchsia": (207, 50, 134),
}

DENIM: Final[dict[str, Rgb]] = {
    "blue": (72, 106, 156),
    "light blue": (150, 182, 212),
    "navy": (44, 58, 92),
    "black": (44, 45, 49),
    "white": (240, 238, 232),
    "grey": (132, 137, 145),
}
"""Indigo is duller than a dye of the same name."""

COMPANIONS: Final[dict[str, tuple[str, ...]]] = {
    "black": ("white", "cream", "grey", "camel", "red", "pink"),
    "charcoal": ("white", "light blue", "grey", "burgundy", "mustard"),
    "grey": ("white", "black", "navy", "pink", "yellow"),
    "white": ("navy", "black", "blue", "red", "green", "coral"),
    "cream": ("camel", "brown", "navy", "burgundy", "olive", "teal"),
    "beige": ("white", "brown", "navy", "olive", "black"),
    "khaki": ("cream", "navy", "olive", "brown", "white"),
    "camel": ("cream", "brown", "black", "navy", "white"),
    "brown": ("cream", "beige", "light blue", "mustard", "coral"),
    "burgundy": ("cream", "pink", "navy", "beige", "grey"),
    "red": ("white", "cream", "navy", "pink", "black"),
    "coral": ("white", "cream", "teal", "navy", "yellow"),
    "orange": ("cream", "brown", "navy", "white", "pink"),
    "mustard": ("cream", "navy", "brown", "white", "teal"),
    "yellow": ("white", "navy", "green", "grey", "light blue"),
    "olive": ("cream", "beige", "mustard", "brown", "black"),
    "green": ("white", "cream", "navy", "pink", "yellow"),
    "mint": ("white", "coral", "teal", "cream", "navy"),
    "teal": ("cream", "mustard", "white", "coral", "navy"),
    "light blue": ("white", "navy", "yellow", "cream", "red"),
    "blue": ("white", "light blue", "cream", "red", "yellow"),
    "navy": ("white", "cream", "red", "light blue", "mustard"),
    "purple": ("lavender", "cream", "pink", "white", "mustard"),
    "lavender": ("white", "purple", "cream", "green", "grey"),
    "pink": ("white", "red", "burgundy", "green", "cream"),
    "fuchsia": ("white", "pink", "orange", "navy", "cream"),
}
"""Second inks that read well on each ground."""


def mix(a: Rgb, b: Rgb, t: float) -> Rgb:
    """`a` at 0, `b` at 1."""
    return (
        round(a[0] + (b[0] - a[0]) * t),
        round(a[1] + (b[1] - a[1]) * t),
        round(a[2] + (b[2] - a[2]) * t),
    )


def luminance(rgb: Rgb) -> float:
    """Perceived lightness without gamma, 0..1: enough to decide whether a fold must darken or lighten."""
    return (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]) / 255


def hex_of(rgb: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def rgb_of(text: str) -> Rgb:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def dyed(name: str, chance: random.Random, *, denim: bool = False) -> Rgb:
    """One dye lot of a named colour: a few units beside the book's value, so that no two reds are the same red."""
    base = DENIM.get(name, COLOURS[name]) if denim else COLOURS[name]
    light, warm = chance.uniform(-7, 7), chance.uniform(-4, 4)
    return (
        min(max(round(base[0] + light + warm), 0), 255),
        min(max(round(base[1] + light), 0), 255),
        min(max(round(base[2] + light - warm), 0), 255),
    )
