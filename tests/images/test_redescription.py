"""Garments described anew in place: rows and ids stay, the owner's word stays, and the last word wins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import User
from images import corrections, redescription, selectors, services, stages
from images.corrections import Change
from images.index import model_version
from images.models import Correction, Descriptor, Garment, Image, Kind, Purpose, Review, Stage
from mlcore.index.base import CollectionName, IndexAway
from mlcore.types import Box, Category, Colour, Description, Detection, Label, Pixels
from tests.images.conftest import MakeImage, Prepared, drawn, stage_of
from tests.images.test_services import add
from wardrobe.models import Item, ItemPicture

PHOTOS = CollectionName.PHOTOS
ELSEWHERE = Box(0.1, 0.1, 0.6, 0.6)
ON_COMMIT = Callable[..., Any]


class Again(Prepared):
    """Says what a run that describes garments anew is told; a vector of its own for each run."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = 0
        self.known: list[Detection] = []
        self.decides: Category | None = Category.SKIRTS
        self.error: Exception | None = None

    def describe_known(self, pixels: Pixels, garments: Sequence[Detection]) -> list[Description]:
        self._works()
        self.known += garments
        return [self._seen(detection) for detection in garments]

    def describe_box(self, pixels: Pixels, box: Box) -> Description | None:
        self._works()
        return self._seen(Detection(box, self.decides, 0.66, Category.TOPS, 0.2)) if self.decides else None

    def _garment(self, number: int, subject: Category | None) -> Description:
        labels = {"sleeve_length": Label("long", 0.9), "pattern": Label("solid", 0.9)}
        return replace(super()._garment(number, subject), labels=labels)

    def _works(self) -> None:
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()
        if self.error is not None:
            raise self.error

    def _seen(self, detection: Detection) -> Description:
        self.runs += 1
        vector = np.zeros(512, np.float32)
        vector[100 + self.runs] = 1
        labels = {"sleeve_length": Label("short", 0.6), "pattern": Label("stripe", 0.8)}
        if detection.category in (Category.SKIRTS, Category.TROUSERS):
            del labels["sleeve_length"]
        return Description(detection, vector, (Colour("navy", "#202746", 1.0),), 0.5, labels)


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch) -> Again:
    stand_in = Again()
    for module in (stages, redescription):
        monkeypatch.setattr(module, "pipeline", lambda hint="throughput": stand_in)
    return stand_in


@pytest.fixture
def garment(user: User, again: Again) -> Garment:
    """The dress of a described picture of the user's."""
    return described(user)


def described(user: User, seed: int = 1, purpose: Purpose = Purpose.WARDROBE) -> Garment:
    image, _ = add(user, seed, purpose=purpose)
    stages.describe([image.pk])
    return image.garments.get()


def correct(garment: Garment, **change: Any) -> Garment:
    owner = garment.image.owner
    assert owner is not None
    corrected = corrections.correct_garment(owner=owner, uid=garment.uid, change=Change(**change))
    assert corrected is not None
    return corrected


def seen(garment: Garment) -> Garment:
    return Garment.objects.select_related("descriptor", "image").get(pk=garment.pk)


def axis(garment: Garment) -> int:
    """Which of the stand-in's runs the vector is from: 0 is the first description."""
    return max(int(np.argmax(seen(garment).descriptor.vector)) - 100, 0)


# What is written -----------------------------------------------------------------------------------------------------


def test_a_corrected_garment_keeps_its_ids_and_gets_a_vector_colours_labels_and_quality_anew(garment: Garment) -> None:
    correct(garment, category=Category.OUTERWEAR, box=ELSEWHERE)
    stale = seen(garment)
    assert stale.descriptor.model_version == ""
    assert stale.due_at is not None
    redescription.redescribe([garment.image_id])
    now = seen(garment)
    assert (now.uid, now.category, now.box, now.score) == (garment.uid, "outerwear", ELSEWHERE, 1.0)
    assert now.descriptor.model_version == model_version()
    assert (now.colours, now.quality, now.due_at) == ([{"name": "navy", "hex": "#202746", "share": 1.0}], 0.5, None)
    assert {name: label["value"] for name, label in now.labels.items()} == {
        "sleeve_length": "short",
        "pattern": "stripe",
    }
    assert axis(garment) == 1
    assert now.image.attempts == 0


def test_no_model_has_a_say_in_what_the_owner_has_said(garment: Garment) -> None:
    correct(garment, labels={"pattern": "dot", "sleeve_length": None}, colours=("white", "red"))
    correct(garment, category=Category.TOPS)
    redescription.redescribe([garment.image_id])
    services.describe_again(images=[garment.image], subject=None)
    redescription.redescribe([garment.image_id])
    now = seen(garment)
    assert now.category == "tops"
    assert now.labels == {"pattern": {"value": "dot", "confidence": 1.0}}
    assert [colour["name"] for colour in now.colours] == ["white", "red"]
    assert axis(garment) == 2


def test_a_known_garment_is_described_without_the_detector(garment: Garment, again: Again) -> None:
    correct(garment, category=Category.ROMPERS)
    redescription.redescribe([garment.image_id])
    assert again.known == [Detection(garment.box, Category.ROMPERS, 1.0, None, 0.0)]


def test_of_a_box_alone_the_models_say_what_is_in_it(garment: Garment) -> None:
    correct(garment, box=ELSEWHERE, labels={"sleeve_length": "long", "pattern": "check"})
    redescription.redescribe([garment.image_id])
    now = seen(garment)
    assert (now.category, now.score, now.runner_up, now.box) == ("skirts", 0.66, "tops", ELSEWHERE)
    assert now.corrected == ["box", "pattern"]  # skirts have no sleeves
    assert now.labels == {"pattern": {"value": "check", "confidence": 1.0}}


def test_where_the_models_see_nothing_in_a_box_it_stays_what_it_was_called(garment: Garment, again: Again) -> None:
    again.decides = None
    correct(garment, box=ELSEWHERE)
    redescription.redescribe([garment.image_id])
    now = seen(garment)
    assert (now.category, now.descriptor.model_version) == ("dresses", model_version())


def test_an_added_garment_is_described_under_the_category_that_was_said(user: User, garment: Garment) -> None:
    added = corrections.add_garment(owner=user, image_id=garment.image_id, box=ELSEWHERE, category=Category.TROUSERS)
    assert added is not None
    redescription.redescribe([garment.image_id])
    now = seen(added)
    assert (now.category, now.quality, now.due_at) == ("trousers", 0.5, None)
    assert now.descriptor.model_version == model_version()
    assert axis(garment) == 0  # nothing was owed to the other


def test_with_the_real_models_a_drawn_dress_that_is_corrected_is_found_as_what_it_is(user: User) -> None:
    image, _ = add(user, data=drawn(3).jpeg())
    stages.describe([image.pk])
    garment = image.garments.get()
    first = garment.descriptor.vector
    correct(garment, category=Category.ROMPERS, box=Box(0.1, 0.05, 0.8, 0.9))
    redescription.redescribe([image.pk])
    now = seen(garment)
    assert now.category == "rompers"
    assert now.descriptor.model_version == model_version()
    assert 0.3 < float(now.descriptor.vector @ first) < 0.9999
    assert now.quality > 0.2
    assert set(now.labels) == {"sleeve_length", "garment_length", "collar_style", "pattern"}


# Twice, at once, and by those who die --------------------------------------------------------------------------------


def test_describing_anew_twice_is_as_good_as_once(garment: Garment, again: Again) -> None:
    correct(garment, category=Category.TOPS)
    redescription.redescribe([garment.image_id, garment.image_id])
    redescription.redescribe([garment.image_id])
    assert again.runs == 1


def test_a_second_correction_while_the_first_is_described_wins(garment: Garment, again: Again) -> None:
    correct(garment, box=Box(0.0, 0.0, 0.5, 0.5), category=Category.TOPS)
    again.meanwhile = lambda: correct(garment, box=ELSEWHERE, category=Category.OUTERWEAR)
    redescription.redescribe([garment.image_id])
    now = seen(garment)
    assert (now.box, now.category, now.descriptor.model_version) == (ELSEWHERE, "outerwear", "")
    assert now.due_at is not None
    redescription.redescribe([garment.image_id])
    now = seen(garment)
    assert (now.box, now.category, now.descriptor.model_version) == (ELSEWHERE, "outerwear", model_version())
    assert axis(garment) == 2
    assert Correction.objects.count() == 2


def test_a_label_that_is_corrected_while_the_garment_is_described_is_kept(garment: Garment, again: Again) -> None:
    correct(garment, category=Category.TOPS)
    again.meanwhile = lambda: correct(garment, labels={"pattern": "floral"}, colours=("red",))
    redescription.redescribe([garment.image_id])
    now = seen(garment)
    assert now.labels["pattern"] == {"value": "floral", "confidence": 1.0}
    assert now.labels["sleeve_length"]["value"] == "short"
    assert [colour["name"] for colour in now.colours] == ["red"]
    assert now.due_at is None


def test_the_category_that_the_owner_confirms_while_the_models_look_is_kept(garment: Garment, again: Again) -> None:
    correct(garment, box=ELSEWHERE)
    again.meanwhile = lambda: correct(garment, category=Category.DRESSES)
    redescription.redescribe([garment.image_id])
    redescription.redescribe([garment.image_id])
    now = seen(garment)
    assert (now.category, now.corrected, now.due_at) == ("dresses", ["box", "category"], None)


def test_a_garment_or_a_picture_that_goes_meanwhile_is_no_error(user: User, garment: Garment, again: Again) -> None:
    correct(garment, category=Category.TOPS)
    again.meanwhile = lambda: corrections.remove_garment(owner=user, uid=garment.uid)
    redescription.redescribe([garment.image_id])
    assert not Garment.objects.exists()
    other = described(user, 2)
    correct(other, category=Category.TOPS)
    again.meanwhile = lambda: services.erase_images(images=[other.image])
    redescription.redescribe([other.image_id])
    assert not Descriptor.objects.exists()
    redescription.redescribe([uuid4()])


def owed_too_long(*garments: Garment) -> None:
    late = timezone.now() - timedelta(seconds=1)
    Garment.objects.filter(pk__in=[g.pk for g in garments]).update(due_at=late)


def swept() -> list[list[UUID]]:
    return list(redescription.overdue_batches())


def test_the_sweeper_queues_what_did_not_come_once_more_and_not_twice(user: User, garment: Garment) -> None:
    assert swept() == []
    correct(garment, category=Category.TOPS)
    assert swept() == []  # somebody will
    owed_too_long(garment)
    assert swept() == [[garment.image_id]]
    assert swept() == []
    redescription.redescribe([garment.image_id])
    assert seen(garment).due_at is None


def test_a_storage_that_is_away_leaves_the_garment_for_another_try_soon(garment: Garment, again: Again) -> None:
    correct(garment, category=Category.TOPS)
    again.error = OSError("away")
    for _ in range(settings.DESCRIBE_ATTEMPTS + 1):
        with pytest.raises(OSError, match="away"):
            redescription.redescribe([garment.image_id])
    owed = seen(garment)
    assert owed.image.attempts == 0
    assert owed.due_at is not None
    assert owed.due_at < timezone.now() + timedelta(seconds=stages.PAUSE_S + 1)
    again.error = None
    redescription.redescribe([garment.image_id])
    assert seen(garment).due_at is None


def test_what_takes_its_worker_down_again_and_again_is_given_up(garment: Garment, again: Again) -> None:
    correct(garment, category=Category.TOPS)
    again.error = KeyboardInterrupt()  # no exception that is caught: as a killed process
    for _ in range(settings.DESCRIBE_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            redescription.redescribe([garment.image_id])
    redescription.redescribe([garment.image_id])
    image = Image.objects.get(pk=garment.image_id)
    assert (image.stage, image.error) == (Stage.FAILED, "given up after 4 attempts that did not end")
    assert seen(garment).due_at is None


def test_a_picture_whose_file_is_gone_fails_with_its_reason_and_keeps_its_garments(garment: Garment) -> None:
    correct(garment, category=Category.TOPS)
    default_storage.delete(garment.image.file_name)
    redescription.redescribe([garment.image_id])
    now = seen(garment)
    assert now.image.stage == Stage.FAILED
    assert "not in the storage" in now.image.error
    assert (now.category, now.due_at, now.descriptor.model_version) == ("tops", None, "")


# The index -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def look(user: User, again: Again, vectors: Any) -> Garment:
    """The dress of a published look, in the index."""
    garment = described(user, purpose=Purpose.LOOK)
    Image.objects.filter(pk=garment.image_id).update(review=Review.APPROVED, stage=Stage.DESCRIBED)
    stages.index([garment.image_id])
    assert list(vectors.ids(PHOTOS)) == [garment.pk]
    return garment


def test_the_entry_of_a_published_look_moves_to_its_new_category(look: Garment, vectors: Any) -> None:
    correct(look, category=Category.OUTERWEAR)
    redescription.redescribe([look.image_id])
    assert stage_of(look.image) == Stage.DESCRIBED
    stages.index([look.image_id])
    assert stage_of(look.image) == Stage.READY
    vector = seen(look).descriptor.vector
    hits = vectors.search(PHOTOS, vector, limit=5)
    assert [(hit.garment_id, hit.category) for hit in hits] == [(look.pk, Category.OUTERWEAR)]
    assert vectors.search(PHOTOS, vector, categories=[Category.DRESSES], limit=5) == []


def test_an_index_that_is_away_leaves_the_garment_of_a_look_for_another_try(
    look: Garment, monkeypatch: pytest.MonkeyPatch
) -> None:
    correct(look, category=Category.OUTERWEAR)
    with monkeypatch.context() as outage:
        outage.setattr(stages, "unindex", _nobody_there)
        for _ in range(settings.DESCRIBE_ATTEMPTS + 1):
            with pytest.raises(IndexAway):
                redescription.redescribe([look.image_id])
    assert (seen(look).image.stage, seen(look).image.attempts) == (Stage.READY, 0)
    redescription.redescribe([look.image_id])
    assert seen(look).due_at is None


def _nobody_there(garment_ids: Sequence[int]) -> None:
    raise IndexAway("away")


def test_a_stale_vector_is_taken_out_by_reconciling_and_never_written(look: Garment, vectors: Any) -> None:
    correct(look, category=Category.OUTERWEAR)
    assert stages.reconcile() == {"written": 0, "removed": 1}
    services.set_visible(images=[look.image], visible=True)
    stages.index([look.image_id])
    assert list(vectors.ids(PHOTOS)) == []


def test_a_label_of_a_published_look_reaches_the_index_without_a_model(
    look: Garment, again: Again, vectors: Any, django_capture_on_commit_callbacks: ON_COMMIT
) -> None:
    with django_capture_on_commit_callbacks() as queued:
        correct(look, labels={"pattern": "check"})
    assert len(queued) == 1
    assert stage_of(look.image) == Stage.DESCRIBED
    stages.index([look.image_id])
    assert stage_of(look.image) == Stage.READY
    assert again.runs == 0


def test_a_removed_garment_of_a_published_look_leaves_the_index(
    user: User, look: Garment, django_capture_on_commit_callbacks: ON_COMMIT, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[int]] = []
    monkeypatch.setattr("images.tasks.unindex.apply_async", lambda args, kwargs: told.append(kwargs["garment_ids"]))
    with django_capture_on_commit_callbacks(execute=True):
        corrections.remove_garment(owner=user, uid=look.uid)
    assert told == [[look.pk]]


# Another model -------------------------------------------------------------------------------------------------------


def outdate(*garments: Garment) -> None:
    Descriptor.objects.filter(pk__in=[g.pk for g in garments]).update(model_version="0" * 12)


def test_after_a_change_of_models_a_users_garments_stay_with_their_items_and_get_new_vectors(
    user: User, garment: Garment, django_capture_on_commit_callbacks: ON_COMMIT
) -> None:
    item = Item.objects.create(owner=user, category="dresses")
    ItemPicture.objects.create(item=item, garment=garment)
    correct(garment, labels={"pattern": "dot"})
    outdate(garment)
    assert list(selectors.outdated(model_version=model_version())) == [garment.image]
    with django_capture_on_commit_callbacks() as queued:
        assert services.describe_outdated() == 1
    assert "images.redescribe" in str(queued)
    waiting = seen(garment)
    assert (waiting.descriptor.model_version, waiting.image.stage) == ("0" * 12, Stage.READY)  # found until then
    stages.describe([garment.image_id])
    redescription.redescribe([garment.image_id])
    now = seen(garment)
    assert (now.uid, now.box, now.category) == (garment.uid, garment.box, "dresses")
    assert (now.score, now.runner_up) == (0.9, "rompers")
    assert now.labels["pattern"]["value"] == "dot"
    assert now.descriptor.model_version == model_version()
    assert item.pictures.get().garment_id == garment.pk
    assert not selectors.outdated(model_version=model_version()).exists()


def test_what_is_corrected_this_moment_does_not_hold_up_a_new_model(garment: Garment) -> None:
    correct(garment, category=Category.TOPS)
    assert not selectors.outdated(model_version=model_version()).exists()


def test_a_shops_picture_still_forgets_its_garments(make_image: MakeImage, again: Again) -> None:
    image = make_image(kind=Kind.PRODUCT)
    stages.describe([image.pk])
    outdate(*image.garments.all())
    Image.objects.update(stage=Stage.READY)
    assert services.describe_outdated() == 1
    assert not image.garments.exists()
    assert stage_of(image) == Stage.STORED


def test_a_users_picture_in_which_nothing_was_found_is_looked_at_as_a_whole(user: User, again: Again) -> None:
    again.garments = 0
    image, _ = add(user)
    stages.describe([image.pk])
    assert not image.garments.exists()
    services.describe_again(images=[image], subject=None)
    assert stage_of(image) == Stage.STORED


def test_a_failed_picture_that_is_sent_again_keeps_its_garments(user: User, garment: Garment) -> None:
    correct(garment, category=Category.TOPS)
    Image.objects.update(stage=Stage.FAILED, error="given up")
    Garment.objects.update(due_at=None)
    image, created = add(user)
    assert (image.pk, created, image.error) == (garment.image_id, False, "")
    redescription.redescribe([image.pk])
    stages.index([image.pk])
    assert stage_of(image) == Stage.READY
    assert seen(garment).descriptor.model_version == model_version()
