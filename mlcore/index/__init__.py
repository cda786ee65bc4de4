"""Nearest garments by embedding. Import from `base`, `memory` or `milvus`; only the last one needs pymilvus."""
