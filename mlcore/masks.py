"""Which pixels of a box are the garment, and not the background or the wearer.

No network: the box already says where to look, so two colour models (what the middle of the box is made of, what its
rim and surroundings are made of) and a prior of place are enough to name colours. It is not a cut-out to show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlcore.palette import Lab, lab_of
from mlcore.types import Box, Pixels

Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]
Clusters = NDArray[np.intp]

LONG_SIDE = 96  # of the box in the working crop: some 5,000 pixels, enough to count colours
MARGIN = 0.15  # of the box's sides, looked at around it
_MOST_CLUSTERS = 20
_ROUNDS = 3
_TRUST = 1.5  # in colour: exponent of the likelihood ratio
_SEED = 3  # the first colour models come from places that are surely in or surely out
_PLACE = 0.4  # how much place counts beside colour; at 1 beds showed between sleeves and legs
_WORN_PLACE = 0.75  # least chance of a place in the box of a worn garment: sleeves and hems lie at its rim
_WORN_BENEFIT = 0.8  # of the doubt, as a log-likelihood: at 0 dark coats under dark hair lost their sides


@dataclass(frozen=True, slots=True)
class Foreground:
    """A small copy of a garment's box with its mask. Everything about colour is measured on this, not on the original.

    `crop`: uint8 (h, w, 3), long side at most LONG_SIDE. `lab`: the same in CIELAB, float32 (h, w, 3).
    `mask`: bool (h, w), True where the garment is; never empty. `light`: what the picture's linear light is to be
    multiplied with to see its colours as in full light; 1 for a well lit picture.
    """

    crop: Pixels
    lab: Lab
    mask: Mask
    light: float


def garment_mask(pixels: Pixels, box: Box) -> Foreground:
    """Which pixels of `box` are the garment.

    A mask of less than a tenth of the box is not believed; the ellipse in the middle of the box is returned then.
    """
    scene, inner = _working_crop(pixels, box)
    lab = lab_of(scene)
    prior, u, v = _prior(scene.shape[:2], inner)
    clusters = _clusters(lab)
    belief = _belief(clusters, prior)
    rows, columns = inner
    belief = _without_backdrop(belief, lab, prior, inner, u, v)
    mask = (belief > 0.5)[rows, columns]
    mask &= ~_skin(lab[rows, columns], clusters[rows, columns], mask, u[columns], v[rows])
    mask = _largest_parts(mask)
    if mask.mean() < 0.1:
        mask = u[None, columns] ** 2 + v[rows, None] ** 2 < 0.5
    return Foreground(crop=scene[rows, columns], lab=lab[rows, columns], mask=mask, light=_light(pixels))


def worn_mask(scene: Pixels, inner: tuple[slice, slice], seen: Plane) -> Mask:
    """Which pixels of `inner` are the garment and not its wearer or what else is worn: bool, long side ≤ LONG_SIDE.

    `scene`: the garment's box and what surrounds it; `inner`: rows and columns of the box in it; `seen`: 0..1 for each
    pixel, how surely it is the wearer in all that is worn. What is seen outside the box (head, legs, the next garment)
    says which colours to leave out.
    """
    high, wide = scene.shape[:2]
    scale = min(1.0, LONG_SIDE / max(inner[0].stop - inner[0].start, inner[1].stop - inner[1].start))
    size = max(1, round(wide * scale)), max(1, round(high * scale))
    rows, columns = (_scaled(part, scale, most) for part, most in zip(inner, size[::-1], strict=True))
    small = np.asarray(Image.fromarray(scene).resize(size, Image.Resampling.BOX), dtype=np.uint8)
    seen = np.asarray(Image.fromarray(seen).resize(size, Image.Resampling.BILINEAR), dtype=np.float32)
    lab = lab_of(small)
    prior, u, v = _prior(small.shape[:2], (rows, columns))
    clusters = _clusters(lab)
    flat, count = clusters.ravel(), int(clusters.max()) + 1
    within = np.zeros(prior.shape, dtype=bool)
    within[rows, columns] = True
    place = np.where(within, np.clip(prior, _WORN_PLACE, 0.95), 0.03).astype(np.float32)
    log_prior = _PLACE * np.log(place / (1 - place))
    belief, sure = place, seen * prior**_SEED
    beyond = seen * np.where(within, 0.3 * (1 - prior) ** _SEED, 1)
    for _ in range(_ROUNDS + 1):
        inside = np.bincount(flat, weights=sure.ravel(), minlength=count)
        outside = np.bincount(flat, weights=beyond.ravel(), minlength=count)
        odds = np.log((inside + 1) / (inside.sum() + 1)) - np.log((outside + 1) / (outside.sum() + 1))
        evidence = np.clip(_TRUST * odds + _WORN_BENEFIT, -4, 4).astype(np.float32)[clusters]
        belief = 1 / (1 + np.exp(-(log_prior + _blurred(evidence, 1))))
        sure, beyond = seen * belief, seen * np.where(within, 1 - belief, 1)
    mask = ((belief > 0.5) & (seen > 0.3))[rows, columns]
    mask &= ~_skin(lab[rows, columns], clusters[rows, columns], mask, u[columns], v[rows])
    return _largest_parts(mask)


def _scaled(part: slice, scale: float, most: int) -> slice:
    """At least one row or column."""
    start = min(most - 1, round(part.start * scale))
    return slice(start, max(start + 1, min(most, round(part.stop * scale))))


def _light(pixels: Pixels) -> float:
    """The gain that makes the brightest near-neutral part of a picture white; 1 where there is none or it is white.

    Eyes anchor on the lightest thing they see; cameras indoors leave it at L* 70 to 85, where a white shirt would be
    named grey. Its tint is left alone: on beds and floors the lightest thing is as often beige as white, and a full
    white balance turned beige jumpers grey.
    """
    step = max(1, round(max(pixels.shape[:2]) / 64))
    lab = lab_of(pixels[::step, ::step].reshape(-1, 3))
    lightness = lab[np.hypot(lab[:, 1], lab[:, 2]) < 12, 0]
    fiftieth = len(lab) // 50 + 1
    if len(lightness) < fiftieth:
        return 1.0
    anchor = float(np.partition(lightness, -fiftieth)[-fiftieth])
    if not 62 < anchor < 92:
        return 1.0
    return float(0.85 * (116 / (anchor + 16)) ** 3)  # to L* 94


def _working_crop(pixels: Pixels, box: Box) -> tuple[Pixels, tuple[slice, slice]]:
    """The box with what surrounds it, made small, and the rows and columns of the box itself in it."""
    height, width = pixels.shape[:2]
    left, right = box.x * width, (box.x + box.width) * width
    top, bottom = box.y * height, (box.y + box.height) * height
    left, right = max(0.0, min(left, width - 1)), min(float(width), max(right, left + 1))
    top, bottom = max(0.0, min(top, height - 1)), min(float(height), max(bottom, top + 1))
    aside, above = MARGIN * (right - left), MARGIN * (bottom - top)
    x0, x1 = max(0, int(left - aside)), min(width, int(np.ceil(right + aside)))
    y0, y1 = max(0, int(top - above)), min(height, int(np.ceil(bottom + above)))
    scale = min(1.0, LONG_SIDE / max(right - left, bottom - top))
    wide, high = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
    step = max(1, int(1 / (3 * scale)))  # three pixels of a large picture for one of the crop are enough
    thin = np.ascontiguousarray(pixels[y0:y1:step, x0:x1:step])
    small = Image.fromarray(thin).resize((wide, high), Image.Resampling.BOX)
    # A box of less than a pixel still gives a crop of one.
    columns = slice(min(wide - 1, round((left - x0) * scale)), max(1, min(wide, round((right - x0) * scale))))
    rows = slice(min(high - 1, round((top - y0) * scale)), max(1, min(high, round((bottom - y0) * scale))))
    return np.asarray(small, dtype=np.uint8), (rows, columns)


def _prior(shape: tuple[int, ...], inner: tuple[slice, slice]) -> tuple[Plane, Plane, Plane]:
    """How likely a place is garment before any colour is seen; and each column's u and row's v, -1..1 over the box."""

    def across(count: int, part: slice) -> Plane:
        middle, half = (part.start + part.stop - 1) / 2, max(0.5, (part.stop - part.start) / 2)
        return np.asarray((np.arange(count) - middle) / half, dtype=np.float32)

    v, u = across(shape[0], inner[0]), across(shape[1], inner[1])
    radius = (np.abs(u)[None, :] ** 3 + np.abs(v)[:, None] ** 3) ** (1 / 3)
    prior = 1 / (1 + np.exp(8 * (radius - 0.85)))
    outside = (np.abs(u)[None, :] > 1) | (np.abs(v)[:, None] > 1)
    prior[outside] = 0.03
    return prior.astype(np.float32), u, v


def _clusters(lab: Lab) -> Clusters:
    """A cluster number for each pixel: colours at least 7 apart, at most _MOST_CLUSTERS of them."""
    cell, means, counts = cells_of(lab.reshape(-1, 3))
    return group(means, counts, most=_MOST_CLUSTERS, apart=7.0)[cell].reshape(lab.shape[:2])


def cells_of(pixels: Lab) -> tuple[Clusters, NDArray[np.float64], NDArray[np.intp]]:
    """Pixels (n, 3) sorted into cells of 4 × 4 × 4: each pixel's cell, the cells' mean colours (m, 3), their counts."""
    steps = (pixels / 4 + np.array([0.5, 28, 28], dtype=np.float32)).astype(np.int32)  # a* and b* of sRGB: -108..99
    codes = (steps[:, 0] * 56 + steps[:, 1]) * 56 + steps[:, 2]
    histogram = np.bincount(codes)  # quicker than numpy.unique, which sorts
    used = np.flatnonzero(histogram)
    number = np.zeros(len(histogram), dtype=np.intp)
    number[used] = np.arange(len(used))
    cell, counts = number[codes], histogram[used]
    means = np.stack([np.bincount(cell, weights=pixels[:, i]) for i in range(3)], axis=1) / counts[:, None]
    return cell, means, counts


def group(points: NDArray[np.float64], weights: NDArray[np.intp], *, most: int, apart: float) -> Clusters:
    """Weighted k-means with a fixed start, so the same picture always gives the same answer: (n, 3) to (n,).

    Centres start at the heaviest point and go on to the point with the largest weight × squared distance from those
    taken, until all are within `apart` or `most` are taken.
    """
    centres = [points[int(np.argmax(weights))]]
    nearest = ((points - centres[0]) ** 2).sum(axis=1)
    while len(centres) < most and nearest.max() > apart**2:
        worth = np.where(nearest > apart**2, nearest * weights, 0)
        centres.append(points[int(np.argmax(worth))])
        nearest = np.minimum(nearest, ((points - centres[-1]) ** 2).sum(axis=1))
    places = np.array(centres)
    label = np.zeros(len(points), dtype=np.intp)
    for _ in range(4):
        label = np.argmin((places**2).sum(axis=1) - 2 * points @ places.T, axis=1)
        mass = np.bincount(label, weights=weights, minlength=len(places))
        kept = mass > 0
        for axis in range(3):
            total = np.bincount(label, weights=weights * points[:, axis], minlength=len(places))
            places[kept, axis] = total[kept] / mass[kept]
    return label


def _belief(clusters: Clusters, prior: Plane) -> Plane:
    """0..1 for each pixel: garment or not, from colour, place and neighbours."""
    count = int(clusters.max()) + 1
    flat = clusters.ravel()
    sure, beyond = prior**_SEED, (1 - prior) ** _SEED
    log_prior = _PLACE * np.log(prior / (1 - prior))
    belief = prior
    for _ in range(_ROUNDS):
        inside = np.bincount(flat, weights=sure.ravel(), minlength=count)
        outside = np.bincount(flat, weights=beyond.ravel(), minlength=count)
        odds = np.log((inside + 1) / inside.sum()) - np.log((outside + 1) / outside.sum())
        evidence = np.clip(_TRUST * odds, -4, 4).astype(np.float32)[clusters]
        belief = 1 / (1 + np.exp(-(log_prior + _blurred(evidence, 1))))
        sure, beyond = belief, 1 - belief
    return belief


def _without_backdrop(belief: Plane, lab: Lab, prior: Plane, inner: tuple[slice, slice], u: Plane, v: Plane) -> Plane:
    """`belief` mended where one even colour lies around the garment, as in shop photographs.

    Pixels of that colour are not the garment, even between the legs and under the arms, where the prior of place is
    wrong. But if the middle of the box has it too, the garment is as white as its backdrop: then colour says nothing
    about such pixels, and place alone decides; else only the folds of a white shirt would be left.
    """
    rim = prior < 0.2
    if not rim.any():
        return belief
    squared = ((lab - np.median(lab[rim], axis=0)) ** 2).sum(axis=-1)
    close, shade = squared < 4.0**2, squared < 16.0**2
    if close[rim].mean() < 0.5:
        return belief
    middle = (np.abs(u)[None, :] < 0.5) & (v[:, None] > -0.6) & (v[:, None] < 0.1)  # above where the legs part
    if close[middle].mean() > 0.35:
        return np.where(close, prior, belief)
    rest = ~close[inner]
    if shade[inner][rest].sum() > 0.3 * rest.sum():
        return belief
    return np.where(close, np.float32(0), belief)


def _blurred(plane: Plane, reach: int) -> Plane:
    """The mean over (2 * reach + 1) squared pixels."""
    padded = np.pad(plane, reach, mode="edge")
    size, (height, width) = 2 * reach + 1, plane.shape
    columns = np.sum([padded[i : i + height] for i in range(size)], axis=0)
    return np.asarray(np.sum([columns[:, i : i + width] for i in range(size)], axis=0) / size**2, dtype=np.float32)


def _skin(lab: Lab, clusters: Clusters, mask: Mask, u: Plane, v: Plane) -> Mask:
    """Pixels of clusters that are skin: its colour, a minority beside another colour, and away from the middle.

    Camel, beige, pink and brown garments have the colours of skin, so colour alone never decides.
    """
    skin = np.zeros(mask.shape, dtype=bool)
    total = int(mask.sum())
    if total == 0:
        return skin
    members = np.bincount(clusters[mask])
    chroma, hue = np.hypot(lab[..., 1], lab[..., 2]), np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))
    coloured = mask & (hue > 20) & (hue < 78) & (chroma > 11) & (chroma < 48) & (lab[..., 0] > 22) & (lab[..., 0] < 88)
    likely = np.bincount(clusters[coloured], minlength=len(members)) > 0.5 * np.maximum(members, 1)
    candidate = mask & likely[clusters.clip(max=len(members) - 1)]
    share = candidate.sum() / total
    if not 0 < share < 0.4:
        return skin
    central = (np.abs(u)[None, :] < 0.55) & (np.abs(v)[:, None] < 0.6)
    expected = (mask & central).sum() / total
    found = (candidate & central).sum() / candidate.sum()
    return candidate if found < 0.5 * expected else skin


def _largest_parts(mask: Mask) -> Mask:
    """The mask without crumbs: connected parts (by rows of pixels) of less than a tenth of the largest are dropped."""
    height, width = mask.shape
    edges = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    starts, ends = np.argwhere(edges == 1), np.argwhere(edges == -1)
    if len(starts) < 2:
        return mask
    parent = list(range(len(starts)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    rows, lefts, rights = starts[:, 0].tolist(), starts[:, 1].tolist(), ends[:, 1].tolist()
    above = 0
    for run, (row, left, right) in enumerate(zip(rows, lefts, rights, strict=True)):
        while rows[above] < row - 1 or (rows[above] == row - 1 and rights[above] <= left):
            above += 1
        other = above
        while other < run and rows[other] == row - 1 and lefts[other] < right:
            parent[root(run)] = root(other)
            other += 1
    part = np.array([root(run) for run in range(len(parent))])
    sizes = np.bincount(part, weights=ends[:, 1] - starts[:, 1])
    kept = sizes[part] >= 0.1 * sizes.max()
    steps = np.zeros((height, width + 1), dtype=np.int8)
    np.add.at(steps, (starts[kept, 0], starts[kept, 1]), 1)
    np.add.at(steps, (ends[kept, 0], ends[kept, 1]), -1)
    return np.cumsum(steps, axis=1)[:, :width] > 0
