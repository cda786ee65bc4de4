"""What an item is called until its owner says: "navy striped shirt"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mlcore.types import Category

SURE: Final = 0.6  # a label below it is left out: a plain name is better than a wrong one
SECOND: Final = 0.35  # of the garment, from which its second colour is part of the name

_PATTERNS: Final = {
    "stripe": "striped",
    "check": "checked",
    "floral": "floral",
    "dot": "dotted",
    "animal": "animal print",
    "graphic": "printed",
}
_NOUNS: Final = {
    Category.TOPS: "top",
    Category.OUTERWEAR: "jacket",
    Category.TROUSERS: "trousers",
    Category.SKIRTS: "skirt",
    Category.DRESSES: "dress",
    Category.ROMPERS: "romper",
}


def suggested_name(
    category: Category, colours: Sequence[Mapping[str, Any]], labels: Mapping[str, Mapping[str, Any]]
) -> str:
    """Colours, pattern and kind of a garment as stored, in small letters."""
    words = [_colour(colours)]
    if pattern := _PATTERNS.get(_label(labels, "pattern")):
        words.append(pattern)
    return " ".join([*(word for word in words if word), _noun(category, labels)])


def _colour(colours: Sequence[Mapping[str, Any]]) -> str:
    named = [str(colour["name"]) for place, colour in enumerate(colours[:2]) if not place or colour["share"] >= SECOND]
    return " and ".join(named)


def _noun(category: Category, labels: Mapping[str, Mapping[str, Any]]) -> str:
    sleeves, collar, length = (_label(labels, name) for name in ("sleeve_length", "collar_style", "garment_length"))
    match category:
        case Category.TOPS if collar == "hood":
            return "hoodie"
        case Category.TOPS if collar == "shirt" and sleeves != "short":
            return "shirt"
        case Category.TOPS if collar == "shirt":
            return "short-sleeved shirt"
        case Category.TOPS if collar == "high":
            return "polo neck"
        case Category.TOPS if sleeves == "short" and collar in ("crew", "v", "scoop"):
            return "T-shirt"
        case Category.OUTERWEAR if length == "long":
            return "coat"
        case Category.TROUSERS if length == "short":
            return "shorts"
        case Category.SKIRTS | Category.DRESSES if length == "long":
            return f"long {_NOUNS[category]}"
    return _NOUNS[category]


def _label(labels: Mapping[str, Mapping[str, Any]], name: str) -> str:
    label = labels.get(name)
    return str(label["value"]) if label and label["confidence"] >= SURE else ""
