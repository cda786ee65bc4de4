"""The door to nearest-garment search: what an index holds, what can be asked of it, and what it refuses."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Final, Protocol

import numpy as np

from mlcore.types import EMBEDDING_SIZE, Category, Vector

UNIT_TOLERANCE: Final = 1e-3  # a unit vector that went through float16 (as SQL stores it) is off by less than 1e-4
MAX_LIMIT: Final = 1_000
MAX_TEXT_BYTES: Final = 128
MAX_ID: Final = 2**63 - 2  # a 2.3 server skips 2^63 - 1 when it pages
NO_PRICE: Final = -1.0
NO_COLOUR: Final = -1.0  # as a lightness, which is 0..100
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
VERSION: Final = re.compile(r"[A-Za-z0-9_]{1,64}")


class CollectionName(StrEnum):
    """What garments are kept apart by: those that shops sell and those worn in street photographs."""

    PRODUCTS = "products"
    PHOTOS = "photos"


class BadVector(ValueError):
    """Not 512 finite float32 of unit length. The engines would take it and answer nonsense (lite stores NaN)."""


class BadEntry(ValueError):
    """An id, category or attribute that the index cannot hold."""


class IndexAway(Exception):
    """The engine could not be reached, within the implementation's own bounded retries. Worth trying again later."""


class IndexMissing(IndexAway):
    """The engine answers, but the collection is not there (or not loaded): nobody called `ensure()` yet."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a search may filter by. Text: at most 128 bytes of UTF-8, '' when unknown.

    `colour`, `second_colour`: names of the main colour and of a second one, if that is worth naming. `lab_l` 0..100,
    `lab_a`, `lab_b` about −128..127: CIELAB (D65) of the main colour, `second_l` … of the second; NO_COLOUR as
    lightness when there is none. `quality` 0..1. `price`: ≥ 0, NO_PRICE when there is none.
    """

    colour: str = ""
    second_colour: str = ""
    lab_l: float = NO_COLOUR
    lab_a: float = 0.0
    lab_b: float = 0.0
    second_l: float = NO_COLOUR
    second_a: float = 0.0
    second_b: float = 0.0
    sleeve_length: str = ""
    garment_length: str = ""
    collar_style: str = ""
    pattern: str = ""
    quality: float = 0.0
    price: float = NO_PRICE
    in_stock: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One garment as the index holds it."""

    garment_id: int
    category: Category
    vector: Vector
    attributes: Attributes = field(default_factory=Attributes)


@dataclass(frozen=True, slots=True)
class Hit:
    """One garment found, with what ranking asks of it.

    `similarity`: cosine, −1..1, rounded to six digits (more is noise of float32). `colours`: CIELAB of the main colour
    and of the second, where there are any.
    """

    garment_id: int
    category: Category
    similarity: float
    quality: float = field(default=0.0, compare=False)
    colours: tuple[tuple[float, float, float], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Range:
    """`low` ≤ value ≤ `high`; leave one out for a half-open range."""

    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        if math.isnan(self.low) or math.isnan(self.high):
            raise ValueError("a range has no NaN ends")

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class ColourBox:
    """A box in CIELAB, the coarse form of "this colour, or nearly": an exact ΔE00 comes after it."""

    lightness: Range
    a: Range
    b: Range

    def __contains__(self, lab: tuple[float, float, float]) -> bool:
        return lab[0] in self.lightness and lab[1] in self.a and lab[2] in self.b


ONE_OF: Final = ("colour", "sleeve_length", "garment_length", "collar_style", "pattern")
TEXTS: Final = (*ONE_OF, "second_colour")
SAID_IN: Final = {"colour": ("colour", "second_colour")}  # the fields that satisfy a text of `Where`, if not its own
MAIN: Final = ("lab_l", "lab_a", "lab_b")
SECOND: Final = ("second_l", "second_a", "second_b")
NUMBERS: Final = (*MAIN, *SECOND, "quality", "price")


@dataclass(frozen=True, slots=True)
class Where:
    """What a hit must satisfy; every part that is given, at once. `Where()` lets everything through.

    Texts are one-of, compared exactly: `pattern=("striped", "checked")`; any text may be asked for, whatever is in it.
    `colour`: the main one's name or the second's. `near`: the main colour or the second lies in the box. A `price`
    range never matches a garment without a price.
    `among`: only these garments, at most a few thousand.
    """

    colour: tuple[str, ...] = ()
    sleeve_length: tuple[str, ...] = ()
    garment_length: tuple[str, ...] = ()
    collar_style: tuple[str, ...] = ()
    pattern: tuple[str, ...] = ()
    near: ColourBox | None = None
    quality: Range | None = None
    price: Range | None = None
    in_stock: bool | None = None
    among: tuple[int, ...] | None = None
    excluded: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ONE_OF:
            if isinstance(getattr(self, name), str):
                raise TypeError(f"{name}: a tuple of texts, not one text")

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) not in ((), None) for f in fields(self))

    def texts(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """(field, allowed values) for every text that is restricted."""
        return ((name, getattr(self, name)) for name in ONE_OF if getattr(self, name))

    def ranges(self) -> Iterator[tuple[str, Range]]:
        """(field, range) for every number that is restricted; the price's range starts at 0 or above."""
        if self.quality is not None:
            yield "quality", self.quality
        if self.price is not None:
            yield "price", Range(max(self.price.low, 0.0), self.price.high)

    def looks_at(self) -> tuple[str, ...]:
        """The attributes that `matches` needs; the others may be anything."""
        names = [said for name, _ in self.texts() for said in SAID_IN.get(name, (name,))]
        names += [name for name, _ in self.ranges()]
        names += [*MAIN, *SECOND] if self.near is not None else []
        return (*names, "in_stock") if self.in_stock is not None else tuple(names)

    def matches(self, garment_id: int, attributes: Attributes) -> bool:
        """The meaning of a filter; engines translate it and are tested against it."""
        return (
            garment_id not in self.excluded
            and (self.among is None or garment_id in self.among)
            and (self.near is None or any(colour in self.near for colour in colours_of(attributes)))
            and (self.in_stock is None or attributes.in_stock == self.in_stock)
            and all(
                any(getattr(attributes, field_name) in allowed for field_name in SAID_IN.get(name, (name,)))
                for name, allowed in self.texts()
            )
            and all(getattr(attributes, name) in span for name, span in self.ranges())
        )


ANYTHING: Final = Where()


def colours_of(attributes: Attributes) -> tuple[tuple[float, float, float], ...]:
    """CIELAB of the main colour and of the second, where there are any."""
    main = (attributes.lab_l, attributes.lab_a, attributes.lab_b)
    second = (attributes.second_l, attributes.second_a, attributes.second_b)
    return tuple(colour for colour in (main, second) if colour[0] != NO_COLOUR)


class VectorIndex(Protocol):
    """Nearest garments by cosine. Implementations: milvus.MilvusIndex, memory.MemoryIndex; one contract suite for both.

    Each collection exists once per model version (`products_2_<version>`), because vectors of two models cannot be
    compared. Reads and writes go to the *live* version, the one the alias names; `at(version)` is the same index with
    reads and writes going to one version. A new model is therefore:

        new = index.at("b7")
        new.ensure()                                 # empty collections beside the live ones
        new.refill(CollectionName.PRODUCTS, …)       # backfill from SQL; searches still see the old version
        index.switch("b7")                           # from now on the new
        index.drop("a3")                             # when no worker with the old model is left

    Every method that reaches the engine may raise IndexAway. All may be called from several threads and processes.
    """

    @property
    def version(self) -> str:
        """The version that `ensure()` creates: that of the model which makes this process's vectors."""
        ...

    def ensure(self) -> None:
        """Create, index and load what this version lacks; make it live where nothing is. Safe to call at any time."""
        ...

    def at(self, version: str) -> VectorIndex:
        """This index, reading and writing the collections of `version` whether they are live or not."""
        ...

    def live(self, collection: CollectionName) -> str | None:
        """The version that answers searches. Differs from `version` while a new model is being backfilled."""
        ...

    def versions(self, collection: CollectionName) -> frozenset[str]:
        """Every version that exists, live or not."""
        ...

    def switch(self, version: str) -> None:
        """Make `version` live in both collections, one step each. IndexMissing, and nothing done, if it lacks one."""
        ...

    def drop(self, version: str) -> None:
        """Forget a version and all it holds. ValueError if it is live; nothing if it is not there."""
        ...

    def upsert(self, collection: CollectionName, entries: Iterable[Entry]) -> None:
        """Write entries; each garment is there once afterwards, also if its category changed. Twice is as good as once.

        Raises BadEntry or BadVector before anything is written. On IndexAway a part may be written: write all again.
        Of two entries with one id the last wins. Two writers that give one garment *different* categories at the same
        moment may leave both; the caller's row state (one winner per stage) is what prevents that.
        """
        ...

    def refill(self, collection: CollectionName, entries: Iterable[Entry]) -> None:
        """`upsert` for very many entries that nobody else is writing: a rebuild, a backfill. A server is far quicker
        with it. Somebody who writes the same garment at the same moment may leave it there twice; searches then still
        give it once, and its next upsert or delete ends it."""
        ...

    def delete(self, collection: CollectionName, garment_ids: Iterable[int]) -> None:
        """Forget garments, in whichever category; unknown ids are ignored."""
        ...

    def search(
        self,
        collection: CollectionName,
        vector: Vector,
        *,
        categories: Collection[Category] = (),
        where: Where = ANYTHING,
        limit: int,
    ) -> list[Hit]:
        """The `limit` (1..1000) best hits, best first, equal ones by id. `vector`: float32 (512,), unit length.

        No `categories` means all six. A narrow `where` still fills the page when enough entries exist. What was
        written less than about a second ago may be missing.
        """
        ...

    def search_many(
        self,
        collection: CollectionName,
        vectors: Sequence[Vector],
        *,
        categories: Collection[Category] = (),
        where: Where = ANYTHING,
        limit: int,
    ) -> list[list[Hit]]:
        """What `search` gives for each of the vectors, in their order, for the price of one call to the engine."""
        ...

    def listed(
        self,
        collection: CollectionName,
        *,
        categories: Collection[Category] = (),
        where: Where = ANYTHING,
        limit: int,
    ) -> list[Hit]:
        """The first `limit` (1..1000) garments by id that satisfy `where`, with similarity 0: there is no vector to be
        like."""
        ...

    def count(self, collection: CollectionName, category: Category | None = None) -> int:
        """How many entries there are, counted (not the engine's statistics)."""
        ...

    def ids(self, collection: CollectionName, category: Category | None = None) -> Iterator[int]:
        """Every id, ascending, page by page: for reconciling with SQL. Not a snapshot: writes meanwhile may show."""
        ...

    def flush(self, collection: CollectionName) -> None:
        """Settle what was written, after an import job. Never per task: a real server takes 3 s for it."""
        ...


def storable(text: object) -> bool:
    """Whether an attribute can hold this: at most 128 bytes of UTF-8, no control characters, no lone surrogates."""
    if not isinstance(text, str) or CONTROL.search(text):
        return False
    try:
        return len(text.encode()) <= MAX_TEXT_BYTES
    except UnicodeEncodeError:
        return False


def check_version(version: str) -> str:
    """A version is part of a collection's name. Raises ValueError."""
    if not VERSION.fullmatch(version):
        raise ValueError(f"a version is 1 to 64 letters, digits or underscores, not {version!r}")
    return version


def check_limit(limit: int) -> int:
    if not 1 <= limit <= MAX_LIMIT:
        raise ValueError(f"limit is 1 to {MAX_LIMIT}, not {limit}")
    return limit


def check_vector(vector: Vector) -> Vector:
    """Raises BadVector unless it is float32, shape (512,), finite, of unit length within 1e-3."""
    if not isinstance(vector, np.ndarray) or vector.shape != (EMBEDDING_SIZE,) or vector.dtype != np.float32:
        got = f"{vector.dtype} {vector.shape}" if isinstance(vector, np.ndarray) else type(vector).__name__
        raise BadVector(f"an embedding is float32 ({EMBEDDING_SIZE},), not {got}")
    length = float(np.linalg.norm(vector.astype(np.float64)))
    if not abs(length - 1.0) <= UNIT_TOLERANCE:  # also false for NaN and infinity
        raise BadVector(f"an embedding is finite and of unit length, not {length:.6g}")
    return vector


def check_ids(garment_ids: Iterable[int]) -> list[int]:
    """Distinct ids, ascending. Raises BadEntry."""
    ids = list(garment_ids)
    for garment_id in ids:
        if isinstance(garment_id, bool) or not isinstance(garment_id, int) or not 0 <= garment_id <= MAX_ID:
            raise BadEntry(f"a garment id is an integer from 0 to 2^63 − 2, not {garment_id!r}")
    return sorted(set(ids))


def check_entries(entries: Iterable[Entry]) -> list[Entry]:
    """The entries to write, in order of id; of two with one id the last. Raises BadEntry or BadVector."""
    last = {entry.garment_id: check_entry(entry) for entry in entries}
    return [last[garment_id] for garment_id in sorted(last)]


def check_entry(entry: Entry) -> Entry:
    check_ids((entry.garment_id,))
    if not isinstance(entry.category, Category):
        raise BadEntry(f"garment {entry.garment_id}: unknown category {entry.category!r}")
    attributes = entry.attributes
    for name in TEXTS:
        text = getattr(attributes, name)
        if not storable(text):
            raise BadEntry(
                f"garment {entry.garment_id}: {name} is plain text up to {MAX_TEXT_BYTES} bytes, not {text!r}"
            )
    for name in NUMBERS:
        number = getattr(attributes, name)
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise BadEntry(f"garment {entry.garment_id}: {name} is a finite number, not {number!r}")
    if attributes.price < 0 and attributes.price != NO_PRICE:
        raise BadEntry(f"garment {entry.garment_id}: price is ≥ 0, or {NO_PRICE} for none, not {attributes.price!r}")
    if not isinstance(attributes.in_stock, bool):
        raise BadEntry(f"garment {entry.garment_id}: in_stock is true or false, not {attributes.in_stock!r}")
    check_vector(entry.vector)
    return entry


def best_first(hits: Iterable[Hit], limit: int) -> list[Hit]:
    """The `limit` best, each garment once, equal similarities by id."""
    ranked = sorted(hits, key=lambda hit: (-hit.similarity, hit.garment_id))
    once: dict[int, Hit] = {}
    for hit in ranked:
        once.setdefault(hit.garment_id, hit)
    return list(once.values())[:limit]


def cosine(value: float) -> float:
    """A similarity as reported: within −1..1, six digits, so that equal vectors tie whatever the order of addition."""
    return round(min(1.0, max(-1.0, float(value))), 6)
