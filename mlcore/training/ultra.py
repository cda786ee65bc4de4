"""The only place that imports ultralytics: offline, without telemetry, and without writing to the home folder."""

from __future__ import annotations

import os
import tempfile

# Read when torch is first imported. Threads that wait for each other sleep instead of spinning: on a machine that does
# other work too, spinning took three times the processor time per training step.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# Read when ultralytics is first imported: no network probe, and a settings file of this process alone.
os.environ["YOLO_OFFLINE"] = "True"
os.environ["YOLO_VERBOSE"] = "False"
os.environ.setdefault("YOLO_CONFIG_DIR", tempfile.mkdtemp(prefix="garderobe-training-"))

from ultralytics import YOLO, settings
from ultralytics.utils import LOGGER, torch_utils

# sync: usage reports. The others are loggers that would attach themselves to whatever happens to be installed.
settings.update({name: False for name, value in settings.items() if isinstance(value, bool)})

LOGGER.setLevel("INFO")  # from here on it speaks of the training, not of its settings file

# On a CPU ultralytics keeps one processor free; of two that is half the speed. Where two trainings share a machine,
# OMP_NUM_THREADS=1 for each is faster than both on all processors (measured: docs/models.md).
torch_utils.NUM_THREADS = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))

__all__ = ["YOLO"]
