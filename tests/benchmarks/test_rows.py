"""The rows that a benchmark makes are such as the offline flow leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import redis
from rest_framework.test import APIClient

from accounts.models import User
from benchmarks import rows, users
from benchmarks.garments import sizes
from benchmarks.mixture import Mixture, mixture
from benchmarks.seeds import Seeds
from catalog.models import Photo, Product
from images.index import entries
from images.models import Descriptor, Garment, Image, Stage
from images.selectors import public
from mlcore.index.base import CollectionName, VectorIndex, check_entries
from mlcore.types import EMBEDDING_SIZE, Category
from outfits.figures import figures
from recommendations.models import Event

PER_CATEGORY = 20
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made() -> Mixture:
    """Around descriptors of nothing: the real ones take a minute of the models' time."""
    vectors = np.random.default_rng(0).standard_normal((PER_CATEGORY * len(Category), EMBEDDING_SIZE)) + 1
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return mixture(Seeds(unit, np.repeat(np.arange(len(Category)), PER_CATEGORY), "made up"), sizes(200), 0)


@pytest.fixture(autouse=True)
def _known(made: Mixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "seeds", lambda _: None)
    monkeypatch.setattr(rows, "mixture", lambda *_: made)


def test_every_row_is_one_that_a_form_would_accept() -> None:
    done = rows.fill(products=30, photos=20)
    assert (Product.objects.count(), Photo.objects.count(), Image.objects.count()) == (30, 20, 50)
    assert Garment.objects.count() == Descriptor.objects.count() == done["garments"]
    for model in (Image, Garment, Descriptor, Product, Photo):
        for row in model.objects.all():
            row.full_clean(exclude=["labels", "data"], validate_unique=False)
    assert Image.objects.filter(public(), stage=Stage.READY).count() == 50
    assert len(set(Image.objects.values_list("digest", flat=True))) == 50
    assert len({bytes(data) for data in Descriptor.objects.values_list("data", flat=True)}) == done["garments"]


def test_each_photograph_shows_one_figure_in_one_to_three_garments() -> None:
    rows.fill(products=0, photos=200)
    worn = [list(photo.image.garments.all()) for photo in Photo.objects.prefetch_related("image__garments")]
    assert {len(garments) for garments in worn} == {1, 2, 3}
    assert [len(figures(garments)) for garments in worn] == [1] * 200
    assert all(0 <= g.x < g.x + g.width <= 1 and 0 <= g.y < g.y + g.height <= 1 for each in worn for g in each)


def test_the_index_takes_what_is_made_of_the_rows() -> None:
    rows.fill(products=30, photos=20)
    made = entries(Descriptor.objects.select_related("garment__image"))
    assert len(made[CollectionName.PRODUCTS]) == 30
    assert len(made[CollectionName.PHOTOS]) == Garment.objects.filter(image__kind="photo").count()
    for of_collection in made.values():
        assert len(check_entries(of_collection)) == len(of_collection)
        assert all(entry.attributes.colour and entry.attributes.pattern for entry in of_collection)


def test_a_garment_drawn_at_random_finds_itself(queue: redis.Redis, vectors: VectorIndex, tmp_path: Path) -> None:
    rows.fill(products=60, photos=20)
    written = rows.fill_index()
    assert (written["products"], vectors.count(CollectionName.PRODUCTS)) == (60, 60)
    chosen = rows.sample(kind="product", number=5, vectors_to=str(tmp_path / "sample.npz"))
    assert len(set(chosen)) == 5
    with np.load(tmp_path / "sample.npz") as sampled:
        assert sampled["vectors"].shape == (5, EMBEDDING_SIZE)
        categories = [Garment.objects.get(uid=uid).category for uid in chosen]
        assert sampled["categories"].tolist() == categories
    for uid in chosen:
        answer = APIClient().post("/api/v1/search/", {"garment": uid, "limit": 3}).json()
        assert answer["results"][0]["garment"]["id"] == uid


def test_nothing_is_filled_that_holds_something_already(vectors: VectorIndex) -> None:
    rows.fill(products=5, photos=0)
    with pytest.raises(ValueError, match="there are pictures in this database"):
        rows.fill(products=5, photos=0)
    rows.fill_index()
    with pytest.raises(ValueError, match="there are garments in this index"):
        rows.fill_index()


def test_users_sign_in_as_others_do_and_have_as_many_events_as_asked_for(queue: redis.Redis) -> None:
    rows.fill(products=0, photos=200)
    emails = users.add_users(number=2, password="a pass phrase of the test")
    assert users.add_events(emails=emails, number=50) == 100
    assert [Event.objects.filter(user__email=email).count() for email in emails] == [50, 50]
    assert not User.objects.filter(is_staff=True).exists()
    answer = APIClient().post(
        "/_allauth/app/v1/auth/login", {"email": emails[0], "password": "a pass phrase of the test"}
    )
    assert answer.json()["meta"]["session_token"]
