"""Keys of programs: what they open, and when no longer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import services
from accounts.models import ApiKey, Scope, User
from search.models import Search

pytestmark = pytest.mark.django_db
KEYS, ME, PRODUCTS, SEARCH = "/api/v1/me/api-keys/", "/api/v1/me/", "/api/v1/products/", "/api/v1/search/"
ClientOf = Callable[[User], APIClient]


def with_key(token: str) -> Client:
    return Client(headers={"Authorization": f"Api-Key {token}"})


@pytest.fixture
def ada(user: User, client_of: ClientOf) -> APIClient:
    return client_of(user)


@pytest.fixture
def key(user: User) -> services.NewKey:
    return services.create_api_key(owner=user, name="website", scopes=[Scope.SEARCH])


def test_a_key_is_told_once_listed_without_its_secret_and_revoked(ada: APIClient) -> None:
    answer = ada.post(KEYS, {"name": "website", "scopes": ["search"]})
    assert answer.status_code == 201
    made = answer.json()
    assert made["key"].startswith(made["prefix"] + ".")
    secret = made["key"].partition(".")[2]
    assert len(secret) == 43
    assert secret not in str(ApiKey.objects.values())
    assert [row["id"] for row in ada.get(KEYS).json()["results"]] == [made["id"]]
    assert secret not in ada.get(KEYS).content.decode()
    assert with_key(made["key"]).get(PRODUCTS).status_code == 200
    assert ada.delete(f"{KEYS}{made['id']}/").status_code == 204
    assert with_key(made["key"]).get(PRODUCTS).status_code == 401
    assert ada.get(KEYS).json()["results"] == []
    assert ada.delete(f"{KEYS}{made['id']}/").status_code == 404


def test_a_retry_makes_no_second_key_and_does_not_tell_the_secret_again(ada: APIClient) -> None:
    body = {"name": "website", "scopes": ["search"]}
    answers = [ada.post(KEYS, body, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 409]
    assert ApiKey.objects.count() == 1


def test_a_key_opens_the_views_that_name_its_scope_and_no_other(key: services.NewKey) -> None:
    program = with_key(key.token)
    assert program.get(PRODUCTS).status_code == 200
    assert program.post(SEARCH, {}, content_type="application/json").status_code == 400  # it came in, and asked nothing
    for method, path in [("get", ME), ("get", KEYS), ("post", KEYS), ("get", "/api/v1/search/history/")]:
        answer = getattr(program, method)(path)
        assert (path, answer.status_code) == (path, 403)
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("token", ["", "x", ".", "x.y", "a\0b.c", "%.%", "ä.ö", "9" * 5000, "9" * 3000 + ".x"])
def test_what_is_no_key_is_401(token: str) -> None:
    answer = with_key(token).get(PRODUCTS)
    assert answer.status_code == 401
    assert "Api-Key" in answer["WWW-Authenticate"]


def test_a_right_prefix_with_a_wrong_secret_is_401(key: services.NewKey) -> None:
    assert with_key(f"{key.key.prefix}.{'x' * 43}").get(PRODUCTS).status_code == 401
    assert with_key(key.key.prefix).get(PRODUCTS).status_code == 401


def test_an_expired_key_and_one_of_a_suspended_user_open_nothing(key: services.NewKey) -> None:
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert with_key(key.token).get(PRODUCTS).status_code == 401
    ApiKey.objects.update(expires_at=None)
    assert with_key(key.token).get(PRODUCTS).status_code == 200
    User.objects.update(is_active=False)
    assert with_key(key.token).get(PRODUCTS).status_code == 401


def test_the_last_use_is_written_once_a_minute(key: services.NewKey) -> None:
    program = with_key(key.token)
    program.get(PRODUCTS)
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    program.get(PRODUCTS)
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
    program.get(PRODUCTS)
    assert ApiKey.objects.get().last_used_at > first


def test_the_scope_of_catalogues_is_for_who_may_add_products_and_only_as_long(
    ada: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"name": "shop", "scopes": ["catalogue"]}
    assert ada.post(KEYS, body).status_code == 403
    assert not ApiKey.objects.exists()
    permission = Permission.objects.get(codename="add_product")
    user.user_permissions.add(permission)
    user = User.objects.get()
    token = services.create_api_key(owner=user, name="shop", scopes=[Scope.CATALOGUE]).token
    assert with_key(token).get(PRODUCTS).status_code == 403
    monkeypatch.setattr("catalog.views.ProductList.api_key_scopes", ("catalogue",), raising=False)
    assert with_key(token).get(PRODUCTS).status_code == 200
    user.user_permissions.remove(permission)
    assert with_key(token).get(PRODUCTS).status_code == 403


def test_keys_of_others_are_not_there(
    key: services.NewKey, make_user: Callable[[str], User], client_of: ClientOf
) -> None:
    grace = client_of(make_user("grace@example.org"))
    assert grace.get(KEYS).json()["results"] == []
    assert grace.delete(f"{KEYS}{key.key.pk}/").status_code == 404
    assert grace.delete(f"{KEYS}{10**30}/").status_code == 404
    assert with_key(key.token).get(PRODUCTS).status_code == 200
    assert APIClient().get(KEYS).status_code == 401


def test_a_user_has_twenty_keys_at_most(ada: APIClient, user: User) -> None:
    for number in range(20):
        services.create_api_key(owner=user, name=str(number), scopes=[Scope.SEARCH])
    assert ada.post(KEYS, {"name": "one more", "scopes": ["search"]}).status_code == 409
    services.revoke_api_key(owner=user, key_id=ApiKey.objects.all()[0].pk)
    assert ada.post(KEYS, {"name": "one more", "scopes": ["search"]}).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"name": "x"},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["admin"]},
        {"name": "x", "scopes": "search"},
        {"name": "x", "scopes": [["search"]]},
        {"name": "x", "scopes": ["search"] * 100},
        {"name": "x" * 101, "scopes": ["search"]},
        {"name": "a\0b", "scopes": ["search"]},
        {"name": "\ud800", "scopes": ["search"]},
        {"name": "x", "scopes": ["search"], "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "x", "scopes": ["search"], "expires_at": "99999-01-01T00:00:00Z"},
        {"name": "x", "scopes": ["search"], "expires_at": "9999-12-31T23:59:59-12:00"},
        {"name": "x", "scopes": ["search"], "owner": 1},
    ],
)
def test_what_is_no_key_to_be_made_is_malformed(body: object, ada: APIClient) -> None:
    assert ada.post(KEYS, json.dumps(body), content_type="application/json").status_code == 400
    assert not ApiKey.objects.exists()


def test_what_a_program_searches_is_not_in_its_owners_history(
    key: services.NewKey, user: User, vectors: object, ada: APIClient
) -> None:
    wish = {"category": "skirts"}
    assert with_key(key.token).post(SEARCH, wish, content_type="application/json").status_code == 200
    assert not Search.objects.exists()
    assert User.objects.get().keeps_history is True
    assert ada.post(SEARCH, wish, format="json").status_code == 200
    assert Search.objects.count() == 1


def test_a_key_made_at_a_terminal_opens_the_search(user: User) -> None:
    out = StringIO()
    call_command(
        "create_api_key", "ADA@example.org", "--name", "website", "--scope", "search", "--days", "30", stdout=out
    )
    assert with_key(out.getvalue().strip()).get(PRODUCTS).status_code == 200
    assert ApiKey.objects.get().expires_at is not None
    for wrong in (
        ["nobody@example.org", "--name", "x"],
        ["ada@example.org", "--name", "x", "--scope", "catalogue"],
        ["ada@example.org", "--name", "x" * 101],
        ["ada@example.org", "--name", "x", "--days", "0"],
    ):
        with pytest.raises(CommandError):
            call_command("create_api_key", *wrong)


def test_the_admin_revokes_keys_and_shows_no_secret(key: services.NewKey, admin_client: Client) -> None:
    page = admin_client.get("/admin/accounts/apikey/")
    assert key.key.prefix in page.content.decode()
    assert key.key.digest not in page.content.decode()
    assert admin_client.get(f"/admin/accounts/apikey/{key.key.pk}/change/").status_code == 200
    admin_client.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [key.key.pk]})
    assert with_key(key.token).get(PRODUCTS).status_code == 401


def test_the_schema_names_the_ways_in_and_keys_only_where_they_open(admin_client: Client) -> None:
    schema = admin_client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    assert set(schema["components"]["securitySchemes"]) == {"sessionToken", "apiKey", "cookieAuth"}
    assert {"apiKey": []} in schema["paths"][SEARCH]["post"]["security"]
    assert {"apiKey": []} not in schema["paths"][ME]["get"]["security"]
