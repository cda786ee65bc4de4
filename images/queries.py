"""What somebody asks with: a garment, a picture, or a box drawn in it, resolved to a garment and its vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import images.services
from images import selectors
from images.index import model_version
from images.models import Descriptor, Garment, Image, Stage
from mlcore.types import Box, Category, Vector

SAME_GARMENT = 0.85  # IoU from which a drawn box means the garment that was found there


class UnknownPicture(Exception):
    """No such picture or garment, or it is another user's."""


class NotReady(Exception):
    """The picture is still being described."""


class NothingToSearch(Exception):
    """A picture, or a box in it, in which no garment was found."""


@dataclass(frozen=True, slots=True)
class Query:
    """A garment to search with. `garment` is unsaved if a person drew its box."""

    image: Image
    garments: Sequence[Garment]
    """All garments of the picture, the most prominent first."""
    garment: Garment
    vector: Vector
    model_version: str
    """Of the model that made the vector: it can be compared with vectors of the same model only."""


def by_garment(reader: selectors.Reader, garment_id: UUID) -> Query:
    """No model runs. Raises UnknownPicture and NotReady."""
    garment = selectors.readable_garment(reader, garment_id)
    if garment is None:
        raise UnknownPicture("no such garment")
    return Query(garment.image, list(garment.image.garments.all()), garment, *_vector(garment))


def described_image(reader: selectors.Reader, image_id: UUID) -> Image:
    """Raises UnknownPicture, NotReady and NothingToSearch."""
    image = selectors.readable_image(reader, image_id)
    if image is None:
        raise UnknownPicture("no such picture")
    if image.stage == Stage.STORED:
        raise NotReady("the picture is still being described")
    if image.stage == Stage.FAILED:
        raise NothingToSearch(f"the picture could not be described: {image.error}")
    return image


def in_picture(image: Image, category: Category | None, *, every: bool = False) -> list[Query]:
    """With the picture's most prominent garment, or with each of them. Raises NotReady and NothingToSearch."""
    garments = list(image.garments.select_related("descriptor"))
    if not garments:
        raise NothingToSearch(
            "no garment was found in the picture (looked for tops, outerwear, trousers, skirts, dresses and rompers); "
            "draw a box around the garment and search with `image` and `box`, or take a picture that shows it whole"
        )
    searched = garments if every else [chosen(garments, category)]
    return [Query(image, garments, garment, *_vector(garment)) for garment in searched]


def in_box(image: Image, box: Box, category: Category | None) -> Query:
    """With what a drawn box frames, detected or not. Raises NotReady, NothingToSearch and NobodyAnswered."""
    garments = list(image.garments.select_related("descriptor"))
    framed = drawn_over(garments, box)
    if framed is not None:
        return Query(image, garments, framed, *_vector(framed))
    described = images.services.describe_box(image=image, box=box, category=category)
    if described is None:
        raise NothingToSearch("no garment can be made out in the box; name its `category` to search all the same")
    garment, packed = described
    return Query(image, garments, garment, Descriptor(data=packed).vector, model_version())


def chosen(garments: Sequence[Garment], asked: Category | None) -> Garment:
    """The garment that a picture is searched with: the most prominent one of the asked category, else of all."""
    return next((g for g in garments if asked is not None and g.category == asked), garments[0])


def drawn_over(garments: Sequence[Garment], box: Box) -> Garment | None:
    """The stored garment that a drawn box frames."""
    best = max(garments, key=lambda g: g.box.intersection_over_union(box), default=None)
    return best if best is not None and best.box.intersection_over_union(box) >= SAME_GARMENT else None


def _vector(garment: Garment) -> tuple[Vector, str]:
    if not garment.descriptor.model_version:
        raise NotReady("the garment is being described anew; try again in a moment")
    return garment.descriptor.vector, garment.descriptor.model_version
