"""Write `weights/manifest.toml`, the card that serving reads: one table per model.

The standard library reads TOML but does not write it; the values here are strings, numbers, lists and tables of those.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FIGURES = ("map50_95", "map50", "recall_at_1", "recall_at_5", "recall_at_10", "accuracy")
HEADER = """\
# One table per model file, written by `python -m mlcore export`. Preprocessing of a picture for a model:
#   upright RGB -> scaled so that its longer side is `input_size`, aspect kept (`resize`) -> placed in the centre of an
#   `input_size` square filled with `pad` -> (value - mean) / std per channel -> float32 NCHW.
"""


def write_entry(manifest: Path, name: str, entry: Mapping[str, Any]) -> None:
    """Replace `[name]` as a whole: figures and sources of an earlier file must not outlive it. Other tables are kept.

    The digest is computed from `entry["file"]`, which lies beside the manifest.
    """
    entries = tomllib.loads(manifest.read_text()) if manifest.exists() else {}
    digest = hashlib.sha256((manifest.parent / entry["file"]).read_bytes()).hexdigest()
    entries[name] = dict(entry) | {"sha256": digest}
    manifest.write_text(HEADER + "".join(_table(key, value) for key, value in sorted(entries.items())))


def figures(prefix: str, result: Mapping[str, Any]) -> dict[str, float]:
    """The figures of an `evaluate … --json` file that a manifest shows, as `prefix_name`: rounded.

    Of labels, which have a table each, the accuracy; counts, milliseconds and confusions are left out.
    """
    shown = {name: value for name, value in result.items() if name in FIGURES}
    shown |= {
        name: value["accuracy"] for name, value in result.items() if isinstance(value, dict) and "accuracy" in value
    }
    return {f"{prefix}_{name}": round(value, 3) for name, value in shown.items()}


def _table(name: str, entry: Mapping[str, Any]) -> str:
    """`[name]`, its plain values first, then its sub-tables: TOML gives a value to the last table opened above it."""
    lines = [f"\n[{name}]\n"]
    lines += [f"{key} = {_value(value)}\n" for key, value in entry.items() if not _is_table(value)]
    for key, value in entry.items():
        if isinstance(value, Mapping):
            lines.append(_table(f"{name}.{key}", value))
        elif _is_table(value):
            lines += [_table(f"{name}.{key}", row).replace("[", "[[", 1).replace("]", "]]", 1) for row in value]
    return "".join(lines)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, list) and bool(value) and isinstance(value[0], Mapping))


def _value(value: object) -> str:
    # JSON's strings, numbers, booleans and flat lists are TOML's.
    return json.dumps(value, ensure_ascii=False)
