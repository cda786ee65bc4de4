"""What one garment shall be: chosen by chance from the kinds, with any part of it fixed by the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from catalog.drawn.chance import stream
from catalog.drawn.fabric import Ink, weave
from catalog.drawn.kinds import COLLAR_STYLES, GARMENT_LENGTHS, KINDS, NA, PATTERNS, SLEEVE_LENGTHS, Kind
from catalog.drawn.palette import COLOURS, COMPANIONS, dyed, luminance, mix
from catalog.drawn.pieces import Wardrobe
from mlcore.types import Category

SHEEN: Final = {"satin": 0.75, "leather": 1.0}
_DYES: Final = tuple(COLOURS)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller asks of a garment; what is None is left to chance."""

    category: Category | None = None
    kind: str | None = None
    colour: str | None = None
    pattern: str | None = None
    sleeve_length: str | None = None
    garment_length: str | None = None
    collar_style: str | None = None
    second_colour: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for `other` and for unknown words: a misspelt wish must not become chance."""
        for value, known in (
            (self.colour, COLOURS),
            (self.second_colour, COLOURS),
            (self.pattern, PATTERNS),
            (self.sleeve_length, SLEEVE_LENGTHS),
            (self.garment_length, GARMENT_LENGTHS),
            (self.collar_style, COLLAR_STYLES),
            (self.kind, [kind.noun for kind in KINDS]),
        ):
            if value is not None and (value not in known or value == "other"):
                raise ValueError(f"{value!r} is none of {', '.join(known)}")


@dataclass(frozen=True, slots=True)
class Style:
    """One garment, decided. `inks`: ground and two companions. `fit`: 0 close to the body, 1 wide."""

    seed: int
    kind: Kind
    sleeve_length: str
    garment_length: str
    collar_style: str
    pattern: str
    texture: str
    inks: tuple[Ink, ...]
    fit: float
    opened: float = 0.0
    """Outerwear: half the gap between its fronts at the hem, in body units. 0 is closed."""
    tucked: bool = False

    @property
    def category(self) -> Category:
        return self.kind.category

    @property
    def traits(self) -> frozenset[str]:
        return self.kind.traits

    @property
    def labels(self) -> dict[str, str]:
        return {
            "sleeve_length": self.sleeve_length,
            "garment_length": self.garment_length,
            "collar_style": self.collar_style,
            "pattern": self.pattern,
        }

    def cloths(self) -> Wardrobe:
        allover = "print" if self.pattern == "graphic" and self.category in _WITHOUT_CHEST else self.pattern
        main = weave(self.seed, allover, self.inks, self.texture)
        texture = "knit" if "ribbed" in self.traits else self.texture
        ground = self.inks[0]
        trim = weave(self.seed, "solid", ((ground[0], mix(ground[1], (0, 0, 0), 0.06)),), texture)
        return Wardrobe(main=main, trim=trim, sheen=SHEEN.get(self.texture, 0.0))


_WITHOUT_CHEST = frozenset({Category.TROUSERS, Category.SKIRTS})


def choose(seed: int, wish: Wish) -> Style:
    """The garment a seed and a wish give. Every part has its own stream: fixing one leaves the others as they were."""
    kind = _kind(seed, wish)

    def pick(what: str, values: tuple[str, ...], wished: str | None) -> str:
        chosen = stream(seed, what).choice(values)
        return wished if wished is not None and values != (NA,) else chosen

    colours = kind.colours or _DYES
    colour = wish.colour or stream(seed, "colour").choice(colours)
    texture = stream(seed, "texture").choice(kind.textures)
    pattern = wish.pattern or stream(seed, "pattern").choice(kind.patterns)
    seconds = stream(seed, "companions").sample(COMPANIONS[colour], 2)
    if pattern == "animal" and luminance(COLOURS[colour]) > 0.38:
        seconds = ["black", "brown" if colour != "brown" else "charcoal"]  # spots are darker than a light coat
    if wish.second_colour is not None:
        seconds[0] = wish.second_colour
    dye = stream(seed, "dye")
    inks = (
        (colour, dyed(colour, dye, denim=texture == "denim")),
        (seconds[0], dyed(seconds[0], dye)),
        (seconds[1], dyed(seconds[1], dye)),
    )
    sleeve = pick("sleeve", kind.sleeves, wish.sleeve_length)
    collar = pick("collar", kind.collars, wish.collar_style)
    if collar == "strap":
        sleeve = "none"  # straps leave no shoulder to set a sleeve in
    return Style(
        seed=seed,
        kind=kind,
        sleeve_length=sleeve,
        garment_length=pick("length", kind.lengths, wish.garment_length),
        collar_style=collar,
        pattern=pattern,
        texture=texture,
        inks=inks,
        fit=stream(seed, "fit").uniform(*kind.fit),
    )


def _kind(seed: int, wish: Wish) -> Kind:
    """A kind that comes as wished; if none does, one of the category's kinds that come nearest."""
    chance = stream(seed, "kind")
    category = wish.category or stream(seed, "category").choice(list(Category))
    if wish.kind is not None:
        return next(kind for kind in KINDS if kind.noun == wish.kind)
    kinds = [kind for kind in KINDS if kind.category == category]

    def match(kind: Kind) -> int:
        # Silhouette first, then cloth: a red pair of jeans is odder than a red skirt in an unusual length is not.
        asked = (
            (wish.sleeve_length, kind.sleeves, 4),
            (wish.collar_style, kind.collars, 4),
            (wish.garment_length, kind.lengths, 4),
            (wish.pattern, kind.patterns, 2),
            (wish.colour, kind.colours or _DYES, 1),
        )
        return sum(weight for value, values, weight in asked if value is None or value in values)

    best = max(map(match, kinds))
    return chance.choice([kind for kind in kinds if match(kind) == best])


def title_of(style: Style) -> str:
    """Such as `Red floral midi dress, short sleeves`."""
    words = [style.inks[0][0]]
    if style.pattern != "solid":
        words.append(_PATTERN_WORDS.get(style.pattern, style.pattern))
    length = _LENGTH_WORDS[style.category].get(style.garment_length, "")
    noun = style.kind.noun
    if length and noun not in _LENGTH_IN_NAME:
        words.append(length)
    words.append(noun)
    title = " ".join(words)
    if style.sleeve_length != NA and style.collar_style != "strap" and noun not in _SLEEVE_IN_NAME:
        title += f", {_SLEEVE_WORDS[style.sleeve_length]}"
    return title[0].upper() + title[1:]


_PATTERN_WORDS: Final = {
    "stripe": "striped", "check": "checked", "floral": "floral", "dot": "dotted",
    "animal": "animal-print", "graphic": "graphic",
}  # fmt: skip
_LENGTH_WORDS: Final[dict[Category, dict[str, str]]] = {
    Category.TOPS: {"short": "cropped", "long": "longline"},
    Category.OUTERWEAR: {"long": "long"},
    Category.TROUSERS: {"medium": "cropped"},
    Category.SKIRTS: {"short": "mini", "medium": "midi", "long": "maxi"},
    Category.DRESSES: {"short": "mini", "medium": "midi", "long": "maxi"},
    Category.ROMPERS: {"medium": "cropped"},
}
_LENGTH_IN_NAME: Final = frozenset({"tunic", "shorts", "playsuit", "strappy playsuit", "hooded onesie"})
_SLEEVE_IN_NAME: Final = frozenset({"tank top", "gilet", "long-sleeved top", "dungarees"})
_SLEEVE_WORDS: Final = {
    "none": "sleeveless", "short": "short sleeves", "three_quarter": "three-quarter sleeves", "long": "long sleeves",
}  # fmt: skip
