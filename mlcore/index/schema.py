"""How a collection is laid out in Milvus: names, fields, index, an entry as a row."""

from __future__ import annotations

from typing import Any, Final

from mlcore.index import library
from mlcore.index.base import MAX_TEXT_BYTES, NUMBERS, TEXTS, CollectionName, Entry
from mlcore.types import EMBEDDING_SIZE, Category

PARTITIONS: Final = tuple(category.value for category in Category)
HNSW: Final = {"M": 16, "efConstruction": 200}
MAX_CATEGORY_BYTES: Final = 16


def physical(collection: CollectionName, version: str) -> str:
    """The name behind the alias: `products_<version>`. Other fields need a new version, as a new model does."""
    return f"{collection.value}_{version}"


def version_of(collection: CollectionName, name: str) -> str | None:
    """The version in a physical name; None for anything else."""
    prefix = f"{collection.value}_"
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
