"""The demo catalogue: a shop's products and a season of street looks, ready to import."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from catalog.drawn.chance import stream
from catalog.drawn.formulas import FORMULAS
from catalog.drawn.looks import draw_look
from catalog.drawn.products import draw_product
from catalog.drawn.types import Drawing
from mlcore.types import Category

BRANDS: Final = (
    "Nordhag",
    "Atelier Quill",
    "Maren & Birch",
    "Solvane",
    "Pico Thread",
    "Oakum Row",
    "Luma Velt",
    "Tidewick",
)
"""Made up; no brand of clothing by these names was known to us."""

PRICES: Final[dict[Category, tuple[int, int]]] = {
    Category.TOPS: (15, 69),
    Category.OUTERWEAR: (69, 259),
    Category.TROUSERS: (29, 109),
    Category.SKIRTS: (25, 89),
    Category.DRESSES: (39, 159),
    Category.ROMPERS: (45, 149),
}
"""Lowest and highest whole price of a category."""


def demo_products(count: int = 240, seed: int = 2024) -> Iterator[Drawing]:
    """`count` products, the categories in turn and so equally often, each with its brand, price and sku."""
    categories = list(Category)
    for i in range(count):
        own = stream(seed, "product", i)
        category = categories[i % len(categories)]
        drawing = draw_product(own.getrandbits(40), category=category)
        low, high = PRICES[category]
        yield replace(
            drawing,
            brand=own.choice(BRANDS),
            price=f"{own.randint(low, high)}.{own.choice(['00', '50', '90', '95', '99'])}",
            sku=f"{category.value[:2].upper()}-{seed % 10000:04d}-{i:04d}",
        )


def demo_looks(count: int = 240, seed: int = 2024) -> Iterator[Drawing]:
    """`count` looks. Every second one follows a formula, the formulas in turn; the others combine by chance."""
    for i in range(count):
        own = stream(seed, "look", i).getrandbits(40)
        formula = FORMULAS[i // 2 % len(FORMULAS)].name if i % 2 == 0 else ""
        yield draw_look(own, formula=formula)
