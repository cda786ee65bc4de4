"""The offline flow: rows move from STORED to READY exactly once, whatever dies, comes twice, or is away.

Real rows, files and Milvus Lite. Where the models do not matter a prepared pipeline stands in for them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

import mlcore.images
from images import stages, transitions
from images.index import model_version
from images.models import Descriptor, Garment, Image, Stage
from mlcore.fingerprints import fingerprint
from mlcore.types import Box, Category
from tests.images.conftest import (
    PRODUCTS,
    MakeImage,
    Prepared,
    drawn,
    files,
    ids,
    lease_runs_out,
    stage_of,
)

# With the real models ------------------------------------------------------------------------------------------------


def test_a_product_is_described_put_into_the_index_and_found_by_its_own_vector(
    make_image: MakeImage, vectors: Any
) -> None:
    image = make_image(subject=Category.DRESSES)
    stages.describe([image.pk])
    assert stage_of(image) == Stage.DESCRIBED
    stages.index([image.pk])
    assert stage_of(image) == Stage.READY
    [garment] = image.garments.all()
    assert garment.category == "dresses"
    assert garment.descriptor.model_version == model_version()
    [hit] = vectors.search(PRODUCTS, garment.descriptor.vector, limit=5)
    assert (hit.garment_id, hit.category) == (garment.pk, Category.DRESSES)
    assert hit.similarity == pytest.approx(1.0, abs=1e-4)
    assert default_storage.exists(image.thumbnail_name)
    with default_storage.open(image.file_name) as file:
        assert Image.objects.get(pk=image.pk).fingerprint == fingerprint(mlcore.images.decode(file))


def test_a_drawn_box_is_described_without_being_stored(make_image: MakeImage) -> None:
    image = make_image()
    answer = stages.describe_box(image.pk, Box(0.1, 0.1, 0.8, 0.8), Category.DRESSES)
    assert answer["found"]
    assert answer["garment"]["category"] == "dresses"
    assert (answer["garment"]["x"], answer["garment"]["width"]) == (0.1, 0.8)
    assert not Garment.objects.exists()
    assert stages.describe_box(uuid4(), Box(0, 0, 1, 1), None) == {"found": False}


# Once, and by one ----------------------------------------------------------------------------------------------------


def test_describing_twice_is_as_good_as_once(make_image: MakeImage, prepared: Prepared) -> None:
    image = make_image()
    stages.describe([image.pk])
    garments = ids(image)
    stages.describe([image.pk])
    assert prepared.seen == 1
    assert ids(image) == garments
    assert Descriptor.objects.count() == 1


def test_what_the_models_say_is_what_the_rows_say(make_image: MakeImage, prepared: Prepared) -> None:
    prepared.garments = 2
    image = make_image()
    stages.describe([image.pk])
    first, second = image.garments.all()
    assert (first.position, second.position) == (0, 1)
    assert first.box == Box(0.2, 0.1, 0.5, 0.75)
    assert (first.category, first.score, first.runner_up, first.runner_up_score) == ("dresses", 0.9, "rompers", 0.4)
    assert first.colours == [{"name": "red", "hex": "#c02030", "share": 0.8}]
    assert first.quality == 0.7
    assert np.array_equal(second.descriptor.vector, np.eye(512, dtype=np.float32)[1])
    assert first.uid != second.uid


def test_of_two_claims_one_wins(make_image: MakeImage) -> None:
    image = make_image()
    [ours] = transitions.claim([image.pk])
    assert transitions.claim([image.pk]) == []
    assert ours.attempts == 1
    assert ours.claimed_until is not None
    assert 0 < (ours.claimed_until - timezone.now()).total_seconds() <= settings.DESCRIBE_LEASE_S


def test_pictures_are_claimed_in_the_order_in_which_they_were_asked_for(make_image: MakeImage) -> None:
    images = [make_image(seed) for seed in (1, 2, 3)]
    wanted = [images[2].pk, uuid4(), images[0].pk, images[1].pk]
    assert [image.pk for image in transitions.claim(wanted)] == [images[2].pk, images[0].pk, images[1].pk]


def test_when_a_lease_runs_out_another_takes_over_and_the_first_result_is_void(
    make_image: MakeImage, prepared: Prepared
) -> None:
    image = make_image()

    def another_takes_over() -> None:
        lease_runs_out(image)
        prepared.garments = 3
        stages.describe([image.pk])
        prepared.garments = 1

    prepared.meanwhile = another_takes_over
    stages.describe([image.pk])
    assert prepared.seen == 2
    assert image.garments.count() == 3  # the second run's
    assert Image.objects.get(pk=image.pk).attempts == 2
    assert default_storage.exists(image.thumbnail_name)


def test_while_another_still_works_the_first_result_is_void(make_image: MakeImage, prepared: Prepared) -> None:
    image = make_image()
    theirs: list[Image] = []

    def another_takes_over() -> None:
        lease_runs_out(image)
        theirs.extend(transitions.claim([image.pk]))

    prepared.meanwhile = another_takes_over
    stages.describe([image.pk])
    assert stage_of(image) == Stage.STORED
    assert not image.garments.exists()
    assert transitions.advance(theirs[0], to=Stage.DESCRIBED, fingerprint="")


def test_a_picture_that_ends_no_attempt_is_failed_with_its_reason_after_four(
    make_image: MakeImage, prepared: Prepared
) -> None:
    image = make_image()
    for attempt in range(1, 5):
        [claimed] = transitions.claim([image.pk])  # and the worker dies
        assert claimed.attempts == attempt
        lease_runs_out(image)
    stages.describe([image.pk])
    image.refresh_from_db()
    assert prepared.seen == 0
    assert (image.stage, image.attempts) == (Stage.FAILED, 4)
    assert image.error == "given up after 4 attempts that did not end"


def test_one_picture_that_cannot_be_read_does_not_take_the_others_with_it(
    make_image: MakeImage, prepared: Prepared
) -> None:
    good, gone, damaged, fine = (make_image(seed) for seed in (1, 2, 3, 4))
    default_storage.delete(gone.file_name)
    default_storage.delete(damaged.file_name)
    default_storage.save(damaged.file_name, drawn_and_cut())
    stages.describe([image.pk for image in (good, gone, damaged, fine)])
    for image in (gone, damaged):
        image.refresh_from_db()
    assert [stage_of(image) for image in (good, gone, damaged, fine)] == [
        Stage.DESCRIBED, Stage.FAILED, Stage.FAILED, Stage.DESCRIBED,
    ]  # fmt: skip
    assert gone.error == "the picture's file is not in the storage any more"
    assert damaged.error == "the picture is damaged or cut short"
    assert prepared.seen == 2


def drawn_and_cut() -> Any:
    data = drawn(9).jpeg()
    return ContentFile(data[: len(data) // 2])


def test_a_picture_that_is_gone_is_nobodys_work(prepared: Prepared, db: None) -> None:
    stages.describe([uuid4()])
    stages.index([uuid4()])
    assert prepared.seen == 0


def test_of_a_picture_that_is_erased_while_it_is_described_no_file_stays(
    make_image: MakeImage, prepared: Prepared, django_capture_on_commit_callbacks: Any
) -> None:
    image = make_image()

    def its_owner_erases_it() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            stages.erase(image)

    prepared.meanwhile = its_owner_erases_it
    stages.describe([image.pk])
    assert files() == []
    assert not Garment.objects.exists()


# The sweeper ---------------------------------------------------------------------------------------------------------


def swept() -> list[tuple[Stage, list[UUID]]]:
    return list(stages.stalled_batches())


def test_the_sweeper_leaves_alone_what_somebody_works_on_or_will(make_image: MakeImage, prepared: Prepared) -> None:
    make_image(1)  # queued just now
    transitions.claim([make_image(2).pk])  # being described
    described = make_image(3)
    stages.describe([described.pk])  # about to be put into the index
    make_image(4, stage=Stage.READY, queued_at=timezone.now() - timedelta(days=1))
    make_image(5, stage=Stage.FAILED, claimed_until=timezone.now() - timedelta(days=1))
    assert swept() == []


def test_the_sweeper_picks_a_lost_message_a_dead_worker_and_an_index_that_was_away_and_none_of_them_twice(
    make_image: MakeImage, prepared: Prepared
) -> None:
    long_ago = timezone.now() - timedelta(seconds=settings.QUEUE_PATIENCE_S + 1)
    lost = make_image(1, queued_at=long_ago)
    dead = make_image(2)
    transitions.claim([dead.pk])
    described = make_image(3)
    stages.describe([described.pk])
    lease_runs_out(dead, described)
    batches = swept()
    # the dead worker's picture comes alone: it may be what killed it
    assert batches == [(Stage.DESCRIBED, [described.pk]), (Stage.STORED, [dead.pk]), (Stage.STORED, [lost.pk])]
    assert swept() == []


def test_what_was_swept_can_be_claimed_at_once(make_image: MakeImage) -> None:
    dead = make_image()
    transitions.claim([dead.pk])
    lease_runs_out(dead)
    assert swept() == [(Stage.STORED, [dead.pk])]
    [claimed] = transitions.claim([dead.pk])
    assert claimed.attempts == 2


def test_lost_messages_are_queued_again_in_batches_of_sixteen(make_image: MakeImage) -> None:
    first = make_image(queued_at=timezone.now() - timedelta(days=1))
    copies = [
        Image(**{f.attname: getattr(first, f.attname) for f in Image._meta.fields if f.name != "id"}) for _ in range(19)
    ]
    Image.objects.bulk_create(copies)
    assert [(stage, len(batch)) for stage, batch in swept()] == [(Stage.STORED, 16), (Stage.STORED, 4)]


def test_a_sweep_does_not_take_a_picture_from_a_worker_that_has_just_claimed_it(make_image: MakeImage) -> None:
    image = make_image(queued_at=timezone.now() - timedelta(days=1))
    now = timezone.now()
    [seen] = stages.selectors.stalled(now)
    [claimed] = transitions.claim([image.pk])
    transitions.queue_again([seen], now=now, patience=timedelta(seconds=600))
    assert transitions.advance(claimed, to=Stage.DESCRIBED, fingerprint="")


# One writer wins, also between processes ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_eight_threads_that_claim_at_once_each_picture_goes_to_one(make_image: MakeImage) -> None:
    pks = [make_image(seed).pk for seed in range(4)]

    def claim(_: int) -> list[UUID]:
        try:
            return [image.pk for image in transitions.claim(pks)]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        claimed = [pk for of_one in pool.map(claim, range(8)) for pk in of_one]
    assert sorted(claimed) == sorted(pks)


def test_many_described_pictures_are_swept_in_one_batch_for_the_index(
    make_image: MakeImage, prepared: Prepared
) -> None:
    pictures = [make_image(number) for number in range(3)]
    stages.describe([image.pk for image in pictures])
    lease_runs_out(*pictures)
    assert swept() == [(Stage.DESCRIBED, [image.pk for image in pictures])]


def test_a_storage_that_is_away_costs_no_attempt(
    make_image: MakeImage, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = make_image()

    def away(*_arguments: object) -> None:
        raise ConnectionError("the storage is away")

    with monkeypatch.context() as outage:
        outage.setattr(stages.default_storage, "open", away)
        for _ in range(settings.DESCRIBE_ATTEMPTS + 1):
            with pytest.raises(ConnectionError):
                stages.describe([image.pk])
            lease_runs_out(image)
    image.refresh_from_db()
    assert (image.stage, image.attempts) == (Stage.STORED, 0)
    stages.describe([image.pk])
    image.refresh_from_db()
    assert image.stage == Stage.DESCRIBED
