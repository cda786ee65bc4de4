"""Thumbnails over HTTP: the size and format that were asked for, made once, kept by caches, gone with the picture."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpResponse
from django.utils import timezone
from PIL import Image as Picture
from rest_framework.test import APIClient

import mlcore.images
from accounts.models import User
from config.throttling import Throttle
from images import services, stages, thumbnails
from images.models import Image, Kind, Purpose
from images.services import NewPicture
from tests.images.conftest import files
from tests.images.test_services import add
from tests.mlcore.hostile import encoded, exif, picture, turned

CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
JPEG = encoded(picture(1600, 1200), "JPEG")
ALL = [(side, form) for side in thumbnails.SIDES for form in ("JPEG", "WEBP")]
pytestmark = pytest.mark.usefixtures("prepared", "queue", "db")

Stored = Callable[..., Image]


def url(image: Image, w: object = None) -> str:
    return f"/api/v1/images/{image.pk}/thumbnail/" + ("" if w is None else f"?w={w}")


def get(image: Image, w: object = None, accept: str = "*/*", client: APIClient | None = None, **headers: str) -> Any:
    return (client or APIClient()).get(url(image, w), HTTP_ACCEPT=accept, **headers)


def shown(response: HttpResponse) -> Picture.Image:
    assert response.status_code == 200, response.content
    opened = Picture.open(io.BytesIO(response.content))
    assert response["Content-Type"] == mlcore.images.MIME_TYPES[str(opened.format)]
    return opened


def made(image: Image) -> list[str]:
    """What is stored of its thumbnails beside the first."""
    folder = Path(default_storage.path(image.thumbnail_name)).with_suffix("")
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def stored(db: None) -> Stored:
    """A catalogue picture that is described; by default a JPEG of 1600 × 1200."""

    def store(data: bytes = b"", *, described: bool = True, **values: object) -> Image:
        file = io.BytesIO(data or JPEG)
        image = services.prepare_catalogue_image(NewPicture(file, Kind.PRODUCT))
        for name, value in values.items():
            setattr(image, name, value)
        image.save(force_insert=True)
        if described:
            stages.describe([image.pk])
        return image

    return store


@pytest.fixture
def decodes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The `long_side` of each decoding from here on."""
    counted: list[int] = []
    decode = mlcore.images.decode

    def counting(file: Any, *, long_side: int = mlcore.images.WORKING_SIDE) -> Any:
        counted.append(long_side)
        return decode(file, long_side=long_side)

    monkeypatch.setattr(mlcore.images, "decode", counting)
    return counted


@contextmanager
def while_encoding(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> Iterator[None]:
    encode = mlcore.images.encode_webp

    def encodes(pixels: Any, *, long_side: int) -> bytes:
        happens()
        return encode(pixels, long_side=long_side)

    with monkeypatch.context() as patch:
        patch.setitem(thumbnails._ENCODERS, "WEBP", encodes)
        yield


# Size ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("w", "side"),
    [
        (None, 320), (1, 160), (160, 160), (161, 320), (320, 320), (412, 640), (640, 640), (1280, 1280),
        (1281, 1280), ("9" * 30, 1280),
    ],
)  # fmt: skip
@pytest.mark.parametrize("accept", ["image/jpeg", CHROME])
def test_a_number_of_pixels_gives_the_next_step_up(w: object, side: int, accept: str, stored: Stored) -> None:
    assert shown(get(stored(), w, accept)).size == (side, side * 3 // 4)


def test_the_steps_count_the_longer_side(stored: Stored) -> None:
    image = stored(encoded(picture(1200, 1600), "JPEG"))
    assert shown(get(image, 640)).size == (480, 640)


@pytest.mark.parametrize("w", [640, 641, 1280])
def test_a_smaller_picture_keeps_its_size_and_is_stored_once_for_all_larger_steps(w: int, stored: Stored) -> None:
    image = stored(encoded(picture(400, 300), "PNG"))
    for again in (w, 640, 1280):
        assert shown(get(image, again)).size == (400, 300)
    assert made(image) == ["640.jpg"]
    assert shown(get(image, 320)).size == (320, 240)


def test_a_picture_no_larger_than_the_first_thumbnail_needs_no_other_jpeg(stored: Stored, decodes: list[int]) -> None:
    image = stored(encoded(picture(240, 320), "JPEG"))
    decodes.clear()
    assert shown(get(image, 1280)).size == (240, 320)
    assert (made(image), decodes) == ([], [])


@pytest.mark.parametrize("w", ["", "0", "-160", "wide", "1.5", "NaN", "1e3", "%00", "9" * 5000])
def test_what_is_no_number_of_pixels_is_malformed(w: str, stored: Stored) -> None:
    answer = get(stored(), w)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert list(answer.json()["errors"]) == ["w"]


def test_a_parameter_that_is_not_known_is_malformed(stored: Stored) -> None:
    answer = APIClient().get(url(stored()) + "?width=640")
    assert (answer.status_code, answer.json()["errors"]) == (400, {"width": ["unknown field"]})


# Format --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (CHROME, "WEBP"),
        ("image/webp", "WEBP"),
        ("IMAGE/WEBP", "WEBP"),
        ("image/webp;q=0.001", "WEBP"),
        ("image/webp;q=0.8, image/*;q=0.8, */*;q=0.5", "WEBP"),
        ("image/webp;q=0.5, */*;q=0.4, image/jpeg;q=0", "WEBP"),
        ("image/jpeg;q=0.5, image/*, image/webp;q=0.6", "WEBP"),
        ("image/webp;q=0", "JPEG"),
        ("image/webp;q=0, */*", "JPEG"),
        ("image/webp; q=0.000, image/*;q=0.8", "JPEG"),
        ("image/webp;q=0.5, image/jpeg", "JPEG"),
        ("image/webp;q=0.5, image/*;q=0.9", "JPEG"),
        ("image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", "JPEG"),  # Safari 13, which shows no WebP
        ("*/*", "JPEG"),
        ("image/*", "JPEG"),
        ("application/json", "JPEG"),
        ("", "JPEG"),
        (",;q=,/;=,image/webp;q=NaN", "JPEG"),
    ],
)
def test_webp_is_sent_to_whoever_names_it_and_jpeg_to_all_others(accept: str, form: str, stored: Stored) -> None:
    image = stored()
    for w in (320, 640):
        assert shown(get(image, w, accept)).format == form


def test_without_an_accept_header_it_is_a_jpeg(stored: Stored) -> None:
    assert shown(APIClient().get(url(stored(), 640))).format == "JPEG"


# Pixels --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "form"), ALL)
@pytest.mark.parametrize("orientation", [3, 6])
def test_it_is_upright_and_carries_no_metadata(side: int, form: str, orientation: int, stored: Stored) -> None:
    upright = Picture.new("RGB", (1600, 1200), "white")
    upright.paste("red", (0, 0, 800, 600))
    tags = exif(orientation)
    tags.get_ifd(0x8825)[1] = "N"
    tags.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    data = encoded(
        turned(upright, orientation), "JPEG", exif=tags, xmp=b"<x:xmpmeta>home</x:xmpmeta>", comment=b"at home"
    )
    assert all(secret in data for secret in (b"Exif", b"home"))
    answer = get(stored(data), side, "image/webp" if form == "WEBP" else "*/*")
    small = shown(answer).convert("RGB")
    assert small.size == (side, side * 3 // 4)
    assert small.getpixel((side // 4, side // 4)) >= (240, 0, 0)  # type: ignore[operator]
    assert min(small.getpixel((side // 4 * 3, side // 4))) > 240  # type: ignore[arg-type, type-var]
    assert dict(shown(answer).getexif()) == {}
    assert [secret for secret in (b"Exif", b"EXIF", b"home", b"XMP", b"ICC") if secret in answer.content] == []


# Caches --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("w", [None, 640])
def test_a_catalogue_picture_may_be_kept_by_everyone_for_a_year_and_by_shared_caches_for_a_day(
    w: int | None, stored: Stored
) -> None:
    answer = get(stored(), w)
    assert answer["Cache-Control"] == "public, max-age=31536000, s-maxage=86400, immutable"
    assert "Accept" in answer["Vary"].split(", ")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_users_own_picture_is_kept_by_the_user_alone(user: User, client_of: Callable[[User], APIClient]) -> None:
    image, _ = add(user)
    stages.describe([image.pk])
    answer = get(image, 160, client=client_of(user))
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Accept" in answer["Vary"].split(", ")


def test_a_query_picture_is_kept_no_longer_than_it_lives(user: User, client_of: Callable[[User], APIClient]) -> None:
    image, _ = add(user, purpose=Purpose.SEARCH)
    stages.describe([image.pk])
    Image.objects.filter(pk=image.pk).update(expires_at=timezone.now() + timedelta(seconds=500))
    kept, age, immutable = get(image, client=client_of(user))["Cache-Control"].split(", ")
    assert (kept, immutable) == ("private", "immutable")
    assert 490 <= int(age.removeprefix("max-age=")) <= 500


def test_what_only_a_moderator_may_see_is_soon_forgotten(
    user: User, make_user: Callable[[str], User], client_of: Callable[[User], APIClient], stored: Stored
) -> None:
    moderator = make_user("grace@example.org")
    moderator.user_permissions.add(Permission.objects.get(codename="view_image"))
    private, _ = add(user)
    stages.describe([private.pk])
    for image in (private, stored(visible=False)):
        answer = get(image, 640, client=client_of(moderator))
        assert (answer.status_code, answer["Cache-Control"]) == (200, "private, max-age=300")


def test_what_a_client_has_already_is_not_read_and_not_sent_again(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = stored()
    first = get(image, 640, CHROME)
    monkeypatch.setattr(default_storage, "open", None)
    again = get(image, 640, CHROME, HTTP_IF_NONE_MATCH=f'"other", {first["ETag"]}')
    assert (again.status_code, again.content) == (304, b"")
    for header in ("ETag", "Cache-Control", "Vary"):
        assert again[header] == first[header]


def test_another_size_another_format_and_another_picture_are_other_things(stored: Stored) -> None:
    image, other = stored(), stored()
    tag = get(image, 640, CHROME)["ETag"]
    for answer in (
        get(image, 320, CHROME, HTTP_IF_NONE_MATCH=tag),
        get(image, 640, "*/*", HTTP_IF_NONE_MATCH=tag),
        get(other, 640, CHROME, HTTP_IF_NONE_MATCH=tag),
    ):
        assert answer.status_code == 200
        assert answer["ETag"] != tag
    assert get(image, 500, CHROME, HTTP_IF_NONE_MATCH=tag).status_code == 304  # the same step


# Access --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("w", [None, 320, 640])
@pytest.mark.parametrize("accept", ["*/*", CHROME])
def test_for_another_user_and_for_nobody_a_private_thumbnail_is_not_there_and_not_made(
    w: int | None,
    accept: str,
    user: User,
    make_user: Callable[[str], User],
    client_of: Callable[[User], APIClient],
) -> None:
    image, _ = add(user)
    stages.describe([image.pk])
    for client in (client_of(make_user("grace@example.org")), APIClient()):
        assert get(image, w, accept, client).status_code == 404
    assert made(image) == []
    tag = get(image, w, accept, client_of(user))["ETag"]
    for client in (client_of(User.objects.get(email="grace@example.org")), APIClient()):
        answer = get(image, w, accept, client, HTTP_IF_NONE_MATCH=tag)
        assert answer.status_code == 404
        assert "immutable" not in answer.get("Cache-Control", "")


@pytest.mark.parametrize("values", [{"visible": False}, {"kind": Kind.USER, "expires_at": timezone.now()}])
def test_of_a_hidden_or_expired_picture_no_stored_thumbnail_is_served(
    values: dict[str, object], stored: Stored
) -> None:
    image = stored()
    tags = {(w, accept): get(image, w, accept)["ETag"] for w in (320, 640) for accept in ("*/*", CHROME)}
    Image.objects.filter(pk=image.pk).update(**values)
    for (w, accept), tag in tags.items():
        assert get(image, w, accept).status_code == 404
        assert get(image, w, accept, HTTP_IF_NONE_MATCH=tag).status_code == 404


def test_thumbnails_are_throttled_as_other_reads_are(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    image = stored()
    monkeypatch.setitem(Throttle.THROTTLE_RATES, "read", "2/min")
    assert [get(image, 640).status_code for _ in range(3)] == [200, 200, 429]


# Made once -----------------------------------------------------------------------------------------------------------


def test_each_size_and_format_is_made_once_and_no_larger_than_needed(stored: Stored, decodes: list[int]) -> None:
    image = stored()
    decodes.clear()
    first = [get(image, side, CHROME if form == "WEBP" else "*/*").content for side, form in ALL]
    assert decodes == [160, 160, 320, 640, 640, 1280, 1280]  # the JPEG of 320 came with the description
    assert [get(image, side, CHROME if form == "WEBP" else "*/*").content for side, form in ALL] == first
    assert len(decodes) == 7
    assert made(image) == ["1280.jpg", "1280.webp", "160.jpg", "160.webp", "320.webp", "640.jpg", "640.webp"]


def test_a_picture_that_is_described_again_keeps_its_thumbnails(stored: Stored, decodes: list[int]) -> None:
    image = stored()
    get(image, 640)
    before = {path: path.stat().st_mtime_ns for path in files()}
    services.describe_again(images=[image], subject=None)
    assert get(image).status_code == get(image, 640).status_code == 200
    stages.describe([image.pk])
    assert {path: path.stat().st_mtime_ns for path in files()} == before


@pytest.mark.django_db(transaction=True)
def test_of_requests_at_the_same_moment_one_makes_it_and_all_read_it(stored: Stored, decodes: list[int]) -> None:
    image = stored()
    decodes.clear()
    together = threading.Barrier(4)

    def asks(_: int) -> bytes | None:
        together.wait()
        try:
            return thumbnails.fetch(image, side=640, form="WEBP")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        [content] = set(pool.map(asks, range(4)))
    assert content == get(image, 640, CHROME).content
    assert (decodes, made(image)) == ([640], ["640.webp"])


def test_when_another_process_is_faster_its_file_is_read(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    image = stored()
    name = thumbnails._name(image, 640, "WEBP")
    theirs = encoded(picture(640, 480), "WEBP", lossless=True)
    with while_encoding(monkeypatch, lambda: default_storage.save(name, ContentFile(theirs))):
        assert get(image, 640, CHROME).content == theirs
    assert made(image) == ["640.webp"]


def test_when_another_process_writes_between_the_last_look_and_the_saving_one_file_stays(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = stored()
    name = thumbnails._name(image, 640, "WEBP")
    delete, theirs = default_storage.delete, encoded(picture(640, 480), "WEBP", lossless=True)

    def and_they_save(gone: str) -> None:
        delete(gone)
        if gone == name:
            default_storage.save(name, ContentFile(theirs))

    monkeypatch.setattr(default_storage, "delete", and_they_save)
    assert shown(get(image, 640, CHROME)).size == (640, 480)
    monkeypatch.undo()
    assert made(image) == ["640.webp"]


@pytest.mark.parametrize(("side", "form"), [(320, "JPEG"), (640, "JPEG"), (640, "WEBP")])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_half_a_file_is_never_sent_and_is_made_anew(side: int, form: str, share: float, stored: Stored) -> None:
    image, accept = stored(), CHROME if form == "WEBP" else "*/*"
    whole = get(image, side, accept).content
    path = Path(default_storage.path(thumbnails._name(image, side, form)))  # type: ignore[arg-type]
    path.write_bytes(whole[: int(len(whole) * share)])
    assert shown(get(image, side, accept)).size == (side, side * 3 // 4)
    assert mlcore.images.decode(io.BytesIO(path.read_bytes())).shape == (side * 3 // 4, side, 3)
    assert len(files()) == (2 if side == 320 else 3)


# Nothing to be made --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("w", [None, 640])
def test_before_a_picture_is_described_it_has_no_thumbnail_and_is_not_decoded(
    w: int | None, stored: Stored, decodes: list[int]
) -> None:
    image = stored(described=False)
    assert get(image, w, CHROME).status_code == 404
    assert (decodes, len(files())) == ([], 1)


def test_a_picture_that_failed_is_not_decoded_for_a_thumbnail(stored: Stored, decodes: list[int]) -> None:
    image = stored(described=False)
    Path(default_storage.path(image.file_name)).write_bytes(b"no picture")
    stages.describe([image.pk])
    decodes.clear()
    assert [get(image, w).status_code for w in (None, 160, 640)] == [404, 404, 404]
    assert decodes == []


@pytest.mark.parametrize("left", [None, b"", b"no picture", 0.5], ids=["missing", "empty", "text", "cut"])
def test_when_the_original_is_gone_or_damaged_what_is_stored_is_served_and_the_rest_is_not_found(
    left: bytes | float | None, stored: Stored
) -> None:
    image = stored()
    get(image, 160)
    path = Path(default_storage.path(image.file_name))
    data = path.read_bytes()
    if left is None:
        path.unlink()
    else:
        path.write_bytes(left if isinstance(left, bytes) else data[: int(len(data) * left)])
    answer = get(image, 640, CHROME)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert made(image) == ["160.jpg"]
    assert [get(image, w).status_code for w in (160, 320)] == [200, 200]


# Erased --------------------------------------------------------------------------------------------------------------


def test_of_an_erased_picture_no_thumbnail_stays_whatever_its_size_and_format(
    stored: Stored, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    image, other = stored(), stored()
    for side, form in ALL:
        get(image, side, CHROME if form == "WEBP" else "*/*")
    get(other, 640)
    default_storage.save(f"{thumbnails._folder(image)}/200.avif", ContentFile(b"of an earlier release"))
    with django_capture_on_commit_callbacks(execute=True):
        services.erase_images(images=[image])
        assert len(made(image)) == 8
    assert not Path(default_storage.path(thumbnails._folder(image))).exists()
    assert len(files()) == 3  # the other's
    assert get(image, 640).status_code == 404


def test_of_an_expired_picture_no_thumbnail_stays(
    user: User, client_of: Callable[[User], APIClient], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    image, _ = add(user, purpose=Purpose.SEARCH)
    stages.describe([image.pk])
    get(image, 160, CHROME, client_of(user))
    assert len(files()) == 3
    Image.objects.filter(pk=image.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        stages.erase_expired()
    assert files() == []


def test_of_a_picture_that_is_erased_while_its_thumbnail_is_made_no_file_stays(
    stored: Stored, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    image = stored()

    def its_owner_erases_it() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            stages.erase(image)

    with while_encoding(monkeypatch, its_owner_erases_it):
        assert get(image, 640, CHROME).status_code == 404
    assert files() == []
