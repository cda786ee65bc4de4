"""What is Ada's stays Ada's: every operation is asked for her things by Eve and by nobody in particular."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import PIL.Image
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import ApiKey, User
from images import links
from images.links import Form
from images.models import CutOut, Garment, Image
from privacy.models import Export
from search.models import Search
from tests.fuzz.world import tokens_in
from tests.privacy.test_export import EXPORT
from tests.rest.test_schema import calls
from tests.rest.two_users import (
    API,
    CASES,
    Attempt,
    Ids,
    Kind,
    fingerprint,
    nobodys,
    settle,
    spelt_otherwise,
    where,
    without_ids,
)

pytestmark = pytest.mark.usefixtures("db", "queue")
Key = tuple[str, str]


@dataclass(frozen=True)
class Two:
    ada: User
    adas: Ids
    eve: APIClient
    eves: Ids
    anonymous: APIClient
    before: dict[str, tuple[int, str]]
    """Fingerprint of what is Ada's."""
    files: list[str]

    def nothing_of_adas_has_changed(self) -> bool:
        return fingerprint(self.ada) == self.before and set(self.files) <= set(stored())


@pytest.fixture(autouse=True)
def _streams_are_closed(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As a server closes them when the client has gone: each takes a place until then."""
    streams: list[Any] = []
    request = APIClient.request

    def noted(self: APIClient, **environ: Any) -> Any:
        answer = request(self, **environ)
        if answer.streaming:
            streams.append(answer)
        return answer

    monkeypatch.setattr(APIClient, "request", noted)
    yield
    for answer in streams:
        answer.close()


@pytest.fixture
def user(db: None) -> User:
    return someone("ada@example.org")


@pytest.fixture
def eve(db: None) -> User:
    return someone("eve@example.org")


def someone(email: str) -> User:
    """Without a password: to hash one takes longer than everything else here."""
    return User.objects.create(email=email, password="!", public_looks=True)


@pytest.fixture
def two(user: User, eve: User, client_of: Callable[[User], APIClient]) -> Two:
    eves, adas = settle(eve), settle(user)
    Export.objects.filter(owner=eve).delete()
    return Two(user, adas, client_of(eve), eves, APIClient(), fingerprint(user), stored())


def stored(folder: str = "") -> list[str]:
    folders, names = default_storage.listdir(folder)
    return [f"{folder}{name}" for name in names] + [name for one in folders for name in stored(f"{folder}{one}/")]


def of_kind(*kinds: Kind) -> list[Key]:
    return [key for key, case in CASES.items() if case.kind in kinds]


def send(client: APIClient, key: Key, them: Ids, attempt: Attempt, **headers: str) -> Any:
    method, path = key
    body: Any = attempt.body
    form = None
    if path in ("images/", "wardrobe/uploads/") and method == "post":
        name, form = "file" if path == "images/" else "files", "multipart"
        body = {**(body or {}), name: SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg")}
    return getattr(client, method)(where(path, them, attempt), body, format=form, headers=headers)


def jpeg() -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (120, 160), (200, 30, 30)).save(file, "JPEG")
    return file.getvalue()


def text_of(answer: Any) -> str:
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode(errors="replace")


def secrets_in(text: str, two: Two) -> list[str]:
    keys = ApiKey.objects.filter(owner=two.ada).values_list("prefix", flat=True)
    return [secret for secret in two.adas.secrets() | {two.ada.email, *keys} if secret in text]


# The table -----------------------------------------------------------------------------------------------------------


def test_every_operation_has_its_line_in_the_table() -> None:
    assert sorted(CASES) == sorted((call.method, call.path.removeprefix(API)) for call in calls())


def test_a_thing_of_adas_is_not_there_for_eve(two: Two) -> None:
    for key in of_kind(Kind.THING, Kind.SHOWN):
        nobody = nobodys()
        for ask in CASES[key].asks:
            asked = ask(two.adas, two.eves)
            answer = send(two.eve, key, two.adas, asked)
            assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), (key, asked)
            unknown = send(two.eve, key, nobody, ask(nobody, two.eves))
            assert (unknown.status_code, without_ids(text_of(unknown))) == (404, without_ids(text_of(answer))), (
                key,
                asked,
            )
            for body in spelt_otherwise(asked.body):
                assert send(two.eve, key, two.adas, Attempt(body, asked.where)).status_code in (400, 404), (key, body)
        assert two.nothing_of_adas_has_changed(), key


def test_who_is_not_signed_in_is_told_so_before_anything_else(two: Two) -> None:
    for key in of_kind(Kind.THING, Kind.OWN):
        for ask in CASES[key].asks:
            answer = send(two.anonymous, key, two.adas, ask(two.adas, two.eves))
            assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json"), key
            assert "WWW-Authenticate" in answer
            assert secrets_in(text_of(answer), two) == []
        assert two.nothing_of_adas_has_changed(), key


def test_where_no_sign_in_is_needed_a_private_thing_is_not_there(two: Two) -> None:
    for key in of_kind(Kind.SHOWN):
        nobody = nobodys()
        for ask in CASES[key].asks:
            answer = send(two.anonymous, key, two.adas, ask(two.adas, two.eves))
            assert answer.status_code == 404
            unknown = send(two.anonymous, key, nobody, ask(nobody, two.eves))
            assert (unknown.status_code, without_ids(text_of(unknown))) == (404, without_ids(text_of(answer)))
        assert two.nothing_of_adas_has_changed(), key


@pytest.mark.parametrize("key", of_kind(Kind.OWN, Kind.OPEN), ids=" ".join)
def test_what_eve_does_with_her_own_touches_nothing_of_adas(key: Key, two: Two) -> None:
    for ask in CASES[key].asks:
        attempt = ask(two.adas, two.eves)
        for client in (two.eve, two.anonymous)[: 2 if CASES[key].kind == Kind.OPEN else 1]:
            answer = send(client, key, two.adas, attempt)
            assert 200 <= answer.status_code < 300, text_of(answer)
            assert secrets_in(text_of(answer), two) == []
    assert two.nothing_of_adas_has_changed()


ANEW = ("get", "recommendations/photos/")
"""Shows what all may see, Ada's look too, and something else each time."""


@pytest.mark.parametrize("key", [key for key in of_kind(Kind.OWN) if key[0] == "get" and key != ANEW], ids=" ".join)
def test_what_eve_reads_is_the_same_whether_ada_is_there_or_not(
    key: Key, user: User, eve: User, client_of: Callable[[User], APIClient]
) -> None:
    eves, client = settle(eve), client_of(eve)
    alone = text_of(send(client, key, eves, Attempt()))
    settle(user)
    assert without_tokens(text_of(send(client, key, eves, Attempt()))) == without_tokens(alone)


def without_tokens(text: str) -> str:
    return re.sub(r'token=[^"&]+', "", text)


def test_numbers_of_one_are_not_in_the_lists_of_the_other(two: Two) -> None:
    for path, rows in (("me/api-keys/", ApiKey.objects.filter(owner=two.ada)), ("search/history/",
                       Search.objects.filter(user=two.ada))):  # fmt: skip
        shown = {one["id"] for one in two.eve.get(API + path).json()["results"]}
        assert shown
        assert shown & set(rows.values_list("pk", flat=True)) == set()


def test_an_account_ends_alone(two: Two) -> None:
    assert two.eve.delete(f"{API}me/").status_code == 200
    assert not User.objects.filter(email="eve@example.org").exists()
    assert two.nothing_of_adas_has_changed()


# Other ways to ask ---------------------------------------------------------------------------------------------------


def test_head_and_what_a_client_holds_already_tell_nothing(two: Two, user: User) -> None:
    for key in [key for key in of_kind(Kind.THING, Kind.SHOWN) if key[0] == "get"]:
        mine = APIClient()
        mine.force_authenticate(user)
        for ask in CASES[key].asks:
            asked = ask(two.adas, two.eves)
            address = f"{where(key[1], two.adas, asked)}?{urlencode(asked.body or {})}"
            head = two.eve.head(address)
            assert (head.status_code, head.content, head.get("ETag")) == (404, b"", None)
            assert two.anonymous.head(address).status_code in (401, 404)
            held = mine.get(address).get("ETag", '"x"')
            for etag in (held, f"W/{held}", "*"):
                assert two.eve.get(address, headers={"If-None-Match": etag}).status_code == 404
            assert two.eve.get(address, headers={"Range": "bytes=0-99"}).status_code == 404


def test_a_condition_tells_nothing_of_a_thing_that_is_not_there(two: Two, user: User) -> None:
    for key in [key for key in of_kind(Kind.THING) if key[0] in ("patch", "delete")]:
        mine = APIClient()
        mine.force_authenticate(user)
        address = where(key[1], two.adas, CASES[key].asks[0](two.adas, two.eves))
        held = mine.get(address).get("ETag", '"x"')
        for etag in (held, '"false"', "*"):
            body = CASES[key].asks[0](two.adas, two.eves).body
            answer = getattr(two.eve, key[0])(address, body, headers={"If-Match": etag})
            assert answer.status_code == 404
        assert two.nothing_of_adas_has_changed(), key


def test_options_answers_the_same_of_what_is_adas_and_of_what_is_nobodys(two: Two) -> None:
    for path in sorted({path for _, path in of_kind(Kind.THING, Kind.SHOWN)}):
        nobody = nobodys()
        for client in (two.eve, two.anonymous):
            answer = client.options(where(path, two.adas, Attempt(where={"id": two.adas.key})))
            unknown = client.options(where(path, nobody, Attempt(where={"id": nobody.key})))
            assert (answer.status_code, text_of(answer)) == (unknown.status_code, text_of(unknown))
            assert secrets_in(text_of(answer), two) == []


def test_another_spelling_of_the_address_is_no_way_in(two: Two) -> None:
    """What proxies make of addresses: no slash at the end, upper case, two slashes, a dot, a format."""
    for key in [key for key in of_kind(Kind.THING, Kind.SHOWN) if "{" in key[1]]:
        asked = CASES[key].asks[0](two.adas, two.eves)
        address = where(key[1], two.adas, asked)
        asked_for = re.findall(r"[0-9a-f-]{36}", f"{address} {asked.body}")
        body = asked.body if key[0] in ("post", "patch", "put") else None
        spellings = (
            address[:-1], API + address.removeprefix(API).upper(), upper_ids(address), address.replace("/v1/", "/v1//"),
            address.replace("/v1/", "/v1/./"), f"{address}.json", f"{address}?format=api", f"{address[:-1]}%00/",
            f"{address[:-1]}%2F", f"{address[:-1]};x/", f"/{address}", f"{address}/",
        )  # fmt: skip
        for client in (two.eve, two.anonymous):
            for spelling in spellings:
                answer = getattr(client, key[0])(spelling, body, follow=key[0] == "get")
                assert answer.status_code in (301, 400, 401, 404, 405), (spelling, answer.status_code)
                assert secrets_in(without(asked_for, text_of(answer)), two) == [], spelling
        assert two.nothing_of_adas_has_changed(), key


def upper_ids(address: str) -> str:
    return re.sub(r"[0-9a-f-]{36}", lambda found: found[0].upper(), address)


def without(asked_for: list[str], text: str) -> str:
    """A problem may repeat the ids that it was asked for."""
    for one in asked_for:
        text = text.replace(one, "")
    return text


def test_a_method_put_into_a_header_or_a_field_is_none(two: Two) -> None:
    address = f"{API}images/{two.adas.image}/"
    for sent in ({"headers": {"X-HTTP-Method-Override": "DELETE"}}, {"data": {"_method": "DELETE"}}):
        assert two.eve.post(address, **sent).status_code == 405
    assert two.nothing_of_adas_has_changed()


# Ids and keys in what is Eve's own -----------------------------------------------------------------------------------


def test_a_cover_that_is_adas_is_refused_like_one_that_is_nobodys(two: Two) -> None:
    answers = [
        two.eve.patch(f"{API}wardrobe/items/{two.eves.item}/", {"cover": cover})
        for cover in (two.adas.garment, two.adas.spare, two.adas.look_garment, nobodys().garment)
    ]
    assert {(answer.status_code, without_ids(text_of(answer))) for answer in answers} == {
        (answers[-1].status_code, without_ids(text_of(answers[-1])))
    }
    assert 400 <= answers[0].status_code < 500


def test_the_key_of_adas_request_repeats_nothing_to_eve(two: Two, user: User) -> None:
    mine = APIClient()
    mine.force_authenticate(user)
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("wardrobe/items/", {"garment": two.adas.spare}),
        ("me/api-keys/", {"name": "x", "scopes": ["search"]}),
    )
    for path, body in asked:
        first = mine.post(API + path, body, headers={"Idempotency-Key": path})
        assert first.status_code == 201
        second = two.eve.post(API + path, body, headers={"Idempotency-Key": path})
        assert second.status_code == (404 if "garment" in body else 201)
        assert first.json()["id"] != second.json().get("id")


def test_the_bytes_of_adas_picture_are_a_new_picture_of_eves(two: Two, user: User) -> None:
    mine = APIClient()
    mine.force_authenticate(user)
    key = ("post", "images/")
    sent = Attempt({"purpose": "wardrobe"})
    first, again, other = (
        send(client, key, two.adas, sent, **{"Idempotency-Key": "a key"}) for client in (mine, mine, two.eve)
    )
    assert [answer.status_code for answer in (first, again, other)] == [202, 200, 202]
    assert first.json()["id"] == again.json()["id"] != other.json()["id"]
    upload = send(two.eve, ("post", "wardrobe/uploads/"), two.adas, Attempt())
    assert first.json()["id"] not in text_of(upload)


# Addresses that open without a header --------------------------------------------------------------------------------

PLACES = {
    Form.FILE: "images/{}/file/", Form.THUMBNAIL: "images/{}/thumbnail/", Form.EVENTS: "images/{}/events/",
    Form.CUT_OUT: "garments/{}/cut-out/",
}  # fmt: skip


@pytest.fixture
def opened(two: Two) -> dict[tuple[Form, str], str]:
    """The addresses of each form of two described pictures of Ada's, by form and id."""
    look = Image.objects.get(pk=two.adas.look)
    Image.objects.filter(pk=look.pk).update(review="", purpose="wardrobe")  # a second private one
    spare = Garment.objects.get(uid=two.adas.spare)
    Garment.objects.filter(pk=spare.pk).update(cut_out=CutOut.READY)
    with default_storage.open(Garment.objects.get(uid=two.adas.garment).cut_out_name) as file:
        default_storage.save(spare.cut_out_name, file)
    pictures, garments = (two.adas.image, two.adas.look), (two.adas.garment, two.adas.spare)
    return {
        (form, of): API + place.format(of)
        for form, place in PLACES.items()
        for of in (garments if form == Form.CUT_OUT else pictures)
    }


def test_a_token_opens_its_form_of_its_picture_and_no_other(two: Two, opened: dict[tuple[Form, str], str]) -> None:
    export = tokens_of_export(two)
    for form in Form:
        for of in sorted({of for _, of in opened} | {two.adas.waiting}):
            token = links.token(form, of)  # type: ignore[arg-type]
            for place, address in opened.items():
                answer = two.anonymous.get(address, {"token": token})
                assert answer.status_code == (200 if place == (form, of) else 404), (form, place)
                text_of(answer)
            assert two.anonymous.get(f"{EXPORT}file/", {"token": token}).status_code == 404
    for address in opened.values():
        assert two.anonymous.get(address, {"token": export}).status_code == 404


def test_a_token_is_no_way_into_what_is_no_file(two: Two) -> None:
    for form in Form:
        for of in (two.adas.image, two.adas.garment):
            token = links.token(form, of)  # type: ignore[arg-type]
            for path in (f"images/{two.adas.image}/", f"garments/{two.adas.garment}/"):
                assert two.eve.get(API + path, {"token": token}).status_code == 404
                assert two.eve.delete(f"{API}{path}?token={token}").status_code == 404
                assert two.anonymous.delete(f"{API}{path}?token={token}").status_code == 401
    assert two.nothing_of_adas_has_changed()


def test_an_expired_token_opens_nothing(
    two: Two, opened: dict[tuple[Form, str], str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [f"{address}?token={links.token(*place)}" for place, address in opened.items()]  # type: ignore[arg-type]
    addresses += [f"{EXPORT}file/?token={tokens_of_export(two)}"]
    for address in addresses:
        answer = two.anonymous.get(address)
        assert answer.status_code == 200
        text_of(answer)
    later = time.time() + settings.MEDIA_URL_LIFETIME_S + 3601
    monkeypatch.setattr(time, "time", lambda: later)
    for client in (two.anonymous, two.eve):
        assert {client.get(address).status_code for address in addresses} == {404}


def tokens_of_export(two: Two) -> str:
    mine = APIClient()
    mine.force_authenticate(two.ada)
    [token] = tokens_in(json.loads(mine.get(EXPORT).content))
    return token
