"""A person with a phone, over HTTP against the running stack: from signing up to proving that nothing is left."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
import requests

from catalog.drawn import demo_products
from tests.flows.installation import Database, eventually, short_folder
from tests.flows.running import Running, environment, free_port, processes_of, sockets_of
from tests.servers import ROOT

EMAIL, PASSWORD = "ada@example.org", "a long pass phrase of Ada's"


@dataclass
class Phone:
    """What the app on the phone does: JSON and pictures, with the session's token."""

    base: str
    mail: Path
    token: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, *, expect: int | tuple[int, ...], **options: Any) -> Any:
        headers = {"X-Session-Token": self.token} if self.token else {}
        url = path if path.startswith("http") else f"{self.base}{path}"
        answer = self.session.request(
            method, url, headers={**headers, **options.pop("headers", {})}, timeout=60, **options
        )
        allowed = (expect,) if isinstance(expect, int) else expect
        assert answer.status_code in allowed, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        if answer.headers.get("Content-Type", "").endswith("json"):
            return answer.json()
        return answer.content

    def api(self, method: str, path: str, *, expect: int | tuple[int, ...] = 200, **options: Any) -> Any:
        return self.call(method, f"/api/v1/{path}", expect=expect, **options)

    def auth(self, path: str, *, expect: int, **body: Any) -> Any:
        answer = self.call("POST", f"/_allauth/app/v1/auth/{path}", expect=expect, json=body)
        self.token = answer.get("meta", {}).get("session_token") or self.token
        return answer

    def letter(self) -> str:
        """The newest e-mail."""
        eventually(lambda: any(self.mail.glob("*")), "a letter came")
        return max(self.mail.glob("*"), key=lambda path: path.stat().st_mtime_ns).read_text()

    def wait(self, path: str, ready: str, *, within_s: float = 240) -> Any:
        """Poll as the answer asks to."""
        deadline = time.monotonic() + within_s
        while True:
            answer = self.session.get(f"{self.base}/api/v1/{path}", headers={"X-Session-Token": self.token}, timeout=60)
            assert answer.status_code in (200, 202), answer.text
            body = answer.json()
            if body[ready] in (True, "ready"):
                return body
            assert time.monotonic() < deadline, body
            time.sleep(float(answer.headers["Retry-After"]))


@dataclass(frozen=True)
class Clothes:
    """12 pictures of 8 garments: the first twice more as copies and once from another side, one lying on its side,
    one picture of nothing."""

    pictures: list[bytes]
    categories: list[str]


@pytest.fixture(scope="module")
def clothes() -> Clothes:
    drawings = list(demo_products(14))
    chosen = drawings[:8]
    pictures = [drawing.jpeg() for drawing in chosen]
    nothing = io.BytesIO()
    PIL.Image.linear_gradient("L").resize((400, 300)).convert("RGB").save(nothing, "JPEG")
    pictures[3] = on_its_side(pictures[3])
    pictures += [pictures[0], pictures[5], smaller(pictures[0]), nothing.getvalue()]
    assert len(pictures) == 12
    return Clothes(pictures, [drawing.garments[0].category.value for drawing in chosen])


def on_its_side(jpeg: bytes) -> bytes:
    """Pixels turned, and the camera's note how to turn them back."""
    file = io.BytesIO()
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    PIL.Image.open(io.BytesIO(jpeg)).transpose(PIL.Image.Transpose.ROTATE_90).save(file, "JPEG", exif=exif, quality=92)
    return file.getvalue()


def smaller(jpeg: bytes) -> bytes:
    """The same garment photographed again, from a bit further away."""
    file = io.BytesIO()
    picture = PIL.Image.open(io.BytesIO(jpeg))
    wide = PIL.Image.new("RGB", (picture.width * 5 // 4, picture.height * 5 // 4), picture.getpixel((2, 2)))
    wide.paste(picture, (picture.width // 8, picture.height // 8))
    wide.save(file, "JPEG", quality=88)
    return file.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, clothes: Clothes) -> Iterator[Path]:
    """A shop's catalogue of a few products, so that there is something to find."""
    folder, shop = short_folder(), tmp_path_factory.mktemp("shop")
    feed = ["file,sku,title,category,price,currency"]
    for number, drawing in enumerate(demo_products(14)):
        (shop / f"{number}.jpg").write_bytes(drawing.jpeg())
        feed.append(f"{number}.jpg,S{number},Product {number},{drawing.garments[0].category.value},{10 + number},EUR")
    (shop / "feed.csv").write_text("\n".join(feed))
    manage(folder, "migrate", "--verbosity", "0")
    manage(folder, "import_products", str(shop / "feed.csv"), "--images", str(shop), "--no-wait")
    yield folder
    for pid in processes_of(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(sockets_of(folder), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_suffix(".txt").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Running]:
    started = Running(folder, free_port(), EMAIL_URL=f"file://{folder}/mail")
    started.wait_until_it_serves(within_s=120)
    yield started
    assert started.stop() == 0


def manage(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment(folder), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_person_signs_up_fills_a_wardrobe_uses_it_and_leaves_without_a_trace(
    folder: Path, running: Running, clothes: Clothes, tmp_path: Path
) -> None:
    phone = Phone(f"http://127.0.0.1:{running.port}", folder / "mail")
    sign_up(phone)

    upload = phone.api("POST", "wardrobe/uploads/", expect=202, files=files(clothes.pictures))
    assert [picture["duplicate"] for picture in upload["pictures"]] == [False] * 8 + [True, True, False, False]
    assert upload["pictures"][8]["image"]["id"] == upload["pictures"][0]["image"]["id"]
    again = phone.api("POST", "wardrobe/uploads/", expect=(200, 202), files=files(clothes.pictures[:1]))
    assert again["pictures"][0]["duplicate"]  # a retry by hand makes no second picture

    upload = phone.wait(f"wardrobe/uploads/{upload['id']}/", "ready")
    assert [picture["error"] for picture in upload["pictures"]] == [None] * 12
    empty = phone.api("GET", f"images/{upload['pictures'][11]['image']['id']}/")
    assert empty["garments"] == []  # nothing is made up
    turned = phone.api("GET", f"images/{upload['pictures'][3]['image']['id']}/")
    assert turned["height"] > turned["width"]
    assert turned["garments"][0]["box"]["height"] > 0.3
    served = PIL.Image.open(io.BytesIO(requests.get(turned["url"], timeout=30).content))  # as an <img> would
    assert served.getexif().get_ifd(0x8825) == {}  # nobody learns where it was taken

    items = confirm(phone, upload, clothes)
    wrong = next(item for item in items if item["category"] == "tops")
    garment = (
        wrong["cover"]["garment"]["id"] if isinstance(wrong["cover"]["garment"], dict) else wrong["cover"]["garment"]
    )
    phone.api("PATCH", f"garments/{garment}/", expect=(200, 202), json={"category": "outerwear"})
    eventually(lambda: phone.api("GET", f"garments/{garment}/")["status"] == "ready", "it is described again")
    assert phone.api("GET", f"garments/{garment}/")["category"] == "outerwear"

    worn = items[0]["id"]
    assert phone.api("POST", f"wardrobe/items/{worn}/wears/", expect=201, json={})
    assert phone.api("POST", f"wardrobe/items/{worn}/wears/", expect=200, json={})  # a retry counts once
    assert phone.api("POST", f"wardrobe/items/{worn}/wears/", expect=201, json={"day": "2026-01-05"})

    cover = items[0]["cover"]["garment"]
    found = phone.api("POST", "search/", json={"garment": cover["id"] if isinstance(cover, dict) else cover})
    assert found["results"], "the shop has something like it"
    product = found["results"][0]["product"]
    phone.api("PUT", f"products/{product['id']}/like/", expect=204)
    assert [like["product"]["id"] for like in phone.api("GET", "likes/")["results"]] == [product["id"]]

    statistics = phone.api("GET", "wardrobe/statistics/")
    assert json.dumps(statistics)  # its shape is tested in tests/wardrobe

    export = phone.wait("me/export/", "status", within_s=120)
    archive = zipfile.ZipFile(io.BytesIO(phone.call("GET", export["url"], expect=200)))
    assert len([name for name in archive.namelist() if name.startswith("pictures/")]) >= 10
    rows = json.loads(archive.read("export.json"))["rows"]
    assert rows["wardrobe.item"] == len(items)
    assert rows["wardrobe.careday"] == 2
    assert rows["images.correction"] == 1

    receipt = phone.api("DELETE", "me/")
    assert receipt["counts"]["rows"]["wardrobe.item"] == len(items)
    (tmp_path / "receipt.json").write_text(json.dumps(receipt))
    phone.api("GET", "me/", expect=401)  # signed out everywhere
    database = Database(folder / "garderobe.sqlite3")
    eventually(
        lambda: database.rows("SELECT count(*) FROM privacy_erasure WHERE finished_at IS NULL") == [(0,)],
        "files are gone",
    )
    assert "nothing is left" in manage(folder, "verify_erasure", str(tmp_path / "receipt.json"))
    assert list((folder / "pictures" / "user").rglob("*.jpg")) == []


def sign_up(phone: Phone) -> None:
    phone.auth("signup", expect=401, email=EMAIL, password=PASSWORD)
    code = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{2,4})\s*$", phone.letter(), re.MULTILINE)
    assert code, phone.letter()
    phone.auth("email/verify", expect=200, key=code[1])
    assert phone.api("GET", "me/")["email"] == EMAIL


def files(pictures: list[bytes]) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("files", (f"IMG_{number}.jpg", picture, "image/jpeg")) for number, picture in enumerate(pictures)]


def confirm(phone: Phone, upload: dict[str, Any], clothes: Clothes) -> list[dict[str, Any]]:
    """One item for each thing proposed: the jacket in two pictures is one."""
    proposals = upload["proposals"]
    first = {
        garment["id"] for garment in phone.api("GET", f"images/{upload['pictures'][0]['image']['id']}/")["garments"]
    }
    together = next(proposal for proposal in proposals if first & set(map(id_of, proposal["garments"])))
    assert len(together["garments"]) >= 2, "the same garment in two pictures is one proposal"
    items = []
    for proposal in proposals:
        body = {"garments": [id_of(garment) for garment in proposal["garments"]], "price": "20.00", "currency": "EUR"}
        items.append(phone.api("POST", "wardrobe/items/", expect=201, json=body))
    assert len(items) == len(phone.api("GET", "wardrobe/items/")["results"])
    return items


def id_of(garment: Any) -> str:
    return str(garment["id"] if isinstance(garment, dict) else garment)
