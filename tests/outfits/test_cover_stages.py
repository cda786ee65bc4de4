"""Covers over time: when they are made and made anew, what happens at the same moment, and that no file is left."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError
from django.utils import timezone
from rest_framework.test import APIClient

import images.cut_outs
import images.services
import images.stages
from accounts.models import User
from images import sweeping
from images.models import Image
from outfits import cover_files, covers, selectors, stages, tasks
from outfits.cover_parts import digests, is_current, parts_of
from outfits.covers import GROUND
from outfits.models import Outfit, Piece
from tests.conftest import Sent
from tests.outfits.saved import (
    BLUE,
    CHANGES,
    GREEN,
    RED,
    cover,
    cut_out,
    file_of,
    item,
    made_of,
    near,
    outfit,
    photographed,
    stored,
)
from tests.servers import Server
from tests.wardrobe import rows
from wardrobe.models import ItemPicture

pytestmark = pytest.mark.usefixtures("db", "queue")
ClientOf = Callable[[User], APIClient]
OnCommit = Callable[..., Any]


# ── Made ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_cover_shows_cut_outs_and_else_the_part_of_the_photograph(user: User) -> None:
    half = photographed(user, GREEN, "skirts", x=0.5, width=0.5)
    blue, green = item(user, BLUE), rows.item(user, garments=[half])
    cut_out(blue.pictures.get().garment, RED)
    made = made_of(blue, green, owner=user)
    shown = cover(made)
    assert near(shown, 75, 100, RED)  # of 150 × 200 pixels: the disc
    assert near(shown, 4, 4, GROUND)
    assert near(shown, 155, 5, GREEN)
    assert near(shown, 225, 395, GREEN)  # half of the picture: 150 × 400
    assert near(shown, 225, 405, GROUND)
    assert made.cover_due_at is None
    assert stored() == [file_of(made)]


def test_what_cannot_be_shown_is_left_out(user: User) -> None:
    kept, bare, lost, hidden = item(user, RED), item(user, GREEN), item(user, BLUE), item(user, (90, 90, 90))
    ItemPicture.objects.filter(item=bare).delete()
    default_storage.delete(lost.pictures.get().garment.image.file_name)
    Image.objects.filter(pk=hidden.pictures.get().garment.image_id).update(visible=False)
    shown = cover(made_of(kept, bare, lost, hidden, owner=user))
    assert near(shown, 75, 100, RED)
    assert all(near(shown, x, 100, GROUND) for x in (225, 375, 525))


def test_a_cut_out_whose_file_is_gone_or_broken_gives_way_to_the_photograph(user: User) -> None:
    gone, broken = item(user, RED), item(user, GREEN)
    for one in (gone, broken):
        cut_out(one.pictures.get().garment, BLUE)
        default_storage.delete(one.pictures.get().garment.cut_out_name)
    default_storage.save(broken.pictures.get().garment.cut_out_name, ContentFile(b"RIFF"))
    shown = cover(made_of(gone, broken, owner=user))
    assert near(shown, 75, 100, RED)
    assert near(shown, 225, 100, GREEN)


def test_an_outfit_of_nothing_has_no_cover(user: User) -> None:
    made = outfit(user, cover_due_at=timezone.now())
    stages.compose_cover(made.pk)
    made.refresh_from_db()
    assert (made.cover, made.cover_due_at, stored()) == ("", None, [])
    stages.compose_cover(uuid4())  # nor has what is gone


def test_a_cover_that_still_stands_is_not_made_again(user: User) -> None:
    made = made_of(item(user), owner=user)
    Outfit.objects.update(cover_due_at=timezone.now())
    stages.compose_cover(made.pk)
    again = Outfit.objects.get()
    assert (again.cover, again.cover_due_at) == (made.cover, None)
    assert stored() == [file_of(made)]


@pytest.mark.parametrize("what", CHANGES)
def test_the_sweeper_sees_a_cover_that_no_longer_shows_what_it_should(
    user: User, what: str, django_capture_on_commit_callbacks: OnCommit
) -> None:
    made, other = made_of(item(user), owner=user), made_of(item(user), owner=user)
    assert stages.outdated() == []
    with django_capture_on_commit_callbacks(execute=True):
        CHANGES[what](made)
    has_gone = what in ("hidden", "rejected", "erased", "taken out", "another picture first")
    with django_capture_on_commit_callbacks(execute=True):
        assert stages.outdated() == [made.pk]
    assert stored() == sorted(file_of(one) for one in ((other,) if has_gone else (made, other)))
    assert stages.outdated() == []  # it is due now
    with django_capture_on_commit_callbacks(execute=True):
        stages.compose_cover(made.pk)
    now = Outfit.objects.get(pk=made.pk)
    assert now.cover != made.cover
    assert now.cover_due_at is None
    assert stored() == sorted(file_of(one) for one in (now, other) if one.cover)
    assert stages.outdated() == []
    assert bool(now.cover) == (what not in ("hidden", "rejected", "erased", "taken out"))


def test_the_sweeper_looks_at_some_after_the_other_and_begins_anew(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "COMPARED", 2)
    one = item(user)
    ids = sorted(outfit(user, one).pk for _ in range(5))
    Outfit.objects.filter(pk=ids[1]).update(cover_due_at=timezone.now())  # the others' business
    assert [stages.outdated() for _ in range(3)] == [[ids[0], ids[2]], [ids[3], ids[4]], []]
    Outfit.objects.update(cover_due_at=None)
    assert stages.outdated() == ids[:2]
    Outfit.objects.update(cover_due_at=None)
    assert list(stages.all_outdated()) == ids
    assert list(stages.all_outdated()) == []


def test_every_hour_all_are_looked_at(user: User, sent: Sent) -> None:
    made = outfit(user, item(user))
    tasks.sweep_covers()
    assert sent == [("outfits.compose_cover", {"outfit_id": str(made.pk)})]


def test_a_cover_costs_the_sweeper_three_queries_however_many_there_are(
    user: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(4):
        made_of(item(user, RED), item(user, BLUE), owner=user)
    with django_assert_num_queries(3):  # outfits, pieces with items, first pictures
        assert stages.outdated() == []


def test_what_is_late_is_queued_again_and_not_each_minute(user: User) -> None:
    late, soon = outfit(user, item(user)), outfit(user, item(user))
    Outfit.objects.filter(pk=late.pk).update(cover_due_at=timezone.now() - timedelta(seconds=1))
    Outfit.objects.filter(pk=soon.pk).update(cover_due_at=timezone.now() + timedelta(seconds=60))
    assert stages.overdue() == [late.pk]
    assert stages.overdue() == []
    late.refresh_from_db()
    assert late.cover_due_at > timezone.now() + timedelta(seconds=settings.QUEUE_PATIENCE_S - 60)


def test_the_sweep_queues_what_is_late_and_what_is_outdated(user: User, sent: Sent) -> None:
    late, outdated = outfit(user, item(user), cover_due_at=timezone.now()), outfit(user, item(user))
    tasks.sweep()
    assert sent == [("outfits.compose_cover", {"outfit_id": str(one.pk)}) for one in (late, outdated)]
    for name, every in (("outfits.sweep", 60), ("outfits.sweep_covers", 3600)):
        assert settings.CELERY_BEAT_SCHEDULE[name]["schedule"].run_every == timedelta(seconds=every)
    assert settings.CELERY_TASK_ROUTES["outfits.sweep"] == {"queue": "online"}


# ── Races ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """What happens once, between the file and its row."""

    def arrange(happens: Callable[[], object]) -> None:
        keep, todo = cover_files.keep, [happens]

        def kept(outfit: Outfit, made: bytes) -> None:
            keep(outfit, made)
            if todo:
                todo.pop()()

        monkeypatch.setattr(cover_files, "keep", kept)

    return arrange


def test_of_two_runs_at_once_one_cover_is_left(
    user: User, meanwhile: Any, django_capture_on_commit_callbacks: OnCommit
) -> None:
    made = outfit(user, item(user))
    meanwhile(lambda: stages.compose_cover(made.pk))
    with django_capture_on_commit_callbacks(execute=True):
        stages.compose_cover(made.pk)
    made.refresh_from_db()
    assert stored() == [file_of(made)]
    assert near(cover(made), 75, 100, RED)


def test_an_outfit_that_is_deleted_meanwhile_leaves_no_file(
    user: User, client_of: ClientOf, meanwhile: Any, django_capture_on_commit_callbacks: OnCommit
) -> None:
    made = made_of(item(user), owner=user)
    Piece.objects.update(x=0.5)
    address = f"/api/v1/outfits/{made.pk}/"
    meanwhile(lambda: client_of(user).delete(address))
    with django_capture_on_commit_callbacks(execute=True):
        stages.compose_cover(made.pk)
    assert not Outfit.objects.exists()
    assert stored() == []


def test_an_outfit_that_is_changed_meanwhile_stays_due(
    user: User, client_of: ClientOf, meanwhile: Any, django_capture_on_commit_callbacks: OnCommit
) -> None:
    made, other = outfit(user, item(user)), item(user, BLUE)
    body = {"items": [{"item": str(other.pk), "x": 0, "y": 0, "width": 0.25}]}
    meanwhile(lambda: client_of(user).patch(f"/api/v1/outfits/{made.pk}/", body))
    with django_capture_on_commit_callbacks():
        stages.compose_cover(made.pk)
    made.refresh_from_db()
    assert (made.cover, stored()) == ("", [])
    assert made.cover_due_at is not None
    stages.compose_cover(made.pk)
    assert near(cover(made), 75, 100, BLUE)


def test_a_picture_that_is_erased_meanwhile_is_not_shown(
    user: User, meanwhile: Any, django_capture_on_commit_callbacks: OnCommit
) -> None:
    first, second = item(user, RED), item(user, BLUE)
    made = outfit(user, first, second)
    meanwhile(lambda: images.stages.erase(first.pictures.get().garment.image))
    with django_capture_on_commit_callbacks(execute=True):
        stages.compose_cover(made.pk)
    assert stored() == []
    assert stages.outdated() == [made.pk]
    stages.compose_cover(made.pk)
    assert near(cover(made), 75, 100, GROUND)
    assert near(cover(made), 225, 100, BLUE)


def test_a_failure_leaves_no_file_and_the_cover_due(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    due = timezone.now()
    made = outfit(user, item(user), cover_due_at=due)

    def away(*_: Any) -> None:
        raise DatabaseError("away")

    with monkeypatch.context() as patch:
        patch.setattr(stages, "_advance", away)
        for _ in range(settings.DESCRIBE_ATTEMPTS + 1):  # none of them is the outfit's fault
            with pytest.raises(DatabaseError):
                stages.compose_cover(made.pk)
    made.refresh_from_db()
    assert (made.cover, made.cover_due_at, stored()) == ("", due, [])
    stages.compose_cover(made.pk)
    assert near(cover(made), 75, 100, RED)


def test_a_cover_that_kills_its_worker_each_time_is_given_up(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    made = outfit(user, item(user), cover_due_at=timezone.now())

    def killed(*_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(covers, "compose", killed)
        for _ in range(settings.DESCRIBE_ATTEMPTS):
            with pytest.raises(SystemExit):
                stages.compose_cover(made.pk)
        stages.compose_cover(made.pk)
    made.refresh_from_db()
    assert (made.cover, made.cover_due_at) == ("", None)
    Piece.objects.update(x=0.5)  # another cover is another chance
    stages.compose_cover(made.pk)
    assert near(cover(made), 375, 100, RED)


def test_a_lost_queue_loses_no_cover(
    user: User, client_of: ClientOf, sent: Sent, django_capture_on_commit_callbacks: OnCommit
) -> None:
    body = {"items": [{"item": str(item(user).pk)}]}
    with django_capture_on_commit_callbacks(execute=True):
        made = client_of(user).post("/api/v1/outfits/", body).json()
    assert sent == [("outfits.compose_cover", {"outfit_id": made["id"]})]  # and it is lost
    Outfit.objects.update(cover_due_at=timezone.now())
    tasks.sweep()
    assert sent == [("outfits.compose_cover", {"outfit_id": made["id"]})] * 2


def test_a_worker_makes_the_cover(user: User, worker: Server, client_of: ClientOf) -> None:
    api = client_of(user)
    body = {"items": [{"item": str(item(user).pk)}]}
    answer = api.post("/api/v1/outfits/", body)
    made = answer.json()
    assert answer["Retry-After"] == "2"
    end = time.monotonic() + 30
    while (shown := api.get(f"/api/v1/outfits/{made['id']}/").json()["cover"]) is None and time.monotonic() < end:
        time.sleep(0.1)  # the worker's turn
    assert b"".join(APIClient().get(shown).streaming_content)[:4] == b"RIFF"
    assert "Retry-After" not in api.get(f"/api/v1/outfits/{made['id']}/")


# ── Left behind ──────────────────────────────────────────────────────────────────────────────────────────────────────


def put(name: str, *, age_s: float = 2 * 3600) -> str:
    saved = default_storage.save(name, ContentFile(b"x"))
    os.utime(default_storage.path(saved), (time.time() - age_s,) * 2)
    return saved


def test_files_that_no_row_names_are_swept_and_nothing_else(user: User) -> None:
    made, shard = made_of(item(user), owner=user), "ab"
    os.utime(default_storage.path(made.cover_name), (0, 0))
    old = made.cover_name.replace(made.cover, "0" * 20)
    gone = Outfit(cover=made.cover).cover_name
    strays = [put(old), put(gone), put(gone)]  # twice: the storage hangs something on
    kept = [put(gone.replace(".webp", "5.webp"), age_s=50 * 60), put(f"covers/{shard}/notes.txt"), put("covers/README")]
    tasks.sweep_covers()
    assert not any(default_storage.exists(name) for name in strays)
    assert all(default_storage.exists(name) for name in [made.cover_name, *kept])
    made.refresh_from_db()
    assert made.cover_due_at is None


def test_a_cover_whose_file_is_lost_is_made_again(user: User) -> None:
    made, other = made_of(item(user), owner=user), made_of(item(user), owner=user)
    default_storage.delete(made.cover_name)
    stages.sweep_covers()
    assert list(Outfit.objects.filter(cover="").values_list("pk", flat=True)) == [made.pk]
    assert stages.overdue() == [made.pk]
    stages.compose_cover(made.pk)
    assert near(cover(made), 75, 100, RED)
    other.refresh_from_db()
    assert other.cover_due_at is None


def test_the_sweep_of_pictures_leaves_covers_alone(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "AGE", -timedelta(hours=1))
    made = made_of(item(user), owner=user)
    sweeping.sweep_storage()
    assert stored() == [file_of(made)]


def test_a_deleted_outfit_takes_its_cover_along(
    user: User, client_of: ClientOf, django_capture_on_commit_callbacks: OnCommit
) -> None:
    made, other = made_of(item(user), owner=user), made_of(item(user), owner=user)
    with django_capture_on_commit_callbacks(execute=True):
        client_of(user).delete(f"/api/v1/outfits/{made.pk}/")
    assert stored() == [file_of(other)]


def test_digests_follow_from_the_rows_alone(user: User) -> None:
    made = made_of(item(user), owner=user)
    [first], [second] = selectors.composed([made.pk]), selectors.composed([made.pk])
    wanted = digests(parts_of(first))
    assert wanted == digests(parts_of(second))
    assert is_current(made.cover, wanted)
    assert not is_current("", wanted)
    assert is_current("", "")
    assert len(made.cover) <= 64
