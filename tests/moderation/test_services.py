"""Decisions and reports, without a page around them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from accounts.models import User
from catalog.models import Like, Photo
from images.models import Image, Purpose, Review, Stage
from moderation import selectors, services
from moderation.models import Action, Decision, Reason, Report
from moderation.services import Seen
from tests.moderation.conftest import MakePicture

Make = Callable[..., Image]


def test_an_approved_look_becomes_a_photograph_in_its_owners_name(look: Make, moderator: User) -> None:
    image = look()
    outcome = services.approve_images(moderator=moderator, seen=services.as_seen([image]), reason="fine")
    assert (outcome.done, outcome.refused) == ([image.pk], {})
    image.refresh_from_db()
    assert (image.review, image.review_reason, image.stage, image.public) == ("approved", "", "described", True)
    photo = Photo.objects.get(image=image)
    assert (photo.photographer, photo.source) == ("Ada", "a user's look")
    decision = Decision.objects.get()
    assert (decision.image, decision.picture, decision.moderator) == (image, image.pk, moderator)
    assert (decision.action, decision.reason) == ("approve", "fine")
    before = {"stage": "ready", "visible": True, "review": "pending", "review_reason": ""}
    assert decision.before == before
    assert decision.after == {**before, "stage": "described", "review": "approved"}


def test_who_has_no_name_is_anonymous_and_never_an_address(look: Make, owner: User, moderator: User) -> None:
    User.objects.update(first_name="", last_name="")
    services.approve_images(moderator=moderator, seen=services.as_seen([look()]))
    photo = Photo.objects.get()
    assert photo.photographer == "anonymous"
    assert "@" not in f"{photo.title}{photo.source}{photo.licence}"


def test_a_rejected_look_says_why(look: Make, moderator: User) -> None:
    image = look()
    services.reject_images(moderator=moderator, seen=services.as_seen([image]), reason=" a face of somebody else ")
    image.refresh_from_db()
    assert (image.review, image.review_reason, image.visible) == ("rejected", "a face of somebody else", True)
    assert not Photo.objects.exists()


def test_a_rejected_look_that_is_approved_after_all_is_there_once(look: Make, moderator: User) -> None:
    image = look()
    for decide, reason in (
        (services.approve_images, ""),
        (services.reject_images, "no"),
        (services.approve_images, ""),
    ):
        decide(moderator=moderator, seen=services.as_seen([image]), reason=reason)
    image.refresh_from_db()
    assert (image.review, image.review_reason) == ("approved", "")
    assert Photo.objects.count() == 1
    assert Decision.objects.count() == 3


def test_rejecting_a_private_picture_hides_it_and_approving_shows_it(picture: MakePicture, moderator: User) -> None:
    image = picture(safety=0.6)
    services.reject_images(moderator=moderator, seen=services.as_seen([image]), reason="no")
    image.refresh_from_db()
    assert (image.review, image.visible, image.review_reason) == ("", False, "no")
    services.approve_images(moderator=moderator, seen=services.as_seen([image]))
    image.refresh_from_db()
    assert (image.review, image.visible, image.review_reason) == ("", True, "")


@pytest.mark.parametrize("action", [Action.REJECT, Action.HIDE, Action.ERASE])
def test_who_takes_something_away_says_why(action: Action, look: Make, moderator: User) -> None:
    with pytest.raises(services.ReasonMissing):
        services.decide(moderator=moderator, action=action, seen=services.as_seen([look()]), reason="  ")
    assert not Decision.objects.exists()


def test_hiding_and_showing_leave_a_looks_review_alone(look: Make, moderator: User) -> None:
    image = look(review=Review.REJECTED, review_reason="no")
    services.decide(moderator=moderator, action=Action.HIDE, seen=services.as_seen([image]), reason="worse")
    services.decide(moderator=moderator, action=Action.SHOW, seen=services.as_seen([image]))
    image.refresh_from_db()
    assert (image.review, image.visible, image.review_reason) == ("rejected", True, "worse")


def test_erasing_leaves_the_audit_alone(
    look: Make, moderator: User, django_capture_on_commit_callbacks: Callable[..., object], queue: object
) -> None:
    image = look()
    with django_capture_on_commit_callbacks(execute=True):
        services.decide(
            moderator=moderator, action=Action.ERASE, seen=services.as_seen([image]), reason="a child is shown"
        )
    assert not Image.objects.exists()
    assert not default_storage.exists(image.file_name)
    decision = Decision.objects.get()
    assert (decision.image, decision.picture, decision.after) == (None, image.pk, {})


def test_many_at_once_are_decided_each_by_itself(look: Make, moderator: User) -> None:
    images = [look() for _ in range(3)]
    failed, gone = look(stage=Stage.STORED), look()
    seen = services.as_seen([*images, failed, gone])
    Image.objects.filter(pk=gone.pk).delete()
    services.reject_images(moderator=moderator, seen=services.as_seen(images[:1]), reason="no")
    outcome = services.approve_images(moderator=moderator, seen=seen)
    assert sorted(outcome.done) == sorted(image.pk for image in images[1:])
    assert outcome.refused == {
        images[0].pk: "mod@example.org was faster: reject",
        failed.pk: "it is not described: there is nothing to publish",
        gone.pk: "it is gone",
    }
    assert Photo.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_moderators_at_the_same_moment_one_wins(
    look: Make, make_moderator: Callable[[str], User], queue: object
) -> None:
    image = look()
    moderators = [make_moderator(f"{name}@example.org") for name in "ab"]
    seen, start = services.as_seen([image]), threading.Barrier(2)
    outcomes: list[services.Outcome] = []

    def decide(moderator: User, action: Action) -> None:
        start.wait()
        try:
            outcomes.append(services.decide(moderator=moderator, action=action, seen=seen, reason="seen"))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=pair)
        for pair in zip(moderators, (Action.APPROVE, Action.REJECT), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((len(outcome.done), len(outcome.refused)) for outcome in outcomes) == [(0, 1), (1, 0)]
    decision = Decision.objects.get()
    image.refresh_from_db()
    assert image.review == {"approve": "approved", "reject": "rejected"}[decision.action]
    loser = next(outcome for outcome in outcomes if outcome.refused)
    assert f"{decision.moderator} was faster" in loser.refused[image.pk]


def test_a_blocked_picture_that_a_moderator_lets_pass_is_described_and_a_look_waits_again(
    look: Make, picture: MakePicture, moderator: User
) -> None:
    facts = {"stage": Stage.FAILED, "visible": False, "safety": 0.95, "error": "seems to show nudity"}
    images = [look(**facts), picture(**facts)]
    services.approve_images(moderator=moderator, seen=services.as_seen(images))
    for image, review in zip(images, ("pending", ""), strict=True):
        image.refresh_from_db()
        assert (image.stage, image.visible, image.error, image.review) == ("stored", True, "", review)
    assert not Photo.objects.exists()


# The queue -----------------------------------------------------------------------------------------------------------


def test_the_queue_holds_looks_reports_and_held_pictures_oldest_first(
    look: Make, picture: MakePicture, owner: User, make_user: Callable[[str], User]
) -> None:
    waiting, held, reported = look(), picture(safety=0.5), look(review=Review.APPROVED)
    Report.objects.create(image=reported, reporter=make_user("eve@example.org"), reason=Reason.PERSON)
    Report.objects.create(image=reported, reporter=owner)
    look(review=Review.APPROVED)
    look(stage=Stage.STORED)
    picture(safety=0.1)
    picture(safety=0.5, purpose=Purpose.SEARCH)
    picture(safety=0.9, stage=Stage.FAILED, visible=False)
    found = list(selectors.queue())
    assert [(row.pk, row.waits_for, row.open_reports) for row in found] == [
        (waiting.pk, "look", 0), (held.pk, "held", 0), (reported.pk, "reported", 2),
    ]  # fmt: skip
    for why, image in (("look", waiting), ("held", held), ("reported", reported)):
        assert [row.pk for row in selectors.queue(why)] == [image.pk]


def test_a_decision_takes_a_picture_out_of_the_queue_and_closes_its_reports(
    look: Make, picture: MakePicture, owner: User, moderator: User
) -> None:
    images = [look(), picture(safety=0.5), look(review=Review.APPROVED)]
    report = Report.objects.create(image=images[2], reporter=owner)
    services.approve_images(moderator=moderator, seen=services.as_seen(images))
    assert not selectors.queue().exists()
    report.refresh_from_db()
    assert report.resolved_at is not None


def test_what_is_reported_while_a_moderator_decides_stays_open_and_its_picture_in_the_queue(
    look: Make, moderator: User, make_user: Callable[[str], User]
) -> None:
    images = [look(review=Review.APPROVED) for _ in range(3)]
    first, second = make_user("eve@example.org"), make_user("bob@example.org")
    for image in images[:2]:
        Report.objects.create(image=image, reporter=first)
    seen = services.as_seen(images)
    new = [Report.objects.create(image=image, reporter=second) for image in images[1:]]
    assert len(services.approve_images(moderator=moderator, seen=seen).done) == 3
    assert set(Report.objects.filter(resolved_at__isnull=True)) == set(new)
    assert [(row.pk, row.waits_for, row.open_reports, row.since) for row in selectors.queue()] == [
        (report.image_id, "reported", 1, report.created_at) for report in new
    ]
    services.reject_images(moderator=moderator, seen=services.as_seen(images[1:]), reason="right")
    assert not selectors.queue().exists()
    assert not Report.objects.filter(resolved_at__isnull=True).exists()


def test_looks_whose_owner_does_not_show_them_ask_nobody(look: Make, owner: User) -> None:
    look()
    User.objects.filter(pk=owner.pk).update(public_looks=False)
    assert not selectors.queue().exists()


# Reports -------------------------------------------------------------------------------------------------------------


def test_an_open_report_is_not_filed_twice_and_a_closed_one_can_be(
    look: Make, moderator: User, make_user: Callable[[str], User]
) -> None:
    image, eve = look(review=Review.APPROVED), make_user("eve@example.org")
    facts = {"reporter": eve, "image_id": image.pk, "reason": Reason.SPAM, "text": ""}
    first, is_new = services.report_image(**facts)
    assert is_new
    assert services.report_image(**facts) == (first, False)
    services.approve_images(moderator=moderator, seen=services.as_seen([image]))
    again = services.report_image(**facts)
    assert again is not None
    assert again[1]
    assert Report.objects.count() == 2


def test_a_decision_that_nobody_has_seen_is_told_from_one_that_was(look: Make, moderator: User) -> None:
    image = look()
    services.reject_images(moderator=moderator, seen=[Seen(image.pk, 0, 0)], reason="no")
    late = services.approve_images(moderator=moderator, seen=[Seen(image.pk, 0, 0)])
    assert list(late.refused) == [image.pk]
    now = services.as_seen([image])
    assert services.approve_images(moderator=moderator, seen=now).done == [image.pk]


def test_likes_come_back_with_the_look(look: Make, moderator: User, owner: User) -> None:
    image = look()
    services.approve_images(moderator=moderator, seen=services.as_seen([image]))
    Like.objects.create(user=owner, photo=Photo.objects.get())
    services.reject_images(moderator=moderator, seen=services.as_seen([image]), reason="no")
    services.approve_images(moderator=moderator, seen=services.as_seen([image]))
    assert Like.objects.count() == 1
