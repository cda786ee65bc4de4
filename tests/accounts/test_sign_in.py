"""From sign-up to sign-out, as an app does it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts import stages
from accounts.models import User
from accounts.services import create_api_key
from recommendations.models import HiddenPhotographer
from tests.accounts.conftest import ANOTHER, PASS_PHRASE, Device, code_in_last_mail

pytestmark = pytest.mark.django_db
SignedUp = Callable[..., Device]


def sessions_of(device: Device) -> list[dict[str, object]]:
    return device("GET", "auth/sessions").json()["data"]  # type: ignore[no-any-return]


def test_sign_up_verify_and_ask_who_one_is() -> None:
    phone = Device()
    answer = phone.sign_up("Ada@Example.org")
    assert answer.status_code == 401  # not yet
    assert {"id": "verify_email", "is_pending": True} in answer.json()["data"]["flows"]
    assert phone.me().status_code == 401
    assert mail.outbox[-1].to == ["ada@example.org"]
    answer = phone.verify(code_in_last_mail())
    assert answer.status_code == 200
    assert answer.json()["meta"]["is_authenticated"] is True
    assert phone.me().json() == {
        "email": "ada@example.org", "name": "", "keeps_history": True, "public_looks": False,
    }  # fmt: skip


def test_without_its_code_nobody_gets_in() -> None:
    phone = Device()
    phone.sign_up("ada@example.org")
    assert [phone.verify("AAAAAA").status_code for _ in range(4)] == [400, 400, 400, 409]
    assert phone.verify(code_in_last_mail()).status_code == 409  # three wrong ones, and the right one is void
    assert phone.me().status_code == 401
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_two_devices_are_listed_and_one_puts_the_other_out(signed_up: SignedUp) -> None:
    phone, tablet = signed_up(name="phone"), Device("tablet")
    assert tablet.sign_in("ada@example.org").status_code == 200
    assert tablet.me().status_code == 200
    listed = sessions_of(phone)
    assert sorted((row["user_agent"], row["is_current"]) for row in listed) == [("phone", True), ("tablet", False)]
    others = [row["id"] for row in listed if not row["is_current"]]
    assert phone("DELETE", "auth/sessions", {"sessions": others}).status_code == 200
    assert (phone.me().status_code, tablet.me().status_code) == (200, 401)
    assert tablet("GET", "auth/session").status_code == 410
    assert [row["user_agent"] for row in sessions_of(phone)] == ["phone"]


def test_nobody_ends_the_sessions_of_others(signed_up: SignedUp) -> None:
    ada, grace = signed_up("ada@example.org"), signed_up("grace@example.org")
    answer = grace("DELETE", "auth/sessions", {"sessions": [row["id"] for row in sessions_of(ada)]})
    assert answer.status_code == 400
    assert ada.me().status_code == 200


def test_signing_out_ends_the_session(signed_up: SignedUp) -> None:
    phone = signed_up()
    assert phone("DELETE", "auth/session").status_code == 401  # allauth's way to say: signed out
    assert phone.me().status_code == 401
    assert not Session.objects.filter(session_key=phone.token).exists()


def test_a_new_password_by_code_ends_every_session(signed_up: SignedUp) -> None:
    phone, thief = signed_up(), Device("elsewhere")
    thief.sign_in("ada@example.org")
    forgetful = Device()
    assert forgetful("POST", "auth/password/request", {"email": "ada@example.org"}).status_code == 401
    answer = forgetful("POST", "auth/password/reset", {"key": code_in_last_mail(), "password": ANOTHER})
    assert answer.status_code == 401  # to sign in with it now
    assert [device.me().status_code for device in (phone, thief)] == [401, 401]
    assert Device().sign_in("ada@example.org").status_code == 400
    assert Device().sign_in("ada@example.org", ANOTHER).status_code == 200


def test_changing_the_password_ends_the_other_sessions_and_tells_the_owner(signed_up: SignedUp) -> None:
    phone, thief = signed_up(), Device("elsewhere")
    thief.sign_in("ada@example.org")
    body = {"current_password": PASS_PHRASE, "new_password": ANOTHER}
    assert phone("POST", "account/password/change", body).status_code == 200
    assert (phone.me().status_code, thief.me().status_code) == (200, 401)
    assert [row["user_agent"] for row in sessions_of(phone)] == ["phone"]
    assert "password has been changed" in str(mail.outbox[-1].body)


def test_another_address_counts_once_it_is_verified(signed_up: SignedUp) -> None:
    phone = signed_up()
    assert phone("POST", "account/email", {"email": "lovelace@example.org"}).status_code == 200
    assert phone.me().json()["email"] == "ada@example.org"
    assert mail.outbox[-1].to == ["lovelace@example.org"]
    assert phone.verify(code_in_last_mail()).status_code == 200
    assert phone.me().json()["email"] == "lovelace@example.org"
    assert Device().sign_in("ada@example.org").status_code == 400
    assert Device().sign_in("lovelace@example.org").status_code == 200


def test_an_address_that_somebody_took_meanwhile_is_not_given_to_two(signed_up: SignedUp) -> None:
    phone = signed_up()
    phone("POST", "account/email", {"email": "grace@example.org"})
    code = code_in_last_mail()
    User.objects.create_user("grace@example.org", PASS_PHRASE)
    assert phone.verify(code).status_code == 409
    assert phone.me().json()["email"] == "ada@example.org"
    assert User.objects.filter(email="grace@example.org").count() == 1


def test_signing_up_with_an_address_that_is_there_looks_the_same_and_tells_its_owner(signed_up: SignedUp) -> None:
    signed_up("ada@example.org")
    cache.clear()  # one e-mail in ten seconds to one address
    known, unknown = Device().sign_up("ada@example.org", ANOTHER), Device().sign_up("new@example.org", ANOTHER)
    assert known.status_code == unknown.status_code == 401
    assert known.json()["data"] == unknown.json()["data"]
    assert "there is an account already" in str(mail.outbox[-2].body)
    assert "http" not in str(mail.outbox[-2].body)
    assert User.objects.filter(email="ada@example.org").count() == 1
    assert Device().sign_in("ada@example.org", ANOTHER).status_code == 400


def test_asking_for_the_password_of_nobody_looks_the_same(signed_up: SignedUp) -> None:
    signed_up("ada@example.org")
    answers = [
        Device()("POST", "auth/password/request", {"email": email}).json()["data"]
        for email in ("ada@example.org", "nobody@example.org")
    ]
    assert answers[0] == answers[1]
    assert "there is no account" in str(mail.outbox[-1].body)


def test_two_sign_ups_at_the_same_moment_make_one_user(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(form: object, email: str) -> str:
        User.objects.create_user(email, PASS_PHRASE)  # after the form looked, before it writes
        return email

    monkeypatch.setattr("allauth.account.forms.BaseSignupForm.validate_unique_email", late)
    assert Device().sign_up("ada@example.org", ANOTHER).status_code == 401
    assert User.objects.get().check_password(PASS_PHRASE)


def test_a_closed_installation_takes_no_sign_up(settings: object) -> None:
    settings.SIGN_UP_OPEN = False  # type: ignore[attr-defined]
    assert Device().sign_up("ada@example.org").status_code == 403
    assert not User.objects.exists()


def test_a_superuser_of_the_terminal_signs_in_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASS_PHRASE)
    call_command("createsuperuser", email="root@example.org", interactive=False, verbosity=0)
    phone = Device()
    assert phone.sign_in("root@example.org").status_code == 200
    assert phone.me().json()["email"] == "root@example.org"
    assert mail.outbox == []


def test_another_user_made_by_hand_proves_the_address_at_the_first_sign_in(user: User) -> None:
    phone = Device()
    assert phone.sign_in("ada@example.org").status_code == 401
    assert phone.verify(code_in_last_mail()).status_code == 200
    assert phone.me().status_code == 200


def test_a_suspended_user_is_out_at_once_and_stays_out(signed_up: SignedUp) -> None:
    phone = signed_up()
    browser = Client()
    browser.force_login(User.objects.get())
    assert browser.get("/api/v1/me/").status_code == 200
    User.objects.update(is_active=False)
    assert phone.me().status_code == 401
    assert browser.get("/api/v1/me/").status_code == 401
    assert phone("GET", "auth/session").status_code == 401
    answer = Device().sign_in("ada@example.org")
    assert answer.status_code == 401
    assert not answer.json()["meta"]["is_authenticated"]
    assert "session_token" not in answer.json()["meta"]


@pytest.mark.parametrize("path", ["/api/v1/me/", "/api/v1/products/"])
@pytest.mark.parametrize("token", ["wrong", "a" * 32, "a" * 5000, "a\0b", "%s", "ä", ""])
def test_a_token_that_is_none_is_401_also_where_nobody_need_sign_in(token: str, path: str) -> None:
    answer = Client().get(path, headers={"X-Session-Token": token})
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("X-Session-Token")


def test_a_password_in_each_request_opens_nothing(user: User) -> None:
    password = base64.b64encode(f"{user.email}:{PASS_PHRASE}".encode()).decode()
    answer = Client().get("/api/v1/me/", headers={"Authorization": f"Basic {password}"})
    assert answer.status_code == 401
    assert "Basic" not in answer["WWW-Authenticate"]


def test_a_session_lasts_from_its_last_use(signed_up: SignedUp, settings: object) -> None:
    phone = signed_up()
    soon, long_ago = timezone.now() + timedelta(hours=1), timezone.now() - timedelta(days=30)
    Session.objects.update(expire_date=soon)
    UserSession.objects.update(last_seen_at=long_ago)
    assert phone.me().status_code == 200
    assert Session.objects.get(session_key=phone.token).expire_date > timezone.now() + timedelta(days=59)
    assert UserSession.objects.get().last_seen_at > timezone.now() - timedelta(minutes=1)
    Session.objects.update(expire_date=soon)
    assert phone.me().status_code == 200
    assert Session.objects.get(session_key=phone.token).expire_date == soon  # not written with every request


def test_a_request_of_a_device_asks_the_database_twice(
    signed_up: SignedUp, django_assert_num_queries: Callable[[int], object]
) -> None:
    phone = signed_up()
    phone.me()
    with django_assert_num_queries(2):  # its session, its user
        phone.me()


def test_what_ran_out_is_forgotten_and_an_unproved_address_is_free_again(signed_up: SignedUp) -> None:
    signed_up("ada@example.org")
    Device().sign_up("squatter@example.org")
    User.objects.create_user("by-hand@example.org")
    Session.objects.all().update(expire_date=timezone.now() + timedelta(days=30))
    stages.forget_sessions(now=timezone.now() + timedelta(days=6))
    assert (User.objects.count(), Session.objects.count(), UserSession.objects.count()) == (3, 2, 1)
    stages.forget_sessions(now=timezone.now() + timedelta(days=31))
    assert sorted(User.objects.values_list("email", flat=True)) == ["ada@example.org", "by-hand@example.org"]
    assert (Session.objects.count(), UserSession.objects.count()) == (0, 0)


def test_who_has_anything_is_no_sign_up_however_old_and_unproved() -> None:
    made = {name: User.objects.create_user(f"{name}@example.org") for name in ("key", "group", "hides", "nothing")}
    create_api_key(owner=made["key"], name="till", scopes=[])
    made["group"].groups.add(Group.objects.create(name="Friends"))
    HiddenPhotographer.objects.create(user=made["hides"], photographer="Grace")
    for user in made.values():  # as at the first sign-in
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    stages.forget_sessions(now=timezone.now() + timedelta(days=8))
    assert set(User.objects.all()) == {made[name] for name in ("key", "group", "hides")}


def test_allauth_describes_itself_and_only_for_apps() -> None:
    described = Client().get("/_allauth/openapi.json").json()
    assert "/_allauth/app/v1/auth/signup" in described["paths"]
    assert not [path for path in described["paths"] if "/browser/" in path]
    assert Client().get("/_allauth/browser/v1/config").status_code == 404


def test_apple_and_google_are_off_without_their_settings() -> None:
    assert Device()("GET", "config").json()["data"]["socialaccount"]["providers"] == []
    body = {"provider": "google", "process": "login", "token": {"client_id": "x", "id_token": "y"}}
    assert Device()("POST", "auth/provider/token", body).status_code == 400
