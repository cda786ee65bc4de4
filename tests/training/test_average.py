"""Means of weights: worked out by hand, refused where the weights do not fit together."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mlcore.__main__ import main
from mlcore.evaluation.files import BadFile
from mlcore.labels import LABELS
from mlcore.training import average, export, network

ARCH = "test_efficientnet"
VALUES = {"one": 1.0, "two": 5.0}
DETECTOR = Path(network.__file__).parent / "start" / "garments_yolo11n.pt"


def embedder_of(path: Path, value: float, *, stages: bool = True) -> Path:
    """Weights that are `value` throughout, with heads that are it too."""
    path.parent.mkdir(parents=True)
    built = network.build(ARCH)
    content = {n: torch.full_like(v, value) if v.is_floating_point() else v for n, v in built.content().items()}
    torch.save(content if stages else {n: content[n] for n in built.backbone.state_dict()}, path)
    heads = network.LabelHeads(network.channels(built), LABELS)
    for parameter in heads.parameters():
        parameter.data.fill_(value)
    torch.save(heads.content(), path.with_name("heads.pt"))
    return path


def test_shares_are_of_their_sum(tmp_path):
    sources = [embedder_of(tmp_path / "one" / "e.pt", 1.0), embedder_of(tmp_path / "two" / "e.pt", 5.0)]
    average.embedders(sources, [1.0, 3.0], tmp_path / "mean" / "embedder.pt", arch=ARCH)
    mean = torch.load(tmp_path / "mean" / "embedder.pt", weights_only=True)
    assert {float(v.float().mean()) for v in mean.values() if v.is_floating_point()} == {4.0}
    heads = network.load_heads(tmp_path / "mean" / "heads.pt")
    assert float(heads.attention.weight.detach().mean()) == 4.0


def test_weights_without_the_stages_part_say_nothing_in_it(tmp_path):
    old = embedder_of(tmp_path / "old" / "e.pt", 1.0, stages=False)
    new = embedder_of(tmp_path / "new" / "e.pt", 1.0)
    average.embedders([old, new], [0.5, 0.5], tmp_path / "mean.pt", arch=ARCH)
    mean = torch.load(tmp_path / "mean.pt", weights_only=True)
    assert float(mean[f"{network.STAGES}linear.weight"].float().mean()) == 0.5


def test_heads_of_labels_are_averaged_too(tmp_path):
    sources = [embedder_of(tmp_path / name / "e.pt", value).with_name("heads.pt") for name, value in VALUES.items()]
    average.labels(sources, [1.0, 3.0], tmp_path / "labels.pt")
    assert float(network.load_heads(tmp_path / "labels.pt").attention.weight.detach().mean()) == 4.0


def test_heads_are_left_out_where_one_has_none(tmp_path):
    sources = [embedder_of(tmp_path / "one" / "e.pt", 1.0), embedder_of(tmp_path / "two" / "e.pt", 5.0)]
    sources[0].with_name("heads.pt").unlink()
    average.embedders(sources, [1.0, 1.0], tmp_path / "mean" / "embedder.pt", arch=ARCH)
    assert not (tmp_path / "mean" / "heads.pt").exists()


def test_detectors_are_averaged_weight_by_weight(tmp_path):
    content = torch.load(DETECTOR, map_location="cpu", weights_only=False)
    first = next(iter(content["model"].state_dict()))
    theirs = content["model"].state_dict()[first].float().clone()
    content["model"].state_dict()[first].mul_(5)
    torch.save(content, tmp_path / "other.pt")
    average.detectors([DETECTOR, tmp_path / "other.pt"], [0.25, 0.75], tmp_path / "mean.pt")
    mean = torch.load(tmp_path / "mean.pt", map_location="cpu", weights_only=False)["model"].state_dict()[first]
    assert torch.allclose(mean.float(), 4 * theirs, rtol=1e-2, atol=1e-3)
    assert export.load_detector(tmp_path / "mean.pt")(torch.zeros(1, 3, 96, 96)).shape[1] == 4 + 6


@pytest.mark.parametrize("shares", [[1.0], [1.0, -0.5], [0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0]])
def test_shares_that_make_no_mean_are_refused(tmp_path, shares):
    source = embedder_of(tmp_path / "one" / "e.pt", 1.0)
    with pytest.raises(BadFile, match="share"):
        average.embedders([source, source], shares, tmp_path / "mean.pt", arch=ARCH)
    assert not (tmp_path / "mean.pt").exists()


def test_different_networks_have_no_mean(tmp_path):
    ours = embedder_of(tmp_path / "one" / "e.pt", 1.0)
    heads = torch.load(ours.with_name("heads.pt"), weights_only=True)
    other = embedder_of(tmp_path / "two" / "e.pt", 1.0)
    heads["heads"]["attention.weight"] = heads["heads"]["attention.weight"][:1]
    torch.save(heads, other.with_name("heads.pt"))
    with pytest.raises(BadFile, match="different networks"):
        average.embedders([ours, other], [1.0, 1.0], tmp_path / "mean.pt", arch=ARCH)
    assert not (tmp_path / "mean.pt").exists()


def test_nothing_is_written_over(tmp_path):
    source = embedder_of(tmp_path / "one" / "e.pt", 1.0)
    for target in (source, tmp_path / "one" / "mean.pt"):  # beside whose heads it would lie
        with pytest.raises(FileExistsError):
            average.embedders([source, source], [1.0, 1.0], target, arch=ARCH)


@pytest.mark.parametrize(
    ("task", "files"),
    [
        ("detector", ("text", "text")),
        ("detector", ("embedder", "embedder")),
        ("embedder", ("text", "text")),
        ("labels", ("embedder", "embedder")),
        ("embedder", ("heads", "heads")),
        ("embedder", ("detector", "embedder")),
        ("embedder", ("embedder", "missing")),
    ],
)
def test_what_is_no_weight_is_one_line_and_exit_2(tmp_path, capsys, task, files):
    (tmp_path / "text").write_text("no weights")
    embedder = embedder_of(tmp_path / "one" / "e.pt", 1.0)
    paths = {
        "text": tmp_path / "text",
        "embedder": embedder,
        "heads": embedder.with_name("heads.pt"),
        "detector": DETECTOR,
        "missing": tmp_path / "missing",
    }
    target = tmp_path / "mean" / "embedder.pt"
    sources = [str(paths[name]) for name in files]
    command = ["train", "average", task, "--arch", ARCH, "--shares", "1", "1", "--into", str(target)]
    assert main([*command, "--weights", *sources]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not target.exists()
