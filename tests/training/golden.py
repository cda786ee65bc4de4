"""Renew golden.json after new weights: python -m tests.training.golden"""

from __future__ import annotations

import json
from pathlib import Path

from mlcore import manifest
from mlcore.detection import Detector
from mlcore.embedding import Embedder
from mlcore.engine import Model
from tests.training.pictures import red_shirt


def main() -> None:
    detection, embedding = manifest.model("detection"), manifest.model("embedding")
    (found,) = Detector(detection, Model(detection.path)).detect([red_shirt()])
    (vector,) = Embedder(embedding, Model(embedding.path)).embed([red_shirt()])
    answers = {
        "detections": [
            {"category": d.category, "score": round(d.score, 3), "box": [d.box.x, d.box.y, d.box.width, d.box.height]}
            for d in found
        ],
        "embedding": [round(float(value), 5) for value in vector],
    }
    (Path(__file__).parent / "golden.json").write_text(json.dumps(answers) + "\n")


if __name__ == "__main__":
    main()
