"""`Where` as a Milvus filter expression. The only place that builds one, so the only place that must escape."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from mlcore.index.base import Where, storable

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
        yield _one_of(name, spelled) if spelled else NOTHING
    for name, span in where.ranges():
        if math.inf in (span.low, -span.high):
            yield NOTHING
            continue
        if span.low > -math.inf:
            yield f"{name} >= {_number(span.low)}"
        if span.high < math.inf:
            yield f"{name} <= {_number(span.high)}"
    if where.in_stock is not None:
        yield f"in_stock == {str(where.in_stock).lower()}"
    if where.excluded:
        yield f"garment_id not in [{', '.join(format(garment_id, 'd') for garment_id in sorted(set(where.excluded)))}]"


def _one_of(name: str, spelled: Iterable[str]) -> str:
    return f"{name} in [{', '.join(spelled)}]"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _number(value: float) -> str:
    """The shortest decimal that reads back as the same double, written without an exponent."""
    return np.format_float_positional(float(value), trim="0")
