"""From what people wear with a garment to suggestions: formulas with names, examples and evidence. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from mlcore.types import Category
from outfits.formulas import Formula, Seen, formulas
from outfits.kinds import Kind, Worn, commonest, kinds
from wardrobe.naming import suggested_name

LOOKED_AT: Final = (
    12  # of the photographs most like the asked garment, among which the best picture of a part is chosen
)


@dataclass(frozen=True, slots=True)
class Part:
    """What is worn with the garment. `middle`: the garment that stands for it when something like it is looked for;
    `example`: the one to show. `labels`: as the API says them, the confidence being the share that agrees."""

    category: Category
    colour: str
    title: str
    middle: int
    example: int
    labels: Mapping[str, Mapping[str, Any]]

    @property
    def name(self) -> tuple[str, str]:
        return self.category.value, self.colour


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`key`: the same for the same parts. `photographs`: (picture, its garments in the order of the parts)."""

    key: str
    title: str
    parts: tuple[Part, ...]
    photographs: tuple[tuple[UUID, tuple[int, ...]], ...]
    confidence: float
    confidence_low: float
    lift: float | None

    @property
    def support(self) -> int:
        return len(self.photographs)


def suggest(seen: Sequence[Seen], anywhere: Sequence[Sequence[Worn]], *, category: Category) -> list[Suggestion]:
    """What goes with a garment of the category, by the people `seen` with one like it; `anywhere`: people at all."""
    found = kinds([garment for person in seen for garment in person.companions])
    return [suggestion(formula) for formula in formulas(seen, found, anywhere, category=category)]


def suggestion(formula: Formula) -> Suggestion:
    shown = formula.examples[:LOOKED_AT]
    examples = [max((worn[place] for _, worn in shown), key=_shows_well) for place in range(len(formula.parts))]
    parts = tuple(_part(kind, example) for kind, example in zip(formula.parts, examples, strict=True))
    said = "|".join(f"{part.category.value}:{part.colour}:{part.middle}" for part in parts)
    return Suggestion(
        key=hashlib.sha256(said.encode()).hexdigest()[:16],
        title=" + ".join(part.title for part in parts),
        parts=parts,
        photographs=tuple((photo, tuple(garment.garment for garment in worn)) for photo, worn in formula.examples),
        confidence=formula.confidence,
        confidence_low=formula.confidence_low,
        lift=formula.lift,
    )


def _part(kind: Kind, example: Worn) -> Part:
    category, colour = kind.name
    labels = {}
    for name in sorted({name for member in kind.members for name in member.labels}):
        values = [str(member.labels[name]["value"]) for member in kind.members if name in member.labels]
        value = commonest(values)
        labels[name] = {"value": value, "confidence": round(values.count(value) / len(kind.members), 3)}
    return Part(
        category=category,
        colour=colour,
        title=suggested_name(category, [{"name": colour, "share": 1.0}], labels),
        middle=kind.middle.garment,
        example=example.garment,
        labels=labels,
    )


def _shows_well(garment: Worn) -> tuple[float, int]:
    return garment.quality, -garment.garment
