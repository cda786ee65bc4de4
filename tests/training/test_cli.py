from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib

import pytest

from mlcore.__main__ import main
from mlcore.training import manifest


def test_the_command_line_loads_no_training_library():
    code = (
        "import sys, mlcore.__main__\n"
        "assert not {'torch', 'timm', 'ultralytics', 'onnx', 'cv2'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "command",
    [
        "train detector",
        "train embedder",
        "train labels",
        "train average",
        "train prepare-flatlay",
        "train paste-scenes",
        "train pseudo-label",
        "train prepare-crops",
        "train hold-out",
        "train take-by-phone",
        "evaluate retrieval",
        "export",
    ],
)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as leaving:
        main([*command.split(), "--help"])
    assert leaving.value.code == 0
    assert "usage: python -m mlcore" in capsys.readouterr().out


def test_a_manifest_entry_is_replaced_as_a_whole_and_the_others_are_kept(tmp_path):
    path = tmp_path / "manifest.toml"
    for name in ("a.onnx", "b.onnx"):
        (tmp_path / name).write_bytes(name.encode())
    trained_on = [{"name": "x “y”", "licence": "CC0"}, {"name": "z"}]
    manifest.write_entry(path, "a", {"file": "a.onnx", "pad": 1, "mean": [0.0, 0.5], "metrics": {"map50": 0.5}})
    manifest.write_entry(path, "b", {"file": "b.onnx", "trained_on": trained_on, "metrics": {"map50": 0.7}})
    manifest.write_entry(path, "a", {"file": "a.onnx", "pad": 2})
    entries = tomllib.loads(path.read_text())
    assert entries == {
        "a": {"file": "a.onnx", "pad": 2, "sha256": hashlib.sha256(b"a.onnx").hexdigest()},
        "b": {
            "file": "b.onnx",
            "trained_on": trained_on,
            "metrics": {"map50": 0.7},
            "sha256": hashlib.sha256(b"b.onnx").hexdigest(),
        },
    }


def test_a_loss_that_cannot_remember_is_refused_before_anything_is_written(tmp_path, capsys):
    run = tmp_path / "run"
    asked = ["--crops", str(tmp_path), "--run", str(run), "--loss", "proxy_anchor", "--memory", "64"]
    assert main(["train", "embedder", *asked]) == 2
    assert capsys.readouterr().err == "--memory works with supcon, not with proxy_anchor\n"
    assert not run.exists()
