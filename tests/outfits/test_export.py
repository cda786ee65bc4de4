"""Outfits taken along to another installation, and erased with their owner."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.models import F
from rest_framework.test import APIClient

import privacy.stages
from accounts.models import User
from mlcore.index.base import VectorIndex
from outfits import cover_files, stages
from outfits.models import Outfit, Piece
from privacy import archive, receipts, services
from privacy.models import Erasure
from privacy.restoring import BadExport
from tests.catalog import rows
from tests.outfits.saved import outfit
from tests.privacy.conftest import Person, garment, picture
from tests.privacy.test_restoring import changed, erased, exported, zipped
from wardrobe.models import CareDay, Item, ItemPicture

pytestmark = pytest.mark.usefixtures("queue")
ClientOf = Callable[[User], APIClient]
FACTS = ("id", "name", "occasion", "spring", "summer", "autumn", "winter", "notes")
PLACES = ("item", "x", "y", "width", "rotation", "layer")


@pytest.fixture
def ada(user: User) -> Person:
    """With one item, worn on a day."""
    image = picture(user, shade=10)
    shown = garment(image)
    item = Item.objects.create(owner=user, category="tops", name="the red one")
    ItemPicture.objects.create(item=item, garment=shown)
    CareDay.objects.create(item=item, care="wear", day="2026-03-01")
    return Person(user, image, image, shown, item, rows.product("sku-1"))


@pytest.fixture
def worn(ada: Person) -> Outfit:
    """Of two items of Ada's, with its cover."""
    other = picture(ada.user, shade=200)
    trousers = Item.objects.create(owner=ada.user, category="trousers", name="jeans")
    ItemPicture.objects.create(item=trousers, garment=garment(other, "trousers"))
    CareDay.objects.create(item=trousers, care="wear", day="2026-03-01")
    made = outfit(ada.user, ada.item, trousers, name="Mondays", occasion="office", autumn=True, notes="brown shoes")
    Piece.objects.filter(item=trousers).update(rotation=-12.5, layer=9)
    stages.compose_cover(made.pk)
    made.refresh_from_db()
    return made


def rows_of(made: Outfit) -> tuple[Any, list[Any]]:
    return Outfit.objects.values_list(*FACTS).get(pk=made.pk), list(made.pieces.values_list(*PLACES))


def test_an_outfit_comes_back_as_it_was_and_its_cover_is_made_anew(
    ada: Person, worn: Outfit, client_of: ClientOf
) -> None:
    before, had = rows_of(worn), default_storage.open(worn.cover_name).read()
    contents = exported(ada)
    assert not [name for name in contents if "cover" in name]
    written = json.loads(contents["rows/outfits.outfit.jsonl"])
    assert "cover" not in written["fields"]
    erased(ada)
    default_storage.delete(worn.cover_name)
    user, restored = services.import_export(file=zipped(contents), email="ada@new.example")
    assert (restored.rows["outfits.outfit"], restored.rows["outfits.piece"]) == (1, 2)
    assert rows_of(worn) == before
    made = Outfit.objects.get()
    assert (made.owner, made.cover) == (user, "")
    assert stages.overdue() == [made.pk]
    stages.compose_cover(made.pk)
    made.refresh_from_db()
    assert default_storage.open(made.cover_name).read() == had
    shown = client_of(user).get(f"/api/v1/outfits/{made.pk}/").json()
    assert (shown["wears"], shown["last_worn_on"]) == (1, "2026-03-01")
    assert shown["cover"] is not None


FALSE: dict[str, Any] = {
    "x": (1.6, -0.6, float("nan"), "nan"),
    "y": (float("inf"), -7),
    "width": (0, -0.5, 1.5, float("nan")),
    "rotation": (181, float("-inf")),
    "layer": (-1, 100, 2**40),
}


@pytest.mark.parametrize("field", FALSE)
def test_pieces_that_no_client_could_have_sent_are_refused(ada: Person, worn: Outfit, field: str) -> None:
    contents = exported(ada)
    erased(ada)
    for value in FALSE[field]:
        file = changed(contents, "outfits.piece", lambda row, value=value: row["fields"].update({field: value}))
        with pytest.raises(BadExport):
            services.import_export(file=file, email="ada@new.example")
    assert not User.objects.filter(email="ada@new.example").exists()


def test_an_import_cannot_name_a_cover_nor_put_anothers_item_on(
    ada: Person, worn: Outfit, make_user: Callable[[str], User]
) -> None:
    theirs = Item.objects.create(owner=make_user("eve@example.org"), category="tops")
    contents = exported(ada)
    erased(ada)
    with pytest.raises(BadExport, match="not in the export"):
        services.import_export(
            file=changed(contents, "outfits.piece", lambda row: row["fields"].update(item=str(theirs.pk))),
            email="ada@new.example",
        )
    doctored = changed(contents, "outfits.outfit", lambda row: row["fields"].update(cover="../../user/ab/x"))
    services.import_export(file=doctored, email="ada@new.example")
    assert Outfit.objects.get().cover == ""


def test_the_zip_holds_nobody_elses_outfit(ada: Person, worn: Outfit, make_user: Callable[[str], User]) -> None:
    eve = make_user("eve@example.org")
    outfit(eve, Item.objects.create(owner=eve, category="tops"), name="Eve's")
    file = io.BytesIO()
    archive.write(file, ada.user, alive=lambda: None)
    with ZipFile(file) as opened:
        assert b"Eve" not in opened.read("rows/outfits.outfit.jsonl")
        assert len(opened.read("rows/outfits.piece.jsonl").splitlines()) == 2


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def kept(tmp_path: Path, receipt: object) -> str:
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(receipt))
    return str(path)


def covers() -> list[str]:
    return [name for shard in cover_files.shards() for name, _ in cover_files.listed(shard)]


def test_leaving_erases_covers_and_the_receipt_proves_it(
    ada: Person, worn: Outfit, client_of: ClientOf, vectors: VectorIndex, tmp_path: Path
) -> None:
    stray = worn.cover_name.replace(worn.cover, "0" * 20)  # of a worker that was killed
    default_storage.save(stray, ContentFile(b"WebP"))
    receipt = client_of(ada.user).delete("/api/v1/me/").json()
    assert receipt["outfits"] == [str(worn.pk)]
    assert (receipt["counts"]["rows"]["outfits.outfit"], receipt["counts"]["rows"]["outfits.piece"]) == (1, 2)
    assert not Outfit.objects.exists()
    path = kept(tmp_path, receipt)
    with pytest.raises(CommandError, match="traces are left"):  # the worker has not come yet
        call_command("verify_erasure", path)
    privacy.stages.finish_erasure(Erasure.objects.get().pk)
    call_command("verify_erasure", path)
    assert covers() == []
    assert Erasure.objects.get().outfits == []
    default_storage.save(worn.cover_name, ContentFile(b"WebP"))
    with pytest.raises(CommandError, match="1 traces"):
        call_command("verify_erasure", path)


def test_rows_of_an_outfit_that_were_left_are_found(
    ada: Person, worn: Outfit, make_user: Callable[[str], User], vectors: VectorIndex, tmp_path: Path
) -> None:
    receipt = services.erase_user(user=ada.user)
    privacy.stages.finish_erasure(Erasure.objects.get().pk)
    eve = make_user("eve@example.org")
    left = Outfit.objects.create(pk=worn.pk, owner=eve)
    Piece.objects.create(outfit=left, item=Item.objects.create(owner=eve, category="tops"), x=0, y=0, width=1)
    with pytest.raises(CommandError, match="2 traces"):
        call_command("verify_erasure", kept(tmp_path, asdict(receipt)))


def test_a_cover_that_is_being_made_when_its_owner_leaves_does_not_stay(
    ada: Person, worn: Outfit, monkeypatch: pytest.MonkeyPatch
) -> None:
    Piece.objects.update(x=F("x") + 0.1)
    keep = cover_files.keep

    def and_she_leaves(*given: Any) -> None:
        keep(*given)
        services.erase_user(user=ada.user)
        privacy.stages.finish_erasure(Erasure.objects.get().pk)

    monkeypatch.setattr(cover_files, "keep", and_she_leaves)
    stages.compose_cover(worn.pk)
    assert covers() == []


def test_others_keep_their_covers(ada: Person, worn: Outfit, make_user: Callable[[str], User]) -> None:
    eve = make_user("eve@example.org")
    shown = Item.objects.create(owner=eve, category="tops")
    ItemPicture.objects.create(item=shown, garment=garment(picture(eve, shade=10)))
    hers = outfit(eve, shown)
    stages.compose_cover(hers.pk)
    services.erase_user(user=ada.user)
    privacy.stages.finish_erasure(Erasure.objects.get().pk)
    hers.refresh_from_db()
    assert covers() == [hers.cover_name]


def test_receipts_from_before_there_were_outfits_are_still_read(ada: Person) -> None:
    receipt = asdict(services.erase_user(user=ada.user))
    old = {name: value for name, value in receipt.items() if name not in ("outfits", "signature")}
    signed = json.dumps({**old, "signature": ""}, sort_keys=True)
    old["signature"] = signing.Signer(salt="privacy.receipts").signature(signed)
    assert receipts.read(json.dumps(old)).outfits == ()
    with pytest.raises(receipts.BadReceipt, match="not signed"):
        receipts.read(json.dumps({**old, "outfits": [str(ada.item.pk)]}))
