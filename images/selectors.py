"""What of the pictures and garments may be read, and by whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from images.models import PUBLIC_KINDS, Correction, CutOut, Descriptor, Garment, Image, Kind, Purpose, Review, Stage

Reader = User | AnonymousUser


def readable(reader: Reader) -> QuerySet[Image]:
    """Pictures that the reader may see: public visible ones, their own, and anonymous query pictures (who knows the id
    of one has uploaded it; ids are random)."""
    return Image.objects.filter(_readable(reader))


def _readable(reader: Reader, image: str = "") -> Q:
    """`image`: the way to the picture, as of `public`. A way, and not a subquery: SQLite would list every picture that
    the reader may see for each garment that is asked for."""
    anonymous = {f"{image}visible": True, f"{image}owner__isnull": True, f"{image}kind": Kind.USER}
    shown = public(image) | Q(**anonymous)
    if isinstance(reader, User):
        shown |= Q(**{f"{image}owner": reader})
    return shown & unexpired(image)


def viewable(reader: Reader) -> QuerySet[Image]:
    """What `readable` gives, and everything for moderators: hidden pictures are what they have to look at."""
    return Image.objects.all() if reader.has_perm("images.view_image") else readable(reader)


def servable(reader: Reader) -> QuerySet[Image]:
    """Pictures whose bytes the reader may have: of what is hidden or rejected, only moderators, not even its owner."""
    pictures = viewable(reader)
    return pictures if reader.has_perm("images.view_image") else pictures.filter(_shown())


def servable_by_token() -> QuerySet[Image]:
    """Pictures that a token can open, whoever brings it."""
    return Image.objects.filter(_shown(), unexpired())


def _shown() -> Q:
    return Q(visible=True) & ~Q(review=Review.REJECTED)


def public(image: str = "") -> Q:
    """Pictures that anyone may see; `image`: the way to them, as in `public("garment__image__")`."""
    looks = Q(**{f"{image}review": Review.APPROVED, f"{image}owner__public_looks": True})
    meant_for_all = Q(**{f"{image}kind__in": PUBLIC_KINDS}) | looks
    return meant_for_all & Q(**{f"{image}visible": True})


def unexpired(image: str = "") -> Q:
    return Q(**{f"{image}expires_at__isnull": True}) | Q(**{f"{image}expires_at__gt": timezone.now()})


def unexpired_images() -> QuerySet[Image]:
    return Image.objects.filter(unexpired())


def unexpired_image(image_id: UUID) -> Image | None:
    """Whoever asks: for those who were let in before."""
    return unexpired_images().filter(pk=image_id).first()


def readable_image(reader: Reader, image_id: UUID) -> Image | None:
    """With its garments; None if there is none or it is another user's."""
    return readable(reader).prefetch_related("garments").filter(pk=image_id).first()


def readable_garment(reader: Reader, uid: UUID) -> Garment | None:
    """With its picture and descriptor; None if there is none or it is another user's."""
    return readable_garments(reader).filter(uid=uid).select_related("image", "descriptor").first()


def readable_garments(reader: Reader) -> QuerySet[Garment]:
    """Of pictures that the reader may see."""
    return Garment.objects.filter(_readable(reader, "image__"))


def garment_with_cut_out(uid: UUID) -> Garment | None:
    """Whoever asks: whether they may see it is the picture's to say (links.admitted)."""
    return Garment.objects.filter(uid=uid, cut_out=CutOut.READY).first()


def stored_before(*, owner: User, purpose: str, digest: str, idempotency_key: str) -> Image | None:
    """The picture that a retry means: same key, else same bytes for the same purpose."""
    mine = Image.objects.filter(owner=owner)
    if idempotency_key and (same_key := mine.filter(idempotency_key=idempotency_key).first()):
        return same_key
    if purpose == Purpose.SEARCH:
        return None  # such a picture expires; each has its own time
    return mine.filter(purpose=purpose, digest=digest).first()


def duplicate_of(image: Image) -> UUID | None:
    """The owner's earlier picture of the same bytes, uploaded for another purpose."""
    if image.owner_id is None:
        return None
    same = Image.objects.filter(owner=image.owner_id, digest=image.digest, created_at__lt=image.created_at).filter(
        unexpired()
    )
    return same.order_by("created_at").values_list("pk", flat=True).first()


def public_garments(garment_ids: Collection[int]) -> dict[int, Garment]:
    """The garments of these ids that anyone may see, with their pictures. SQL decides, whatever the index says."""
    garments = Garment.objects.filter(public("image__"), pk__in=garment_ids)
    return {garment.pk: garment for garment in garments.select_related("image__owner")}


def public_image_ids(image_ids: Collection[UUID]) -> set[UUID]:
    """Those of the pictures that anyone may see."""
    return set(Image.objects.filter(public(), pk__in=image_ids).values_list("pk", flat=True))


def public_names(garment_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Category and main colour of those of the garments that anyone may see; of many, for little."""
    rows = Garment.objects.filter(public("image__"), pk__in=garment_ids).order_by()
    return {
        pk: (category, colour or "") for pk, category, colour in rows.values_list("pk", "category", "colours__0__name")
    }


def public_ids(garment_ids: Collection[int]) -> set[int]:
    """Those of the garments that anyone may see."""
    return set(Garment.objects.filter(public("image__"), pk__in=garment_ids).values_list("pk", flat=True))


def for_index(image_ids: Sequence[UUID], *, model_version: str) -> list[Descriptor]:
    """The descriptors that the index must hold for these pictures: public, visible, of this model."""
    return list(
        Descriptor.objects.filter(
            public("garment__image__"), garment__image__in=image_ids, model_version=model_version
        ).select_related("garment__image")
    )


def indexed_garment_ids(kinds: Collection[Kind], *, model_version: str) -> Iterable[int]:
    """Ascending ids of every public garment in pictures of these kinds: what belongs into a collection."""
    return (
        Descriptor.objects.filter(
            public("garment__image__"), garment__image__kind__in=kinds, model_version=model_version
        )
        .order_by("garment_id")
        .values_list("garment_id", flat=True)
        .iterator(chunk_size=10_000)
    )


def outdated(*, model_version: str) -> QuerySet[Image]:
    """Pictures whose garments were described by another model. One without a version is being described anew."""
    others = Descriptor.objects.filter(garment__image=OuterRef("pk")).exclude(model_version__in=("", model_version))
    return Image.objects.filter(Exists(others), stage=Stage.READY)


def users_with_garments(image_ids: Collection[UUID]) -> set[UUID]:
    """Those of the pictures that users sent and in which garments are known."""
    garments = Garment.objects.filter(image__in=image_ids, image__kind=Kind.USER)
    return set(garments.values_list("image", flat=True))


def owed(image_ids: Collection[UUID]) -> QuerySet[Image]:
    """Those of the pictures that have garments to be described anew."""
    return Image.objects.filter(pk__in=image_ids).filter(
        Exists(Garment.objects.filter(image=OuterRef("pk"), due_at__isnull=False))
    )


def overdue(now: datetime, *, limit: int = 1_000) -> list[UUID]:
    """Pictures whose new descriptions should be there by now: a message was lost, or a worker."""
    garments = Garment.objects.filter(due_at__lt=now, image__stage__in=(Stage.DESCRIBED, Stage.READY))
    # In the order of their index, and told apart here: DISTINCT had SQLite walk through all garments.
    return list(dict.fromkeys(garments.order_by("due_at").values_list("image", flat=True)[:limit]))


def corrected(*, since: datetime | None) -> QuerySet[Image]:
    """Pictures in which their owners corrected, added or removed garments (`since` then), with all their garments.

    Not what was hidden or rejected, nor what was only searched with and is soon erased.
    """
    said = Correction.objects.filter(image=OuterRef("pk"))
    if since is not None:
        said = said.filter(created_at__gte=since)
    pictures = Image.objects.filter(Exists(said), _shown(), expires_at__isnull=True)
    described = pictures.filter(stage__in=(Stage.DESCRIBED, Stage.READY))
    return described.prefetch_related("garments").order_by("created_at", "pk")


def unfinished(image_ids: Collection[UUID]) -> int:
    """How many of these pictures are neither ready nor failed."""
    return Image.objects.filter(pk__in=image_ids, stage__in=(Stage.STORED, Stage.DESCRIBED)).count()


def stalled(now: datetime, *, limit: int = 1_000) -> QuerySet[Image]:
    """Pictures on which nobody works any more: a lease ran out, or a message was lost."""
    patience = now - timedelta(seconds=settings.QUEUE_PATIENCE_S)
    unfinished = Image.objects.exclude(stage=Stage.READY)  # as the index says it: it is asked every few seconds
    return unfinished.filter(
        Q(stage__in=(Stage.STORED, Stage.DESCRIBED), claimed_until__lt=now)
        | Q(stage=Stage.STORED, claimed_until__isnull=True, queued_at__lt=patience)
    ).order_by("stage", "claimed_until")[:limit]


def waiting(owner_id: int | None) -> QuerySet[Image]:
    """Pictures of a user that no worker has described yet."""
    return Image.objects.filter(owner=owner_id, stage=Stage.STORED)
