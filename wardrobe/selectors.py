"""What a user owns, as it may be shown, in a constant number of queries."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import User
from images.models import SECOND_SHARE, Descriptor, Garment, Image, Purpose, Stage
from mlcore.palette import PROTOTYPES, delta_e, lookup
from mlcore.types import Category, Vector
from wardrobe.figures import with_figures
from wardrobe.models import Item, ItemPicture, Tag, Upload, UploadPicture
from wardrobe.proposals import Crop, Proposal, propose

JUST_SIMILAR: Final = 12.0  # ΔE00, as in search: docs/search.md shows how far one garment's colour lies apart
MOST_WORDS: Final = 12
MOST_PROPOSED: Final = 300  # garments, the most prominent of each picture first: what costs grows with their square
MOST_OWNED: Final = 3_000  # crops of items that proposals are held against, the newest: 3 MB of vectors


@dataclass(frozen=True, slots=True)
class UploadView:
    """An upload with what has become of its pictures. `items`: by garment, which item it shows."""

    upload: Upload
    pictures: tuple[UploadPicture, ...]
    items: Mapping[int, UUID]
    proposals: tuple[Proposal, ...]


def items(owner: User) -> QuerySet[Item]:
    """With tags, pictures, and what the log of wear and wash says."""
    pictures = ItemPicture.objects.select_related("garment__image__owner")
    found = with_figures(Item.objects.filter(owner=owner))
    return found.prefetch_related("tags", Prefetch("pictures", pictures))


def item(owner: User, item_id: UUID) -> Item | None:
    return items(owner).filter(pk=item_id).first()


def narrowed(
    found: QuerySet[Item],
    *,
    category: str = "",
    colour: str = "",
    colour_tolerance: float | None = None,
    season: str = "",
    tag: str = "",
    brand: str = "",
    favourite: bool | None = None,
    archived: bool | None = False,
    q: str = "",
) -> QuerySet[Item]:
    """Only what is given narrows. `colour`: a name of the palette or `#rrggbb`, of any of an item's pictures.

    `archived` None: both. Raises ValueError for what is no colour.
    """
    if category:
        found = found.filter(category=category)
    if season:
        found = found.filter(**{season: True})
    if tag:
        found = found.filter(Exists(Tag.objects.filter(item=OuterRef("pk"), name=tag)))
    if brand:
        found = found.filter(brand__iexact=brand)
    if favourite is not None:
        found = found.filter(favourite=favourite)
    if archived is not None:
        found = found.filter(archived_at__isnull=not archived)
    if q:
        for word in q.split()[:MOST_WORDS]:
            found = found.filter(_somewhere(word))
    if colour:
        shown = ItemPicture.objects.filter(item=OuterRef("pk"))
        if colour in PROTOTYPES and colour_tolerance is None:
            second = Q(garment__colours__1__name=colour, garment__colours__1__share__gte=SECOND_SHARE)
            found = found.filter(Exists(shown.filter(Q(garment__colours__0__name=colour) | second)))
        else:
            tolerance = JUST_SIMILAR if colour_tolerance is None else colour_tolerance
            found = found.filter(pk__in=_of_colour(found, lookup(colour), tolerance))
    return found


def confirmable(owner: User, uids: Collection[UUID]) -> list[Garment]:
    """Those of the garments that may become an item of the owner's, in the order asked for, with what they are of:
    their own, in a picture that is described. Whether they are used already, `item_picture` says."""
    own = Garment.objects.filter(
        uid__in=uids,
        image__owner=owner,
        image__purpose__in=(Purpose.WARDROBE, Purpose.LOOK),
        image__stage__in=(Stage.DESCRIBED, Stage.READY),
    )
    found = {garment.uid: garment for garment in own.select_related("image", "item_picture")}
    return [found[uid] for uid in dict.fromkeys(uids) if uid in found]


def uploads(owner: User) -> QuerySet[Upload]:
    """With their pictures, without proposals."""
    pictures = UploadPicture.objects.select_related("image").prefetch_related("image__garments")
    return Upload.objects.filter(owner=owner).prefetch_related(Prefetch("pictures", pictures))


def upload(owner: User, upload_id: UUID) -> Upload | None:
    return uploads(owner).filter(pk=upload_id).first()


def viewed(upload: Upload) -> UploadView:
    """What its pictures show, and what items are proposed for it: garments that no item shows yet."""
    pictures = tuple(upload.pictures.all())
    garments = {g.pk: g for picture in pictures if picture.image for g in picture.image.garments.all()}
    taken = dict(ItemPicture.objects.filter(garment__in=garments).values_list("garment", "item"))
    open_ones = sorted((garment for pk, garment in garments.items() if pk not in taken), key=lambda g: g.position)
    fresh = crops(garment.pk for garment in open_ones[:MOST_PROPOSED])
    proposals = propose(list(fresh.values()), _owned(upload.owner_id)) if fresh else []
    return UploadView(upload, pictures, taken, tuple(proposals))


def listed(uploads: Sequence[Upload]) -> list[UploadView]:
    """Without garments and proposals, for a page."""
    rows = UploadPicture.objects.filter(upload__in=uploads).select_related("image")
    of: dict[UUID, list[UploadPicture]] = {}
    for row in rows:
        of.setdefault(row.upload_id, []).append(row)
    return [UploadView(upload, tuple(of.get(upload.pk, ())), {}, ()) for upload in uploads]


def stored_by_digest(owner: User, digests: Collection[str]) -> dict[str, Image]:
    """The owner's wardrobe pictures of these bytes."""
    own = Image.objects.filter(owner=owner, purpose=Purpose.WARDROBE, digest__in=digests)
    return {image.digest: image for image in own}


def crops(garment_ids: Iterable[int]) -> dict[int, Crop]:
    """What can be compared: described by a model, and not to be described anew."""
    rows = Descriptor.objects.filter(
        garment__in=list(garment_ids), garment__due_at__isnull=True, garment__image__stage=Stage.READY
    ).exclude(model_version="")
    ordered = rows.select_related("garment__image").order_by("garment__image__created_at", "garment_id")
    return {
        row.garment_id: crop_of(row.garment, row.garment.image, vector=row.vector, model_version=row.model_version)
        for row in ordered
    }


def _owned(owner_id: int) -> dict[UUID, list[Crop]]:
    """Of what still hangs there: what was sold may be bought again."""
    shown = ItemPicture.objects.filter(item__owner=owner_id, item__archived_at__isnull=True).order_by("-id")
    item_of = dict(shown.values_list("garment", "item")[:MOST_OWNED])
    owned: dict[UUID, list[Crop]] = {}
    for garment_id, crop in crops(item_of).items():
        owned.setdefault(item_of[garment_id], []).append(crop)
    return owned


def crop_of(garment: Garment, image: Image, *, vector: Vector, model_version: str) -> Crop:
    """What proposals compare of a garment, stored or not. `vector`: float32 (512,), of unit length."""
    return Crop(
        garment=garment.uid,
        picture=image.pk,
        category=Category(garment.category),
        vector=vector,
        model_version=model_version,
        box=garment.box,
        score=garment.score,
        quality=garment.quality,
        colours=garment.colours,
        labels=garment.labels,
        fingerprint=image.fingerprint,
        said="category" in garment.corrected,
    )


def _of_colour(found: QuerySet[Item], wanted: Any, tolerance: float) -> list[UUID]:
    """Items with a picture whose main colour, or a second that people would name, is that near. SQL knows no ΔE00."""
    shown = (
        ItemPicture.objects.filter(item__in=found.values("pk"))
        .select_related("garment")
        .only("item_id", "garment__colours")
    )
    near = [(picture.item_id, colour["hex"]) for picture in shown for colour in picture.garment.main_colours]
    if not near:
        return []
    apart = delta_e(wanted, np.stack([lookup(value) for _, value in near]))
    return list({item_id for (item_id, _), distance in zip(near, apart, strict=True) if distance <= tolerance})


def spellings(word: str) -> list[str]:
    """In which a word is looked for: SQLite ignores the case of ASCII alone."""
    word = unicodedata.normalize("NFC", word)
    return [word] if word.isascii() else list(dict.fromkeys((word, word.lower(), word.upper(), word.capitalize())))


def _somewhere(word: str) -> Q:
    """In name, brand, notes or a tag."""
    found = Q()
    for spelling in spellings(word):
        for field in ("name", "brand", "notes"):
            found |= Q(**{f"{field}__icontains": spelling})
        found |= Q(Exists(Tag.objects.filter(item=OuterRef("pk"), name__icontains=spelling)))
    return found
