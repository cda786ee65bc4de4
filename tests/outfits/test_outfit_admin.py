"""Outfits in the admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from outfits import stages
from tests.outfits.saved import BLUE, RED, item, outfit

pytestmark = pytest.mark.usefixtures("queue")
LIST = "admin:outfits_outfit_changelist"


@pytest.fixture
def moderator(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("mod@example.org", "a long pass phrase"))
    return client


def test_moderators_look_at_outfits_and_search_them(moderator: Client, user: User) -> None:
    red, blue = item(user, RED), item(user, BLUE)
    made, bare = outfit(user, red, blue, name="Mondays"), outfit(user, name="of nothing")
    stages.compose_cover(made.pk)
    listed = moderator.get(reverse(LIST)).content.decode()
    assert listed.count(f'src="/api/v1/outfits/{made.pk}/cover/"') == 1
    assert f"{bare.pk}/cover/" not in listed
    assert moderator.get(f"/api/v1/outfits/{made.pk}/cover/").status_code == 200
    for asked in ("mond", str(made.pk), "ada@"):
        found = moderator.get(reverse(LIST), {"q": asked}).content.decode()
        assert "Mondays" in found
        assert ("of nothing" in found) == (asked == "ada@")
    page = moderator.get(reverse("admin:outfits_outfit_change", args=[made.pk])).content.decode()
    for one in (red, blue):
        assert reverse("admin:wardrobe_item_change", args=[one.pk]) in page
        assert reverse("image-thumbnail", args=[one.pictures.get().garment.image_id]) in page
    assert moderator.get(reverse("admin:outfits_outfit_add")).status_code == 403
    assert moderator.post(reverse("admin:outfits_outfit_delete", args=[made.pk]), {"post": "yes"}).status_code == 403


def test_a_page_costs_no_query_more_for_more_outfits(
    moderator: Client, user: User, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(6):
        outfit(user, item(user, RED), item(user, BLUE))
    with django_assert_max_num_queries(12):
        moderator.get(reverse(LIST))
