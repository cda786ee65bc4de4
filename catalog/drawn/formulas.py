"""Outfit formulas: combinations that recur in the demo looks, so that there is something to be found in them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from catalog.drawn.kinds import KINDS
from catalog.drawn.style import Wish
from mlcore.types import Category

T, O, P, S, D, R = (  # noqa: E741
    Category.TOPS, Category.OUTERWEAR, Category.TROUSERS, Category.SKIRTS, Category.DRESSES, Category.ROMPERS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Formula:
    """Garments that go together, from the outside in. `woman` None: anyone."""

    wishes: tuple[Wish, ...]
    woman: bool | None = None
    shoe: str | None = None

    @property
    def name(self) -> str:
        return " + ".join(
            " ".join(filter(None, (wish.colour, _PATTERN_WORDS.get(wish.pattern or "solid"), wish.kind)))
            for wish in self.wishes
        )


_PATTERN_WORDS = {
    "stripe": "striped",
    "check": "checked",
    "floral": "floral",
    "dot": "dotted",
    "animal": "animal-print",
    "graphic": "graphic",
}


def _wear(kind: str, colour: str, pattern: str = "solid", **more: str) -> Wish:
    category = next(each.category for each in KINDS if each.noun == kind)
    return Wish(category=category, kind=kind, colour=colour, pattern=pattern, **more)


FORMULAS: Final[tuple[Formula, ...]] = (
    Formula(
        (
            _wear("wool coat", "camel", garment_length="long", collar_style="lapel"),
            _wear("jeans", "blue", garment_length="long"),
            _wear("tee", "white", collar_style="crew"),
        ),
        shoe="boot",
    ),
    Formula(
        (
            _wear("trench coat", "beige"),
            _wear("tee", "white", "stripe", second_colour="navy"),
            _wear("jeans", "navy", garment_length="long"),
        ),
        shoe="loafer",
    ),
    Formula(
        (
            _wear("leather jacket", "black", collar_style="lapel"),
            _wear("slip dress", "burgundy", garment_length="medium"),
        ),
        True,
        "boot",
    ),
    Formula(
        (_wear("denim jacket", "blue"), _wear("skater dress", "red", "floral", second_colour="white")), True, "sneaker"
    ),
    Formula(
        (
            _wear("blazer", "navy"),
            _wear("shirt", "white", sleeve_length="long", garment_length="medium"),
            _wear("chinos", "beige", garment_length="long"),
        ),
        shoe="loafer",
    ),
    Formula(
        (_wear("sweater", "cream", collar_style="high"), _wear("pleated skirt", "green", garment_length="medium")),
        True,
        "tall boot",
    ),
    Formula(
        (_wear("bomber jacket", "olive"), _wear("hoodie", "grey"), _wear("joggers", "black", garment_length="long")),
        shoe="sneaker",
    ),
    Formula(
        (
            _wear("cardigan", "mustard", collar_style="v"),
            _wear("blouse", "white", collar_style="v"),
            _wear("A-line skirt", "navy", "dot", garment_length="medium"),
        ),
        True,
        "pump",
    ),
    Formula(
        (
            _wear("puffer jacket", "red", garment_length="short", collar_style="high"),
            _wear("sweater", "white", collar_style="crew"),
            _wear("jeans", "black", garment_length="long"),
        ),
        shoe="sneaker",
    ),
    Formula(
        (
            _wear("blazer", "pink"),
            _wear("camisole", "white"),
            _wear("wide-leg trousers", "pink", garment_length="long"),
        ),
        True,
        "pump",
    ),
    Formula((_wear("denim jacket", "light blue"), _wear("playsuit", "yellow", "floral")), True, "sneaker"),
    Formula((_wear("blazer", "black"), _wear("jumpsuit", "teal", garment_length="long")), True, "pump"),
    Formula(
        (
            _wear("shirt", "blue", "check", garment_length="long", sleeve_length="long"),
            _wear("chinos", "khaki", garment_length="long"),
        ),
        shoe="boot",
    ),
    Formula((_wear("tee", "black", "graphic"), _wear("denim skirt", "blue", garment_length="short")), True, "sneaker"),
    Formula(
        (
            _wear("wool coat", "grey", garment_length="long", collar_style="lapel"),
            _wear("blazer", "charcoal"),
            _wear("sweater", "burgundy", collar_style="high"),
            _wear("pleated trousers", "charcoal", garment_length="long"),
        ),
        shoe="boot",
    ),
    Formula(
        (
            _wear("parka", "olive"),
            _wear("long-sleeved top", "white", "stripe", second_colour="blue"),
            _wear("leggings", "black", garment_length="long"),
        ),
        True,
        "tall boot",
    ),
    Formula(
        (
            _wear("summer jacket", "white", sleeve_length="three_quarter"),
            _wear("tank top", "coral"),
            _wear("shorts", "light blue"),
        ),
        shoe="sandal",
    ),
    Formula(
        (_wear("trench coat", "navy"), _wear("shirt dress", "light blue", "stripe", garment_length="medium")),
        True,
        "loafer",
    ),
)

_NEUTRALS = ("black", "white", "grey", "navy", "beige", "cream", "charcoal", "khaki", "camel", "brown")
_SHAPES: Final[tuple[tuple[Category, ...], ...]] = (
    (O, T, P),
    (O, T, P),
    (O, T, S),
    (T, P),
    (T, P),
    (T, S),
    (O, D),
    (O, D),
    (O, R),
    (O, O, T, P),
)


def chance_formula(chance: random.Random) -> Formula:
    """A combination of no plan, but dressed by someone with eyes: one loud piece, the others quiet."""
    categories = chance.choice(_SHAPES)
    woman = True if {S, D, R} & set(categories) else chance.random() < 0.5
    loud = chance.randrange(len(categories))
    wishes = []
    for i, category in enumerate(categories):
        kinds = [kind for kind in KINDS if kind.category == category and kind.noun != "hooded onesie"]
        if category is O and i == 1:
            kinds = [kind for kind in kinds if kind.noun in ("blazer", "cardigan", "denim jacket")]
        elif category is O and len(categories) == 4:
            kinds = [kind for kind in kinds if kind.noun in ("wool coat", "parka", "trench coat")]
        elif category is O:
            kinds = [kind for kind in kinds if kind.noun != "summer jacket"]
        elif category is T and categories[0] is O:
            kinds = [kind for kind in kinds if kind.noun not in ("tunic", "hoodie")]
        if not woman:
            kinds = [
                kind
                for kind in kinds
                if kind.noun not in ("camisole", "blouse", "leggings", "tunic", "long-sleeved top", "wide-leg trousers")
            ]
        kind = chance.choice(kinds)
        if i == loud:
            wishes.append(Wish(category=category, kind=kind.noun))
        else:
            colours = [colour for colour in _NEUTRALS if not kind.colours or colour in kind.colours] or list(
                kind.colours
            )
            wishes.append(Wish(category=category, kind=kind.noun, colour=chance.choice(colours), pattern="solid"))
    return Formula(tuple(wishes), woman)
