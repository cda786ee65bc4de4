"""What the safety score does, and that nothing leaks of what moderators turn down."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import User
from catalog import stages as catalogue_stages
from catalog.drawn import draw_product
from catalog.models import Like, Photo
from images import reviewing, services, stages
from images.models import Garment, Image, Purpose, Review
from images.screening import Verdict, verdict
from mlcore.index.base import CollectionName, VectorIndex
from moderation import selectors
from moderation import services as moderation
from moderation.models import Decision, Report
from tests.images.conftest import Prepared, prepared  # noqa: F401
from tests.moderation.conftest import MakePicture

Make = Callable[..., Image]
Commit = Callable[..., Any]
PHOTOS = CollectionName.PHOTOS
IMAGES = "/api/v1/images/"


@pytest.fixture
def nudity(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """What the model says of every picture from now on."""

    def says(score: float) -> None:
        monkeypatch.setattr("mlcore.safety.score", lambda pictures, hint: [score] * len(pictures))

    return says


@pytest.fixture
def describe(prepared: Prepared, owner: User, queue: object) -> Callable[..., Image]:  # noqa: F811
    """Store a picture of the owner's and describe it."""

    def describe(purpose: Purpose = Purpose.WARDROBE) -> Image:
        data = draw_product(len(purpose), size=(240, 320)).jpeg()
        image, _ = services.add_image(owner=owner, purpose=purpose, file=io.BytesIO(data))
        stages.describe([image.pk])
        image.refresh_from_db()
        return image

    return describe


@pytest.mark.parametrize(
    ("score", "said"),
    [(None, "pass"), (0.0, "pass"), (0.39, "pass"), (0.4, "hold"), (0.79, "hold"), (0.8, "block"), (1.0, "block")],
)
def test_the_settings_say_what_a_score_means(score: float | None, said: str) -> None:
    assert verdict(score) == said


def test_thresholds_are_settings(settings: Any) -> None:
    settings.SAFETY_HOLD, settings.SAFETY_BLOCK = 0.1, 0.2
    assert [verdict(score) for score in (0.05, 0.15, 0.25)] == ["pass", "hold", "block"]
    assert verdict(0.25, let_through=True) == Verdict.HOLD


def test_a_held_picture_is_used_by_its_owner_and_shown_to_moderators(
    describe: Make, nudity: Callable[[float], None], owner: User, client_of: Callable[[User], APIClient]
) -> None:
    nudity(0.5)
    image = describe()
    assert (image.stage, image.visible, image.safety) == ("ready", True, 0.5)
    body = client_of(owner).get(f"{IMAGES}{image.pk}/").json()
    assert (body["status"], len(body["garments"])) == ("ready", 1)
    assert client_of(owner).get(body["url"]).status_code == 200
    assert [row.waits_for for row in selectors.queue()] == ["held"]


def test_a_blocked_picture_fails_with_a_reason_and_nobody_but_moderators_sees_it(
    describe: Make,
    nudity: Callable[[float], None],
    prepared: Prepared,  # noqa: F811
    owner: User,
    moderator: User,
    client_of: Callable[[User], APIClient],
) -> None:
    nudity(0.95)
    image = describe()
    assert prepared.seen == 0
    assert (image.stage, image.visible, image.safety) == ("failed", False, 0.95)
    body = client_of(owner).get(f"{IMAGES}{image.pk}/").json()
    assert body["status"] == "failed"
    assert "nudity" in body["error"]
    assert (body["garments"], body["thumbnail"]) == ([], None)
    assert client_of(owner).get(body["url"]).status_code == 404
    url = reverse("image-thumbnail", args=[image.pk])
    assert (client_of(moderator).get(url).status_code, client_of(owner).get(url).status_code) == (200, 404)
    again, is_new = services.add_image(owner=owner, purpose=Purpose.WARDROBE, file=image.file.open())
    stages.describe([again.pk])
    again.refresh_from_db()
    assert (is_new, again.pk, again.stage, again.visible) == (False, image.pk, "failed", False)


def test_what_a_moderator_lets_pass_is_not_blocked_again(
    describe: Make, nudity: Callable[[float], None], moderator: User
) -> None:
    nudity(0.95)
    image = describe()
    moderation.approve_images(moderator=moderator, seen=moderation.as_seen([image]))
    stages.describe([image.pk])
    image.refresh_from_db()
    assert (image.stage, image.visible, image.garments.count()) == ("ready", True, 1)
    assert not selectors.queue().exists()


def test_a_blocked_look_asks_for_nothing_and_after_an_appeal_waits_for_a_decision(
    describe: Make, nudity: Callable[[float], None], moderator: User
) -> None:
    nudity(0.95)
    image = describe(Purpose.LOOK)
    assert not selectors.queue().exists()
    moderation.approve_images(moderator=moderator, seen=moderation.as_seen([image]))
    stages.describe([image.pk])
    assert [(row.pk, row.waits_for) for row in selectors.queue()] == [(image.pk, "look")]
    assert not Photo.objects.exists()


def test_nobody_searches_with_a_blocked_picture(
    nudity: Callable[[float], None],
    prepared: Prepared,  # noqa: F811
    anonymous: APIClient,
    queue: object,
    monkeypatch: pytest.MonkeyPatch,
    db: None,
) -> None:
    nudity(0.95)

    def in_place(task: object, *, image_id: str) -> dict[str, object]:
        stages.describe([Image.objects.get(pk=image_id).pk])
        return {}

    monkeypatch.setattr("images.services._ask_online", in_place)
    picture = io.BytesIO(draw_product(1, size=(240, 320)).jpeg())
    response = anonymous.post("/api/v1/search/", {"image": picture}, format="multipart")
    assert response.status_code == 422
    assert "nudity" in response.json()["detail"]
    assert not Image.objects.exists()


# Looks ---------------------------------------------------------------------------------------------------------------


def upload(client: APIClient, purpose: str = "look") -> Any:
    picture = io.BytesIO(draw_product(7, size=(240, 320)).jpeg())
    return client.post(IMAGES, {"file": picture, "purpose": purpose}, format="multipart")


def test_a_look_needs_the_owners_will_and_then_waits(
    user: User, client_of: Callable[[User], APIClient], queue: object
) -> None:
    client = client_of(user)
    user.public_looks = False
    user.save()
    refused = upload(client)
    assert refused.status_code == 403
    assert "public_looks" in refused.json()["detail"]
    assert not Image.objects.exists()
    User.objects.update(public_looks=True)
    user.refresh_from_db()
    response = upload(client)
    assert response.status_code == 202
    assert (response.json()["review"], response.json()["review_reason"]) == ("pending", None)
    assert Photo.objects.count() == 0
    assert upload(client, "wardrobe").json()["review"] is None


def nowhere(image: Image, reader: APIClient) -> None:
    """Neither in lists nor as a picture, whoever asks."""
    assert reader.get("/api/v1/photos/").json()["results"] == []
    assert reader.get(f"{IMAGES}{image.pk}/").status_code == 404
    for name in ("image-file", "image-thumbnail"):
        assert reader.get(reverse(name, args=[image.pk])).status_code == 404
    for photo in Photo.objects.filter(image=image):
        assert reader.get(f"/api/v1/photos/{photo.pk}/").status_code == 404
    for garment in image.garments.all():
        assert reader.get(f"/api/v1/garments/{garment.uid}/").status_code == 404
        assert reader.post("/api/v1/search/", {"garment": str(garment.uid)}).status_code == 404


def found(reader: APIClient, garment: Garment) -> list[str]:
    response = reader.post("/api/v1/search/", {"garment": str(garment.uid), "target": "photos"})
    assert response.status_code == 200
    return [result["image"]["id"] for result in response.json()["results"]]


@pytest.fixture
def public(
    look: Make, moderator: User, vectors: VectorIndex, queue: object, django_capture_on_commit_callbacks: Commit
) -> Image:
    """A look that is published and in the index."""
    image = look()
    with django_capture_on_commit_callbacks(execute=True):
        moderation.approve_images(moderator=moderator, seen=moderation.as_seen([image]))
    stages.index([image.pk])
    image.refresh_from_db()
    assert image.stage == "ready"
    return image


def test_a_public_look_is_a_photograph_for_everybody(
    public: Image, picture: MakePicture, anonymous: APIClient, vectors: VectorIndex, client_of: Callable[..., APIClient]
) -> None:
    garment = public.garments.get()
    assert list(vectors.ids(PHOTOS)) == [garment.pk]
    (shown,) = anonymous.get("/api/v1/photos/").json()["results"]
    assert (shown["photographer"], shown["image"]["id"]) == ("Ada", str(public.pk))
    assert "token" not in shown["image"]["url"]
    assert anonymous.get(shown["image"]["url"]).status_code == 200
    detail = anonymous.get(f"/api/v1/photos/{shown['id']}/").json()
    assert (detail["image"]["review"], detail["image"]["duplicate_of"]) == ("approved", None)
    assert "ada@example.org" not in str(detail)
    private = picture()
    assert public.owner is not None
    assert found(client_of(public.owner), private.garments.get()) == [str(public.pk)]
    assert stages.reconcile() == {"written": 0, "removed": 0}
    vectors.delete(PHOTOS, [garment.pk])
    assert stages.reconcile() == {"written": 1, "removed": 0}


@pytest.mark.parametrize("how", ["rejected", "hidden", "erased", "switched off"])
def test_what_is_taken_back_is_nowhere_at_once_and_out_of_the_index_with_the_task(
    how: str, public: Image, picture: MakePicture, moderator: User, anonymous: APIClient, vectors: VectorIndex,
    make_user: Callable[[str], User], client_of: Callable[[User], APIClient],
    django_capture_on_commit_callbacks: Commit,
) -> None:  # fmt: skip
    eve, owner, photo = make_user("eve@example.org"), public.owner, Photo.objects.get()
    assert owner is not None
    assert client_of(eve).put(f"/api/v1/photos/{photo.pk}/like/").status_code == 204
    Report.objects.create(image=public, reporter=eve)
    ids = list(public.garments.values_list("pk", flat=True))
    with django_capture_on_commit_callbacks() as later:
        seen = moderation.as_seen([public])
        if how == "rejected":
            moderation.reject_images(moderator=moderator, seen=seen, reason="no")
        elif how == "hidden":
            moderation.decide(moderator=moderator, action="hide", seen=seen, reason="no")
        elif how == "erased":
            assert client_of(owner).delete(f"{IMAGES}{public.pk}/").status_code == 204
        else:
            User.objects.filter(pk=owner.pk).update(public_looks=False)
    assert list(vectors.ids(PHOTOS)) == ids  # nothing has run yet
    for reader in (anonymous, client_of(eve)):
        nowhere(public, reader)
    assert found(client_of(owner), picture().garments.get()) == []
    assert client_of(eve).get("/api/v1/likes/").json()["results"] == []
    assert client_of(eve).put(f"/api/v1/photos/{photo.pk}/like/").status_code == 404
    for callback in later:
        callback()
    if how == "switched off":
        with django_capture_on_commit_callbacks(execute=True):
            assert catalogue_stages.withdraw_looks() == 1
        assert not Photo.objects.exists()
    stages.unindex(ids)  # as the queued task does
    assert list(vectors.ids(PHOTOS)) == []
    assert stages.reconcile() == {"written": 0, "removed": 0}


def test_reconciling_alone_takes_out_what_is_no_longer_public(public: Image, vectors: VectorIndex) -> None:
    Image.objects.filter(pk=public.pk).update(review=Review.REJECTED)
    assert stages.reconcile() == {"written": 0, "removed": 1}
    assert list(vectors.ids(PHOTOS)) == []


def test_the_owner_reads_why_and_cannot_send_it_again(
    look: Make, moderator: User, owner: User, client_of: Callable[[User], APIClient], queue: object
) -> None:
    client = client_of(owner)
    sent = upload(client).json()
    image = Image.objects.get(pk=sent["id"])
    moderation.reject_images(moderator=moderator, seen=moderation.as_seen([image]), reason="a stranger's face")
    body = client.get(f"{IMAGES}{image.pk}/").json()
    assert (body["review"], body["review_reason"]) == ("rejected", "a stranger's face")
    again = upload(client)
    assert (again.status_code, again.json()["id"], again.json()["review"]) == (200, sent["id"], "rejected")


def test_a_withdrawn_look_that_is_sent_again_waits_again(
    public: Image, owner: User, django_capture_on_commit_callbacks: Commit
) -> None:
    User.objects.update(public_looks=False)
    with django_capture_on_commit_callbacks(execute=True):
        assert (catalogue_stages.withdraw_looks(), catalogue_stages.withdraw_looks()) == (1, 0)
    User.objects.update(public_looks=True)
    public.refresh_from_db()
    assert (public.review, public.public) == ("", False)
    data = public.file.read()
    Image.objects.filter(pk=public.pk).update(digest=hashlib.sha256(data).hexdigest())
    owner.refresh_from_db()
    again, is_new = services.add_image(owner=owner, purpose=Purpose.LOOK, file=io.BytesIO(data))
    assert (again.pk, is_new, again.review) == (public.pk, False, "pending")


# DELETE images/{id}/ -------------------------------------------------------------------------------------------------


def test_only_the_owner_erases_a_picture(
    public: Image, picture: MakePicture, make_user: Callable[[str], User], client_of: Callable[[User], APIClient],
    anonymous: APIClient,
) -> None:  # fmt: skip
    private = picture()
    for image in (public, private):
        assert anonymous.delete(f"{IMAGES}{image.pk}/").status_code == 401
        assert client_of(make_user(f"{image.pk}@example.org")).delete(f"{IMAGES}{image.pk}/").status_code == 404
    assert Image.objects.count() == 2


def test_erasing_takes_everything_but_the_audit(
    public: Image, owner: User, client_of: Callable[[User], APIClient], django_capture_on_commit_callbacks: Commit
) -> None:
    Like.objects.create(user=owner, photo=Photo.objects.get())
    client = client_of(owner)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"{IMAGES}{public.pk}/").status_code == 204
    assert client.delete(f"{IMAGES}{public.pk}/").status_code == 404
    for model in (Image, Garment, Photo, Like, Report):
        assert not model.objects.exists()
    assert (Decision.objects.get().image, Decision.objects.get().picture) == (None, public.pk)
    assert not public.file.storage.exists(public.file_name)
    assert not public.file.storage.exists(public.thumbnail_name)


def test_what_has_changed_meanwhile_is_not_erased(
    public: Image, owner: User, client_of: Callable[[User], APIClient]
) -> None:
    client = client_of(owner)
    etag = client.get(f"{IMAGES}{public.pk}/")["ETag"]
    assert client.get(f"{IMAGES}{public.pk}/", headers={"if-none-match": etag}).status_code == 304
    reviewing.hide_images(images=[public], reason="no")
    assert client.delete(f"{IMAGES}{public.pk}/", headers={"if-match": etag}).status_code == 412
    assert Image.objects.filter(pk=public.pk).exists()
