"""The embedder's life on drawn garments: trained a little, interrupted, resumed, given label heads, and exported."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import timm
import torch

from mlcore import engine, manifest
from mlcore.detection import Detector
from mlcore.engine import Model
from mlcore.evaluation.files import BadFile
from mlcore.labels import LABELS
from mlcore.training import batches, coco, crops, embedder, export, labels, losses, network, parity

ARCH, SIZE = "test_efficientnet", 64  # timm's smallest: a step takes some hundredths of a second


def settings(folder: Path, **more: object) -> embedder.Settings:
    small = embedder.Settings(
        crops=folder,
        backbone=ARCH,
        size=SIZE,
        steps=30,
        epoch=10,
        items=8,
        warmup=2,
        frozen=0,
        held_out=0.25,
        seed=1,
        split=1,
    )
    return dataclasses.replace(small, rate=2e-3, head_rate=2e-3, average=0.5, **more)  # type: ignore[arg-type]


def log(run: Path) -> list[dict[str, str]]:
    with (run / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def trained(crops_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "embedder"
    embedder.train(settings(crops_folder), run)
    return run


@pytest.fixture(scope="module")
def headed(trained: Path, crops_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "labels"
    labels.train(label_settings(crops_folder, trained), run)
    return run


def label_settings(folder: Path, trained: Path) -> labels.Settings:
    return labels.Settings(
        folder,
        trained / "embedder.pt",
        ARCH,
        size=SIZE,
        variants=2,
        epochs=8,
        batch=8,
        rate=5e-3,
        held_out=0.25,
        seed=1,
        split=1,
    )


def test_every_garment_of_the_sources_becomes_a_crop(crops_folder, drawn):
    rows = crops.read(crops_folder)
    large = [g for p in coco.read(drawn) for g in p.garments if min(g.width, g.height) >= crops.SMALLEST]
    assert sum(row.source == "shop" for row in rows) == 24
    assert 0 < sum(row.source == "worn" for row in rows) == len(large) < 18
    assert len({row.item for row in rows if row.source == "shop"}) == 12
    assert all((crops_folder / "images" / row.file).is_file() for row in rows)
    # What "na" says is known from the category, and is nothing that a head could see.
    assert {value for row in rows for value in row.labels.values()} <= {w for words in LABELS.values() for w in words}
    assert all(row.labels for row in rows if row.source == "shop")


def test_key_labels_may_come_in_several_files(shop, crops_folder, tmp_path):
    heading, *lines = (shop / "labels.csv").read_text().splitlines()
    for number, part in enumerate((lines[::2], lines[1::2])):
        (tmp_path / f"{number}.csv").write_text("\n".join([heading, *part]))
    entry = manifest.model("detection")
    detector = Detector(entry, Model(entry.path))
    rows = crops.prepare(
        tmp_path / "crops", detector=detector, shop=shop, labels=[tmp_path / "0.csv", tmp_path / "1.csv"]
    )
    assert [row.labels for row in rows] == [row.labels for row in crops.read(crops_folder) if row.source == "shop"]


def test_masked_crops_show_the_garment_on_white(crops_folder, tmp_path):
    assert crops.mask_copy(crops_folder, tmp_path) == len(crops.read(crops_folder))
    for row in crops.read(tmp_path)[:24]:
        before, after = crops.pixels(crops_folder, row), crops.pixels(tmp_path, row)
        middle = (slice(int(before.shape[0] * (row.box.y + row.box.height / 2)), None), int(before.shape[1] / 2))
        assert abs(before[middle][0].astype(int) - after[middle][0]).max() < 40
        assert after[0, 0].min() > 240


def test_views_of_an_item_are_never_divided_by_the_split(crops_folder):
    seen, held_out = crops.split(crops.read(crops_folder), share=0.25, seed=1)
    assert seen
    assert held_out
    assert {crop.group for crop in seen}.isdisjoint(crop.group for crop in held_out)


def test_a_batch_shows_each_garment_twice_and_follows_from_its_step(crops_folder):
    rows = crops.read(crops_folder)
    one, two = (batches.Batches(crops_folder, rows, items=6, side=32, seed=3)[5] for _ in range(2))
    assert one.pixels.shape == (12, 32, 32, 3)
    assert torch.equal(one.pixels, two.pixels)
    assert one.items[::2].tolist() == one.items[1::2].tolist()
    assert len(set(one.items.tolist())) == 6


def test_six_of_ten_batches_draw_their_shops_items_from_one_category(crops_folder, monkeypatch):
    monkeypatch.setattr(batches, "SHARES", {"shop": 1.0, "family": 0.0, "labelled": 0.0, "any": 0.0})
    rows = [row for row in crops.read(crops_folder) if row.source == "shop"]
    drawn = batches.Batches(crops_folder, rows, items=2, side=32, seed=3)
    single = [len(set(drawn[step].categories.tolist())) == 1 for step in range(40)]
    monkeypatch.setattr(batches, "ALIKE", 1.0)
    assert sum(single) / 40 > 0.4
    assert all(len(set(drawn[step].categories.tolist())) == 1 for step in range(10))


def test_a_loss_that_remembers_compares_with_earlier_crops_and_goes_on_alike_after_a_resume():
    torch.manual_seed(0)
    parts = [torch.nn.functional.normalize(torch.randn(4, 512)) for _ in range(4)]
    items = torch.tensor([0, 0, 1, 1])
    plain = losses.remembering(losses.supcon(0.1, 0), 0)
    loss = losses.remembering(losses.supcon(0.1, 0), 8)
    assert type(plain).__name__ == "SupConLoss"
    first, second = float(loss(parts[0], items)), float(loss(parts[1], items))
    assert first == pytest.approx(float(plain(parts[0], items)), abs=1e-5)
    assert second > float(plain(parts[1], items)) + 0.1  # four wrong answers and two right ones more
    resumed = losses.remembering(losses.supcon(0.1, 0), 8)
    resumed.load_state_dict(loss.state_dict())
    assert [float(resumed(part, items)) for part in parts[2:]] == [float(loss(part, items)) for part in parts[2:]]


def test_a_memory_goes_with_a_loss_over_pairs_only(tmp_path):
    with pytest.raises(ValueError, match="--memory"):
        embedder.Settings(crops=tmp_path, loss="proxy_anchor", memory=8)


def test_the_losses_fall(trained):
    rows = log(trained)
    assert [row["step"] for row in rows] == ["10", "20", "30"]
    assert float(rows[-1]["loss"]) < 0.95 * float(rows[0]["loss"])
    assert float(rows[-1]["labels"]) < float(rows[0]["labels"])
    assert 0 <= float(rows[-1]["recall_at_1"]) <= 1


def test_the_settings_are_kept_and_a_folder_is_never_trained_in_twice(trained, crops_folder):
    assert json.loads((trained / "settings.json").read_text())["backbone"] == ARCH
    with pytest.raises(FileExistsError):
        embedder.train(settings(crops_folder), trained)


def test_an_interrupted_run_ends_as_if_it_had_not_been(trained, crops_folder, tmp_path, monkeypatch):
    class PowerCut(Exception):
        pass

    whole_epoch, calls = embedder._epoch, []

    def cut_power(*arguments: object) -> dict[str, float]:
        calls.append(1)
        if len(calls) == 3:
            raise PowerCut
        return whole_epoch(*arguments)  # type: ignore[arg-type]

    run = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(embedder, "_epoch", cut_power)
        with pytest.raises(PowerCut):
            embedder.train(settings(crops_folder), run)
    assert len(log(run)) == 2
    embedder.resume(run)
    wanted, got = (torch.load(folder / "embedder.pt", weights_only=True) for folder in (trained, run))
    assert all(torch.allclose(wanted[name].float(), got[name].float(), atol=2e-3) for name in wanted)
    assert len(log(run)) == 3


@pytest.mark.parametrize("name", list(losses.LOSSES))
def test_every_loss_prefers_embeddings_that_keep_items_apart(name):
    torch.manual_seed(0)
    loss = losses.LOSSES[name](0.1, 4)
    items = torch.arange(4).repeat_interleave(2)
    apart = torch.nn.functional.one_hot(items, 512).float()
    if name == "proxy_anchor":
        loss.proxies.data = torch.nn.functional.one_hot(torch.arange(4), 512).float()
    mixed = apart[torch.randperm(8, generator=torch.Generator().manual_seed(1))]
    assert float(loss(apart, items)) < float(loss(mixed, items))


def test_label_heads_learn_on_the_embedder_s_features(headed):
    rows = log(headed)
    assert len(rows) == 8
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    assert set(LABELS) <= set(rows[0])


def test_key_heads_learn_what_only_place_and_category_tell():
    """A spot high up is a short top and a long dress: neither what is seen nor how much of it says so."""
    torch.manual_seed(0)
    tops, dresses = 0, 4
    maps, categories, truths = [], [], []
    for row in (0, 1, 4, 5):
        for category in (tops, dresses):
            features = torch.zeros(8, 6, 6)
            features[0, row, 2] = 1.0
            maps.append(features)
            categories.append(category)
            truths.append(int((row > 2) != (category == dresses)))
    trunk, truth = torch.stack(maps), torch.tensor(truths)
    heads = network.KeyHeads(torch.nn.Identity(), 8, {"garment_length": ("short", "long")}, dropout=0.0)
    optimiser = torch.optim.Adam(heads.parameters(), lr=0.05)
    for _ in range(150):
        answers = heads(trunk)["garment_length"][torch.arange(len(trunk)), torch.tensor(categories)]
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(answers, truth).backward()
        optimiser.step()
    assert answers.argmax(dim=1).tolist() == truths


def test_an_interrupted_label_training_ends_as_if_it_had_not_been(headed, trained, crops_folder, tmp_path, monkeypatch):
    class PowerCut(Exception):
        pass

    whole_epoch, calls = labels._epoch, []

    def cut_power(*arguments: object) -> float:
        calls.append(1)
        if len(calls) == 4:
            raise PowerCut
        return whole_epoch(*arguments)  # type: ignore[arg-type]

    run = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(labels, "_epoch", cut_power)
        with pytest.raises(PowerCut):
            labels.train(label_settings(crops_folder, trained), run)
    assert len(log(run)) == 3
    labels.resume(run)
    assert log(run) == log(headed)


def test_an_embedder_training_does_not_begin_with_what_is_no_weights(crops_folder, tmp_path):
    (tmp_path / "text.pt").write_text("no weights at all")
    settings = embedder.Settings(crops_folder, ARCH, tmp_path / "text.pt", size=SIZE)
    with pytest.raises(BadFile, match="no weights"):
        embedder.train(settings, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_label_training_goes_on_from_heads_of_before(headed, trained, crops_folder, tmp_path):
    settings = dataclasses.replace(label_settings(crops_folder, trained), weights=headed / "labels.pt", epochs=1)
    labels.train(settings, tmp_path / "run")
    assert float(log(tmp_path / "run")[0]["loss"]) < float(log(headed)[0]["loss"])


def test_a_label_training_does_not_begin_with_heads_of_another_network(headed, trained, crops_folder, tmp_path):
    content = torch.load(headed / "labels.pt", weights_only=True)
    torch.save(content | {"heads": {"other": torch.zeros(1)}}, tmp_path / "other.pt")
    (tmp_path / "text.pt").write_text("no weights at all")
    right = label_settings(crops_folder, trained)
    for wrong, reason in (
        ({"weights": tmp_path / "other.pt"}, "no key labels' heads"),
        ({"weights": tmp_path / "text.pt"}, "no weights"),
        ({"embedder": tmp_path / "text.pt"}, "no weights"),
    ):
        with pytest.raises(BadFile, match=reason):
            labels.train(dataclasses.replace(right, **wrong), tmp_path / "run")
        assert not (tmp_path / "run").exists()


def test_a_run_of_other_heads_is_not_resumed(headed, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(headed, run)
    content = torch.load(run / "last.pt", weights_only=True)
    del content["heads"]["attention.weight"]
    torch.save(content, run / "last.pt")
    with pytest.raises(BadFile, match="other heads"):
        labels.resume(run)


@pytest.mark.parametrize("arch", [ARCH, "tf_efficientnet_lite0", "test_mambaout"])
def test_trunk_and_rest_are_the_whole_backbone(arch):
    network_ = network.build(arch).eval()
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        look = network_.look(pixels)
        assert torch.allclose(look.features, network_.backbone.forward_features(pixels), atol=1e-5)
        assert torch.allclose(look.features, network_.rest()(network_.trunk(pixels)), atol=1e-5)
        assert torch.equal(look.trunk, network_.trunk(pixels))


@pytest.mark.parametrize(
    ("arch", "parts"),
    [("tf_efficientnet_lite0", 1632), ("mixnet_s", 2 * (16 + 16 + 24 + 40 + 80 + 120 + 200)), ("test_mambaout", None)],
)
def test_the_embedding_knows_every_stage_of_a_backbone_that_has_stages(tmp_path, arch, parts):
    first = network.build(arch).eval()
    pixels = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        look = first.look(pixels)
        assert (look.stages.shape[1] if look.stages is not None else None) == parts
        plain = first.describe(look)
        if parts:
            first.stages.linear.weight.normal_(generator=torch.Generator().manual_seed(1))
            assert not torch.allclose(first(pixels), plain, atol=0.01)
        torch.save(first.content(), tmp_path / "whole.pt")
        assert torch.allclose(network.build(arch, tmp_path / "whole.pt").eval()(pixels), first(pixels), atol=1e-5)
        torch.save(first.backbone.state_dict(), tmp_path / "backbone.pt")
        assert torch.allclose(network.build(arch, tmp_path / "backbone.pt").eval()(pixels), plain, atol=1e-5)


def test_few_strong_places_weigh_more_than_many_weak_ones():
    network_ = network.build(ARCH).eval()
    network_.backbone.classifier = torch.nn.Identity()
    features = torch.zeros(1, 2, 2, 2)
    features[0, 0] = 1.0  # everywhere
    features[0, 1, 0, 0] = 4.0  # the same mean, in one place
    seen = network_.look(torch.zeros(1, 3, 64, 64)).stages
    network_.stages.forward = lambda statistics: torch.zeros(1, 2)
    weak, strong = network_.describe(network.Look(features, features, seen))[0].tolist()
    assert strong / weak == pytest.approx((4**3 / 4) ** (1 / 3), rel=1e-3)


def test_a_black_picture_has_a_slope():
    network_ = network.build("tf_efficientnet_lite0").eval()
    network_(torch.zeros(1, 3, 64, 64)).sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in network_.parameters() if p.grad is not None)


@pytest.mark.parametrize("engine_name", ["openvino", "onnxruntime"])
def test_one_file_gives_embedding_category_and_labels_as_trained(trained, headed, tmp_path, monkeypatch, engine_name):
    monkeypatch.setenv("GARDEROBE_ENGINE", engine_name)
    model = export.load_embedder(trained / "embedder.pt", ARCH, headed / "labels.pt")
    assert model.outputs == ["embeddings", "category", *LABELS]
    exported = export.export(model, tmp_path / "e.onnx", size=SIZE, source="images", outputs=model.outputs)
    inputs = parity.sample_pictures(SIZE, count=3) * 2 - 1
    parity.check_embedder(model, exported, inputs)
    answers = engine.Model(exported).outputs(inputs)
    assert list(answers) == model.outputs
    assert answers["embeddings"].shape == (3, 512)
    assert answers["category"].shape == (3, 6)
    for name, words in LABELS.items():
        assert answers[name].shape == (3, 6, len(words))
        assert np.allclose(answers[name].sum(axis=2), 1, atol=1e-4)


def test_other_heads_are_not_taken_for_the_export(trained, headed, tmp_path):
    model = export.load_embedder(trained / "embedder.pt", ARCH, headed / "labels.pt")
    exported = export.export(model, tmp_path / "e.onnx", size=SIZE, source="images", outputs=model.outputs)
    for parameter in model.labels.parameters():
        parameter.mul_(-3)
    with pytest.raises(parity.Unequal, match="labels"):
        parity.check_embedder(model, exported, parity.sample_pictures(SIZE, count=2) * 2 - 1)


def test_weights_with_another_head_keep_everything_else(tmp_path):
    theirs = timm.create_model(ARCH, pretrained=False, num_classes=1000)
    torch.save(theirs.state_dict(), tmp_path / "imagenet.pt")
    ours = network.build(ARCH, tmp_path / "imagenet.pt").backbone
    assert torch.equal(ours.conv_head.weight, theirs.conv_head.weight)
    assert ours.get_classifier().out_features == 512
    torch.save({"other": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(RuntimeError, match="Missing key"):
        network.build(ARCH, tmp_path / "other.pt")


def test_fewer_garments_than_a_batch_wants_are_refused(crops_folder):
    with pytest.raises(ValueError, match="items to train on"):
        batches.Batches(crops_folder, crops.read(crops_folder), items=99, side=32, seed=3)


def test_a_loss_that_is_not_a_number_stops_the_run(crops_folder, tmp_path, monkeypatch):
    broken = torch.nn.Module()
    broken.forward = lambda embeddings, items: embeddings.sum() * math.nan  # type: ignore[method-assign]
    monkeypatch.setitem(losses.LOSSES, "supcon", lambda temperature, items: broken)
    with pytest.raises(FloatingPointError):
        embedder.train(settings(crops_folder), tmp_path / "run")
