"""What waits for moderators, and what they decided."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from images.models import Image, Kind, Purpose, Review
from images.transitions import DESCRIBED
from moderation.models import Decision, Queue, Report

LOOK, REPORTED, HELD = "look", "reported", "held"
WHY = ((LOOK, "a look to publish"), (REPORTED, "reported"), (HELD, "held by its safety score"))


def queue(why: str = "") -> QuerySet[Queue]:
    """Looks that their owners want to publish, reported pictures, and what the safety score holds; oldest first.

    `why`: one of LOOK, REPORTED, HELD; empty for all. With `waits_for`, `since` and `open_reports`. A held picture
    waits until the first decision about it; one that was only searched with is erased in a day, and does not wait.
    """
    look = Q(purpose=Purpose.LOOK, review=Review.PENDING, stage__in=DESCRIBED, visible=True, owner__public_looks=True)
    reported = Exists(_open_reports())
    held = Q(kind=Kind.USER, safety__gte=settings.SAFETY_HOLD, stage__in=DESCRIBED, visible=True) & ~Q(
        purpose=Purpose.SEARCH
    )
    undecided = held & ~Exists(Decision.objects.filter(image=OuterRef("pk")))
    wanted = {"": look | reported | undecided, LOOK: look, REPORTED: Q(reported), HELD: undecided}[why]
    per_image = _open_reports().order_by().values("image")
    return (
        Queue.objects.filter(wanted)
        .annotate(
            waits_for=Case(When(look, Value(LOOK)), When(reported, Value(REPORTED)), default=Value(HELD)),
            open_reports=Coalesce(Subquery(per_image.annotate(n=Count("pk")).values("n")), 0),
            since=Coalesce(Subquery(per_image.annotate(first=Min("created_at")).values("first")), F("created_at")),
        )
        .select_related("owner")
        .order_by("since", "pk")
    )


def last_decisions(image_ids: Collection[UUID]) -> dict[UUID, int]:
    """The id of the last decision about each of these pictures that has one."""
    decisions = Decision.objects.filter(image__in=image_ids).order_by()
    return dict(decisions.values_list("image").annotate(last=Max("pk")))


def decision_after(image_id: UUID, decision: int) -> Decision | None:
    """What was decided about a picture since that decision."""
    return Decision.objects.filter(picture=image_id, pk__gt=decision).select_related("moderator").first()


def open_reports(image_ids: Collection[UUID]) -> QuerySet[Report]:
    """About these pictures, the oldest first."""
    return Report.objects.filter(image__in=image_ids, resolved_at__isnull=True).order_by("pk")


def newest_reports(image_ids: Collection[UUID]) -> dict[UUID, int]:
    """The id of the newest open report about each of these pictures that has one."""
    return dict(open_reports(image_ids).order_by().values_list("image").annotate(newest=Max("pk")))


def open_report(*, image: Image, reporter_id: int) -> Report | None:
    return Report.objects.filter(image=image, reporter=reporter_id, resolved_at__isnull=True).first()


def _open_reports() -> QuerySet[Report]:
    return Report.objects.filter(image=OuterRef("pk"), resolved_at__isnull=True)
