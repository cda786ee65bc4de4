"""Throttles, hostile requests, and parts that are away."""

from __future__ import annotations

import json
import smtplib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client, RequestFactory
from rest_framework.test import APIClient
from rest_framework.throttling import SimpleRateThrottle

from accounts import services
from accounts.adapter import AccountAdapter
from accounts.models import Scope, User
from rest.addresses import client_address, network_of
from tests.accounts.conftest import PASS_PHRASE, Device, code_in_last_mail
from tests.environment import FOLDER

pytestmark = pytest.mark.django_db
PRODUCTS, ME = "/api/v1/products/", "/api/v1/me/"
ClientOf = Callable[[User], APIClient]


@pytest.fixture
def two_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"read": "2/min", "picture": "2/min"})


def test_a_user_a_key_and_an_address_have_a_count_each(two_a_minute: None, user: User, client_of: ClientOf) -> None:
    token = services.create_api_key(owner=user, name="website", scopes=[Scope.SEARCH]).token
    clients = [client_of(user), Client(headers={"Authorization": f"Api-Key {token}"}), Client()]
    for client in clients:
        assert [client.get(PRODUCTS).status_code for _ in range(3)] == [200, 200, 429]
        assert 1 <= int(client.get(PRODUCTS)["Retry-After"]) <= 60
    assert Client(REMOTE_ADDR="192.0.2.9").get(PRODUCTS).status_code == 200


def test_the_rate_of_keys_and_of_anonymous_is_their_own(
    monkeypatch: pytest.MonkeyPatch, user: User, client_of: ClientOf
) -> None:
    rates = {"read": "3/min", "key_read": "2/min", "anonymous_read": "1/min"}
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", rates)
    token = services.create_api_key(owner=user, name="website", scopes=[Scope.SEARCH]).token
    for client, allowed in [
        (client_of(user), 3), (Client(headers={"Authorization": f"Api-Key {token}"}), 2), (Client(), 1),
    ]:  # fmt: skip
        assert [client.get(PRODUCTS).status_code for _ in range(allowed + 1)] == [200] * allowed + [429]


def test_making_keys_is_throttled_so_that_their_counts_are_no_way_round(
    monkeypatch: pytest.MonkeyPatch, user: User, client_of: ClientOf
) -> None:
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"read": "100/min", "api_keys": "1/hour"})
    ada = client_of(user)
    body = {"name": "x", "scopes": ["search"]}
    assert [ada.post("/api/v1/me/api-keys/", body).status_code for _ in range(2)] == [201, 429]
    assert ada.get("/api/v1/me/api-keys/").status_code == 200


def test_a_forged_address_gets_no_fresh_count(two_a_minute: None) -> None:
    statuses = [Client().get(PRODUCTS, headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(3)]
    assert statuses == [200, 200, 429]


def test_behind_a_proxy_only_what_the_proxy_wrote_counts(two_a_minute: None, settings: Any) -> None:
    settings.NUM_PROXIES = 1
    forged = [
        Client().get(PRODUCTS, headers={"X-Forwarded-For": f"192.0.2.{n}, 198.51.100.7"}).status_code for n in range(3)
    ]
    assert forged == [200, 200, 429]
    assert Client().get(PRODUCTS, headers={"X-Forwarded-For": "198.51.100.8"}).status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "expected"),
    [
        (0, "192.0.2.1", "198.51.100.7", "198.51.100.7"),
        (1, "192.0.2.1", "10.0.0.1", "192.0.2.1"),
        (1, "203.0.113.9, 192.0.2.1", "10.0.0.1", "192.0.2.1"),
        (2, "203.0.113.9, 192.0.2.1, 10.0.0.2", "10.0.0.1", "192.0.2.1"),
        (2, "192.0.2.1", "10.0.0.1", "10.0.0.1"),  # came round a proxy
        (1, "nonsense", "10.0.0.1", "10.0.0.1"),
        (1, "192.0.2.1:5000", "10.0.0.1", "192.0.2.1"),
        (1, "[2001:db8::1]:5000", "10.0.0.1", "2001:db8::1"),
        (1, "::ffff:192.0.2.1", "10.0.0.1", "192.0.2.1"),
        (0, "", "", "0.0.0.0"),
    ],
)
def test_throttles_and_allauth_have_one_opinion_of_an_address(
    proxies: int, forwarded: str, remote: str, expected: str, settings: Any
) -> None:
    settings.NUM_PROXIES = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR=remote)
    assert client_address(request) == AccountAdapter().get_client_ip(request) == expected


def test_the_addresses_of_one_network_are_one_client() -> None:
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::1") == "2001:db8:1:2::"
    assert network_of("192.0.2.1") == "192.0.2.1"


def test_guessing_a_password_is_429_with_the_time_to_wait(user: User) -> None:
    answers = [Device().sign_in(user.email, f"wrong {n}") for n in range(6)]
    assert [answer.status_code for answer in answers] == [400] * 5 + [429]
    assert int(answers[-1]["Retry-After"]) == 300
    right = Device().sign_in(user.email)
    assert right.status_code == 429  # nor does the right one help: else guessing goes on


def test_another_host_in_the_request_gives_no_fresh_guesses(user: User) -> None:
    statuses = [
        Device()("POST", "auth/login", {"email": user.email, "password": "wrong"}, SERVER_NAME="localhost",
                 SERVER_PORT=str(8000 + n)).status_code
        for n in range(6)
    ]  # fmt: skip
    assert statuses == [400] * 5 + [429]


def test_guessing_from_one_address_at_many_accounts_is_429(db: None) -> None:
    statuses = [Device().sign_in(f"user{n}@example.org", "wrong").status_code for n in range(11)]
    assert statuses == [400] * 10 + [429]


def test_signing_up_in_masses_is_429_with_the_time_to_wait(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "signup": "2/m/ip"}
    answers = [Device().sign_up(f"user{n}@example.org") for n in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert int(answers[-1]["Retry-After"]) == 60
    assert User.objects.count() == 2


def test_guessing_at_the_door_of_the_admin_is_limited_too(user: User) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    browser = Client()
    for _ in range(5):
        assert browser.post("/admin/login/", {"username": user.email, "password": "wrong"}).status_code == 200
    page = browser.post("/admin/login/", {"username": user.email, "password": PASS_PHRASE})
    assert "Too many failed login attempts" in page.content.decode()
    caches["default"].clear()
    assert browser.post("/admin/login/", {"username": user.email, "password": PASS_PHRASE}).status_code == 302


HOSTILE = [
        b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 50_000, b'{"email": ' + b"[" * 20_000,
        b'{"email": ' + b"9" * 5000 + b"}", b'{"email": 1e999, "password": NaN}',
        b'{"email": "a\\u0000@example.org", "password": "a long pass phrase"}',
        b'{"email": "a@example.org", "password": "a\\u0000 long pass phrase"}',
        b'{"email": "a@example.org", "password": "\\ud800 long pass phrase"}',
        b'{"email": "\\ud800@example.org", "password": "a long pass phrase"}',
        b'{"email": {"x": 1}, "password": ["a", "b"], "key": {"y": []}, "provider": [], "process": {}, "token": 3}',
        b'{"provider": "google", "process": "login", "token": {"client_id": [], "id_token": {}}}',
        b'{"email": "' + b"a" * 300 + b'@example.org", "password": "a long pass phrase"}',
        b'{"email": "a@example.org", "password": "' + b"x" * 60_000 + b'"}',
        b'{"email": "' + b"a" * 70_000 + b'"}',
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "auth/signup", "auth/login", "auth/password/request", "auth/email/verify", "auth/password/reset",
        "auth/provider/token", "auth/reauthenticate",
    ],
)  # fmt: skip
def test_hostile_bodies_are_refused(path: str) -> None:
    for body in HOSTILE:
        caches["default"].clear()
        answer = Device()("POST", path, body)
        assert 400 <= answer.status_code < 429, (body[:80], answer.content)
        assert "json" in answer["Content-Type"], body[:80]
    assert not User.objects.exists()


def test_a_long_password_is_refused_and_a_thousand_characters_are_not() -> None:
    assert Device().sign_up("ada@example.org", "long-" * 201).status_code == 400
    assert Device().sign_up("ada@example.org", "long-" * 200).status_code == 401
    assert User.objects.get().check_password("long-" * 200)


@pytest.mark.parametrize("password", ["short", "password", "12345678"])
def test_a_poor_password_is_refused(password: str) -> None:
    answer = Device().sign_up("ada@example.org", password)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["param"] == "password"


@pytest.fixture
def redis_is_away(settings: Any) -> Iterator[None]:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": f"unix://{FOLDER}/nobody.sock"}}
    if hasattr(caches._connections, "default"):  # type: ignore[attr-defined]
        del caches["default"]
    yield
    del caches["default"]


def test_without_redis_signing_in_is_503_and_who_is_signed_in_stays_so(
    signed_up: Callable[..., Device], request: pytest.FixtureRequest
) -> None:
    phone = signed_up()
    request.getfixturevalue("redis_is_away")
    assert phone.me().status_code == 200
    for answer in (Device().sign_in("ada@example.org"), Device().sign_up("new@example.org")):
        assert answer.status_code == 503
        assert answer["Content-Type"] == "application/problem+json"
        assert int(answer["Retry-After"]) >= 1
    assert phone("GET", "auth/session").status_code == 200


def test_a_mail_server_that_is_away_is_503_and_a_sign_in_sends_the_code_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise smtplib.SMTPServerDisconnected("mail.internal: gone")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("django.core.mail.EmailMessage.send", away)
        answer = Device().sign_up("ada@example.org")
    assert answer.status_code == 503
    assert "internal" not in answer.content.decode()
    caches["default"].clear()
    phone = Device()
    assert phone.sign_in("ada@example.org").status_code == 401
    assert phone.verify(code_in_last_mail()).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        [], {"name": None}, {"name": "x" * 151}, {"name": "a\0b"}, {"name": "\ud800"}, {"name": ["x"]},
        {"keeps_history": "perhaps"}, {"public_looks": 2}, {"public_looks": None}, {"email": "x@example.org"},
        {"is_staff": True}, {"first_name": "x"},
    ],
)  # fmt: skip
def test_settings_that_are_none_are_malformed(body: object, user: User, client_of: ClientOf) -> None:
    answer = client_of(user).patch(ME, json.dumps(body), content_type="application/json")
    assert answer.status_code == 400
    assert client_of(user).get(ME).json() == {
        "email": user.email, "name": "", "keeps_history": True, "public_looks": True,
    }  # fmt: skip


def test_settings_are_changed_one_by_one(user: User, client_of: ClientOf) -> None:
    ada = client_of(user)
    assert ada.patch(ME, {"public_looks": False}).json()["public_looks"] is False
    assert ada.patch(ME, {"name": " Ada Lovelace "}).json()["name"] == "Ada Lovelace"
    assert ada.patch(ME, {"keeps_history": False}).json() == {
        "email": user.email, "name": "Ada Lovelace", "keeps_history": False, "public_looks": False,
    }  # fmt: skip
    assert ada.patch(ME, {"name": ""}).json()["name"] == ""


@pytest.mark.parametrize("number", [2**63, 1e300, "9" * 30])
def test_sessions_that_no_row_can_name_are_malformed(number: float | str, signed_up: Callable[..., Device]) -> None:
    answer = signed_up()("DELETE", "auth/sessions", {"sessions": [number]})
    assert answer.status_code == 400
