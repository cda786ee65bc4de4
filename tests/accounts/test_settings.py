"""The own settings, changed from two devices at once: both requests have read the user before either writes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts import services
from accounts.models import User

ME = "/api/v1/me/"


@pytest.fixture
def phone(user: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(User.objects.get(pk=user.pk))


@pytest.fixture
def tablet(user: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(User.objects.get(pk=user.pk))


def test_a_change_of_one_setting_undoes_no_other(phone: APIClient, tablet: APIClient) -> None:
    assert phone.patch(ME, {"public_looks": False}).status_code == 200
    answer = tablet.patch(ME, {"name": "Ada"})
    assert answer.json() == {
        "email": "ada@example.org", "name": "Ada", "keeps_history": True, "public_looks": False,
    }  # fmt: skip
    assert User.objects.values_list("first_name", "public_looks").get() == ("Ada", False)


def test_if_match_is_held_against_the_row_and_not_against_what_signing_in_read(
    phone: APIClient, tablet: APIClient, user: User, client_of: Callable[[User], APIClient]
) -> None:
    etag = tablet.get(ME)["ETag"]
    assert phone.patch(ME, {"public_looks": False}, headers={"If-Match": etag}).status_code == 200
    assert client_of(user).delete(ME, headers={"If-Match": etag}).status_code == 412
    assert tablet.patch(ME, {"name": "Ada"}, headers={"If-Match": etag}).status_code == 412
    assert User.objects.values_list("first_name", "public_looks").get() == ("", False)


@pytest.mark.parametrize(
    ("given", "row"),
    [
        ({}, ("Ada", "Lovelace", True, True)),
        ({"name": "Countess"}, ("Countess", "", True, True)),
        ({"keeps_history": False}, ("Ada", "Lovelace", False, True)),
        ({"public_looks": False}, ("Ada", "Lovelace", True, False)),
    ],
)
def test_only_what_is_given_is_written(given: dict[str, str | bool], row: tuple[str | bool, ...], user: User) -> None:
    User.objects.update(first_name="Ada", last_name="Lovelace")
    services.change_settings(user=user, **given)  # type: ignore[arg-type]
    assert User.objects.values_list("first_name", "last_name", "keeps_history", "public_looks").get() == row
