from __future__ import annotations

import numpy as np
import pytest
import timm
import torch

from mlcore import engine
from mlcore.evaluation.files import BadFile
from mlcore.training import export, network, parity

ARCH, SIZE = "tf_efficientnet_lite0", 64


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A state dict as training leaves it: 512 wide, float16."""
    torch.manual_seed(0)
    embedder = network.UnitLength(timm.create_model(ARCH, pretrained=False, num_classes=512))
    embedder.stages.linear.weight.data.normal_(std=0.1)
    path = tmp_path_factory.mktemp("weights") / "embedder.pt"
    torch.save({name: v.half() if v.is_floating_point() else v for name, v in embedder.content().items()}, path)
    return path


def test_a_backbone_alone_is_not_exported(tmp_path):
    torch.save(timm.create_model(ARCH, pretrained=False, num_classes=512).state_dict(), tmp_path / "backbone.pt")
    with pytest.raises(BadFile, match="backbone alone"):
        export.load_embedder(tmp_path / "backbone.pt", ARCH)


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
def test_the_exported_embedder_computes_what_the_trained_one_does(weights, tmp_path, monkeypatch, name):
    monkeypatch.setenv("GARDEROBE_ENGINE", name)
    model = export.load_embedder(weights, ARCH)
    exported = export.export(model, tmp_path / "embedder.onnx", size=SIZE, source="images", outputs=["embeddings"])
    inputs = parity.sample_pictures(SIZE, count=3) * 2 - 1
    parity.check_embedder(model, exported, inputs)
    vectors = engine.Model(exported).run(inputs)
    assert vectors.shape == (3, 512)
    assert vectors.dtype == np.float32


def test_a_picture_s_embedding_does_not_depend_on_its_batch(weights, tmp_path):
    model = export.load_embedder(weights, ARCH)
    exported = engine.Model(
        export.export(model, tmp_path / "e.onnx", size=SIZE, source="images", outputs=["embeddings"])
    )
    inputs = parity.sample_pictures(SIZE, count=4)
    assert exported.run(inputs)[2:3] == pytest.approx(exported.run(inputs[2:3]), abs=1e-5)


def test_half_stored_weights_take_half_the_room(weights, tmp_path):
    model = export.load_embedder(weights, ARCH)
    half = export.export(model, tmp_path / "half.onnx", size=SIZE, source="images", outputs=["embeddings"])
    full = export.export(model, tmp_path / "full.onnx", size=SIZE, source="images", outputs=["embeddings"], half=False)
    assert half.stat().st_size < 0.53 * full.stat().st_size
