"""Reports, and what moderators decide. Each decision has its row in the audit, in one transaction with what it did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

import images.services
from accounts.models import User
from catalog import looks
from images import reviewing
from images.models import Image, Purpose, Review
from images.selectors import readable
from images.transitions import DESCRIBED
from moderation import selectors
from moderation.models import REASON_LENGTH, Action, Decision, Reason, Report

NEED_REASON = (Action.REJECT, Action.HIDE, Action.ERASE)


class ReasonMissing(ValueError):
    """Who takes something away says why."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture as a moderator saw it: `decision` is the last one about it at that time, `report` the newest that was
    open; 0 if there was none."""

    image_id: UUID
    decision: int
    report: int


@dataclass(slots=True)
class Outcome:
    """Pictures that were decided about, and why others were not, by their id."""

    done: list[UUID] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)


def report_image(*, reporter: User, image_id: UUID, reason: Reason, text: str) -> tuple[Report, bool] | None:
    """The report, and whether it is new: one that is still open is not filed twice. None: no such picture, or one that
    the reporter cannot see."""
    image = readable(reporter).filter(pk=image_id).first()
    if image is None:
        return None
    there = selectors.open_report(image=image, reporter_id=reporter.pk)
    if there is not None:
        return there, False
    try:
        with transaction.atomic():
            return Report.objects.create(image=image, reporter=reporter, reason=reason, text=text), True
    except IntegrityError:  # the same report a moment ago, or the picture has gone
        there = selectors.open_report(image=image, reporter_id=reporter.pk)
        return None if there is None else (there, False)


def approve_images(*, moderator: User, seen: Sequence[Seen], reason: str = "") -> Outcome:
    """Looks are published; other pictures stay, or are shown again."""
    return decide(moderator=moderator, action=Action.APPROVE, seen=seen, reason=reason)


def reject_images(*, moderator: User, seen: Sequence[Seen], reason: str) -> Outcome:
    """Looks are not published, or no longer; other pictures are hidden. Raises ReasonMissing."""
    return decide(moderator=moderator, action=Action.REJECT, seen=seen, reason=reason)


def decide(*, moderator: User, action: Action, seen: Sequence[Seen], reason: str = "") -> Outcome:
    """One decision about several pictures, each by itself: what somebody else was faster with is refused, and so are
    pictures that are gone. The open reports that were seen are resolved by it; with a newer one the picture goes on
    waiting. Raises ReasonMissing."""
    reason = reason.strip()[:REASON_LENGTH]
    if not reason and action in NEED_REASON:
        raise ReasonMissing("say why: it is kept, and the owner reads it")
    outcome = Outcome()
    for one in sorted(seen, key=lambda one: one.image_id):
        refusal = _decide_one(moderator, action, one, reason)
        if refusal is None:
            outcome.done.append(one.image_id)
        else:
            outcome.refused[one.image_id] = refusal
    return outcome


def as_seen(pictures: Iterable[Image]) -> list[Seen]:
    """These pictures as they are now."""
    ids = [image.pk for image in pictures]
    last, newest = selectors.last_decisions(ids), selectors.newest_reports(ids)
    return [Seen(pk, last.get(pk, 0), newest.get(pk, 0)) for pk in ids]


@transaction.atomic
def _decide_one(moderator: User, action: Action, seen: Seen, reason: str) -> str | None:
    """Why not; None if it is done. The row's lock lets one moderator decide at a time."""
    image = Image.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=seen.image_id).first()
    if image is None:
        return "it is gone"
    faster = selectors.decision_after(seen.image_id, seen.decision)
    if faster is not None:
        return f"{faster.moderator or 'somebody'} was faster: {faster.get_action_display().lower()}"
    before = _state(image)
    if action == Action.APPROVE and image.purpose == Purpose.LOOK and not _can_be_published(image):
        return "it is not described: there is nothing to publish"
    _do(action, image, reason)
    erased = action == Action.ERASE
    Decision.objects.create(
        image=None if erased else image,
        picture=seen.image_id,
        moderator=moderator,
        action=action,
        reason=reason,
        before=before,
        after={} if erased else _state(Image.objects.get(pk=seen.image_id)),
    )
    selectors.open_reports([seen.image_id]).filter(pk__lte=seen.report).update(resolved_at=timezone.now())
    return None


def _do(action: Action, image: Image, reason: str) -> None:
    match action:
        case Action.APPROVE:
            if image.purpose == Purpose.LOOK and not reviewing.is_blocked(image):
                reviewing.set_review(images=[image], review=Review.APPROVED)
                looks.publish_looks(images=[image])
            if not image.visible:
                reviewing.show_images(images=[image])
        case Action.REJECT if image.purpose == Purpose.LOOK:
            reviewing.set_review(images=[image], review=Review.REJECTED, reason=reason)
        case Action.REJECT | Action.HIDE:
            reviewing.hide_images(images=[image], reason=reason)
        case Action.SHOW:
            reviewing.show_images(images=[image])
        case Action.ERASE:
            images.services.erase_images(images=[image])


def _can_be_published(image: Image) -> bool:
    """Described; or blocked: then it is described first, and waits for another decision."""
    return image.stage in DESCRIBED or reviewing.is_blocked(image)


def _state(image: Image) -> dict[str, Any]:
    return {
        "stage": image.stage,
        "visible": image.visible,
        "review": image.review,
        "review_reason": image.review_reason,
    }
