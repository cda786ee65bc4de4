"""Cut-outs over HTTP and behind it: asked for, made, fetched by whoever may, undone, and never left behind."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import redis
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image as Pillow
from rest_framework.test import APIClient

import mlcore.cutouts
from accounts.models import User
from images import cut_outs, cutting, services, stages, tasks
from images.models import CutOut, Garment, Image, Purpose, Review, Stage
from mlcore.types import Box, Pixels
from tests.images.conftest import Prepared, drawn

ClientOf = Callable[[User], APIClient]
ON_COMMIT = Callable[..., Any]


@pytest.fixture
def garment(user: User, prepared: Prepared, queue: redis.Redis) -> Garment:
    """One garment of a picture that its owner has put into the wardrobe."""
    image, _ = services.add_image(owner=user, purpose=Purpose.WARDROBE, file=io.BytesIO(drawn().jpeg()))
    stages.describe([image.pk])
    return image.garments.get()


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> list[Box]:
    """Stands in for the network; the boxes that it was given."""
    seen: list[Box] = []

    def cut_out(pixels: Pixels, box: Box) -> mlcore.cutouts.Cutout:
        seen.append(box)
        return np.full((40, 30, 4), (200, 10, 10, 255), np.uint8)

    monkeypatch.setattr(mlcore.cutouts, "cut_out", cut_out)
    return seen


def address(garment: Garment) -> str:
    return f"/api/v1/garments/{garment.uid}/cut-out/"


def state(garment: Garment) -> str:
    return Garment.objects.values_list("cut_out", flat=True).get(pk=garment.pk)


def ready(garment: Garment) -> None:
    Garment.objects.filter(pk=garment.pk).update(cut_out=CutOut.QUEUED)
    cutting.cut([garment.uid])
    assert state(garment) == CutOut.READY


def test_an_owner_asks_and_fetches_a_garment_with_transparency(
    user: User,
    client_of: ClientOf,
    anonymous: APIClient,
    garment: Garment,
    django_capture_on_commit_callbacks: ON_COMMIT,
) -> None:
    api = client_of(user)
    assert api.get(f"/api/v1/garments/{garment.uid}/").data["cut_out"] is None
    with django_capture_on_commit_callbacks() as queued:
        asked = api.put(address(garment))

    assert asked.status_code == 202
    assert asked.data["cut_out"] == {"status": "queued", "url": None}
    assert len(queued) == 1
    assert api.get(address(garment)).status_code == 404
    tasks.cut_out(garments=[str(garment.uid)])

    shown = api.get(f"/api/v1/images/{garment.image_id}/").data["garments"][0]["cut_out"]
    assert shown["status"] == "ready"
    answer = anonymous.get(shown["url"], HTTP_ACCEPT="image/webp,image/*")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert "private" in answer["Cache-Control"]
    assert "immutable" not in answer["Cache-Control"]
    with Pillow.open(io.BytesIO(b"".join(answer.streaming_content))) as picture:
        assert (picture.format, picture.mode) == ("WEBP", "RGBA")
        assert picture.getchannel("A").getextrema()[0] == 0
    assert anonymous.get(shown["url"], HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304
    assert api.put(address(garment)).status_code == 200


def test_it_is_the_owners_alone(
    user: User,
    make_user: Callable[[str], User],
    client_of: ClientOf,
    anonymous: APIClient,
    garment: Garment,
    cut: list[Box],
) -> None:
    ready(garment)
    other = client_of(make_user("eve@example.org"))

    assert [other.put(address(garment)).status_code, other.delete(address(garment)).status_code] == [404, 404]
    assert [other.get(address(garment)).status_code, anonymous.get(address(garment)).status_code] == [404, 404]
    assert [anonymous.put(address(garment)).status_code, anonymous.delete(address(garment)).status_code] == [401, 401]
    assert anonymous.get(address(garment) + "?token=5f.x").status_code == 404
    assert client_of(user).get(address(garment)).status_code == 200
    assert state(garment) == CutOut.READY


def test_undone_its_file_goes_and_the_picture_stays(
    user: User, client_of: ClientOf, garment: Garment, cut: list[Box], django_capture_on_commit_callbacks: ON_COMMIT
) -> None:
    ready(garment)
    assert default_storage.exists(garment.cut_out_name)

    with django_capture_on_commit_callbacks(execute=True):
        assert client_of(user).delete(address(garment)).status_code == 204

    assert state(garment) == ""
    assert not default_storage.exists(garment.cut_out_name)
    assert default_storage.exists(garment.image.file_name)
    assert client_of(user).delete(address(garment)).status_code == 204


def test_asked_twice_it_is_queued_and_made_once(
    user: User, client_of: ClientOf, garment: Garment, cut: list[Box], django_capture_on_commit_callbacks: ON_COMMIT
) -> None:
    with django_capture_on_commit_callbacks() as queued:
        answers = [client_of(user).put(address(garment)).status_code for _ in range(2)]
    for _ in range(2):
        tasks.cut_out(garments=[str(garment.uid)])

    assert answers == [202, 202]
    assert (len(queued), len(cut)) == (1, 1)


def test_what_does_not_stand_out_fails_with_no_file_and_may_be_asked_again(
    user: User, client_of: ClientOf, garment: Garment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(pixels: Pixels, box: Box) -> None:
        raise mlcore.cutouts.NothingStandsOut

    monkeypatch.setattr(mlcore.cutouts, "cut_out", nothing)
    api = client_of(user)
    api.put(address(garment))
    cutting.cut([garment.uid])

    assert api.get(f"/api/v1/garments/{garment.uid}/").data["cut_out"] == {"status": "failed", "url": None}
    assert not default_storage.exists(garment.cut_out_name)
    assert api.put(address(garment)).data["cut_out"]["status"] == "queued"


def test_a_picture_whose_file_is_gone_fails(garment: Garment) -> None:
    default_storage.delete(garment.image.file_name)
    Garment.objects.update(cut_out=CutOut.QUEUED)
    cutting.cut([garment.uid])

    assert state(garment) == CutOut.FAILED


@pytest.mark.parametrize("change", [{"visible": False}, {"purpose": Purpose.LOOK, "review": Review.REJECTED}])
def test_of_a_hidden_or_rejected_picture_nothing_is_cut_or_served(
    user: User, client_of: ClientOf, garment: Garment, cut: list[Box], change: dict[str, Any]
) -> None:
    ready(garment)
    cut.clear()
    Image.objects.update(**change)
    assert client_of(user).get(address(garment)).status_code == 404

    Garment.objects.update(cut_out="")
    assert client_of(user).put(address(garment)).status_code == 409
    Garment.objects.update(cut_out=CutOut.QUEUED)
    cutting.cut([garment.uid])

    assert (cut, state(garment)) == ([], "")


@pytest.mark.parametrize("stage", [Stage.STORED, Stage.FAILED])
def test_a_picture_that_is_not_described_is_a_conflict(
    user: User, client_of: ClientOf, garment: Garment, stage: Stage
) -> None:
    Image.objects.update(stage=stage)

    assert client_of(user).put(address(garment)).status_code == 409


def test_a_box_moved_meanwhile_makes_the_old_cut_void(
    garment: Garment, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: ON_COMMIT
) -> None:
    def cut_out(pixels: Pixels, box: Box) -> mlcore.cutouts.Cutout:
        Garment.objects.update(x=0.3)
        return np.zeros((4, 4, 4), np.uint8)

    monkeypatch.setattr(mlcore.cutouts, "cut_out", cut_out)
    Garment.objects.update(cut_out=CutOut.QUEUED)
    cutting.cut([garment.uid])

    assert state(garment) == CutOut.QUEUED  # the sweeper's
    assert not default_storage.exists(garment.cut_out_name)


def test_erased_while_its_file_is_written_nothing_is_left(
    garment: Garment, cut: list[Box], monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: ON_COMMIT
) -> None:
    keep = cut_outs.keep

    def kept_too_late(of: Garment, made: bytes) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            stages.erase(of.image)
        keep(of, made)

    monkeypatch.setattr(cut_outs, "keep", kept_too_late)
    Garment.objects.update(cut_out=CutOut.QUEUED)
    cutting.cut([garment.uid])

    assert not default_storage.exists(garment.cut_out_name)


def test_erasing_a_picture_takes_its_cut_outs_along(
    garment: Garment, cut: list[Box], django_capture_on_commit_callbacks: ON_COMMIT
) -> None:
    ready(garment)
    with django_capture_on_commit_callbacks(execute=True):
        stages.erase(garment.image)

    assert not default_storage.exists(garment.cut_out_name)


def test_what_waits_is_queued_again_once_in_a_while(garment: Garment, queue: redis.Redis) -> None:
    assert cutting.overdue() == []
    Garment.objects.update(cut_out=CutOut.QUEUED)

    assert cutting.overdue() == [garment.uid]
    assert cutting.overdue() == []


def test_what_takes_the_worker_down_is_given_up(garment: Garment, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def dies(pixels: Pixels, box: Box) -> None:
        raise Killed

    monkeypatch.setattr(mlcore.cutouts, "cut_out", dies)
    Garment.objects.update(cut_out=CutOut.QUEUED)
    for _ in range(settings.DESCRIBE_ATTEMPTS):
        with pytest.raises(Killed):
            cutting.cut([garment.uid])
    cutting.cut([garment.uid])

    assert state(garment) == CutOut.FAILED


def test_storage_that_is_away_is_no_fault_of_the_garment(
    garment: Garment, cut: list[Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OSError("away")

    Garment.objects.update(cut_out=CutOut.QUEUED)
    with monkeypatch.context() as patched:
        patched.setattr(default_storage, "save", away)
        for _ in range(settings.DESCRIBE_ATTEMPTS + 1):
            with pytest.raises(OSError, match="away"):
                cutting.cut([garment.uid])
    cutting.cut([garment.uid])

    assert state(garment) == CutOut.READY


def test_a_query_picture_that_is_over_has_none(user: User, client_of: ClientOf, garment: Garment) -> None:
    Image.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert client_of(user).put(address(garment)).status_code == 404


def test_nobody_has_a_garment_of_an_unknown_id(user: User, client_of: ClientOf) -> None:
    api, nowhere = client_of(user), f"/api/v1/garments/{UUID(int=7)}/cut-out/"

    assert [api.put(nowhere).status_code, api.get(nowhere).status_code, api.delete(nowhere).status_code] == [404] * 3


def test_a_picture_of_a_users_gets_a_score_and_a_shops_does_not(
    user: User, prepared: Prepared, garment: Garment, make_image: Callable[..., Image]
) -> None:
    product = make_image(2)
    stages.describe([product.pk])

    assert Image.objects.get(pk=garment.image_id).safety == pytest.approx(0.02, abs=0.3)
    assert Image.objects.get(pk=product.pk).safety is None
