"""What owners say of the garments in their pictures. Their word stands, and is kept as an example to train on.

Each writer holds the picture's row while it looks and writes, as does the worker that describes a garment anew
(redescription.py): whoever comes second sees what the first has said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Max

from accounts.models import User
from images import cut_outs, selectors, tasks, transitions
from images.models import Correction, Descriptor, Garment, Image, Stage
from images.services import UPLOADS
from mlcore.labels import applies
from mlcore.palette import PROTOTYPES
from mlcore.types import EMBEDDING_SIZE, Box, Category, Vector

LEAST_SIDE = 24  # pixels of a box's shorter side, as for a training's crops: less tells nothing about a garment
MOST_GARMENTS = 50  # in one picture
SURE = 1.0  # score and confidence of what the owner has said
AT_A_HAIR = 1e-4  # a box's side that differs by less is the one that the API has shown, rounded
UNSAID = Category.TOPS  # what a garment that its owner added is called until the models have looked at it
NOWHERE: Vector = np.eye(1, EMBEDDING_SIZE, dtype=np.float32)[0]  # until there is a vector: a proper one, of no garment
WRITTEN = (
    "category", "score", "runner_up", "runner_up_score", "x", "y", "width", "height", "colours", "labels", "corrected",
)  # fmt: skip


class Refused(Exception):
    """What was said cannot be so. `field`: which part of it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class PictureInWork(Exception):
    """Its garments are not known yet, or could not be found."""


@dataclass(frozen=True, slots=True)
class Change:
    """What the owner says of a garment; None and absent labels: nothing. A label that is None is one to be removed."""

    category: Category | None = None
    box: Box | None = None
    labels: Mapping[str, str | None] = field(default_factory=dict)
    colours: tuple[str, ...] | None = None
    """Names of the palette, the largest first."""


def correct_garment(*, owner: User, uid: UUID, change: Change) -> Garment | None:
    """Write what differs, keep it as an example, and queue a new description where the old one is wrong now.

    Returns the garment, with its picture; None: the owner has no such garment. Raises Refused and PictureInWork.
    """
    with transaction.atomic():
        garment = _locked_garment(owner, uid)
        if garment is None:
            return None
        _check(garment, change)
        before, after = _differences(garment, change)
        if not after:
            return garment
        _apply(garment, change, after)
        garment.save(update_fields=WRITTEN)
        Correction.objects.create(image=garment.image, garment=garment, owner=owner, before=before, after=after)
        if "box" in after:
            cut_outs.forget_cut_out(garment)
        if "box" in after or "category" in after:
            Descriptor.objects.filter(pk=garment.pk).update(model_version="")
            _queue_description(garment)
        elif garment.image.public:
            transitions.index_again([garment.image_id])
            tasks.index.delay_on_commit(image_ids=[str(garment.image_id)])
    return garment


def add_garment(*, owner: User, image_id: UUID, box: Box, category: Category | None) -> Garment | None:
    """A garment that was overlooked. It is described in the background; without `category` the models say what it is.

    None: the owner has no such picture. Raises Refused and PictureInWork.
    """
    with transaction.atomic():
        image = _locked(owner, Image.objects.filter(pk=image_id))
        if image is None:
            return None
        _check_box(image, box)
        if image.garments.count() >= MOST_GARMENTS:
            raise Refused("box", f"the picture has {MOST_GARMENTS} garments, which is as many as one may have")
        said = {"box": asdict(box)} | ({"category": category.value} if category else {})
        last = image.garments.aggregate(last=Max("position"))["last"]
        garment = Garment.objects.create(
            image=image,
            position=0 if last is None else last + 1,
            category=category or UNSAID,
            score=SURE,
            **asdict(box),
            quality=0.0,
            corrected=list(said),
        )
        Descriptor.objects.create(garment=garment, model_version="", data=Descriptor.pack(NOWHERE))
        Correction.objects.create(image=image, garment=garment, owner=owner, before={}, after=said)
        _queue_description(garment)
    return garment


def remove_garment(*, owner: User, uid: UUID) -> bool:
    """There is none at this place. What hangs on it in other apps goes with it. False: the owner has no such garment.

    Raises PictureInWork.
    """
    with transaction.atomic():
        garment = _locked_garment(owner, uid)
        if garment is None:
            return False
        before = {"category": garment.category, "box": asdict(garment.box)}
        Correction.objects.create(image=garment.image, owner=owner, before=before, after={})
        if garment.image.public:
            tasks.unindex.delay_on_commit(garment_ids=[garment.pk])
        cut_outs.forget_cut_out(garment)
        garment.delete()
    return True


def _locked(owner: User, images: Any) -> Image | None:
    """The owner's picture, which nobody else writes until the transaction ends. Raises PictureInWork."""
    image: Image | None = images.filter(selectors.unexpired(), owner=owner).select_for_update().first()
    if image is not None and image.stage not in transitions.DESCRIBED:
        failed = image.stage == Stage.FAILED
        raise PictureInWork(
            "the picture could not be described" if failed else "the picture is being described; wait until it is ready"
        )
    return image


def _locked_garment(owner: User, uid: UUID) -> Garment | None:
    image = _locked(owner, Image.objects.filter(pk__in=Garment.objects.filter(uid=uid).values("image")))
    garment = image.garments.filter(uid=uid).first() if image else None
    if garment is not None and image is not None:
        garment.image = image
    return garment


def _check(garment: Garment, change: Change) -> None:
    """Raises Refused."""
    category = change.category or Category(garment.category)
    for name, value in change.labels.items():
        if value is not None and not applies(name, category):
            raise Refused(f"labels.{name}", f"{category} have none")
    if change.box is not None:
        _check_box(garment.image, change.box)


def _check_box(image: Image, box: Box) -> None:
    """Raises Refused. That it lies in the picture is the serializer's to see."""
    if min(math.floor(box.width * image.width), math.floor(box.height * image.height)) < LEAST_SIDE:
        raise Refused("box", f"the box is less than {LEAST_SIDE} pixels wide or high")


def _differences(garment: Garment, change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    """(before, after) of what the owner says and the row does not.

    While the models are still to look at the garment, what agrees with the row counts too: they might say otherwise.
    """
    now: dict[str, Any] = {
        "category": garment.category,
        "box": asdict(garment.box),
        "colours": [colour["name"] for colour in garment.colours],
    } | {name: label["value"] for name, label in garment.labels.items()}
    said: dict[str, Any] = {}
    if change.category is not None:
        said["category"] = change.category.value
    if change.box is not None:
        said["box"] = now["box"] if _same(change.box, garment.box) else asdict(change.box)
    if change.colours is not None:
        said["colours"] = list(change.colours)
    said |= change.labels
    open_to_models = {name for name in said if garment.due_at is not None and name not in garment.corrected}
    after = {name: value for name, value in said.items() if value != now.get(name) or name in open_to_models}
    return {name: now.get(name) for name in after}, after


def _same(one: Box, other: Box) -> bool:
    theirs = asdict(other)
    return all(abs(side - theirs[name]) < AT_A_HAIR for name, side in asdict(one).items())


def _apply(garment: Garment, change: Change, after: Mapping[str, Any]) -> None:
    if change.category is not None and "category" in after:
        garment.category, garment.score = change.category.value, SURE
        garment.runner_up, garment.runner_up_score = "", 0.0
        garment.labels = {name: label for name, label in garment.labels.items() if applies(name, change.category)}
    if change.box is not None and "box" in after:
        garment.x, garment.y, garment.width, garment.height = asdict(change.box).values()
    if change.colours is not None and "colours" in after:
        garment.colours = _colours(change.colours, {colour["name"]: colour["hex"] for colour in garment.colours})
    for name, value in change.labels.items():
        if name in after and value is None:
            garment.labels.pop(name, None)
        elif name in after:
            garment.labels[name] = {"value": value, "confidence": SURE}
    said = dict.fromkeys([*garment.corrected, *after])
    garment.corrected = [name for name in said if applies(name, Category(garment.category))]


def _colours(names: tuple[str, ...], seen: Mapping[str, str]) -> list[dict[str, Any]]:
    """As `Garment.colours`. Nobody measures shares by eye, so they fall evenly: of two, ⅔ and ⅓."""
    parts = len(names) * (len(names) + 1) / 2
    return [
        {"name": name, "hex": seen.get(name, PROTOTYPES[name][0]), "share": round((len(names) - place) / parts, 4)}
        for place, name in enumerate(names)
    ]


def _queue_description(garment: Garment) -> None:
    transitions.owe_descriptions(Garment.objects.filter(pk=garment.pk))
    garment.refresh_from_db(fields=["due_at"])
    ids = [str(garment.image_id)]
    tasks.redescribe.apply_async_on_commit(kwargs={"image_ids": ids}, queue=UPLOADS)
