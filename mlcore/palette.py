"""Colour by number and by name: sRGB and CIELAB, the CIEDE2000 difference, and the palette the API speaks.

CIELAB here is always for D65 and the 2° observer, L* in 0..100.
"""

from __future__ import annotations

import re
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

Lab = NDArray[np.float32]
"""CIELAB values: float32, shape (..., 3), in the order L*, a*, b*."""

Linear = NDArray[np.float32]
"""Linear light: float32, shape (..., 3), red, green, blue, 0..1."""

# IEC 61966-2-1 (sRGB) primaries, each row divided by the D65 white point (0.95047, 1, 1.08883).
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
_TO_RELATIVE_XYZ = (_TO_XYZ / _WHITE[:, None]).T.astype(np.float32)
_FROM_RELATIVE_XYZ = np.linalg.inv(_TO_XYZ / _WHITE[:, None]).T

_EPSILON, _KAPPA = 216 / 24389, 24389 / 27  # CIE 15:2004, the exact fractions


def _linear_light() -> NDArray[np.float32]:
    encoded = np.arange(256) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


_LINEAR = _linear_light()

# The prototypes of each name, as sRGB; several where a name spans a wide range. The first one is what a filter by that
# name searches around. Placed by hand, then moved (at most 14 in L*, a*, b*) by coordinate ascent on one half of 3,654
# shop photographs with a base colour, so that tones get the name that shops give them: on the other half the share of
# garments with a right name among the first two rose from .69 to .78. Shops' whites and blacks are brighter and greener
# than those of streets and homes; #e9e9ea and #25262c are there for the latter.
PROTOTYPES: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {
        "black": ("#0f110d", "#222623", "#2b312e", "#25262c"),
        "charcoal": ("#5d5e5b", "#5d5e5c"),
        "grey": ("#978f91", "#777273", "#d1d3d1", "#bfbebc"),
        "white": ("#f8f8f8", "#f7f7f9", "#fdfcfd", "#e9e9ea"),
        "cream": ("#f6f0dd", "#f0ecda"),
        "beige": ("#d4c1a5", "#e1cbb9"),
        "khaki": ("#b39e7a", "#aba37e"),
        "camel": ("#b78a57", "#a37f51", "#c19a6b"),
        "brown": ("#654028", "#423428", "#866e56"),
        "olive": ("#798067", "#58563f", "#4e4e34", "#7a7a14"),
        "green": ("#2f8a45", "#1d5f3a", "#5cae3a", "#264333", "#a8d89a", "#c3d8d1", "#99cbaf", "#c5ec5a"),
        "teal": ("#067373", "#2ea69e", "#165157"),
        "light blue": ("#b2c8e3", "#79abc7", "#8bcfe4", "#d4def3"),
        "blue": ("#2363b8", "#467cb0", "#3694d6", "#2a5f81", "#4b7893", "#1238e6"),
        "navy": ("#202746", "#253042", "#162a67", "#435469"),
        "lavender": ("#b39ecf", "#c8bee2"),
        "purple": ("#724194", "#4e3856", "#9b5ba3"),
        "pink": ("#f0aec9", "#e586a0", "#f4dddd"),
        "fuchsia": ("#d52383", "#cd3d91", "#f02ae0"),
        "red": ("#c51928", "#ab2125", "#e54237"),
        "burgundy": ("#712131", "#501d28", "#91434c"),
        "coral": ("#ff8a75", "#f6a58a"),
        "orange": ("#fc8d2f", "#f87b49", "#ffa51e"),
        "mustard": ("#c19426",),
        "yellow": ("#f5dc3a", "#f8e690"),
    }
)

# What a shop's base colour (the words of the Fashion Product Images set, lower case) is called here. Several names
# where the shop's word is wider than ours; the first is the one meant most often.
BASE_COLOURS: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {
        "black": ("black",),
        "charcoal": ("charcoal",),
        "grey": ("grey", "charcoal"),
        "grey melange": ("grey",),
        "silver": ("grey",),
        "steel": ("grey",),
        "white": ("white",),
        "off white": ("white", "cream"),
        "cream": ("cream",),
        "beige": ("beige",),
        "nude": ("beige",),
        "skin": ("beige",),
        "khaki": ("khaki", "beige"),
        "tan": ("camel",),
        "camel": ("camel",),
        "gold": ("mustard", "camel"),
        "bronze": ("camel", "brown"),
        "copper": ("camel", "brown"),
        "brown": ("brown", "camel"),
        "coffee brown": ("brown",),
        "mushroom brown": ("brown", "khaki"),
        "taupe": ("khaki", "brown"),
        "olive": ("olive",),
        "green": ("green", "olive", "teal"),
        "lime green": ("green",),
        "fluorescent green": ("green", "yellow"),
        "sea green": ("teal", "green"),
        "teal": ("teal",),
        "turquoise blue": ("teal", "light blue"),
        "blue": ("blue", "light blue", "navy"),
        "navy blue": ("navy",),
        "lavender": ("lavender",),
        "mauve": ("lavender", "purple"),
        "purple": ("purple", "lavender"),
        "pink": ("pink", "fuchsia"),
        "rose": ("pink",),
        "magenta": ("fuchsia",),
        "red": ("red", "burgundy"),
        "maroon": ("burgundy",),
        "burgundy": ("burgundy",),
        "rust": ("orange", "brown"),
        "peach": ("coral", "beige", "pink"),
        "orange": ("orange",),
        "mustard": ("mustard",),
        "yellow": ("yellow", "mustard"),
    }
)


def linear_of(rgb: ArrayLike) -> Linear:
    """Linear light 0..1 of sRGB bytes: uint8 (..., 3) to float32 (..., 3)."""
    return _LINEAR[np.asarray(rgb, dtype=np.uint8)]


def lab_of(rgb: ArrayLike) -> Lab:
    """CIELAB of sRGB bytes: uint8 (..., 3) to float32 (..., 3)."""
    return _lab_of_linear(linear_of(rgb))


def lit(lab: ArrayLike, gain: ArrayLike) -> Lab:
    """CIELAB values (..., 3) as they would be in `gain` (...) times the light."""
    return _lab_of_linear(np.clip(_linear_of_lab(lab) * np.asarray(gain)[..., None], 0, 1).astype(np.float32))


def _lab_of_linear(linear: Linear) -> Lab:
    relative = linear @ _TO_RELATIVE_XYZ
    bent = np.cbrt(relative)
    low = relative <= _EPSILON
    bent[low] = (_KAPPA * relative[low] + 16) / 116
    x, y, z = bent[..., 0], bent[..., 1], bent[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32, copy=False)


def _linear_of_lab(lab: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(lab, dtype=np.float64)
    y = (values[..., 0] + 16) / 116
    bent = np.stack([y + values[..., 1] / 500, y, y - values[..., 2] / 200], axis=-1)
    relative = np.where(bent**3 > _EPSILON, bent**3, (116 * bent - 16) / _KAPPA)
    return np.asarray(np.clip(relative @ _FROM_RELATIVE_XYZ, 0, 1), dtype=np.float64)


def rgb_of(lab: ArrayLike) -> NDArray[np.uint8]:
    """sRGB bytes of CIELAB values, clipped to what sRGB can show: float (..., 3) to uint8 (..., 3)."""
    linear = _linear_of_lab(lab)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(encoded * 255), dtype=np.uint8)


def hex_of(lab: ArrayLike) -> str:
    """`#rrggbb` of one CIELAB value."""
    red, green, blue = rgb_of(lab)
    return f"#{red:02x}{green:02x}{blue:02x}"


def delta_e(first: ArrayLike, second: ArrayLike, *, lightness_weight: float = 1.0) -> NDArray[np.float64]:
    """CIEDE2000 difference of CIELAB values, broadcast over the leading axes: (..., 3), (..., 3) to (...).

    About 1 is just seen, above 10 is another colour. `lightness_weight` is the formula's 1 / kL: below 1 it forgives
    light and shadow. After Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula" (2005), equations 2 to 22.
    """
    one, two = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    l1, a1, b1 = one[..., 0], one[..., 1], one[..., 2]
    l2, a2, b2 = two[..., 0], two[..., 1], two[..., 2]

    mean_chroma7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(mean_chroma7 / (mean_chroma7 + 25.0**7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360

    grey = c1 * c2 == 0
    turn = (h2 - h1 + 180) % 360 - 180
    turn = np.where((turn == -180) & (h2 > h1), 180.0, turn)  # equation 10 keeps the sign at exactly half a turn
    turn = np.where(grey, 0.0, turn)
    d_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    d_light, d_chroma = l2 - l1, c2 - c1

    total = h1 + h2
    apart = np.abs(h1 - h2) > 180
    hue = np.where(grey, total, np.where(apart, np.where(total < 360, total + 360, total - 360), total) / 2)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2

    t = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    s_light = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    s_chroma, s_hue = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rotation = (
        -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    )
    by_light, by_chroma, by_hue = d_light / s_light * lightness_weight, d_chroma / s_chroma, d_hue / s_hue
    squared = by_light**2 + by_chroma**2 + by_hue**2 + rotation * by_chroma * by_hue
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)), dtype=np.float64)


def _bytes_of(hex_value: str) -> tuple[int, int, int]:
    return int(hex_value[1:3], 16), int(hex_value[3:5], 16), int(hex_value[5:7], 16)


@cache
def _table() -> tuple[tuple[str, ...], Lab]:
    """The name and the CIELAB value of every prototype, in the palette's order."""
    rows = [(name, _bytes_of(value)) for name, values in PROTOTYPES.items() for value in values]
    return tuple(name for name, _ in rows), lab_of([value for _, value in rows])


def names_of(lab: ArrayLike) -> list[str]:
    """The names of CIELAB values (n, 3): each that of the nearest prototype by CIEDE2000."""
    names, values = _table()
    return [names[i] for i in np.argmin(delta_e(np.asarray(lab)[:, None], values[None]), axis=1)]


def name_of(lab: ArrayLike) -> str:
    """The name of one CIELAB value."""
    return names_of(np.asarray(lab)[None])[0]


def lookup(name_or_hex: str) -> Lab:
    """CIELAB (3,) of `#rrggbb` or of a colour's name in any case, a shop's base colour included.

    Raises ValueError for anything else.
    """
    wanted = name_or_hex.strip().lower()
    if re.fullmatch(r"#[0-9a-f]{6}", wanted):
        return lab_of(_bytes_of(wanted))
    name = wanted if wanted in PROTOTYPES else BASE_COLOURS.get(wanted, ("",))[0]
    if name not in PROTOTYPES:
        raise ValueError(f"not a colour: {name_or_hex!r}")
    return lab_of(_bytes_of(PROTOTYPES[name][0]))
