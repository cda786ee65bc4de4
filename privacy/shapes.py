"""What the JSON and bytes of imported rows must look like: the rest of the code relies on it. All raise ValueError."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from images.models import Correction, Descriptor, Garment, Image
from mlcore.labels import LABELS
from mlcore.types import EMBEDDING_SIZE
from outfits.models import Piece, Plan
from outfits.planning import is_plannable
from search.models import Search

_HEX = re.compile(r"#[0-9a-f]{6}")
_VERSION = re.compile(r"[0-9a-f]{0,12}")
_FINGERPRINT = re.compile(r"([0-9a-f]{64})?")
_CORRECTABLE = frozenset({"category", "box", "colours", *LABELS})


def check_image(image: Image) -> None:
    if not _FINGERPRINT.fullmatch(image.fingerprint):
        raise ValueError("fingerprint: none of ours")


def check_garment(garment: Garment) -> None:
    _check_colours(garment.colours)
    _check_labels(garment.labels)
    if not isinstance(garment.corrected, list) or not all(name in _CORRECTABLE for name in garment.corrected):
        raise ValueError("corrected: not a list of what can be corrected")
    numbers = (garment.score, garment.runner_up_score, garment.quality, garment.x, garment.y)
    if not all(_within(number) for number in numbers):
        raise ValueError("a score, the quality or the box is not within 0..1")
    if not (0 < garment.width <= 1.001 and 0 < garment.height <= 1.001):
        raise ValueError("the box is empty or larger than the picture")


def check_descriptor(descriptor: Descriptor) -> None:
    _check_vector(descriptor.data)
    if not _VERSION.fullmatch(descriptor.model_version):
        raise ValueError("model_version: not a version")


def check_correction(correction: Correction) -> None:
    for values in (correction.before, correction.after):
        if not isinstance(values, dict) or not all(name in _CORRECTABLE for name in values):
            raise ValueError("not a correction")


def check_search(search: Search) -> None:
    _check_colours(search.colours)
    _check_labels(search.labels)
    if not isinstance(search.filters, dict):
        raise ValueError("filters: not an object")
    if bytes(search.vector):
        _check_vector(search.vector)


def check_piece(piece: Piece) -> None:
    """As outfits/serializers.py bounds what is sent. NaN is within nothing."""
    if not (-0.5 <= piece.x <= 1.5 and -0.5 <= piece.y <= 1.5 and 0 < piece.width <= 1):
        raise ValueError("x, y or width: not on the canvas")
    if not (-180 <= piece.rotation <= 180 and 0 <= piece.layer <= 99):
        raise ValueError("rotation or layer: out of range")


def check_plan(plan: Plan) -> None:
    if not is_plannable(plan.day):
        raise ValueError("day: nobody plans for it")


def _check_colours(colours: Any) -> None:
    if not isinstance(colours, list) or len(colours) > 20:
        raise ValueError("colours: not a short list")
    for colour in colours:
        if not isinstance(colour, dict) or set(colour) != {"name", "hex", "share"}:
            raise ValueError("a colour has a name, a hex and a share")
        if not isinstance(colour["name"], str) or not isinstance(colour["hex"], str):
            raise ValueError("a colour's name and hex are texts")
        if len(colour["name"]) > 40 or not _HEX.fullmatch(colour["hex"]) or not _within(colour["share"]):
            raise ValueError("a colour that is none")


def _check_labels(labels: Any) -> None:
    if not isinstance(labels, dict):
        raise ValueError("labels: not an object")
    for name, label in labels.items():
        if not isinstance(label, dict) or not {"value", "confidence"} <= set(label):
            raise ValueError(f"{name}: a label has a value and a confidence")
        if label["value"] not in LABELS.get(name, ()) or not _within(label["confidence"]):
            raise ValueError(f"{name}: not a label that we know")


def _check_vector(data: bytes | memoryview) -> None:
    """float16 (512,), of unit length within what its rounding allows."""
    vector = np.frombuffer(bytes(data), np.float16).astype(np.float32)
    if vector.shape != (EMBEDDING_SIZE,) or not abs(float(np.linalg.norm(vector)) - 1) < 1e-2:
        raise ValueError("not a vector")


def _within(number: Any) -> bool:
    return isinstance(number, (int, float)) and not isinstance(number, bool) and 0 <= number <= 1  # NaN is not
