"""Addresses of pictures: who is let in at them, for how long, and what caches may keep."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from images import links, services, stages
from images.links import Form
from images.models import Image, Purpose, Review
from tests.images.conftest import MakeImage, files
from tests.images.test_services import add
from tests.mlcore.hostile import encoded, exif, picture, turned
from tests.mlcore.test_metadata import SECRETS, of_a_phone

pytestmark = pytest.mark.usefixtures("prepared", "queue", "db")
ClientOf = Callable[[User], APIClient]
HOUR = 3600


@pytest.fixture
def private(user: User) -> Image:
    """Ada's, described."""
    image, _ = add(user)
    stages.describe([image.pk])
    image.refresh_from_db()
    return image


def get(address: str, client: APIClient | None = None, **headers: str) -> Any:
    return (client or APIClient()).get(address, **headers)


def addresses(image: Image, client: APIClient) -> dict[str, str]:
    body = client.get(f"/api/v1/images/{image.pk}/").json()
    return {name: body[name] for name in ("url", "thumbnail", "events")}


def max_age(answer: Any) -> int:
    return int(answer["Cache-Control"].split("max-age=")[1].split(",")[0])


# Tokens --------------------------------------------------------------------------------------------------------------


def test_the_addresses_of_a_private_picture_open_it_without_a_header(
    private: Image, user: User, client_of: ClientOf
) -> None:
    given = addresses(private, client_of(user))
    for address, kind in ((given["url"], "image/jpeg"), (given["thumbnail"], "image/jpeg")):
        answer = get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, kind)
        assert answer["Cache-Control"].startswith("private, max-age=")
        assert HOUR / 2 - 5 <= max_age(answer) <= HOUR
        assert get(urlsplit(address).path).status_code == 404
    assert b"event: state" in get(given["events"]).content
    assert get(given["thumbnail"] + "&w=640").status_code == 200


def test_an_address_stays_the_same_for_half_its_life_and_works_for_at_least_the_other_half(
    private: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = 1_000 * HOUR
    monkeypatch.setattr(time, "time", lambda: float(start))
    first = links.picture_url(private, None)
    monkeypatch.setattr(time, "time", lambda: float(start + HOUR // 2 - 1))
    assert links.picture_url(private, None) == first
    assert get(first).status_code == 200
    monkeypatch.setattr(time, "time", lambda: float(start + HOUR // 2))
    assert links.picture_url(private, None) != first
    monkeypatch.setattr(time, "time", lambda: float(start + HOUR - 1))
    assert max_age(get(first)) == 1
    monkeypatch.setattr(time, "time", lambda: float(start + HOUR))
    assert get(first).status_code == 404


def test_how_long_an_address_works_is_a_setting(private: Image, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_URL_LIFETIME_S = 60
    address = links.picture_url(private, None)
    assert max_age(get(address)) <= 60
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 61)
    assert get(address).status_code == 404


def test_a_token_opens_one_form_of_one_picture(private: Image, user: User) -> None:
    other, _ = add(user, 2)
    stages.describe([other.pk])
    paths = {Form.FILE: "file", Form.THUMBNAIL: "thumbnail", Form.EVENTS: "events"}
    for form in Form:
        token = links.token(form, private.pk)
        for asked, path in paths.items():
            expected = 200 if asked == form else 404
            assert get(f"/api/v1/images/{private.pk}/{path}/?token={token}").status_code == expected
            assert get(f"/api/v1/images/{other.pk}/{path}/?token={token}").status_code == 404


@pytest.mark.parametrize("form", ["file", "thumbnail", "events"])
def test_a_token_that_was_tampered_with_opens_nothing(form: str, private: Image) -> None:
    token = links.token(Form(form), private.pk)
    expires, _, signature = token.partition(".")
    later = f"{int(expires, 16) + HOUR:x}"
    for wrong in (
        "", ".", "x", "\0", "%00", "é", "9" * 5000, f"-1.{signature}", expires, signature, f"{expires}.",
        f".{signature}",
        f"{later}.{signature}", f"{expires}.{signature[:-1]}", f"{expires}.{signature}x", f"{expires}:{signature}",
        f"{expires}.{signature.swapcase()}", f"{'f' * 400}.{signature}", f"0x{expires}.{signature}",
    ):  # fmt: skip
        answer = APIClient().get(f"/api/v1/images/{private.pk}/{form}/", {"token": wrong})
        assert answer.status_code in (400, 404), wrong


def test_another_user_is_not_let_in_and_one_with_the_address_is(
    private: Image, user: User, make_user: Callable[[str], User], client_of: ClientOf
) -> None:
    grace = client_of(make_user("grace@example.org"))
    given = addresses(private, client_of(user))
    for address in given.values():
        assert get(urlsplit(address).path, grace).status_code == 404
        assert get(address, grace).status_code == 200
        assert get(urlsplit(address).path, client_of(user)).status_code == 200


# The row decides -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [{"visible": False}, {"purpose": Purpose.LOOK, "review": Review.REJECTED}])
def test_of_a_hidden_or_rejected_picture_nobody_gets_the_bytes(
    values: dict[str, object], private: Image, user: User, client_of: ClientOf
) -> None:
    given = addresses(private, client_of(user))
    Image.objects.filter(pk=private.pk).update(**values)
    for name in ("url", "thumbnail"):
        for client in (APIClient(), client_of(user)):
            assert get(given[name], client).status_code == 404
    assert client_of(user).get(f"/api/v1/images/{private.pk}/").status_code == 200  # its owner reads why
    assert get(given["events"], client_of(user)).status_code == 200


def test_of_an_erased_or_expired_picture_no_address_is_left(private: Image, user: User, client_of: ClientOf) -> None:
    given = addresses(private, client_of(user))
    Image.objects.filter(pk=private.pk).update(expires_at=timezone.now())
    assert {get(address, client_of(user)).status_code for address in given.values()} == {404}
    services.erase_images(images=[private])
    assert {get(address, client_of(user)).status_code for address in given.values()} == {404}


def test_a_moderator_sees_what_is_hidden_and_keeps_it_for_five_minutes(
    private: Image, make_user: Callable[[str], User], client_of: ClientOf
) -> None:
    moderator = make_user("grace@example.org")
    moderator.user_permissions.add(Permission.objects.get(codename="view_image"))
    Image.objects.filter(pk=private.pk).update(visible=False)
    answer = get(f"/api/v1/images/{private.pk}/file/", client_of(moderator))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, max-age=300")


def test_a_query_picture_is_kept_no_longer_than_it_lives(user: User) -> None:
    image, _ = add(user, purpose=Purpose.SEARCH)
    Image.objects.filter(pk=image.pk).update(expires_at=timezone.now() + timedelta(seconds=100))
    image.refresh_from_db()
    assert 90 <= max_age(get(links.picture_url(image, None))) <= 100


# Public pictures -----------------------------------------------------------------------------------------------------


def test_a_public_picture_has_a_plain_address_that_caches_may_share(make_image: MakeImage) -> None:
    image = make_image()
    stages.describe([image.pk])
    for address in addresses(image, APIClient()).values():
        assert urlsplit(address).query == ""
    answer = get(links.picture_url(image, None))
    assert answer["Cache-Control"] == "public, max-age=31536000, s-maxage=86400, immutable"
    services.set_visible(images=[image], visible=False)
    assert get(links.picture_url(image, None)).status_code == 404


def test_an_approved_look_has_a_plain_address_until_it_is_taken_back(user: User) -> None:
    User.objects.filter(pk=user.pk).update(public_looks=True)
    user.refresh_from_db()
    image, _ = add(user, purpose=Purpose.LOOK)
    assert parse_qs(urlsplit(links.picture_url(image, None)).query).keys() == {"token"}
    Image.objects.filter(pk=image.pk).update(review=Review.APPROVED)
    image.refresh_from_db()
    plain = links.picture_url(image, None)
    assert urlsplit(plain).query == ""
    assert get(plain).status_code == 200
    Image.objects.filter(pk=image.pk).update(review=Review.REJECTED)
    assert get(plain).status_code == 404


# What is served ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_what_is_stored_and_served_carries_no_place_and_stands_upright(form: str, user: User) -> None:
    turn = 1 if form == "HEIF" else 6  # a HEIC says it otherwise than by EXIF
    data = encoded(turned(picture(320, 240), turn), form, exif=of_a_phone(turn))
    assert b"GARDEROBE-CAM" in data
    image, _ = add(user, data=data)
    again, created = add(user, data=data)
    assert (again, created) == (image, False)  # known by the bytes that came
    answer = get(links.picture_url(image, None))
    body = b"".join(answer.streaming_content)
    assert [secret for secret in SECRETS if secret in body] == []
    assert answer["Content-Type"] == {"PNG": "image/png", "WEBP": "image/webp"}.get(form, "image/jpeg")
    assert int(answer["Content-Length"]) == len(body) == image.size
    assert (image.width, image.height) == (320, 240)
    assert stages.decode(image).shape == (240, 320, 3)  # type: ignore[union-attr]


def test_pictures_of_an_earlier_release_lose_their_metadata_once(user: User) -> None:
    pictures = []
    for form in ("JPEG", "HEIF"):
        image, _ = add(user, data=encoded(picture(320, 240 if form == "JPEG" else 200), form, exif=exif(1)))
        default_storage.delete(image.file_name)
        old = encoded(picture(320, 240), form, exif=of_a_phone(1))
        image.file.name = default_storage.save(f"user/{image.pk.hex[:2]}/{image.pk}.old", ContentFile(old))
        image.format = form
        image.save()
        pictures.append(image)
    out = io.StringIO()
    call_command("strip_metadata", stdout=out)
    assert "2 pictures had metadata" in out.getvalue()
    assert len(files()) == 2
    for image in pictures:
        answer = get(links.picture_url(image, None))
        body = b"".join(answer.streaming_content)
        assert (answer["Content-Type"], [secret for secret in SECRETS if secret in body]) == ("image/jpeg", [])
    call_command("strip_metadata", stdout=out)
    assert "0 pictures had metadata" in out.getvalue()
