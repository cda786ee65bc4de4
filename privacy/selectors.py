"""What is there of a user, and what is left of one who was erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Model, Q, QuerySet

from accounts.models import User
from images.models import Garment, Image
from outfits.models import Outfit
from privacy.models import Erasure, Export, State
from privacy.tables import TABLES, references


def export_of(user: User) -> Export | None:
    return Export.objects.filter(owner=user).first()


def counted(user: User) -> dict[str, int]:
    """Rows by model; only where there are any."""
    counts = {table.label: table.rows(user).count() for table in TABLES}
    return {label: count for label, count in counts.items() if count}


def pictures(user: User) -> list[tuple[str, str]]:
    """(id, name in the storage)."""
    return [(str(pk), name) for pk, name in Image.objects.filter(owner=user).values_list("pk", "file")]


def garments(user: User) -> list[tuple[int, str]]:
    """(id in the index, uid)."""
    return [(pk, str(uid)) for pk, uid in Garment.objects.filter(image__owner=user).values_list("pk", "uid")]


def outfits(user: User) -> list[str]:
    """The id of each."""
    return [str(pk) for pk in Outfit.objects.filter(owner=user).values_list("pk", flat=True)]


def due_exports(now: datetime) -> QuerySet[Export]:
    """Nobody writes them: their message is lost, or their worker died. The newest may have its message on the way."""
    lost = Q(claimed_until__isnull=True, asked_at__lt=now - timedelta(seconds=settings.QUEUE_PATIENCE_S))
    return Export.objects.filter(Q(claimed_until__lt=now) | lost, state=State.QUEUED)


def expired_exports(now: datetime) -> QuerySet[Export]:
    return Export.objects.filter(expires_at__lt=now)


def unfinished_erasures() -> QuerySet[Erasure]:
    return Erasure.objects.filter(finished_at__isnull=True)


def is_last_superuser(user: User) -> bool:
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    return user.is_superuser and not others.exists()


def rows_left(model: type[Model], pks: Sequence[object]) -> Iterator[tuple[str, int]]:
    """("images.garment.image", 2): rows of `model` with these keys, and rows of any model that refer to them."""
    label = model._meta.label_lower
    if count := model._base_manager.filter(pk__in=pks).count():
        yield label, count
    for f in references(model):
        count = f.model._base_manager.filter(**{f"{f.attname}__in": pks}).count()
        if count:
            yield f"{f.model._meta.label_lower}.{f.name}", count
