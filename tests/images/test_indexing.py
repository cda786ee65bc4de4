"""A described picture and the index: written once, taken out, made to agree, whatever is away.

Real rows and a real Milvus Lite; a prepared pipeline stands in for the models.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from images import selectors, services, stages, transitions
from images.index import entries, model_version
from images.models import Image, Kind, Purpose, Stage
from mlcore.index.base import CollectionName, IndexAway, Range, Where
from mlcore.index.milvus import MilvusIndex
from mlcore.types import Category
from tests.environment import FOLDER
from tests.images.conftest import (
    PHOTOS,
    PRODUCTS,
    MakeImage,
    Prepared,
    held,
    ids,
    stage_of,
)
from tests.images.test_services import add


def found(vectors: Any, image: Image, where: Where) -> list[int]:
    """The products' garments that a search by the one of `image` finds."""
    [garment] = image.garments.all()
    return [hit.garment_id for hit in vectors.search(PRODUCTS, garment.descriptor.vector, where=where, limit=5)]


def test_a_users_picture_becomes_ready_and_never_enters_the_index(user: User, vectors: Any, prepared: Prepared) -> None:
    for purpose in Purpose:
        image, _ = add(user, 1, purpose=purpose)
        stages.describe([image.pk])
        assert stage_of(image) == Stage.READY
        stages.index([image.pk])
        assert image.garments.count() == 1
    stages.reconcile()
    assert held(vectors, PRODUCTS) == held(vectors, PHOTOS) == []


@pytest.mark.parametrize(
    ("kind", "collection", "other"), [(Kind.PRODUCT, PRODUCTS, PHOTOS), (Kind.PHOTO, PHOTOS, PRODUCTS)]
)
def test_a_public_picture_is_in_its_collection_exactly_once(
    kind: Kind,
    collection: CollectionName,
    other: CollectionName,
    make_image: MakeImage,
    vectors: Any,
    prepared: Prepared,
) -> None:
    prepared.garments = 2
    image = make_image(kind=kind)
    for _ in range(2):
        stages.describe([image.pk])
        stages.index([image.pk])
    assert stage_of(image) == Stage.READY
    assert held(vectors, collection) == ids(image)
    assert vectors.count(collection) == 2
    assert held(vectors, other) == []


def test_while_the_index_is_away_a_picture_stays_described_and_is_put_in_later(
    make_image: MakeImage, vectors: Any, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = make_image()
    stages.describe([image.pk])
    nobody = MilvusIndex(f"unix:{FOLDER}/nobody.sock", version=model_version(), patience=0.1)
    with monkeypatch.context() as away:
        away.setattr(stages, "vector_index", lambda: nobody)
        with pytest.raises(IndexAway):
            stages.index([image.pk])
    assert stage_of(image) == Stage.DESCRIBED
    assert held(vectors) == []
    stages.index([image.pk])
    assert stage_of(image) == Stage.READY
    assert held(vectors) == ids(image)


def test_a_hidden_picture_is_ready_without_being_in_the_index(
    make_image: MakeImage, vectors: Any, prepared: Prepared
) -> None:
    image = make_image(visible=False)
    stages.describe([image.pk])
    stages.index([image.pk])
    assert stage_of(image) == Stage.READY
    assert held(vectors) == []


def test_unindexing_takes_a_garment_out_of_whichever_collection(
    make_image: MakeImage, vectors: Any, prepared: Prepared
) -> None:
    product, photo, kept = make_image(1), make_image(2, kind=Kind.PHOTO), make_image(3)
    pks = [image.pk for image in (product, photo, kept)]
    stages.describe(pks)
    stages.index(pks)
    stages.unindex([*ids(product), *ids(photo)])
    assert (held(vectors, PRODUCTS), held(vectors, PHOTOS)) == (ids(kept), [])


def test_unindexing_while_the_index_is_away_says_so(db: None, milvus_is_away: None) -> None:
    with pytest.raises(IndexAway):
        stages.unindex([1])


def test_reconciling_writes_what_is_missing_and_takes_out_what_should_not_be_there(
    make_image: MakeImage, vectors: Any, prepared: Prepared
) -> None:
    lost, kept, erased, hidden, photo = (
        make_image(n, kind=Kind.PHOTO if n == 5 else Kind.PRODUCT) for n in range(1, 6)
    )
    pks = [image.pk for image in (lost, kept, erased, hidden, photo)]
    stages.describe(pks)
    stages.index(pks)
    vectors.delete(PRODUCTS, ids(lost))
    Image.objects.filter(pk=erased.pk).delete()  # and the message to unindex was lost
    Image.objects.filter(pk=hidden.pk).update(visible=False)
    assert stages.reconcile() == {"written": 1, "removed": 2}
    assert held(vectors, PRODUCTS) == sorted(ids(lost) + ids(kept))
    assert held(vectors, PHOTOS) == ids(photo)
    assert stages.reconcile() == {"written": 0, "removed": 0}


def test_a_new_price_reaches_the_index_without_a_model(
    make_image: MakeImage, vectors: Any, prepared: Prepared, django_capture_on_commit_callbacks: Any
) -> None:
    image = make_image(price=50.0)
    stages.describe([image.pk])
    stages.index([image.pk])
    with django_capture_on_commit_callbacks():  # the message is lost; the row is what counts
        services.set_offer(images=[image], price=20.0, in_stock=True)
    assert stage_of(image) == Stage.DESCRIBED
    stages.index([image.pk])
    assert prepared.seen == 1
    assert found(vectors, image, Where(price=Range(0, 30))) == ids(image)


def test_of_two_workers_the_one_that_was_overtaken_does_not_leave_the_old_price(
    make_image: MakeImage, vectors: Any, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = make_image(price=50.0)
    stages.describe([image.pk])
    read, others = stages.entries, []

    def another_worker_writes_a_new_price_after_we_have_read(descriptors: Any) -> Any:
        found = read(descriptors)
        if not others:
            others.append(True)
            services.set_offer(images=[image], price=20.0, in_stock=True)
            stages.index([image.pk])
        return found

    monkeypatch.setattr(stages, "entries", another_worker_writes_a_new_price_after_we_have_read)
    stages.index([image.pk])
    assert stage_of(image) == Stage.DESCRIBED
    stages.index([image.pk])
    assert stage_of(image) == Stage.READY
    assert found(vectors, image, Where(price=Range(0, 30))) == ids(image)


def test_an_old_price_that_lands_before_the_worker_with_the_new_one_has_settled_is_written_over(
    make_image: MakeImage, vectors: Any, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = make_image(price=50.0)
    stages.describe([image.pk])
    image.refresh_from_db()
    slow_due = {image.pk: image.claimed_until}
    slow_batch = entries(selectors.for_index([image.pk], model_version=model_version()))[PRODUCTS]
    settle = transitions.settle

    def the_slow_worker_ends_first(due: Any) -> int:
        vectors.upsert(PRODUCTS, slow_batch)
        settle(slow_due)
        return settle(due)

    services.set_offer(images=[image], price=20.0, in_stock=True)
    with monkeypatch.context() as overtaken:
        overtaken.setattr(transitions, "settle", the_slow_worker_ends_first)
        stages.index([image.pk])
    assert stage_of(image) == Stage.DESCRIBED
    assert list(selectors.stalled(timezone.now() + timedelta(seconds=settings.DESCRIBE_LEASE_S + 1))) == [image]
    stages.index([image.pk])
    assert stage_of(image) == Stage.READY
    assert found(vectors, image, Where(price=Range(0, 30))) == ids(image)


def test_a_price_that_changes_while_the_old_one_is_written_is_not_lost(
    make_image: MakeImage, vectors: Any, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = make_image(price=50.0)
    stages.describe([image.pk])
    read, changed = stages.entries, []

    def the_shop_changes_it_after_we_have_read(descriptors: Any) -> Any:
        found = read(descriptors)
        if not changed:
            changed.append(True)
            services.set_offer(images=[image], price=20.0, in_stock=False)
        return found

    monkeypatch.setattr(stages, "entries", the_shop_changes_it_after_we_have_read)
    stages.index([image.pk])
    assert stage_of(image) == Stage.DESCRIBED
    stages.index([image.pk])
    assert stage_of(image) == Stage.READY
    assert found(vectors, image, Where(price=Range(0, 30))) == ids(image)
    assert found(vectors, image, Where(in_stock=True)) == []


def test_a_picture_that_shows_something_else_forgets_its_garments_and_is_described_again(
    make_image: MakeImage, prepared: Prepared, django_capture_on_commit_callbacks: Any
) -> None:
    prepared.garments = 2
    image = make_image()
    stages.describe([image.pk])
    with django_capture_on_commit_callbacks() as queued:
        services.describe_again(images=[image], subject=Category.SKIRTS)
    assert len(queued) == 2  # images.unindex, and word to who watches
    assert stage_of(image) == Stage.STORED
    stages.describe([image.pk])
    assert [garment.category for garment in image.garments.all()] == ["skirts"]
