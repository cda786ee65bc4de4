"""The shop's words: which kinds of garment exist, and which sleeves, lengths, collars and cloths each comes in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mlcore.types import Category

NA: Final = "na"
SLEEVE_LENGTHS: Final = ("none", "short", "three_quarter", "long")
GARMENT_LENGTHS: Final = ("short", "medium", "long")
COLLAR_STYLES: Final = ("crew", "scoop", "v", "shirt", "lapel", "high", "hood", "strap", "other")
PATTERNS: Final = ("solid", "stripe", "check", "floral", "dot", "animal", "graphic", "other")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of garment. Repeated values weigh more when chance chooses. Empty `colours`: any."""

    noun: str
    category: Category
    lengths: tuple[str, ...]
    sleeves: tuple[str, ...]
    collars: tuple[str, ...]
    textures: tuple[str, ...]
    patterns: tuple[str, ...]
    colours: tuple[str, ...]
    fit: tuple[float, float]
    """From and to; 0 close to the body, 1 wide."""
    traits: frozenset[str]
    """Details that a silhouette knows how to cut: `buttoned`, `zip`, `pleats`, `waist` …"""


_SOBER = "solid solid check stripe"
_LIVELY = "solid solid floral floral dot stripe check animal"
_DENIMS = ("blue", "blue", "light blue", "navy", "black", "grey", "white")


def _kind(
    noun: str,
    category: Category,
    lengths: str,
    *,
    fit: tuple[float, float],
    sleeves: str = NA,
    collars: str = NA,
    textures: str = "plain",
    patterns: str = "solid",
    colours: str | tuple[str, ...] = (),
    traits: str = "",
) -> Kind:
    """A kind from words in a row; a colour of two words needs a tuple."""
    return Kind(
        noun=noun,
        category=category,
        lengths=tuple(lengths.split()),
        sleeves=tuple(sleeves.split()),
        collars=tuple(collars.split()),
        textures=tuple(textures.split()),
        patterns=tuple(patterns.split()),
        colours=tuple(colours.split()) if isinstance(colours, str) else colours,
        fit=fit,
        traits=frozenset(traits.split()),
    )


T, O, P, S, D, R = Category  # noqa: E741  one letter each keeps the table below a table

# fmt: off
KINDS: Final[tuple[Kind, ...]] = (
    _kind("tee", T, "medium short", sleeves="short", collars="crew crew v scoop",
          patterns="solid stripe graphic graphic dot", fit=(0.25, 0.7)),
    _kind("long-sleeved top", T, "medium", sleeves="long three_quarter", collars="crew scoop v",
          patterns="solid stripe stripe floral animal", fit=(0.0, 0.3)),
    _kind("tank top", T, "short medium", sleeves="none", collars="scoop crew v",
          patterns="solid stripe graphic dot animal", fit=(0.0, 0.4)),
    _kind("camisole", T, "short medium", sleeves="none", collars="strap", textures="satin plain", patterns=_LIVELY,
          fit=(0.0, 0.5)),
    _kind("shirt", T, "medium medium long", sleeves="long long short three_quarter", collars="shirt",
          textures="plain linen", patterns="solid stripe check check floral dot", fit=(0.35, 0.7),
          traits="buttoned cuffs"),
    _kind("blouse", T, "medium short", sleeves="long three_quarter short none", collars="v high scoop shirt",
          textures="satin plain", patterns=_LIVELY, fit=(0.4, 0.8), traits="cuffs puff"),
    _kind("sweater", T, "medium medium short", sleeves="long long three_quarter", collars="crew v high high",
          textures="knit", patterns="solid solid stripe animal", fit=(0.4, 0.8), traits="ribbed"),
    _kind("hoodie", T, "medium", sleeves="long", collars="hood", textures="plain wool",
          patterns="solid solid graphic", fit=(0.55, 0.9), traits="cord pouch ribbed"),
    _kind("tunic", T, "long", sleeves="none three_quarter long short", collars="scoop v shirt crew",
          textures="linen plain", patterns=_LIVELY, fit=(0.4, 0.8), traits="flared"),
    _kind("wool coat", O, "medium long long", sleeves="long", collars="lapel lapel high", textures="wool",
          patterns="solid solid solid check", fit=(0.4, 0.8), traits="buttoned flaps"),
    _kind("trench coat", O, "long medium", sleeves="long", collars="lapel",
          colours="beige khaki camel navy black olive burgundy", fit=(0.4, 0.6),
          traits="belt cuffs double epaulettes flaps"),
    _kind("blazer", O, "short", sleeves="long long three_quarter", collars="lapel", textures="plain wool linen",
          patterns=_SOBER, fit=(0.3, 0.6), traits="buttoned flaps"),
    _kind("bomber jacket", O, "short", sleeves="long", collars="high crew", textures="satin plain",
          patterns="solid solid solid graphic floral", fit=(0.5, 0.8), traits="ribbed welts zip"),
    _kind("denim jacket", O, "short", sleeves="long", collars="shirt", textures="denim", colours=_DENIMS,
          fit=(0.3, 0.7), traits="buttoned chest stitched"),
    _kind("puffer jacket", O, "short medium long", sleeves="long", collars="high hood", textures="satin",
          fit=(0.8, 1.0), traits="quilted zip"),
    _kind("gilet", O, "short medium", sleeves="none", collars="high v hood", textures="satin plain", fit=(0.5, 0.8),
          traits="quilted zip"),
    _kind("cardigan", O, "short medium", sleeves="long long three_quarter", collars="v v crew", textures="knit",
          patterns="solid solid solid stripe check", fit=(0.4, 0.8), traits="buttoned pockets ribbed"),
    _kind("parka", O, "medium medium long", sleeves="long", collars="hood",
          colours="olive khaki navy black mustard teal", fit=(0.6, 0.9), traits="cuffs drawn flaps zip"),
    _kind("leather jacket", O, "short", sleeves="long", collars="lapel lapel high", textures="leather",
          colours="black black brown burgundy camel olive", fit=(0.2, 0.4), traits="zip zips"),
    _kind("summer jacket", O, "short medium", sleeves="short three_quarter", collars="lapel crew shirt",
          textures="linen plain", patterns=_LIVELY, fit=(0.4, 0.7), traits="buttoned pockets"),
    _kind("jeans", P, "long long medium", textures="denim", colours=_DENIMS, fit=(0.05, 0.75), traits="fly stitched"),
    _kind("chinos", P, "long medium", patterns="solid solid solid check stripe", fit=(0.2, 0.5), traits="fly slant"),
    _kind("wide-leg trousers", P, "long medium", textures="plain linen satin",
          patterns="solid solid stripe floral check graphic", fit=(0.85, 1.0), traits="creased slant"),
    _kind("pleated trousers", P, "long medium", textures="wool plain", patterns=_SOBER, fit=(0.4, 0.65),
          traits="creased fly slant"),
    _kind("shorts", P, "short", textures="plain linen denim", patterns="solid solid check floral stripe",
          fit=(0.4, 0.8), traits="fly slant turned"),
    _kind("joggers", P, "long medium", textures="wool", patterns="solid solid graphic", fit=(0.4, 0.6),
          traits="cuffed elastic slant"),
    _kind("leggings", P, "long medium short", patterns="solid solid animal graphic dot", fit=(0.0, 0.0),
          traits="elastic"),
    _kind("pencil skirt", S, "medium short", textures="plain wool leather",
          patterns="solid solid check animal stripe", fit=(0.0, 0.1), traits="darts"),
    _kind("A-line skirt", S, "short medium long", textures="plain linen wool", patterns=_LIVELY, fit=(0.35, 0.6),
          traits="darts"),
    _kind("pleated skirt", S, "medium short long", textures="satin plain", patterns="solid solid solid check",
          fit=(0.45, 0.75), traits="pleats"),
    _kind("circle skirt", S, "medium short long", textures="plain satin", patterns=_LIVELY + " graphic", fit=(0.8, 1.0),
          traits="waves"),
    _kind("wrap skirt", S, "medium long short", textures="plain linen", patterns=_LIVELY, fit=(0.2, 0.4),
          traits="wrap"),
    _kind("denim skirt", S, "short medium long", textures="denim", colours=_DENIMS, fit=(0.1, 0.35),
          traits="front-buttons stitched"),
    _kind("tiered skirt", S, "long medium", textures="linen plain", patterns=_LIVELY, fit=(0.6, 0.85),
          traits="tiers waves"),
    _kind("shift dress", D, "short medium", sleeves="none short three_quarter long", collars="crew scoop high",
          patterns=_LIVELY + " graphic", fit=(0.3, 0.5), traits="shift"),
    _kind("skater dress", D, "short medium", sleeves="none short three_quarter long", collars="scoop v crew",
          patterns=_LIVELY, fit=(0.7, 1.0), traits="waist waves"),
    _kind("slip dress", D, "medium long short", sleeves="none", collars="strap", textures="satin",
          patterns="solid solid floral animal dot", fit=(0.15, 0.4), traits="slip"),
    _kind("shirt dress", D, "medium short long", sleeves="long short three_quarter", collars="shirt",
          textures="linen plain", patterns="solid stripe check floral", fit=(0.35, 0.6),
          traits="belt buttoned cuffs waist"),
    _kind("wrap dress", D, "medium long short", sleeves="short three_quarter long none", collars="v",
          textures="satin plain", patterns=_LIVELY, fit=(0.4, 0.7), traits="sash waist wrap"),
    _kind("knitted dress", D, "medium short", sleeves="long three_quarter", collars="high crew v", textures="knit",
          patterns="solid solid stripe", fit=(0.0, 0.15), traits="ribbed shift"),
    _kind("tiered dress", D, "long medium short", sleeves="none short three_quarter long",
          collars="v scoop strap high", textures="linen plain", patterns=_LIVELY, fit=(0.6, 0.9),
          traits="puff tiers waist waves"),
    _kind("hooded dress", D, "short medium", sleeves="long short", collars="hood", textures="wool plain",
          patterns="solid solid graphic", fit=(0.4, 0.6), traits="cord pouch shift"),
    _kind("blazer dress", D, "short", sleeves="long", collars="lapel", textures="plain wool", patterns=_SOBER,
          fit=(0.3, 0.4), traits="double flaps shift"),
    _kind("playsuit", R, "short", sleeves="short none three_quarter long", collars="v scoop crew",
          patterns=_LIVELY + " graphic", fit=(0.5, 0.8), traits="waist"),
    _kind("strappy playsuit", R, "short", sleeves="none", collars="strap", textures="linen plain", patterns=_LIVELY,
          fit=(0.5, 0.8), traits="waist"),
    _kind("jumpsuit", R, "long medium", sleeves="none short long three_quarter", collars="v scoop high lapel",
          textures="plain satin", patterns="solid solid solid floral dot stripe", fit=(0.5, 0.9),
          traits="belt waist"),
    _kind("boiler suit", R, "long long medium", sleeves="long short three_quarter", collars="shirt",
          textures="linen denim plain", colours="olive khaki navy blue black beige burgundy mustard pink",
          fit=(0.4, 0.6), traits="belt chest cuffs waist zip"),
    _kind("dungarees", R, "long medium short", sleeves="none", collars="strap", textures="denim", colours=_DENIMS,
          fit=(0.4, 0.65), traits="bib chest stitched"),
    _kind("hooded onesie", R, "long", sleeves="long", collars="hood", textures="wool",
          patterns="solid stripe animal graphic", fit=(0.7, 0.8), traits="cord cuffed zip"),
)
# fmt: on
