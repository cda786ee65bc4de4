"""The evaluation of formulas, on people whose answers are known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from catalog.drawn import draw_look
from outfits.evaluation import FOLDS, Person, answers, confirmed, evaluate
from outfits.kinds import Worn
from tests.outfits.dressed import photograph, thing
from tests.outfits.test_formulas import worn
from tests.search.conftest import alike as vector

JEANS, TEE, RED, SKIRT = ("trousers", "blue"), ("tops", "white"), ("tops", "red"), ("skirts", "black")


def person(number: int, *names: tuple[str, str]) -> Person:
    return tuple(replace(worn(*name), photograph=UUID(int=number)) for name in names)


def same_colour(asked: Worn, garments: Sequence[Worn]) -> list[tuple[Worn, float]]:
    return [(garment, 0.9) for garment in garments if garment.colour == asked.colour]


def nothing(asked: Worn, garments: Sequence[Worn]) -> list[tuple[Worn, float]]:
    return []


def test_what_always_goes_together_is_always_foreseen():
    people = [person(n, JEANS, TEE) for n in range(60)]
    found = evaluate(people, alike=same_colour)
    assert (found.n, found.photographs, found.named, found.unanswered) == (120, 60, 1.0, 0.0)
    assert (found.formulas.hit_at_3, found.formulas.low, found.formulas.high) == (1.0, 1.0, 1.0)
    assert (found.baseline.hit_at_3, found.ahead.hit_at_3) == (1.0, 0.0)


def test_formulas_know_what_a_category_alone_does_not():
    """Each colour of top has a companion of its own; the commonest companions of tops are right for one only."""
    people = [person(n, ("tops", f"top {n % 8}"), ("trousers", f"trousers {n % 8}")) for n in range(160)]
    found = evaluate(people, alike=same_colour)
    assert found.formulas.hit_at_3 == 1.0
    assert found.named == 1.0
    assert found.baseline.hit_at_3 < 0.3
    assert found.ahead.low > 0.6


def test_where_nothing_is_alike_nothing_is_answered():
    found = evaluate([person(n, JEANS, TEE) for n in range(20)], alike=nothing)
    assert (found.formulas.hit_at_3, found.baseline.hit_at_3, found.unanswered) == (0.0, 0.0, 1.0)
    assert found.three.hit_at_3 == 1.0


def test_the_baseline_names_as_many_as_the_formulas():
    people = [person(n, SKIRT, RED if n % 4 == 0 else TEE) for n in range(80)]
    found = evaluate(people, alike=same_colour)
    assert found.baseline.hit_at_3 <= found.three.hit_at_3


def test_people_of_one_garment_cannot_be_asked():
    with pytest.raises(ValueError, match="nobody wears two garments"):
        evaluate([person(n, JEANS) for n in range(20)], alike=same_colour)


def test_the_same_photographs_give_the_same_figures():
    people = [person(n, JEANS, TEE if n % 3 else RED) for n in range(40)]
    assert evaluate(people, alike=same_colour) == evaluate(people, alike=same_colour)


def test_nobody_is_asked_with_photographs_that_hold_the_answer():
    """One odd person: seen nowhere else, so never foreseen."""
    people = [person(n, JEANS, TEE) for n in range(60)] + [person(99, SKIRT, RED)]
    found = evaluate(people, alike=same_colour)
    assert found.formulas.hit_at_3 == pytest.approx(120 / 122, abs=1e-4)


def test_tags_confirm_categories():
    garments = [worn("tops", "white"), worn("trousers", "blue"), worn("skirts", "red"), worn("outerwear", "black")]
    assert confirmed(garments, ["t-shirt", "jeans", "bag"]) == garments[:2]
    assert confirmed(garments, ["cardigan"]) == [garments[0], garments[3]]
    assert confirmed(garments, []) == []


def test_answers_to_look_at_are_drawn_by_the_seed():
    people = [person(n, JEANS, TEE) for n in range(40)]
    first = answers(people, alike=same_colour, count=5, seed=1)
    assert len(first) == 5
    assert [asked for asked, _ in first] == [asked for asked, _ in answers(people, alike=same_colour, count=5, seed=1)]
    assert FOLDS == 5


# The command ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Drawn looks with their tags, as the sets of photographs come."""
    (tmp_path / "images").mkdir()
    words = {
        "tops": "top",
        "outerwear": "coat",
        "trousers": "pants",
        "skirts": "skirt",
        "dresses": "dress",
        "rompers": "romper",
    }
    rows = []
    for seed in range(90_000, 90_016):
        drawn = draw_look(seed)
        (tmp_path / "images" / f"{seed}.jpg").write_bytes(drawn.jpeg())
        rows.append({"file": f"{seed}.jpg", "tags": sorted({words[garment.category] for garment in drawn.garments})})
    (tmp_path / "tags.json").write_text(json.dumps(rows))
    return tmp_path


def test_the_command_writes_what_it_prints(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    options: dict[str, Any] = {"photos": folder, "tags": folder / "tags.json", "json": tmp_path / "out.json"}
    call_command("evaluate_outfits", **options, sheet=None)
    written = json.loads((tmp_path / "out.json").read_text())
    assert {"n", "formulas", "baseline"} <= set(written)
    for name in ("formulas", "baseline"):
        assert set(written[name]) == {"hit_at_3", "low", "high"}
        assert 0 <= written[name]["low"] <= written[name]["hit_at_3"] <= written[name]["high"] <= 1
    assert written["n"] > 0
    assert f"{written['n']} hidden garments" in capsys.readouterr().out


@pytest.mark.parametrize(
    "rows",
    [
        "[]",
        "{}",
        "nonsense",
        "[1]",
        '[{"tags": ["top"]}]',
        '[{"file": "a.jpg"}]',
        '[{"file": 1, "tags": []}]',
        '[{"file": "../a.jpg", "tags": []}]',
        '[{"file": "missing.jpg", "tags": ["top"]}]',
    ],
)
def test_bad_tags_end_with_a_message(tmp_path: Path, rows: str):
    (tmp_path / "tags.json").write_text(rows)
    with pytest.raises(CommandError) as error:
        call_command("evaluate_outfits", photos=tmp_path, tags=tmp_path / "tags.json")
    assert error.value.returncode == 2
    assert str(tmp_path) in str(error.value)


def test_tags_without_photographs_are_refused():
    with pytest.raises(CommandError, match="give that too"):
        call_command("evaluate_outfits", tags=Path("tags.json"))


def test_a_folder_without_pictures_ends_with_a_message(tmp_path: Path):
    with pytest.raises(CommandError, match="no picture in it"):
        call_command("evaluate_outfits", photos=tmp_path)


def test_without_a_folder_the_installation_is_evaluated(
    db: None, queue: object, vectors: object, capsys: pytest.CaptureFixture[str]
):
    jeans, coat = thing("trousers", "blue"), ("outerwear", "camel", vector(0.9))
    for _ in range(20):
        photograph([coat, jeans])
    call_command("evaluate_outfits")
    assert "40 hidden garments in 20 photographs" in capsys.readouterr().out
