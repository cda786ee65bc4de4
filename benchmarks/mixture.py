"""Descriptors without end: a mixture of clusters around real ones, as close to their neighbours as real ones are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.seeds import Seeds
from mlcore.types import Category

Floats = NDArray[np.float32]

NEIGHBOURS = 3  # of each real descriptor: their differences are the directions in which garments vary
DIRECTIONS = 256
PER_CLUSTER = 100  # garments, on average
FEWEST_CLUSTERS, MOST_CLUSTERS = 20, 4_000
HEAD = 10  # Zipf–Mandelbrot: cluster k is of size 1 / (k + HEAD); the largest of 4,000 then holds 1.6 %
UNEVEN = 0.25  # standard deviation of a garment's distance from its cluster's centre, relative
ROUNDS = 12  # halvings of the interval in which `spread` is looked for


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """The clusters of one category. `centres`: (k, 512). `cosines`: (k,), of two members of one. `shares`: sum 1."""

    centres: Floats
    cosines: Floats
    shares: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """How the garments of each category are spread. `directions`: (d, 512), as long as they are common."""

    directions: Floats
    clusters: dict[Category, Clusters]

    def draw(self, category: Category, number: int, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
        """Vectors (number, 512) of unit length, and the cluster of each."""
        of = self.clusters[category]
        chosen = rng.choice(len(of.shares), size=number, p=of.shares)
        return self.around(category, chosen, rng), chosen

    def around(self, category: Category, chosen: NDArray[np.int64], rng: np.random.Generator) -> Floats:
        """Vectors (n, 512) of unit length in clusters (n,) that are chosen."""
        of = self.clusters[category]
        return _around(of.centres[chosen], of.cosines[chosen], self.directions, rng)


def mixture(seeds: Seeds, sizes: dict[Category, int], seed: int) -> Mixture:
    """For `sizes` garments. How far clusters spread is set so that a sample as large as the seeds has their median
    cosine to the nearest neighbour."""
    rng = np.random.default_rng([seed, 1])
    directions = _directions(seeds)
    low, high = 0.05, 4.0
    for _ in range(ROUNDS):
        spread = (low * high) ** 0.5
        made = _mixture(seeds, sizes, directions, spread, np.random.default_rng([seed, 2]))
        if np.median(nearest_of_sample(made, seeds, rng)) > np.median(nearest(seeds)):
            low = spread
        else:
            high = spread
    return _mixture(seeds, sizes, directions, (low * high) ** 0.5, np.random.default_rng([seed, 2]))


def nearest(seeds: Seeds) -> Floats:
    """Cosine of each real descriptor to the nearest other of its category."""
    return np.concatenate([_nearest(seeds.of(category)) for category in Category])


def nearest_of_sample(made: Mixture, seeds: Seeds, rng: np.random.Generator) -> Floats:
    """The same of as many drawn ones."""
    return np.concatenate([_nearest(made.draw(c, len(seeds.of(c)), rng)[0]) for c in Category])


def _mixture(
    seeds: Seeds, sizes: dict[Category, int], directions: Floats, spread: float, rng: np.random.Generator
) -> Mixture:
    clusters = {}
    for category, size in sizes.items():
        real = seeds.of(category)
        number = int(np.clip(size // PER_CLUSTER, FEWEST_CLUSTERS, MOST_CLUSTERS))
        cosines = 1 - spread * (1 - rng.choice(_nearest(real), size=number)).clip(1e-3)
        around = rng.choice(_nearest(real), size=number)
        centres = _around(real[rng.integers(len(real), size=number)], around, directions, rng)
        shares = 1 / (rng.permutation(number) + HEAD)
        clusters[category] = Clusters(centres, cosines.clip(0, 1).astype(np.float32), shares / shares.sum())
    return Mixture(directions, clusters)


def _around(centres: Floats, cosines: Floats, directions: Floats, rng: np.random.Generator) -> Floats:
    """A point near each centre; two near the same centre have its cosine with each other, on average."""
    away = rng.standard_normal((len(centres), len(directions)), dtype=np.float32) @ directions
    away -= np.einsum("nd,nd->n", away, centres)[:, None] * centres
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    uneven = rng.normal(1, UNEVEN, len(centres)).clip(0.3, 1.7)
    angles = (np.arccos(np.sqrt(cosines)) * uneven).astype(np.float32)[:, None]
    points = np.cos(angles) * centres + np.sin(angles) * away
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True), np.float32)


def _directions(seeds: Seeds) -> Floats:
    """Principal directions of the differences between neighbours."""
    differences = []
    for category in Category:
        real = seeds.of(category)
        cosines = real @ real.T
        np.fill_diagonal(cosines, -1)
        closest = np.argsort(-cosines, axis=1)[:, :NEIGHBOURS]
        differences.append((real[closest] - real[:, None]).reshape(-1, real.shape[1]))
    _, lengths, directions = np.linalg.svd(np.concatenate(differences), full_matrices=False)
    return np.asarray((lengths[:, None] * directions)[:DIRECTIONS], np.float32)


def _nearest(vectors: Floats) -> Floats:
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    return np.asarray(cosines.max(axis=1).clip(0, 1), np.float32)
