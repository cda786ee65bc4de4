"""Pictures in an object storage: a real server that speaks S3 (moto's), from the upload to the erasure."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from moto.server import ThreadedMotoServer
from PIL import Image as Pillow
from rest_framework.test import APIClient

from accounts.models import User
from config.settings import file_storage
from images import links, services, stages, sweeping
from images.files import StorageAway
from images.models import Image, Stage
from tests.images.conftest import files, stage_of
from tests.images.test_services import add
from tests.images.test_sweep_storage import aged
from tests.mlcore.hostile import encoded, exif, picture
from tests.mlcore.test_metadata import SECRETS, of_a_phone

BUCKET = "pictures"
ClientOf = Callable[[User], APIClient]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(server: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty bucket, and the settings that STORAGE_URL makes of its address."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    made = boto3.resource("s3", endpoint_url=server).create_bucket(Bucket=BUCKET)
    made.objects.all().delete()
    settings.STORAGES = {**settings.STORAGES, "default": storage(server)}
    return made


def storage(address: str) -> dict[str, object]:
    return file_storage(f"s3://{BUCKET}?endpoint_url={address}&region_name=us-east-1")


def keys(bucket: Any) -> list[str]:
    return sorted(found.key for found in bucket.objects.all())


@pytest.mark.usefixtures("prepared", "queue")
def test_a_picture_lives_and_dies_in_the_bucket(
    bucket: Any, user: User, client_of: ClientOf, django_capture_on_commit_callbacks: Any
) -> None:
    client = client_of(user)
    data = encoded(picture(1200, 900), "JPEG", exif=of_a_phone())
    sent = client.post("/api/v1/images/", {"file": io.BytesIO(data)}, format="multipart")
    assert sent.status_code == 202
    image = Image.objects.get(pk=sent.json()["id"])
    assert keys(bucket) == [image.file_name]
    assert files() == []
    stages.describe([image.pk])
    assert stage_of(image) == Stage.READY
    assert keys(bucket) == [image.thumbnail_name, image.file_name]
    body = client.get(f"/api/v1/images/{image.pk}/").json()
    assert BUCKET not in body["url"]  # through our own door, by a token

    answer = APIClient().get(body["url"])
    served = b"".join(answer.streaming_content)
    assert (answer.status_code, int(answer["Content-Length"])) == (200, len(served))
    assert Pillow.open(io.BytesIO(served)).size == (1200, 900)
    assert [secret for secret in SECRETS if secret in served] == []
    for w, accept in ((320, "*/*"), (640, "image/webp")):
        small = APIClient().get(f"{body['thumbnail']}&w={w}", HTTP_ACCEPT=accept)
        assert Pillow.open(io.BytesIO(small.content)).size == (w, w * 3 // 4)
    assert len(keys(bucket)) == 3
    assert APIClient().get(f"/api/v1/images/{image.pk}/file/").status_code == 404

    with django_capture_on_commit_callbacks(execute=True):
        services.erase_images(images=[image])
    assert keys(bucket) == []
    assert APIClient().get(body["url"]).status_code == 404


def test_nobody_reads_the_bucket_without_a_key(bucket: Any, user: User) -> None:
    image, _ = add(user)
    grants = bucket.Object(image.file_name).Acl().grants
    assert [grant["Grantee"].get("URI") for grant in grants] == [None]


def test_a_picture_that_is_large_waits_on_the_disk_while_it_is_sent(bucket: Any, user: User) -> None:
    noise = Pillow.effect_noise((2400, 1800), 200)
    image, _ = add(user, data=encoded(noise, "PNG"))
    assert image.size > 2 * 2**20
    with default_storage.open(image.file_name) as file:
        assert file.file._rolled  # SpooledTemporaryFile's own word for it


def test_what_is_not_there_is_a_missing_file(bucket: Any, user: User) -> None:
    with pytest.raises(FileNotFoundError):
        default_storage.open("user/00/nothing.jpg")
    assert not default_storage.exists("user/00/nothing.jpg")
    assert default_storage.listdir("user/00") == ([], [])
    default_storage.delete("user/00/nothing.jpg")
    image, _ = add(user)
    default_storage.delete(image.file_name)
    assert APIClient().get(links.picture_url(image, None)).status_code == 404
    stages.describe([image.pk])
    assert stage_of(image) == Stage.FAILED


@pytest.mark.usefixtures("prepared", "queue")
def test_while_the_storage_is_away_nothing_is_lost_and_clients_are_asked_to_come_back(
    bucket: Any, user: User, client_of: ClientOf, settings: Any
) -> None:
    image, _ = add(user)
    there = settings.STORAGES
    settings.STORAGES = {**there, "default": storage("http://127.0.0.1:9")}
    with pytest.raises(StorageAway):
        stages.describe([image.pk])
    image.refresh_from_db()
    assert (image.stage, image.attempts, image.claim) == (Stage.STORED, 0, None)
    client = client_of(user)
    refused = client.post("/api/v1/images/", {"file": io.BytesIO(encoded(picture(), "PNG"))}, format="multipart")
    for answer in (refused, client.get(f"/api/v1/images/{image.pk}/file/")):
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    settings.STORAGES = there
    Image.objects.update(claimed_until=None)
    stages.describe([image.pk])
    assert stage_of(image) == Stage.READY


@pytest.mark.usefixtures("prepared")
def test_the_sweep_lists_a_bucket_too(bucket: Any, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    image, _ = add(user)
    stages.describe([image.pk])
    stray = f"user/ab/{aged.__name__}.jpg"
    ours = "user/ab/ab000000-0000-4000-8000-000000000000.jpg"
    for name in (ours, stray, "thumbnails/ab/ab000000-0000-4000-8000-000000000000/640.webp", "exports/zip"):
        default_storage.save(name, ContentFile(b"x"))
    swept = sweeping.sweep_storage()
    assert (swept.removed, swept.missing) == ([], [])  # all are young
    with aged(monkeypatch):
        swept = sweeping.sweep_storage()
    assert swept.removed == [ours, "thumbnails/ab/ab000000-0000-4000-8000-000000000000/640.webp"]
    assert keys(bucket) == sorted([image.thumbnail_name, image.file_name, stray, "exports/zip"])


def test_metadata_are_stripped_in_place(bucket: Any, user: User) -> None:
    image, _ = add(user, data=encoded(picture(), "JPEG", exif=exif(1)))
    bucket.put_object(Key=image.file_name, Body=encoded(picture(), "JPEG", exif=of_a_phone()))
    assert services.strip_metadata(image=image)
    image.refresh_from_db()
    assert keys(bucket) == [image.file_name]
    assert b"GARDEROBE-CAM" not in default_storage.open(image.file_name).read()
