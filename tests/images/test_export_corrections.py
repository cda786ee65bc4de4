"""manage.py export_corrections: a folder that the trainers read, in which only what people said is taught."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone
from PIL import Image as Picture

from accounts.models import User
from images import corrections
from images.corrections import Change
from images.models import Correction, Garment, Image, Purpose, Review
from mlcore.detection import Detector
from mlcore.evaluation.files import read_csv
from mlcore.labels import LABELS
from mlcore.training import coco, crops, yolo
from mlcore.types import Box, Category
from tests.images.conftest import drawn
from tests.images.test_corrections import a_garment

NO_DETECTOR: Detector = None  # type: ignore[assignment]  # nothing is left for it to find


@pytest.fixture
def garment(user: User) -> Garment:
    """A dress that was taken for a top, with dots and without a collar; beside it a skirt that nobody touched."""
    made = a_garment(user, labels={"pattern": {"value": "solid", "confidence": 0.9}})
    Garment.objects.create(
        image=made.image, position=1, category="skirts", score=0.91, x=0.1, y=0.1, width=0.3, height=0.3, quality=1
    )
    say(made, category=Category.DRESSES, labels={"pattern": "dot", "collar_style": "v"})
    say(made, labels={"collar_style": None})
    return made


def say(garment: Garment, **change: Any) -> None:
    owner = garment.image.owner
    assert owner is not None
    assert corrections.correct_garment(owner=owner, uid=garment.uid, change=Change(**change)) is not None


def export(folder: Path, *options: str) -> str:
    out = io.StringIO()
    call_command("export_corrections", str(folder), *options, stdout=out, stderr=out)
    return out.getvalue()


def test_what_the_owner_touched_is_taught_and_the_rest_counts_neither_way(garment: Garment, tmp_path: Path) -> None:
    folder = tmp_path / "corrected"
    assert export(folder) == f"1 pictures, 1 garments to learn from, 1 ignored, 1 with labels in {folder}\n"
    [picture] = coco.read(folder)
    assert (picture.path, picture.width, picture.height) == (folder / "images" / f"{garment.image_id}.jpg", 240, 320)
    assert picture.garments == (
        coco.Garment(Category.DRESSES, 60.0, 80.0, 120.0, 160.0),
        coco.Garment(Category.SKIRTS, 24.0, 32.0, 72.0, 96.0, ignore=True),
    )
    assert coco.pixels(picture.path).shape == (320, 240, 3)


def test_labels_are_those_that_were_said_and_no_others(garment: Garment, tmp_path: Path) -> None:
    export(tmp_path)
    [row] = read_csv(tmp_path / "labels.csv", ("file", "category", "x", "y", "w", "h", *LABELS))
    assert row == {
        "file": f"{garment.image_id}.jpg", "category": "dresses", "x": "60.0", "y": "80.0", "w": "120.0", "h": "160.0",
        "sleeve_length": "", "garment_length": "", "collar_style": "na", "pattern": "dot",
    }  # fmt: skip


def test_the_trainers_read_the_folder(garment: Garment, tmp_path: Path) -> None:
    folder = tmp_path / "corrected"
    export(folder)
    data = yolo.write(tmp_path / "detector", train=coco.read(folder), held_out=[])
    assert data.is_file()
    [boxes] = (tmp_path / "detector" / "labels" / "train").iterdir()
    assert boxes.read_text() == "4 0.500000 0.500000 0.500000 0.500000\n"
    [crop] = crops.prepare(tmp_path / "crops", detector=NO_DETECTOR, worn=[folder], labels=[folder / "labels.csv"])
    assert (crop.category, crop.labels) == (Category.DRESSES, {"pattern": "dot"})
    assert crops.read(tmp_path / "crops") == [crop]


def test_guesses_are_taught_only_to_who_asks_for_it(garment: Garment, tmp_path: Path) -> None:
    export(tmp_path / "sure", "--believe", "0.9")
    export(tmp_path / "surer", "--believe", "0.95")
    assert [g.ignore for g in coco.read(tmp_path / "sure")[0].garments] == [False, False]
    assert [g.ignore for g in coco.read(tmp_path / "surer")[0].garments] == [False, True]


def test_an_added_garment_is_taught_once_it_has_a_name_and_a_removed_one_is_background(
    user: User, tmp_path: Path
) -> None:
    image = a_garment(user, 2).image
    unnamed = corrections.add_garment(owner=user, image_id=image.pk, box=Box(0.5, 0.5, 0.4, 0.4), category=None)
    named = corrections.add_garment(
        owner=user, image_id=image.pk, box=Box(0.1, 0.1, 0.3, 0.3), category=Category.SKIRTS
    )
    assert unnamed is not None
    assert named is not None
    corrections.remove_garment(owner=user, uid=image.garments.get(position=0).uid)
    export(tmp_path / "now")
    assert [(g.category, g.ignore) for g in coco.read(tmp_path / "now")[0].garments] == [
        (Category.TOPS, True),
        (Category.SKIRTS, False),
    ]
    Garment.objects.filter(pk=unnamed.pk).update(category="trousers", due_at=None)
    export(tmp_path / "later")
    assert [(g.category, g.ignore) for g in coco.read(tmp_path / "later")[0].garments] == [
        (Category.TROUSERS, False),
        (Category.SKIRTS, False),
    ]
    assert not (tmp_path / "later" / "labels.csv").exists()  # which nobody could read without a row


def test_pictures_come_upright_no_larger_than_the_models_see_them_and_without_their_place(
    user: User, tmp_path: Path
) -> None:
    lying = Picture.fromarray(drawn().pixels).resize((1600, 1200))
    exif = Picture.Exif()
    exif[0x0112] = 6  # the camera was turned
    exif[0x9286] = "at home"
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}
    data = io.BytesIO()
    lying.save(data, "JPEG", exif=exif)
    image = a_garment(user, data=data.getvalue()).image
    say(image.garments.get(), category=Category.DRESSES)
    export(tmp_path)
    [picture] = coco.read(tmp_path)
    assert (picture.width, picture.height) == (960, 1280)
    assert picture.garments == (coco.Garment(Category.DRESSES, 240.0, 320.0, 480.0, 640.0),)
    with Picture.open(picture.path) as written:
        assert written.size == (960, 1280)
        assert not written.getexif()


def test_pictures_of_one_owner_stay_on_one_side_and_do_not_say_whose_they_are(
    user: User, make_user: Callable[[str], User], tmp_path: Path
) -> None:
    grace = make_user("grace@example.org")
    for owner, seed in ((user, 1), (user, 2), (grace, 1)):
        say(a_garment(owner, seed), category=Category.SKIRTS)
    export(tmp_path / "one")
    export(tmp_path / "two")
    groups = [[picture.group for picture in coco.read(tmp_path / name)] for name in ("one", "two")]
    assert groups[0] == groups[1]
    assert sorted(groups[0].count(group) for group in set(groups[0])) == [1, 2]
    text = (tmp_path / "one" / "train.json").read_text()
    assert "example.org" not in text


def test_only_what_was_corrected_may_be_seen_and_is_kept_is_exported(user: User, tmp_path: Path) -> None:
    made = [a_garment(user, seed, purpose=Purpose.LOOK) for seed in range(1, 7)]
    _, hidden, rejected, expiring, erased, shown = made
    for garment in made[1:]:
        say(garment, category=Category.SKIRTS)
    Image.objects.filter(pk=hidden.image_id).update(visible=False)
    Image.objects.filter(pk=rejected.image_id).update(review=Review.REJECTED)
    Image.objects.filter(pk=expiring.image_id).update(expires_at=timezone.now() + timedelta(hours=1))
    default_storage.delete(erased.image.file_name)
    said = export(tmp_path)
    assert said.startswith("1 pictures, 1 garments to learn from")
    assert "1 pictures were left out: their files cannot be read" in said
    assert [picture.path.stem for picture in coco.read(tmp_path)] == [str(shown.image_id)]


def test_who_leaves_takes_the_examples_along(user: User, garment: Garment, tmp_path: Path) -> None:
    user.delete()
    assert export(tmp_path).startswith("0 pictures, 0 garments")


def test_since_a_day(user: User, garment: Garment, tmp_path: Path) -> None:
    Correction.objects.update(created_at=timezone.now().replace(2026, 3, 1, 0, 0, 0, 0))
    say(a_garment(user, 2), category=Category.SKIRTS)
    Correction.objects.filter(image=garment.image).update(created_at=timezone.now().replace(2026, 3, 1, 0, 0, 0, 0))
    assert export(tmp_path / "a", "--since", "2026-03-01").startswith("2 pictures")
    assert export(tmp_path / "b", "--since", "2026-03-02").startswith("1 pictures")


@pytest.mark.parametrize("options", [["--since", "yesterday"], ["--believe", "2"], ["--believe", "much"]])
def test_what_makes_no_sense_is_said(db: None, tmp_path: Path, options: list[str]) -> None:
    with pytest.raises(CommandError):
        export(tmp_path, *options)


def test_nothing_is_written_over(garment: Garment, tmp_path: Path) -> None:
    export(tmp_path / "a")
    for taken in (tmp_path / "a", tmp_path / "a" / "train.json"):
        with pytest.raises(CommandError, match="is not an empty folder"):
            export(taken)


def test_a_picture_costs_no_query_of_its_own(
    user: User, tmp_path: Path, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for seed in range(1, 5):
        say(a_garment(user, seed), category=Category.SKIRTS)
    with django_assert_max_num_queries(2):
        export(tmp_path)
    with (tmp_path / "train.json").open() as file:
        assert file.read().count("file_name") == 4
