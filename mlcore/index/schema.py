"""How a collection is laid out in Milvus: names, fields, index, an entry as a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mlcore.index import library
from mlcore.index.base import (
    MAIN,
    MAX_TEXT_BYTES,
    NO_COLOUR,
    NUMBERS,
    SECOND,
    TEXTS,
    CollectionName,
    Entry,
    Hit,
)
from mlcore.types import EMBEDDING_SIZE, Category

PARTITIONS: Final = tuple(category.value for category in Category)
HNSW: Final = {"M": 16, "efConstruction": 200}
MAX_CATEGORY_BYTES: Final = 16
LAYOUT: Final = 2  # of the fields below: rows of another layout cannot be read, so it is part of a collection's name
RANKED_BY: Final = ("category", "quality", *MAIN, *SECOND)  # the fields that come back with a hit


def physical(collection: CollectionName, version: str) -> str:
    """The name behind the alias: `products_2_<version>`."""
    return f"{collection.value}_{LAYOUT}_{version}"


def version_of(collection: CollectionName, name: str) -> str | None:
    """The version in a physical name of this layout; None for anything else."""
    prefix = f"{collection.value}_{LAYOUT}_"
    return name.removeprefix(prefix) if name.startswith(prefix) else None


def fields() -> Any:
    """The pymilvus schema. `category` repeats the partition: a search over several cannot tell them apart otherwise."""
    milvus = library.pymilvus()
    schema = milvus.MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("garment_id", milvus.DataType.INT64, is_primary=True)
    schema.add_field("vector", milvus.DataType.FLOAT_VECTOR, dim=EMBEDDING_SIZE)
    schema.add_field("category", milvus.DataType.VARCHAR, max_length=MAX_CATEGORY_BYTES)
    for name in TEXTS:
        schema.add_field(name, milvus.DataType.VARCHAR, max_length=MAX_TEXT_BYTES)
    for name in NUMBERS:
        schema.add_field(name, milvus.DataType.DOUBLE)  # a float32 19.99 is not ≤ 19.99
    schema.add_field("in_stock", milvus.DataType.BOOL)
    return schema


def vector_index() -> Any:
    params = library.pymilvus().MilvusClient.prepare_index_params()
    params.add_index("vector", index_type="HNSW", metric_type="COSINE", params=HNSW)
    return params


def row(entry: Entry) -> dict[str, Any]:
    attributes = entry.attributes
    return {
        "garment_id": entry.garment_id,
        "vector": entry.vector,
        "category": entry.category.value,
        **{name: getattr(attributes, name) for name in TEXTS},
        **{name: float(getattr(attributes, name)) for name in NUMBERS},
        "in_stock": attributes.in_stock,
    }


def hit(garment_id: int, fields: Mapping[str, Any], similarity: float) -> Hit:
    """A row's fields (at least RANKED_BY) as a hit."""
    colours = tuple((fields[l], fields[a], fields[b]) for l, a, b in (MAIN, SECOND) if fields[l] != NO_COLOUR)  # noqa: E741
    return Hit(garment_id, Category(fields["category"]), similarity, fields["quality"], colours)
