"""The page of the admin that asks for the reason of a decision, about one picture or many, and carries it out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import cast
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.models import User
from images.admin import seen as has_thumbnail
from images.models import Image
from moderation import selectors, services
from moderation.models import REASON_LENGTH, Action, Report
from moderation.services import NEED_REASON, Seen

QUEUE, IMAGES, PICTURE = "queue", "images", "picture"  # where the moderator came from, and returns to
AT_ONCE = 100

WHAT_HAPPENS = {
    Action.APPROVE: "Looks are published; other pictures stay, or are shown again. Reports shown here are closed.",
    Action.REJECT: "Looks are not published, or no longer; other pictures are hidden. The owner reads the reason.",
    Action.HIDE: "Nobody but moderators sees them, at once. The owner reads the reason.",
    Action.SHOW: "What was hidden is seen again. A look stays approved or rejected, as it was.",
    Action.ERASE: "Rows, files and vectors go for good. Only the audit remembers the decision.",
}


def may(request: HttpRequest, action: Action) -> bool:
    return request.user.has_perm("images.delete_image" if action == Action.ERASE else "images.change_image")


def address(action: Action, image: Image, came_from: str) -> str:
    """Of the page that asks about one picture."""
    asked = {"action": action.value, "picture": str(image.pk), "from": came_from}
    return f"{reverse('admin:moderation_decide')}?{urlencode(asked)}"


def ask(request: HttpRequest, action: Action, pictures: QuerySet[Image], came_from: str) -> HttpResponse:
    """About the pictures that are marked in a list."""
    marked = list(Image.objects.filter(pk__in=[image.pk for image in pictures[: AT_ONCE + 1]]).select_related("owner"))
    if len(marked) > AT_ONCE:
        messages.error(request, f"at most {AT_ONCE} pictures at once: each is to be looked at")
        return HttpResponseRedirect(request.get_full_path())
    return _page(request, action, marked, services.as_seen(marked), came_from)


def decide(request: HttpRequest) -> HttpResponse:
    """GET asks about one picture; POST decides about all that were shown, as they were shown."""
    given = request.POST if request.method == "POST" else request.GET
    action, came_from = _action(given.get("action", "")), given.get("from", "")
    if not may(request, action):
        raise PermissionDenied
    if request.method != "POST":
        pictures = list(Image.objects.filter(pk=_uuid(given.get("picture", ""))).select_related("owner"))
        if not pictures:
            messages.error(request, "the picture is gone")
            return HttpResponseRedirect(_back(came_from, []))
        return _page(request, action, pictures, services.as_seen(pictures), came_from)
    seen = [_seen(text) for text in request.POST.getlist("seen")[:AT_ONCE]]
    reason = request.POST.get("reason", "").replace("\x00", "")
    moderator = cast(User, request.user)  # admin_view lets nobody else in
    try:
        outcome = services.decide(moderator=moderator, action=action, seen=seen, reason=reason)
    except services.ReasonMissing as error:
        pictures = list(Image.objects.filter(pk__in=[one.image_id for one in seen]).select_related("owner"))
        return _page(request, action, pictures, seen, came_from, error=str(error))
    if outcome.done:
        how_many = "1 picture" if len(outcome.done) == 1 else f"{len(outcome.done)} pictures"
        messages.success(request, f"{action.label}: {how_many}")
    for image_id, refusal in outcome.refused.items():
        messages.warning(request, f"picture {image_id} was left as it is: {refusal}")
    return HttpResponseRedirect(_back(came_from, [one.image_id for one in seen]))


def _page(
    request: HttpRequest,
    action: Action,
    pictures: Sequence[Image],
    seen: Sequence[Seen],
    came_from: str,
    *,
    error: str = "",
) -> HttpResponse:
    shown = {one.image_id: one for one in seen}
    reports: defaultdict[UUID, list[Report]] = defaultdict(list)
    for report in selectors.open_reports(list(shown)):
        if report.pk <= shown[report.image_id].report:  # a newer one is not closed by what is decided here
            reports[report.image_id].append(report)
    how_many = "this picture" if len(pictures) == 1 else f"these {len(pictures)} pictures"
    context = {
        **admin.site.each_context(request),
        "title": f"{action.label}: {how_many}?",
        "action": action,
        "came_from": came_from,
        "back": _back(came_from, [image.pk for image in pictures]),
        "rows": [
            {
                "image": image,
                "seen": f"{image.pk}:{shown[image.pk].decision}:{shown[image.pk].report}",
                "has_thumbnail": has_thumbnail(image),
                "reports": reports[image.pk],
            }
            for image in pictures
        ],
        "what_happens": WHAT_HAPPENS[action],
        "needs_reason": action in NEED_REASON,
        "reason_length": REASON_LENGTH,
        "error": error,
        "opts": Image._meta,
    }
    return TemplateResponse(request, "moderation/decide.html", context, status=400 if error else 200)


def _back(came_from: str, image_ids: Sequence[UUID]) -> str:
    if came_from == QUEUE:
        return reverse("admin:moderation_queue_changelist")
    if came_from == PICTURE and len(image_ids) == 1 and Image.objects.filter(pk=image_ids[0]).exists():
        return reverse("admin:images_image_change", args=image_ids)
    return reverse("admin:images_image_changelist")


def _action(text: str) -> Action:
    try:
        return Action(text)
    except ValueError as error:
        raise BadRequest("no such action") from error


def _seen(text: str) -> Seen:
    picture, *numbers = text.split(":")
    if len(numbers) != 2 or not all(each.isascii() and each.isdecimal() and len(each) < 19 for each in numbers):
        raise BadRequest("not a picture that was shown")
    decision, report = map(int, numbers)
    return Seen(_uuid(picture), decision, report)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadRequest("not a picture") from error
