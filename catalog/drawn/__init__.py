"""The demo catalogue that the project draws itself: products and street looks with exact ground truth.

The repository may hold no foreign photographs, and a detector wants boxes that nobody had to draw by hand.
Everything here is a function of its arguments: the same seed gives the same pixels.
"""

from catalog.drawn.demo import demo_looks, demo_products
from catalog.drawn.formulas import FORMULAS, Formula
from catalog.drawn.looks import draw_look
from catalog.drawn.products import draw_product
from catalog.drawn.style import Wish
from catalog.drawn.training import draw_varied
from catalog.drawn.types import Drawing, DrawnGarment

__all__ = [
    "FORMULAS",
    "Drawing",
    "DrawnGarment",
    "Formula",
    "Wish",
    "demo_looks",
    "demo_products",
    "draw_look",
    "draw_product",
    "draw_varied",
]
