"""Curves in body space: x to the right from the body's axis, y down from the crown, about 100 units to a head."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import skia

Point = tuple[float, float]
Run = Sequence[Point]
"""Points joined by one smooth curve. Runs meet in corners."""

Turn = Callable[[Run], list[Point]]
"""`list` for the right side, `flipped` for the left: what is cut once is cut for both."""


def mirrored(run: Run) -> list[Point]:
    """The same run on the body's other side, walked the other way, so that an outline can continue with it."""
    return [(-x, y) for x, y in reversed(run)]


def flipped(run: Run) -> list[Point]:
    """The same run on the body's other side, walked the same way."""
    return [(-x, y) for x, y in run]


def between(a: Point, b: Point, t: float) -> Point:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t


def moved(point: Point, dx: float, dy: float) -> Point:
    return point[0] + dx, point[1] + dy


def along(line: Run, t: float) -> tuple[Point, Point]:
    """Where a polyline is after the share `t` of its length, and its unit direction there."""
    lengths = [math.dist(a, b) for a, b in pairwise(line)]
    left = t * sum(lengths)
    for (a, b), length in zip(pairwise(line), lengths, strict=True):
        direction = ((b[0] - a[0]) / length, (b[1] - a[1]) / length)
        if left <= length:
            return between(a, b, left / length), direction
        left -= length
    return line[-1], direction


def _bend(path: skia.Path, before: Point, start: Point, end: Point, after: Point) -> None:
    """One Bézier from start to end of a curve that comes from `before` and goes on to `after`.

    It leaves each point parallel to its neighbours, with handles of a third of its own length: handles that grow with
    the neighbours' distance (Catmull-Rom) kink where a short span meets a long one.
    """
    length = math.dist(start, end)
    into, out = math.dist(before, end) or 1.0, math.dist(start, after) or 1.0
    path.cubicTo(
        start[0] + (end[0] - before[0]) / into * length / 3,
        start[1] + (end[1] - before[1]) / into * length / 3,
        end[0] - (after[0] - start[0]) / out * length / 3,
        end[1] - (after[1] - start[1]) / out * length / 3,
        end[0],
        end[1],
    )


def _curve(path: skia.Path, run: Run) -> None:
    """A smooth curve through every point: measures stay measures."""
    for i in range(len(run) - 1):
        _bend(path, run[max(i - 1, 0)], run[i], run[i + 1], run[min(i + 2, len(run) - 1)])


def outline(*runs: Run) -> skia.Path:
    """A closed shape of smooth runs with corners between them."""
    path = open_line(*runs)
    path.close()
    return path


def open_line(*runs: Run) -> skia.Path:
    path = skia.Path()
    path.moveTo(*runs[0][0])
    for run in runs:
        if run is not runs[0]:
            path.lineTo(*run[0])
        if len(run) == 2:
            path.lineTo(*run[1])
        else:
            _curve(path, run)
    return path


def blob(points: Run) -> skia.Path:
    """A closed smooth curve without corners."""
    path = skia.Path()
    path.moveTo(*points[0])
    n = len(points)
    for i in range(n):
        _bend(path, points[i - 1], points[i], points[(i + 1) % n], points[(i + 2) % n])
    path.close()
    return path


def oval(x: float, y: float, half_width: float, half_height: float) -> skia.Path:
    path = skia.Path()
    path.addOval(skia.Rect.MakeLTRB(x - half_width, y - half_height, x + half_width, y + half_height))
    return path


def ribbon(line: Run, widths: Sequence[float]) -> skia.Path:
    """A band around a polyline: `widths` are half widths at its points. Arms, legs, straps."""
    right: list[Point] = []
    left: list[Point] = []
    for i, point in enumerate(line):
        a, b = line[max(i - 1, 0)], line[min(i + 1, len(line) - 1)]
        length = math.dist(a, b) or 1.0
        normal = (-(b[1] - a[1]) / length, (b[0] - a[0]) / length)
        right.append((point[0] - normal[0] * widths[i], point[1] - normal[1] * widths[i]))
        left.append((point[0] + normal[0] * widths[i], point[1] + normal[1] * widths[i]))
    return outline(right, list(reversed(left)))
