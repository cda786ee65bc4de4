"""Storing pictures: once each, or not at all."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from celery import current_app
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu import pools

import mlcore.images
from accounts.models import User
from images import services, stages, tasks
from images.models import Image, Kind, Purpose, Stage
from images.services import KeyReused, NewPicture
from tests.environment import FOLDER
from tests.images.conftest import MakeImage, drawn, files
from tests.mlcore import hostile

WARDROBE = Purpose.WARDROBE


def add(
    user: User, seed: int = 1, *, purpose: Purpose = WARDROBE, key: str = "", data: bytes = b""
) -> tuple[Image, bool]:
    file = io.BytesIO(data or drawn(seed).jpeg())
    return services.add_image(owner=user, purpose=purpose, file=file, idempotency_key=key)


def test_a_picture_is_stored_with_its_facts_and_under_our_own_name(user: User) -> None:
    data = drawn().jpeg()
    image, created = add(user, data=data)
    assert created
    assert (image.kind, image.purpose, image.owner, image.stage) == (Kind.USER, WARDROBE, user, Stage.STORED)
    assert (image.width, image.height, image.size, image.format) == (240, 320, len(data), "JPEG")
    assert image.file_name == f"user/{image.pk.hex[:2]}/{image.pk}.jpg"
    assert [path.read_bytes() for path in files()] == [data]


def test_the_same_bytes_by_the_same_owner_for_the_same_purpose_are_one_picture(user: User) -> None:
    first, _ = add(user)
    assert add(user) == (first, False)
    assert len(files()) == Image.objects.count() == 1


def test_the_same_bytes_for_another_purpose_or_by_another_owner_are_another_picture(
    user: User, make_user: Callable[[str], User]
) -> None:
    first, _ = add(user)
    for other, created in (add(user, purpose=Purpose.LOOK), add(make_user("grace@example.org"))):
        assert created
        assert other.pk != first.pk
    assert len(files()) == 3


def test_the_same_key_returns_the_same_picture(user: User) -> None:
    first, _ = add(user, key="k1")
    assert add(user, key="k1") == (first, False)
    assert len(files()) == 1


def test_a_key_that_came_with_another_picture_is_refused_and_nothing_is_stored(user: User) -> None:
    add(user, 1, key="k1")
    with pytest.raises(KeyReused):
        add(user, 2, key="k1")
    assert len(files()) == Image.objects.count() == 1


def test_a_key_belongs_to_its_owner(user: User, make_user: Callable[[str], User]) -> None:
    add(user, 1, key="k1")
    _, created = add(make_user("grace@example.org"), 2, key="k1")
    assert created


def test_without_a_key_two_pictures_are_two(user: User) -> None:
    add(user, 1)
    assert add(user, 2)[1]


def test_an_expired_query_picture_is_not_given_back_as_the_stored_one(user: User) -> None:
    yesterday, _ = add(user, purpose=Purpose.SEARCH)
    Image.objects.filter(pk=yesterday.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    today, created = add(user, purpose=Purpose.SEARCH)
    assert created
    assert today.pk != yesterday.pk


def test_the_file_goes_when_the_row_cannot_be_saved(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object, **kwargs: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(Image, "save", fails)
    with pytest.raises(RuntimeError, match="disk full"):
        add(user)
    assert files() == []


@pytest.mark.django_db(transaction=True)
def test_of_two_uploads_at_the_same_moment_one_row_and_one_file_stay(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = services.selectors.stored_before
    there: list[Image] = []

    def looks_before_the_other_has_saved(**facts: object) -> Image | None:
        if there:
            return ours(**facts)  # type: ignore[arg-type]
        monkeypatch.setattr(services.selectors, "stored_before", ours)
        there.append(add(user)[0])
        return None

    monkeypatch.setattr(services.selectors, "stored_before", looks_before_the_other_has_saved)
    monkeypatch.setattr(tasks.describe, "apply_async_on_commit", lambda **call: None)
    assert add(user) == (there[0], False)
    assert len(files()) == Image.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", mlcore.images.Unreadable),
        (hostile.TEXT, mlcore.images.Unreadable),
        (drawn().jpeg()[:2000], mlcore.images.Unreadable),
        (hostile.png_header_only(30_000, 30_000), mlcore.images.TooLarge),
        (hostile.encoded(hostile.picture(1, 1), "PNG"), mlcore.images.TooSmall),
    ],
    ids=["empty", "text", "cut", "bomb", "1x1"],
)
def test_what_is_not_taken_leaves_nothing(data: bytes, refusal: type[Exception], user: User) -> None:
    for store in (
        lambda file: services.add_image(owner=user, purpose=WARDROBE, file=file),
        lambda file: services.add_query_picture(owner=None, file=file),
        lambda file: services.prepare_catalogue_image(NewPicture(file, Kind.PHOTO)),
    ):
        with pytest.raises(refusal):
            store(io.BytesIO(data))
    assert files() == []
    assert not Image.objects.exists()


def test_an_upload_queues_its_description_once_it_is_committed(
    user: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    queued: list[dict[str, object]] = []
    monkeypatch.setattr(tasks.describe, "apply_async", lambda **call: queued.append(call))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        image, _ = add(user)
        add(user)
        assert queued == []
    assert queued == [{"kwargs": {"image_ids": [str(image.pk)]}, "queue": "uploads", "priority": 0}]


def test_an_upload_survives_a_broker_that_is_away_and_waits_for_the_sweeper(
    user: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    nobody = current_app.connection_for_write(f"redis+socket://{FOLDER}/nobody.sock")
    monkeypatch.setattr(current_app.amqp, "_producer_pool", pools.producers[nobody])
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        image, created = add(user)
    assert created
    assert "images.describe stays for the sweeper" in caplog.text
    Image.objects.filter(pk=image.pk).update(queued_at=timezone.now() - timedelta(seconds=601))
    assert list(stages.stalled_batches()) == [(Stage.STORED, [image.pk])]


def test_a_catalogue_import_is_queued_in_batches_of_sixteen(
    make_image: MakeImage, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    queued: list[list[str]] = []
    monkeypatch.setattr(tasks.describe, "apply_async", lambda *, kwargs, **_: queued.append(kwargs["image_ids"]))
    images = [Image(kind=Kind.PRODUCT) for _ in range(35)]
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        services.queue_description(images)
    assert [len(batch) for batch in queued] == [16, 16, 3]
    assert [pk for batch in queued for pk in batch] == [str(image.pk) for image in images]


def test_prepared_pictures_that_are_not_saved_leave_no_files() -> None:
    images = [services.prepare_catalogue_image(NewPicture(io.BytesIO(drawn(n).jpeg()), Kind.PRODUCT)) for n in (1, 2)]
    assert len(files()) == 2
    services.discard_files(images)
    assert files() == []


def test_one_photograph_is_in_the_catalogue_once(make_image: MakeImage) -> None:
    make_image(1, kind=Kind.PHOTO)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_image(1, kind=Kind.PHOTO)


def test_erasing_removes_rows_files_and_index_entries(
    make_image: MakeImage,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., object],
    prepared: object,
) -> None:
    unindexed: list[list[int]] = []
    monkeypatch.setattr(tasks.unindex, "apply_async", lambda args, kwargs: unindexed.append(kwargs["garment_ids"]))
    one, other = make_image(1), make_image(2)
    stages.describe([one.pk, other.pk])
    garment_ids = [garment.pk for garment in one.garments.all()]
    assert len(files()) == 4  # two pictures, two thumbnails
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        services.erase_images(images=[one])
        assert len(files()) == 4
    assert unindexed == [garment_ids]
    assert list(Image.objects.all()) == [other]
    assert not default_storage.exists(one.file_name)
    assert not default_storage.exists(one.thumbnail_name)
    assert len(files()) == 2


@pytest.mark.django_db(transaction=True)
def test_an_erasure_that_is_rolled_back_keeps_row_and_files(make_image: MakeImage) -> None:
    image = make_image()
    with pytest.raises(RuntimeError), transaction.atomic():
        stages.erase(image)
        raise RuntimeError
    assert list(Image.objects.all()) == [image]
    assert len(files()) == 1


def test_query_pictures_are_erased_when_their_day_is_over(
    user: User, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    now = timezone.now()
    for seed, expires in ((1, now - timedelta(seconds=1)), (2, now + timedelta(hours=1)), (3, None)):
        image, _ = add(user, seed, purpose=Purpose.SEARCH)
        Image.objects.filter(pk=image.pk).update(expires_at=expires)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        stages.erase_expired()
    assert Image.objects.count() == len(files()) == 2


def test_sending_a_failed_picture_again_asks_for_another_try(user: User) -> None:
    image, _ = add(user)
    Image.objects.filter(pk=image.pk).update(stage=Stage.FAILED, attempts=4, error="given up")
    again, created = add(user)
    assert (again.pk, created) == (image.pk, False)
    assert (again.stage, again.attempts, again.error) == (Stage.STORED, 0, "")


def test_a_key_that_came_with_another_purpose_is_a_conflict(user: User) -> None:
    picture = drawn().jpeg()
    services.add_image(owner=user, purpose=WARDROBE, file=io.BytesIO(picture), idempotency_key="one")
    with pytest.raises(services.KeyReused):
        services.add_image(owner=user, purpose=Purpose.LOOK, file=io.BytesIO(picture), idempotency_key="one")
