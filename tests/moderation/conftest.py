"""What the tests of moderation share: described pictures as rows with real files, moderators, and their browsers."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from catalog.drawn import draw_product
from images import thumbnails
from images.index import model_version
from images.models import Descriptor, Garment, Image, Kind, Purpose, Review, Stage
from mlcore.types import Category

MakePicture = Callable[..., Image]


@pytest.fixture
def owner(user: User) -> User:
    """Shows looks."""
    user.first_name, user.public_looks = "Ada", True
    user.save()
    return user


@pytest.fixture
def picture(owner: User) -> MakePicture:
    """A described picture of the owner's with a dress in it, its file and its thumbnail; other values by keyword."""
    made = 0

    def make(**values: object) -> Image:
        nonlocal made
        made += 1
        fields = {"kind": Kind.USER, "owner": owner, "purpose": Purpose.WARDROBE, "stage": Stage.READY, **values}
        data = draw_product(made, category=Category.DRESSES, size=(240, 320)).jpeg()
        image = Image(digest=f"{made:064d}", size=len(data), format="JPEG", width=240, height=320, **fields)
        image.file.name = default_storage.save(f"user/{image.pk}.jpg", ContentFile(data))
        image.save(force_insert=True)
        pixels = np.zeros((32, 24, 3), np.uint8)
        thumbnails.make_first(image, pixels)
        if image.stage in (Stage.DESCRIBED, Stage.READY):
            garment = Garment.objects.create(
                image=image, position=0, category="dresses", score=0.91, x=0.2, y=0.1, width=0.5, height=0.75,
                colours=[{"name": "red", "hex": "#c02030", "share": 0.8}], quality=0.7,
                labels={"pattern": {"value": "stripe", "confidence": 0.9}},
            )  # fmt: skip
            vector = np.zeros(512, np.float32)
            vector[made] = 1
            Descriptor.objects.create(garment=garment, model_version=model_version(), data=Descriptor.pack(vector))
        return image

    return make


@pytest.fixture
def look(picture: MakePicture) -> Callable[..., Image]:
    """A look that waits for moderators."""
    return lambda **values: picture(**{"purpose": Purpose.LOOK, "review": Review.PENDING, **values})


@pytest.fixture
def make_moderator(make_user: Callable[[str], User]) -> Callable[[str], User]:
    def make(email: str) -> User:
        call_command("create_moderators", stdout=io.StringIO())
        moderator = make_user(email)
        moderator.is_staff = True
        moderator.save()
        moderator.groups.add(Group.objects.get(name="Moderators"))
        return moderator

    return make


@pytest.fixture
def moderator(make_moderator: Callable[[str], User]) -> User:
    return make_moderator("mod@example.org")


@pytest.fixture
def browser() -> Callable[[User], Client]:
    """Somebody who is signed in to the admin."""

    def browse(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browse


@pytest.fixture
def desk(moderator: User, browser: Callable[[User], Client]) -> Client:
    """The moderator's browser."""
    return browser(moderator)
