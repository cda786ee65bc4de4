"""Wardrobes in the admin."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.wardrobe import rows
from wardrobe.models import CareDay, Tag, UploadPicture


@pytest.fixture
def moderator(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("mod@example.org", "a long pass phrase"))
    return client


def test_moderators_look_at_wardrobes_and_search_them(moderator: Client, user: User):
    shown = rows.found(user)
    item = rows.item(user, "grandpa's coat", garments=[shown])
    Tag.objects.create(item=item, name="office")
    rows.item(user, "red dress")
    CareDay.objects.create(item=item, care="wear", day=date(2025, 1, 1))
    upload = rows.upload(user, shown.image)
    UploadPicture.objects.create(upload=upload, position=1, error="not a picture")
    listed = moderator.get(reverse("admin:wardrobe_item_changelist"), {"q": "office"}).content.decode()
    assert "coat" in listed
    assert "red dress" not in listed
    assert reverse("image-thumbnail", args=[shown.image_id]) in listed
    for name, pk, text in (("item", item.pk, "office"), ("upload", upload.pk, "not a picture")):
        assert text in moderator.get(reverse(f"admin:wardrobe_{name}_change", args=[pk])).content.decode()
    for name in ("upload", "careday"):
        assert moderator.get(reverse(f"admin:wardrobe_{name}_changelist"), {"q": "ada@"}).status_code == 200
    assert moderator.get(reverse("admin:wardrobe_item_add")).status_code == 403
    assert moderator.post(reverse("admin:wardrobe_item_delete", args=[item.pk]), {"post": "yes"}).status_code == 403
