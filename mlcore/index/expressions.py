"""`Where` as a Milvus filter expression. The only place that builds one, so the only place that must escape."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from mlcore.index.base import MAIN, SAID_IN, SECOND, ColourBox, Range, Where, storable

EVERYTHING = "garment_id >= 0"
NOTHING = "garment_id < 0"


def expression(where: Where, *clauses: str) -> str:
    """`where` and all `clauses`; '' when neither restricts anything."""
    return " and ".join([*clauses, *_clauses(where)])


def after(garment_id: int) -> str:
    """The page that follows: ids beyond this one (−1: from the start)."""
    return f"garment_id > {garment_id:d}" if garment_id >= 0 else EVERYTHING


def _clauses(where: Where) -> Iterator[str]:
    for name, allowed in where.texts():
        # What no entry can hold needs no spelling: control characters and lone surrogates have none in both engines.
        spelled = [_quoted(text) for text in allowed if storable(text)]
        clauses = [_one_of(field, spelled) for field in SAID_IN.get(name, (name,))]
        yield NOTHING if not spelled else clauses[0] if len(clauses) == 1 else f"({' or '.join(clauses)})"
    for name, span in where.ranges():
        yield from _between(name, span)
    if where.near is not None:
        yield f"({_within(MAIN, where.near)} or {_within(SECOND, where.near)})"
    if where.in_stock is not None:
        yield f"in_stock == {str(where.in_stock).lower()}"
    if where.among is not None:
        yield f"garment_id in {_ids(where.among)}" if where.among else NOTHING
    if where.excluded:
        yield f"garment_id not in {_ids(where.excluded)}"


def _between(name: str, span: Range) -> Iterator[str]:
    if math.inf in (span.low, -span.high):
        yield NOTHING
        return
    if span.low > -math.inf:
        yield f"{name} >= {_number(span.low)}"
    if span.high < math.inf:
        yield f"{name} <= {_number(span.high)}"


def _within(names: tuple[str, str, str], box: ColourBox) -> str:
    lightness = Range(max(box.lightness.low, 0.0), box.lightness.high)  # NO_COLOUR lies in no box
    spans = (lightness, box.a, box.b)
    return (
        f"({' and '.join(clause for name, span in zip(names, spans, strict=True) for clause in _between(name, span))})"
    )


def _ids(garment_ids: Iterable[int]) -> str:
    return f"[{', '.join(format(garment_id, 'd') for garment_id in sorted(set(garment_ids)))}]"


def _one_of(name: str, spelled: Iterable[str]) -> str:
    return f"{name} in [{', '.join(spelled)}]"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _number(value: float) -> str:
    """The shortest decimal that reads back as the same double, written without an exponent."""
    return np.format_float_positional(float(value), trim="0")
