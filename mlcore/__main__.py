"""The models at the command line: python -m mlcore analyse | evaluate | train | export"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mlcore import analyse_command
from mlcore.evaluation import cli as evaluation
from mlcore.manifest import ModelMissing
from mlcore.training import cli as training

TRAINING = ("torch", "torchvision", "ultralytics", "timm", "pytorch_metric_learning", "onnx", "cv2")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m mlcore", description="Garderobe's models at the command line.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    analyse_command.add(commands)
    evaluation.add(commands)
    training.add_commands(commands)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments) or 0)
    except ModelMissing as missing:
        print(missing, file=sys.stderr)
        return 2
    except ModuleNotFoundError as missing:
        if missing.name not in TRAINING:
            raise
        print(
            f"{missing.name} is not installed: training needs `pip install .[train]` (make train-env)", file=sys.stderr
        )
        return 2


if __name__ == "__main__":
    sys.exit(main())
