"""The whole pipeline with the shipped weights, on pictures whose garments are known to the pixel."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache

import numpy as np
import pytest

from catalog.drawn import Drawing, draw_look, draw_product
from mlcore.detection import Detector
from mlcore.embedding import Embedder
from mlcore.engine import Model
from mlcore.manifest import model
from mlcore.pipeline import Pipeline, pipeline, prominence, subject_of
from mlcore.types import WHOLE_PICTURE, Analysis, Box, Category, Description, Detection
from tests.mlcore import write_golden

PRODUCT_SEEDS, LOOK_SEEDS = range(9_000, 9_004), range(9_100, 9_108)


@cache
def products() -> list[Drawing]:
    """Four of each category."""
    return [draw_product(seed, category=category) for seed in PRODUCT_SEEDS for category in Category]


@cache
def looks() -> list[Drawing]:
    return [draw_look(seed) for seed in LOOK_SEEDS]


@cache
def seen_in_products() -> list[Analysis]:
    return analyse(products())


@cache
def seen_in_looks() -> list[Analysis]:
    return analyse(looks())


def analyse(drawings: Iterable[Drawing]) -> list[Analysis]:
    return pipeline().analyse([drawing.pixels for drawing in drawings])


def missed(drawings: list[Drawing], analyses: list[Analysis]) -> list[str]:
    """The drawn garments of which no found one has the category and half of the place (IoU ≥ .5)."""
    return [
        f"{drawing.title}: {garment.category} {garment.kind}"
        for drawing, analysis in zip(drawings, analyses, strict=True)
        for garment in drawing.garments
        if not any(
            found.detection.category == garment.category
            and found.detection.box.intersection_over_union(garment.box) >= 0.5
            for found in analysis.garments
        )
    ]


def invented(drawings: list[Drawing], analyses: list[Analysis]) -> list[str]:
    """The found garments at whose place nothing was drawn (IoU < .5 with every drawn one)."""
    return [
        f"{drawing.title}: {found.detection.category} {found.detection.score:.2f}"
        for drawing, analysis in zip(drawings, analyses, strict=True)
        for found in analysis.garments
        if all(found.detection.box.intersection_over_union(garment.box) < 0.5 for garment in drawing.garments)
    ]


def cosine(one: Description, other: Description) -> float:
    return float(one.embedding @ other.embedding)


# What is found -------------------------------------------------------------------------------------------------------


def test_nineteen_of_twenty_drawn_products_are_found_in_their_place() -> None:
    lost = [
        drawing.title
        for drawing, analysis in zip(products(), seen_in_products(), strict=True)
        if all(f.detection.box.intersection_over_union(drawing.garments[0].box) < 0.5 for f in analysis.garments)
    ]
    assert len(lost) <= 0.05 * 24, lost


# The two shares below are what the shipped weights reach (15 of 24, 16 of 21): a guard for the next ones, which should
# raise them to .9. Blazer dresses pass for outerwear and shorts for skirts: docs/models.md.
def test_the_category_of_six_in_ten_drawn_products_is_right() -> None:
    lost = missed(products(), seen_in_products())
    assert len(lost) <= 0.4 * 24, lost


def test_three_of_four_garments_of_drawn_looks_are_found_in_their_place_and_category() -> None:
    drawn = sum(len(look.garments) for look in looks())
    lost = missed(looks(), seen_in_looks())
    assert drawn >= 20
    assert len(lost) <= 0.25 * drawn, lost


def test_at_most_one_in_ten_found_garments_lies_where_nothing_was_drawn() -> None:
    drawings, analyses = products() + looks(), seen_in_products() + seen_in_looks()
    found = sum(len(analysis.garments) for analysis in analyses)
    wrong = invented(drawings, analyses)
    assert len(wrong) <= 0.1 * found, wrong


def test_every_found_garment_is_fully_described() -> None:
    for analysis in seen_in_looks():
        assert (analysis.width, analysis.height) == (480, 720)
        assert set(analysis.timings_ms) >= {"detect", "embed"}
        for garment in analysis.garments:
            assert garment.embedding.shape == (512,)
            assert garment.embedding.dtype == np.float32
            assert np.linalg.norm(garment.embedding) == pytest.approx(1.0, abs=1e-5)
            assert garment.colours
            assert sum(colour.share for colour in garment.colours) <= 1 + 1e-6
            assert 0 <= garment.quality <= 1
            assert 0.15 <= garment.detection.score <= 1


def test_the_most_prominent_garment_comes_first() -> None:
    for analysis in seen_in_looks():
        ranks = [prominence(garment.detection) for garment in analysis.garments]
        assert ranks == sorted(ranks, reverse=True)


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (Box(0.25, 0.25, 0.5, 0.5), Box(0.375, 0.375, 0.25, 0.25)),
        (Box(0.25, 0.25, 0.5, 0.5), Box(0.0, 0.0, 0.5, 0.5)),
    ],
    ids=["larger", "more central"],
)
def test_prominence_grows_with(more: Box, less: Box) -> None:
    assert prominence(Detection(more, Category.TOPS, 0.8)) > prominence(Detection(less, Category.TOPS, 0.8))


def test_a_centred_garment_is_as_prominent_as_its_score_times_its_side() -> None:
    assert prominence(Detection(Box(0.25, 0.25, 0.5, 0.5), Category.TOPS, 0.8)) == pytest.approx(0.4)
    assert prominence(Detection(Box(0.0, 0.0, 0.5, 0.5), Category.TOPS, 0.8)) == pytest.approx(0.3)  # half off centre


def test_a_plain_wall_shows_no_garment() -> None:
    [analysis] = pipeline().analyse([np.full((400, 300, 3), 200, np.uint8)])
    assert analysis.garments == ()


def test_no_pictures_give_no_analyses() -> None:
    assert pipeline().analyse([]) == []


@pytest.mark.parametrize(("width", "height"), [(1280, 16), (16, 1280), (16, 16)])
def test_pictures_of_any_shape_are_described(width: int, height: int) -> None:
    picture = np.full((height, width, 3), 90, np.uint8)
    [analysis] = pipeline().analyse([picture], subjects=[Category.TOPS])
    assert (analysis.width, analysis.height, len(analysis.garments)) == (width, height, 1)
    assert np.isfinite(analysis.garments[0].embedding).all()


# Subjects ------------------------------------------------------------------------------------------------------------


def test_a_known_subject_gives_exactly_one_garment_of_that_category() -> None:
    pictures = [drawing.pixels for drawing in products()[:6]]
    for analysis, category in zip(pipeline().analyse(pictures, subjects=list(Category)), Category, strict=True):
        [garment] = analysis.garments
        assert garment.detection.category is category


def test_a_subject_is_found_where_the_detector_takes_it_for_another_category() -> None:
    entry = model("detection")
    found = Detector(entry, Model(entry.path)).detect([drawing.pixels for drawing in products()], score=0.25)
    doubtful = [
        (drawing.pixels, only[0])
        for drawing, only in zip(products(), found, strict=True)
        if len(only) == 1 and only[0].runner_up_score > 0.05
    ]
    assert len(doubtful) >= 4
    analyses = pipeline().analyse([p for p, _ in doubtful], subjects=[seen.runner_up for _, seen in doubtful])
    for analysis, (_, seen) in zip(analyses, doubtful, strict=True):
        [garment] = analysis.garments
        assert garment.detection.category is seen.runner_up
        assert garment.detection.box.intersection_over_union(seen.box) > 0.6
        assert 0 < garment.detection.score < seen.score


def test_a_surer_passer_by_is_not_taken_for_the_subject() -> None:
    held_up = Detection(Box(0.1, 0.1, 0.8, 0.8), Category.TOPS, 0.5)
    passer_by = Detection(Box(0.0, 0.2, 0.2, 0.35), Category.TOPS, 0.9)
    larger = Detection(WHOLE_PICTURE, Category.DRESSES, 0.9)
    assert subject_of([larger, passer_by, held_up], Category.TOPS) == held_up


def test_a_print_is_not_taken_for_the_subject() -> None:
    printed = Detection(Box(0.4, 0.4, 0.2, 0.2), Category.TOPS, 0.9)
    assert subject_of([printed], Category.TOPS) == Detection(WHOLE_PICTURE, Category.TOPS, 0.0)


def test_a_subject_that_is_not_seen_is_the_whole_picture_with_score_0() -> None:
    [analysis] = pipeline().analyse([np.full((400, 300, 3), 200, np.uint8)], subjects=[Category.SKIRTS])
    [garment] = analysis.garments
    assert garment.detection == Detection(WHOLE_PICTURE, Category.SKIRTS, 0.0)
    assert np.linalg.norm(garment.embedding) == pytest.approx(1.0, abs=1e-5)


def test_what_is_said_of_a_picture_does_not_depend_on_another_pictures_subject() -> None:
    look, product = looks()[0].pixels, products()[0].pixels
    [alone] = pipeline().analyse([look])
    [beside, _] = pipeline().analyse([look, product], subjects=[None, Category.TOPS])
    assert [g.detection.category for g in beside.garments] == [g.detection.category for g in alone.garments]
    for one, other in zip(alone.garments, beside.garments, strict=True):
        assert one.detection.runner_up == other.detection.runner_up
        assert one.detection.runner_up_score == pytest.approx(other.detection.runner_up_score, abs=1e-4)


# The same again ------------------------------------------------------------------------------------------------------


def test_the_same_picture_is_described_the_same_twice() -> None:
    pixels = looks()[1].pixels
    [one], [two] = pipeline().analyse([pixels]), pipeline().analyse([pixels])
    assert [g.detection for g in one.garments] == [g.detection for g in two.garments]
    assert [g.colours for g in one.garments] == [g.colours for g in two.garments]
    assert [g.quality for g in one.garments] == [g.quality for g in two.garments]
    for first, second in zip(one.garments, two.garments, strict=True):
        assert np.array_equal(first.embedding, second.embedding)


def test_a_batch_says_what_each_picture_alone_says() -> None:
    for look, together in list(zip(looks(), seen_in_looks(), strict=True))[:4]:
        [alone] = pipeline().analyse([look.pixels])
        assert len(alone.garments) == len(together.garments)
        for one, other in zip(alone.garments, together.garments, strict=True):
            assert one.detection.category == other.detection.category
            assert one.detection.box.intersection_over_union(other.detection.box) > 0.999
            assert cosine(one, other) > 0.9999


@pytest.mark.parametrize("task", write_golden.TASKS)
def test_the_models_say_what_was_written_down_for_their_version(task: str) -> None:
    path = write_golden.path(task)
    assert path.is_file(), f"{path.name} is missing: a new model? Then run python -m tests.mlcore.write_golden"
    golden, now = json.loads(path.read_text()), write_golden.TASKS[task]()
    assert golden.keys() == now.keys()
    for name in golden:
        if task == "embedding":
            assert now[name] == pytest.approx(golden[name], abs=2e-3), name
            continue
        assert [g["category"] for g in now[name]] == [g["category"] for g in golden[name]], name
        for garment, written in zip(now[name], golden[name], strict=True):
            assert garment["box"] == pytest.approx(written["box"], abs=0.004), name  # 2 of the model's 416 pixels
            assert garment["score"] == pytest.approx(written["score"], abs=0.02), name


def test_both_engines_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = [drawing.pixels for drawing in (*looks()[:3], *products()[:3])]
    subjects = [None] * 3 + list(Category)[:3]
    by_engine = {}
    for engine in ("openvino", "onnxruntime"):
        monkeypatch.setenv("GARDEROBE_ENGINE", engine)
        entries = model("detection"), model("embedding")
        own = Pipeline(Detector(entries[0], Model(entries[0].path)), Embedder(entries[1], Model(entries[1].path)))
        by_engine[engine] = own.analyse(pictures, subjects=subjects)
    for picture, one, other in zip(pictures, *by_engine.values(), strict=True):
        assert [g.detection.category for g in one.garments] == [g.detection.category for g in other.garments]
        for first, second in zip(one.garments, other.garments, strict=True):
            assert cosine(first, second) >= 0.999
            scale = np.array([picture.shape[1], picture.shape[0]] * 2)
            edges = [
                np.array([b.x, b.y, b.x + b.width, b.y + b.height]) * scale
                for b in (first.detection.box, second.detection.box)
            ]
            assert np.abs(edges[0] - edges[1]).max() <= 1.0


# What is similar -----------------------------------------------------------------------------------------------------


def described(drawing: Drawing) -> Description:
    """Its first garment where it was drawn: the embedder alone is asked, whatever the detector makes of it."""
    garment = drawing.garments[0]
    description = pipeline().describe_box(drawing.pixels, garment.box, category=garment.category)
    assert description is not None
    return description


@pytest.mark.parametrize("category", [Category.DRESSES, Category.TOPS, Category.OUTERWEAR])
def test_a_garment_is_more_like_itself_on_another_ground_than_like_another_garment(category: Category) -> None:
    seeds = range(700, 704)
    on_paper = [described(draw_product(seed, category=category, background="paper")) for seed in seeds]
    on_wood = [described(draw_product(seed, category=category, background="wood")) for seed in seeds]
    similarities = np.array([[cosine(one, other) for other in on_wood] for one in on_paper])
    assert similarities.argmax(axis=1).tolist() == [0, 1, 2, 3], similarities.round(2)


# A box drawn by hand -------------------------------------------------------------------------------------------------


def test_a_drawn_box_is_described_as_it_was_drawn() -> None:
    look, analysis = looks()[0], seen_in_looks()[0]
    found = analysis.garments[0]
    box = found.detection.box
    drawn = Box(box.x, box.y, box.width * 0.9, box.height)
    description = pipeline().describe_box(look.pixels, drawn)
    assert description is not None
    assert description.detection.box == drawn
    assert description.detection.category is found.detection.category
    assert description.detection.score == pytest.approx(found.detection.score, abs=1e-4)
    assert cosine(description, found) > 0.8


def test_a_category_given_with_the_box_overrules_the_detector() -> None:
    look, found = looks()[0], seen_in_looks()[0].garments[0].detection
    other = next(c for c in Category if c is not found.category)
    description = pipeline().describe_box(look.pixels, found.box, category=other)
    assert description is not None
    assert (description.detection.category, description.detection.score) == (other, 0.0)
    same = pipeline().describe_box(look.pixels, found.box, category=found.category)
    assert same is not None
    assert same.detection.score == pytest.approx(found.score, abs=1e-4)


def test_a_box_of_plain_wall_is_nothing_unless_its_category_is_said() -> None:
    wall, box = np.full((400, 300, 3), 200, np.uint8), Box(0.1, 0.1, 0.5, 0.5)
    assert pipeline().describe_box(wall, box) is None
    said = pipeline().describe_box(wall, box, category=Category.DRESSES)
    assert said is not None
    assert (said.detection.box, said.detection.category, said.detection.score) == (box, Category.DRESSES, 0.0)


# The files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ["detection", "embedding"])
def test_the_shipped_files_are_those_that_the_manifest_describes(task: str) -> None:
    model(task).check()


def test_the_detectors_classes_are_the_categories_in_their_order() -> None:
    assert model("detection").classes == tuple(Category)
