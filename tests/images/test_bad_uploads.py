"""Both doors for pictures, upload and search: what comes in broken gets a clear answer and leaves nothing behind."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import numpy as np
import pillow_heif
import pytest
from django.test import Client
from PIL import Image as Pillow
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.models import User
from images import stages
from images.models import Image, Kind, Stage
from tests.images.conftest import MakeImage, drawn, files
from tests.images.test_services import add
from tests.mlcore import hostile
from tests.mlcore.hostile import encoded, picture

UPLOAD, SEARCH = "/api/v1/images/", "/api/v1/search/"
FIELD = {UPLOAD: "file", SEARCH: "image"}

Post = Callable[..., Response]


@pytest.fixture(params=[UPLOAD, SEARCH], ids=["upload", "search"])
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def post(door: str, user: User, client_of: Callable[[User], APIClient], queue: object) -> Post:
    """Posts bytes as the door's picture: to the upload as a user, to the search as nobody."""
    client = client_of(user) if door == UPLOAD else APIClient()

    def send(data: bytes, name: str = "photo.jpg", **fields: str) -> Response:
        file = io.BytesIO(data)
        file.name = name
        return client.post(door, {FIELD[door]: file, **fields}, format="multipart")

    return send


def is_problem(response: Any, status: int, title: str, detail: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail"} <= set(problem) <= {"type", "title", "status", "detail", "errors"}
    assert (problem["title"], problem["status"]) == (title, status)
    assert detail in problem["detail"]
    return problem


JPEG, PNG, WEBP = (encoded(picture(320, 240), form) for form in ("JPEG", "PNG", "WEBP"))
NOT_READ = (415, "Unsupported media type")


@pytest.mark.parametrize(
    ("name", "data", "status", "title", "detail"),
    [
        ("zero.jpg", lambda: b"", 400, "Bad request", "The submitted file is empty."),
        ("list.jpg", lambda: hostile.TEXT, *NOT_READ, "not a JPEG, PNG, WebP or HEIC picture"),
        ("cut.jpg", lambda: JPEG[: len(JPEG) // 2], *NOT_READ, "the picture is damaged or cut short"),
        ("cut.png", lambda: PNG[: len(PNG) // 2], *NOT_READ, "the picture is damaged or cut short"),
        ("cut.webp", lambda: WEBP[: len(WEBP) // 2], *NOT_READ, "the picture is damaged"),
        ("bomb.png", hostile.png_bomb, 413, "Too large", "more than 64 megapixels (30000 × 30000)"),
        ("bomb.webp", lambda: hostile.webp_of_size(16_000, 16_000), 413, "Too large", "more than 64 megapixels"),
        ("moving.gif", hostile.animated_gif, *NOT_READ, "not a JPEG, PNG, WebP or HEIC picture"),
        (
            "dot.png",
            lambda: encoded(picture(1, 1), "PNG"),
            422,
            "Nothing to be done with it",
            "smaller than 16 pixels (1 × 1)",
        ),
        ("drawing.svg", lambda: hostile.SVG, *NOT_READ, "not a JPEG, PNG, WebP or HEIC picture"),
        ("huge.jpg", lambda: JPEG + bytes(60 * 2**20), 413, "Too large", "the picture is larger than 20 MB"),
        ("large.jpg", lambda: JPEG + bytes(20 * 2**20), 413, "Too large", "the file is larger than 20 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value[-5:] and " " not in value else "",
)
def test_it_is_refused_with_a_clear_answer_and_leaves_nothing(
    name: str, data: Callable[[], bytes], status: int, title: str, detail: str, post: Post
) -> None:
    is_problem(post(data(), name), status, title, detail)
    assert files() == []
    assert not Image.objects.exists()


VALID = {
    "CMYK": (lambda: encoded(drawn_picture().convert("CMYK"), "JPEG", quality=90), 240, 320),
    "16-bit grey": (lambda: hostile.grey16(np.asarray(drawn_picture().convert("L"), np.uint16) * 257), 240, 320),
    "EXIF 6": (lambda: encoded(hostile.turned(drawn_picture(), 6), "JPEG", exif=hostile.exif(6)), 240, 320),
    "MPO": (lambda: encoded(drawn_picture(), "MPO", save_all=True, append_images=[picture(32, 32)]), 240, 320),
    "palette": (lambda: encoded(drawn_picture().convert("P"), "PNG", transparency=3), 240, 320),
    "HEIC": (lambda: heic(drawn_picture()), 240, 320),
    "WebP": (lambda: encoded(drawn_picture(), "WEBP"), 240, 320),
}


def heic(image: Pillow.Image) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(image).save(file, quality=90)
    return file.getvalue()


def drawn_picture() -> Pillow.Image:
    return Pillow.fromarray(drawn().pixels)


@pytest.mark.parametrize("form", VALID)
def test_an_unusual_picture_is_taken_with_its_upright_size(
    form: str, user: User, client_of: Callable[[User], APIClient], queue: object
) -> None:
    make, width, height = VALID[form]
    file = io.BytesIO(make())
    file.name = "photo"
    response = client_of(user).post(UPLOAD, {"file": file}, format="multipart")
    assert response.status_code == 202, response.content
    body = response.json()
    assert (body["width"], body["height"], body["status"], body["error"]) == (width, height, "queued", None)
    assert len(files()) == 1


@pytest.mark.parametrize("form", VALID)
def test_an_unusual_picture_is_searched_with(form: str, worker: object) -> None:
    make, width, height = VALID[form]
    file = io.BytesIO(make())
    file.name = "photo"
    response = APIClient().post(SEARCH, {"image": file}, format="multipart")
    # Whether a garment is seen in a drawing in odd colours is the detector's affair: 422 says that it was looked at.
    assert response.status_code in (200, 422), response.content
    if response.status_code == 200:
        image = Image.objects.get()
        assert (image.width, image.height, image.stage) == (width, height, Stage.READY)
        assert response.json()["query"]["image"] == str(image.pk)
    else:
        is_problem(response, 422, "Nothing to be done with it", "no garment was found in the picture")
        assert not Image.objects.exists()
        assert files() == []


def test_without_its_picture_a_form_is_refused(
    door: str, post: Post, user: User, client_of: Callable[[User], APIClient]
) -> None:
    response = client_of(user).post(door, {}, format="multipart")
    problem = is_problem(response, 400, "Bad request", "No file was submitted.")
    assert set(problem["errors"]) == {FIELD[door]}


def test_a_text_where_the_picture_should_be_is_refused(
    door: str, user: User, client_of: Callable[[User], APIClient], queue: object
) -> None:
    response = client_of(user).post(door, {FIELD[door]: "photo.jpg"}, format="multipart")
    is_problem(response, 400, "Bad request", "The submitted data was not a file.")


def test_an_unknown_field_is_an_error(door: str, post: Post) -> None:
    problem = is_problem(post(JPEG, fabric="silk"), 400, "Bad request", "fabric: unknown field")
    assert problem["errors"] == {"fabric": ["unknown field"]}
    assert files() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("purpose", "selfie"), ("target", "people"), ("limit", "0"), ("limit", "101"), ("category", "hats")],
)
def test_a_value_that_is_not_known_is_an_error(
    field: str, value: str, user: User, client_of: Callable[[User], APIClient], queue: object
) -> None:
    door = UPLOAD if field == "purpose" else SEARCH
    response = client_of(user).post(door, {FIELD[door]: io.BytesIO(JPEG), field: value}, format="multipart")
    problem = is_problem(response, 400, "Bad request", f"{field}: ")
    assert set(problem["errors"]) == {field}
    assert files() == []


def test_a_form_with_a_field_of_three_megabytes_is_refused(door: str, post: Post) -> None:
    is_problem(post(JPEG, purpose="x" * 3 * 2**20), 400, "Bad request", "")
    assert files() == []


def test_a_form_that_breaks_off_is_refused(
    door: str, user: User, client_of: Callable[[User], APIClient], queue: object
) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="'
        + FIELD[door].encode()
        + b'"; filename="a.jpg"\r\n\r\n'
        + JPEG[:500]
    )
    for content_type in ("multipart/form-data; boundary=b", "multipart/form-data", "multipart/form-data; boundary="):
        response = client_of(user).generic("POST", door, body, content_type=content_type)
        assert response.status_code in (400, 415), response.content
        assert response["Content-Type"] == "application/problem+json"
    assert files() == []
    assert not Image.objects.exists()


def test_a_client_s_file_name_is_never_used(user: User, client_of: Callable[[User], APIClient], queue: object) -> None:
    for name in ("../../etc/passwd", "a" * 300 + ".jpg", "фото.exe", ".."):
        file = io.BytesIO(drawn(len(name)).jpeg())
        file.name = name
        assert client_of(user).post(UPLOAD, {"file": file}, format="multipart").status_code in (202, 400)
    for image in Image.objects.all():
        assert image.file_name == f"user/{image.pk.hex[:2]}/{image.pk}.jpg"
    assert len(files()) == Image.objects.count() >= 2


# Retries -------------------------------------------------------------------------------------------------------------


def upload(client: APIClient, data: bytes, key: str = "") -> Response:
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    return client.post(UPLOAD, {"file": io.BytesIO(data)}, format="multipart", **headers)


def test_a_retry_answers_200_with_the_same_picture(
    user: User, client_of: Callable[[User], APIClient], queue: object
) -> None:
    client, data = client_of(user), drawn().jpeg()
    first = upload(client, data, "k1")
    assert first.status_code == 202
    for again in (upload(client, data, "k1"), upload(client, data), upload(client, data, "k2")):
        assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert len(files()) == 1


def test_a_key_that_is_used_for_another_picture_is_a_conflict(
    user: User, client_of: Callable[[User], APIClient], queue: object
) -> None:
    client = client_of(user)
    upload(client, drawn(1).jpeg(), "k1")
    is_problem(upload(client, drawn(2).jpeg(), "k1"), 409, "Conflict", "Idempotency-Key")
    assert len(files()) == 1


def test_a_second_purpose_names_the_first_picture_as_its_original(
    user: User, client_of: Callable[[User], APIClient], queue: object
) -> None:
    client, data = client_of(user), drawn().jpeg()
    first = upload(client, data).json()
    second = client.post(UPLOAD, {"file": io.BytesIO(data), "purpose": "look"}, format="multipart").json()
    assert (first["duplicate_of"], second["duplicate_of"]) == (None, first["id"])


# Access --------------------------------------------------------------------------------------------------------------

PATHS = ("", "file/", "thumbnail/")


@pytest.fixture
def ready(user: User, prepared: object, queue: object) -> Image:
    """A picture of `user` with its garment and thumbnail."""
    image, _ = add(user)
    stages.describe([image.pk])
    return image


@pytest.mark.parametrize("path", PATHS)
def test_its_owner_sees_a_picture_its_file_and_its_thumbnail(
    path: str, ready: Image, user: User, client_of: Callable[[User], APIClient]
) -> None:
    response = client_of(user).get(f"{UPLOAD}{ready.pk}/{path}")
    assert response.status_code == 200
    if path:
        assert response["Content-Type"] == "image/jpeg"
        assert "private" in response["Cache-Control"]
        assert response.getvalue()[:2] == b"\xff\xd8"
    else:
        assert (response.json()["status"], len(response.json()["garments"])) == ("ready", 1)


@pytest.mark.parametrize("path", PATHS)
def test_a_session_token_in_the_request_is_enough_for_all_three(path: str, ready: Image, user: User) -> None:
    device = Client()
    device.force_login(user)
    client = APIClient()
    client.credentials(HTTP_X_SESSION_TOKEN=device.session.session_key)
    assert client.get(f"{UPLOAD}{ready.pk}/{path}").status_code == 200


def test_a_file_is_sent_whatever_the_browser_says_it_accepts(
    ready: Image, user: User, client_of: Callable[[User], APIClient]
) -> None:
    for accept in ("image/avif,image/webp,*/*;q=0.8", "image/png", "text/html"):
        assert client_of(user).get(f"{UPLOAD}{ready.pk}/file/", HTTP_ACCEPT=accept).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_for_another_user_and_for_nobody_it_is_not_there(
    path: str, ready: Image, make_user: Callable[[str], User], client_of: Callable[[User], APIClient]
) -> None:
    for client in (client_of(make_user("grace@example.org")), APIClient()):
        is_problem(client.get(f"{UPLOAD}{ready.pk}/{path}"), 404, "Not found", "")
        is_problem(client.get(f"{UPLOAD}{uuid4()}/{path}"), 404, "Not found", "")


@pytest.mark.parametrize("path", PATHS)
def test_a_hidden_product_is_not_there(path: str, make_image: MakeImage, queue: object) -> None:
    shown, hidden = make_image(1), make_image(2, visible=False)
    assert APIClient().get(f"{UPLOAD}{hidden.pk}/{path}").status_code == 404
    if path != "thumbnail/":
        assert APIClient().get(f"{UPLOAD}{shown.pk}/{path}").status_code == 200


def test_a_public_picture_may_be_kept_by_everyone(make_image: MakeImage, queue: object) -> None:
    image = make_image(kind=Kind.PHOTO)
    assert "public" in APIClient().get(f"{UPLOAD}{image.pk}/file/")["Cache-Control"]


def test_uploading_needs_a_user(queue: object, db: None) -> None:
    response = upload(APIClient(), drawn().jpeg())
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert files() == []
