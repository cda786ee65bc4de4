from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from allauth.account.models import EmailAddress
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from accounts.stages import forget_sessions
from catalog.models import Like
from images.models import Descriptor, Garment, Image
from privacy import archive, services
from privacy.restoring import BadExport
from search.models import Search
from tests.accounts.conftest import PASS_PHRASE, Device, code_in_last_mail
from tests.privacy.conftest import Person
from wardrobe.models import CareDay, Item, UploadPicture


def exported(person: Person) -> dict[str, bytes]:
    file = io.BytesIO()
    archive.write(file, person.user, alive=lambda: None)
    with ZipFile(file) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(contents: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with ZipFile(file, "w") as opened:
        for name, content in contents.items():
            opened.writestr(name, content)
    return file


def erased(person: Person) -> None:
    for image in Image.objects.filter(owner=person.user):
        default_storage.delete(image.file_name)
        default_storage.delete(image.thumbnail_name)
    person.user.delete()


@pytest.fixture
def contents(ada: Person) -> dict[str, bytes]:
    """Ada's export; she is gone."""
    made = exported(ada)
    erased(ada)
    return made


def changed(contents: dict[str, bytes], label: str, change: Callable[[dict[str, object]], object]) -> io.BytesIO:
    """The export with each row of a model changed in place."""
    name = f"rows/{label}.jsonl"
    rows = [json.loads(line) for line in contents[name].splitlines()]
    for row in rows:
        change(row)
    return zipped({**contents, name: b"".join(json.dumps(row).encode() + b"\n" for row in rows)})


def stored() -> list[str]:
    return [str(path) for path in Path(default_storage.location).rglob("*") if path.is_file()]


def test_an_export_comes_back_as_it_was(ada: Person) -> None:
    contents = exported(ada)
    pixels = default_storage.open(ada.image.file_name).read()
    vector = Descriptor.objects.get(garment=ada.garment).vector
    erased(ada)
    user, restored = services.import_export(file=zipped(contents), email="ada@new.example")
    assert restored.pictures == 2
    assert restored.unknown == 0
    image = Image.objects.get(pk=ada.image.pk)
    assert image.owner == user
    assert default_storage.open(image.file_name).read() == pixels
    garment = image.garments.get()
    assert garment.uid == ada.garment.uid
    assert (garment.descriptor.vector == vector).all()
    item = Item.objects.get()
    assert (item.name, str(item.price), item.owner) == ("the red one", "19.90", user)
    assert item.pictures.get().garment == garment
    assert [tag.name for tag in item.tags.all()] == ["holiday"]
    assert str(CareDay.objects.get().day) == "2026-03-01"
    assert Search.objects.get().garment == garment
    assert Like.objects.get().product.sku == "sku-1"
    assert [picture.error for picture in UploadPicture.objects.order_by("position")] == ["", "not a picture"]


def test_the_same_export_does_not_come_twice(contents: dict[str, bytes]) -> None:
    services.import_export(file=zipped(contents), email="ada@new.example")
    before = stored()
    with pytest.raises(BadExport, match="here already"):
        services.import_export(file=zipped(contents), email="second@new.example")
    assert User.objects.filter(email="second@new.example").count() == 0
    assert stored() == before


def test_an_owner_who_comes_weeks_later_and_is_slow_with_the_code_keeps_it_all(
    contents: dict[str, bytes], queue: object
) -> None:
    user, _ = services.import_export(file=zipped(contents), email="ada@new.example")
    User.objects.filter(pk=user.pk).update(date_joined=timezone.now() - timedelta(days=20))
    phone = Device()
    phone("POST", "auth/password/request", {"email": user.email})
    phone("POST", "auth/password/reset", {"key": code_in_last_mail(), "password": PASS_PHRASE})
    assert phone.sign_in(user.email).status_code == 401
    assert EmailAddress.objects.filter(user=user, verified=False).exists()
    forget_sessions(now=timezone.now())
    assert Item.objects.get().owner == user
    assert Image.objects.filter(owner=user).count() == 2
    assert phone.verify(code_in_last_mail()).status_code == 200


def test_an_import_never_makes_anything_public_or_anybody_staff(contents: dict[str, bytes]) -> None:
    user, _ = services.import_export(file=zipped(contents), email="ada@new.example")
    assert [user.is_staff, user.is_superuser, user.has_usable_password()] == [False, False, False]
    assert [image.review for image in Image.objects.filter(purpose="look")] == ["pending"]


def test_what_was_measured_elsewhere_is_not_believed(contents: dict[str, bytes]) -> None:
    safe = changed(contents, "images.image", lambda row: row["fields"].update(safety=0.0))
    services.import_export(file=safe, email="ada@new.example")
    assert set(Image.objects.filter(owner__email="ada@new.example").values_list("safety", flat=True)) == {None}


def test_what_is_not_on_this_server_is_left_out_and_counted(contents: dict[str, bytes]) -> None:
    like = changed(contents, "catalog.like", lambda row: row["fields"].update(product={"sku": "sold out"}))
    _, restored = services.import_export(file=like, email="ada@new.example")
    assert restored.unknown == 1
    assert not Like.objects.exists()


@pytest.mark.parametrize(
    ("label", "change"),
    [
        ("images.garment", lambda row: row["fields"].update(image="0b8a7f8e-2c55-4a0e-8f3b-8b4c7a5d9e21")),
        ("images.garment", lambda row: row["fields"].update(category="hats")),
        ("images.garment", lambda row: row["fields"].update(colours=[{"name": "red"}])),
        ("images.garment", lambda row: row["fields"].update(labels={"pattern": {"value": "x", "confidence": 1}})),
        ("images.garment", lambda row: row["fields"].update(width=5)),
        ("images.garment", lambda row: row["fields"].update(score=float("nan"))),
        ("images.descriptor", lambda row: row["fields"].update(data="AAAA")),
        ("images.image", lambda row: row["fields"].update(kind="product", purpose="")),
        ("images.image", lambda row: row["fields"].update(width=4000)),
        ("images.image", lambda row: row["fields"].update(stage="published")),
        ("images.image", lambda row: row.update(pk="../../etc/passwd")),
        ("images.image", lambda row: row["fields"].update(format="../x")),
        ("images.image", lambda row: row["fields"].update(fingerprint="zz")),
        ("images.image", lambda row: row["fields"].update(created_at="9999-12-31T23:59:59-14:00")),
        ("wardrobe.item", lambda row: row["fields"].update(price="-3")),
        ("wardrobe.item", lambda row: row["fields"].update(name=["a"] * 300)),
        ("wardrobe.item", lambda row: row["fields"].update(name="a\0b")),
        ("wardrobe.itempicture", lambda row: row["fields"].update(garment={"pk": 1})),
        ("wardrobe.tag", lambda row: row.update(fields=None)),
        ("search.search", lambda row: row["fields"].update(filters=[1])),
        ("catalog.like", lambda row: row["fields"].update(product="sku-1")),
    ],
)
def test_a_doctored_export_leaves_nothing(
    contents: dict[str, bytes], label: str, change: Callable[[dict[str, object]], object]
) -> None:
    before = stored()
    with pytest.raises(BadExport):
        services.import_export(file=changed(contents, label, change), email="ada@new.example")
    assert not User.objects.filter(email="ada@new.example").exists()
    assert not Garment.objects.filter(image__kind="user").exists()
    assert stored() == before


def test_rows_about_others_things_are_refused(contents: dict[str, bytes], make_user: Callable[[str], User]) -> None:
    theirs = Item.objects.create(owner=make_user("eve@example.org"), category="tops")
    with pytest.raises(BadExport, match="not in the export"):
        services.import_export(
            file=changed(contents, "wardrobe.tag", lambda row: row["fields"].update(item=str(theirs.pk))),
            email="ada@new.example",
        )
    assert not theirs.tags.exists()


def test_a_picture_that_is_none_is_refused(contents: dict[str, bytes], ada: Person) -> None:
    name = f"pictures/{ada.image.pk}.jpg"
    with pytest.raises(BadExport):
        services.import_export(file=zipped({**contents, name: b"<script>"}), email="ada@new.example")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half of one", b"x" * 1000])
def test_what_is_no_zip_is_refused(content: bytes, db: None) -> None:
    with pytest.raises(BadExport):
        services.import_export(file=io.BytesIO(content), email="ada@new.example")


def test_the_command_makes_the_account(contents: dict[str, bytes], tmp_path: Path) -> None:
    file = tmp_path / "export.zip"
    file.write_bytes(zipped(contents).getvalue())
    call_command("import_export", str(file))
    assert Image.objects.filter(owner__email="ada@example.org").count() == 2
    with pytest.raises(CommandError, match="already"):
        call_command("import_export", str(file))
    with pytest.raises(CommandError, match="e-mail"):
        call_command("import_export", str(file), email="nobody")
    with pytest.raises(CommandError):
        call_command("import_export", str(tmp_path / "missing.zip"))
