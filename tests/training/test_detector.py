"""The detector's life: trained a little, interrupted, resumed, exported, and the same afterwards."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest
import torch
from ultralytics.utils.callbacks.base import default_callbacks

from mlcore import engine
from mlcore.evaluation.files import BadFile
from mlcore.training import coco, detector, export, parity
from mlcore.types import Category

SIZE = 96


def settings(folder: Path, **more: object) -> detector.Settings:
    small = detector.Settings(
        data=folder, size=SIZE, batch=6, epochs=4, held_out=0.2, close_mosaic=0, mosaic=0, freeze=0
    )
    return dataclasses.replace(small, rate=0.003, last_rate=1.0, **more)


def losses(run: Path) -> list[float]:
    """The sum of the training losses, by epoch."""
    with (run / "results.csv").open(newline="") as file:
        return [sum(float(value) for name, value in row.items() if "train/" in name) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def trained(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "trained"
    detector.train(settings(drawn), run)
    return run


def test_the_loss_falls(trained):
    by_epoch = losses(trained)
    assert len(by_epoch) == 4
    assert by_epoch[-1] < 0.95 * by_epoch[0]


def test_the_settings_are_kept_beside_the_weights(trained, drawn):
    kept = json.loads((trained / "settings.json").read_text())
    assert (kept["data"], kept["size"], kept["seed"]) == (str(drawn), SIZE, coco.SEED)


def test_a_folder_is_never_trained_in_twice(trained, drawn):
    with pytest.raises(FileExistsError):
        detector.train(settings(drawn), trained)


def test_an_interrupted_run_goes_on_where_it_stopped(drawn, tmp_path, monkeypatch):
    class PowerCut(Exception):
        pass

    def cut_power(trainer: object) -> None:
        if trainer.epoch == 1:  # type: ignore[attr-defined]
            raise PowerCut

    run = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setitem(default_callbacks, "on_model_save", [cut_power])
        with pytest.raises(PowerCut):
            detector.train(settings(drawn), run)
    before = losses(run)
    detector.resume(run)
    assert len(before) == 2
    assert losses(run)[:2] == before
    assert len(losses(run)) == 4


def test_finished_weights_forget_where_they_were_made(trained, drawn):
    for path in (trained / "weights").glob("*.pt"):
        with zipfile.ZipFile(path) as archive:
            content = b"".join(archive.read(name) for name in archive.namelist())
        assert str(trained.parent).encode() not in content
        assert str(drawn).encode() not in content
        assert str(Path(__file__).parents[2]).encode() not in content
        assert detector.YOLO(str(path)).names == dict(enumerate(coco.CATEGORIES))


def test_extras_are_thinned_and_repeated_by_category(drawn):
    pictures = coco.read(drawn)
    single = [p for p in pictures if p.garments[0].category == coco.CATEGORIES[0]]
    rare = [p for p in pictures if p.garments[0].category == coco.CATEGORIES[5]][:1]
    chosen = detector.balanced([*single, *rare], most=2, least=3, seed=1)
    by_category = [picture.garments[0].category for picture in chosen]
    assert by_category.count(coco.CATEGORIES[5]) == 3
    assert by_category.count(coco.CATEGORIES[0]) == 3  # thinned to 2, then repeated to the least


def test_what_is_rare_among_the_worn_is_repeated_and_nothing_left_out(tmp_path):
    def picture(name: str, *categories: Category) -> coco.Picture:
        garments = tuple(coco.Garment(category, 0, 0, 9, 9) for category in categories)
        return coco.Picture(tmp_path / "images" / name, 10, 10, garments, name)

    tops = [picture(f"{number}.jpg", Category.TOPS) for number in range(24)]
    coco.write(tmp_path, [*tops, picture("both.jpg", Category.TOPS, Category.ROMPERS), picture("none.jpg")])
    seen, _ = detector.gather(settings(tmp_path, all_of_data=True))
    times = Counter(picture.path.name for picture in seen)
    assert times.pop("both.jpg") == 26 // 6  # an even share
    assert times == {f"{number}.jpg": 1 for number in range(24)} | {"none.jpg": 1}


def test_what_the_starting_weights_know_is_trained_on_whole_and_extras_still_validate(drawn):
    everything = {picture.path for picture in coco.read(drawn)}
    seen, held_out = detector.gather(settings(drawn, all_of_data=True))
    assert {picture.path for picture in seen} == everything
    assert held_out == []
    _, held_out = detector.gather(settings(drawn, all_of_data=True, extra=(drawn,)))
    _, as_ever = detector.gather(settings(drawn))
    assert held_out == as_ever != []


def test_a_training_that_nothing_validates_leaves_no_folder(drawn, tmp_path):
    with pytest.raises(BadFile, match="held out"):
        detector.train(settings(drawn, all_of_data=True), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
def test_the_exported_detector_computes_what_the_trained_one_does(trained, tmp_path, monkeypatch, name):
    monkeypatch.setenv("GARDEROBE_ENGINE", name)
    model = export.load_detector(trained / "weights" / "best.pt")
    exported = export.export(model, tmp_path / "detector.onnx", size=SIZE, source="images", outputs=["predictions"])
    inputs = parity.sample_pictures(SIZE, count=3)
    parity.check_detector(model, exported, inputs)
    anchors = sum((SIZE // stride) ** 2 for stride in (8, 16, 32))
    assert engine.Model(exported).run(inputs).shape == (3, 4 + 6, anchors)


def test_another_model_s_file_is_not_taken_for_the_export(trained, tmp_path):
    model = export.load_detector(trained / "weights" / "best.pt")
    exported = export.export(model, tmp_path / "detector.onnx", size=SIZE, source="images", outputs=["predictions"])
    for parameter in model.parameters():
        parameter.mul_(0.9)
    with pytest.raises(parity.Unequal):
        parity.check_detector(model, exported, parity.sample_pictures(SIZE, count=2))


@pytest.mark.parametrize(("score", "allowed"), [(0.001, True), (0.01, False)])
def test_only_boxes_that_something_reads_must_stay_where_they_are(monkeypatch, score, allowed):
    wanted = torch.full((1, 10, 3), 50.0)
    wanted[0, 4:] = torch.tensor([0.9, 0.5, score])
    got = wanted.numpy().copy()
    got[0, 0, 2] += 5  # pixels, of the faintest

    class Exported:
        def __init__(self, path: Path) -> None:
            self.path = path

        def run(self, _: object) -> object:
            return got

    monkeypatch.setattr(parity, "Model", Exported)
    refusal = contextlib.nullcontext() if allowed else pytest.raises(parity.Unequal, match="boxes move")
    with refusal:
        parity.check_detector(lambda _: wanted, Path("any.onnx"), parity.sample_pictures(32, count=1))
