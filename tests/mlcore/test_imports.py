"""What each process loads, in a fresh interpreter: the web process no engine, none but training's own torch."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.servers import ROOT

TRAINING = {"torch", "torchvision", "timm", "ultralytics", "onnx", "cv2"}
ENGINES = {"openvino", "onnxruntime", "skia", "milvus_lite", "pillow_heif"}
HEAVY_CLIENTS = {"pymilvus", "pandas", "grpc"}
FRAMEWORKS = {"django", "rest_framework", "celery", "kombu", "redis"}


def loaded_by(code: str) -> set[str]:
    """The top-level packages in sys.modules after running some code."""
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_web_process_loads_no_engine_and_no_milvus_client() -> None:
    loaded = loaded_by(
        "import config.wsgi\nfrom django.urls import get_resolver, reverse\n"
        "get_resolver().url_patterns; assert reverse('search') == '/api/v1/search/'"
    )
    assert "rest_framework" in loaded
    assert not loaded & (TRAINING | ENGINES | HEAVY_CLIENTS)


def test_an_upload_to_the_web_process_loads_no_engine_either() -> None:
    loaded = loaded_by(
        "import config.wsgi, io\nfrom PIL import Image\nimport mlcore.images\n"
        "file = io.BytesIO(); Image.new('RGB', (64, 64)).save(file, 'JPEG'); file.seek(0)\n"
        "assert mlcore.images.inspect(file).width == 64\n"
        "from images.index import model_version; assert len(model_version()) == 12"
    )
    assert not loaded & (TRAINING | ENGINES | HEAVY_CLIENTS)


def test_a_worker_loads_no_training_library_even_while_it_describes() -> None:
    loaded = loaded_by(
        "import config.celery, django; django.setup()\nimport images.tasks\nimport numpy as np\n"
        "from mlcore.pipeline import pipeline\n"
        "[analysis] = pipeline().analyse([np.full((320, 240, 3), 90, np.uint8)])\nassert analysis.width == 240"
    )
    assert "openvino" in loaded
    assert not loaded & (TRAINING | {"onnxruntime", "skia", "pandas", "pymilvus"})


def test_a_worker_that_only_starts_has_no_engine_to_fork() -> None:
    loaded = loaded_by(
        "import config.celery, django; django.setup(); config.celery.app.loader.import_default_modules()"
    )
    assert "images" in loaded
    assert not loaded & (TRAINING | ENGINES | HEAVY_CLIENTS)


def test_mlcore_knows_no_framework() -> None:
    loaded = loaded_by(
        "import mlcore, mlcore.pipeline, mlcore.images, mlcore.manifest, mlcore.analyse_command\n"
        "import mlcore.index.base, mlcore.index.memory, mlcore.index.milvus"
    )
    assert not loaded & (FRAMEWORKS | TRAINING | ENGINES | HEAVY_CLIENTS)


def test_the_command_line_loads_no_training_library() -> None:
    loaded = loaded_by("from mlcore.__main__ import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass")
    assert not loaded & (FRAMEWORKS | TRAINING | ENGINES)
