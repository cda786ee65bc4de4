"""`make bench`: both flows against the bare steps they are made of, in one run.

    python -m benchmarks.flows [--pictures DIR] [--count 96] [--searches 60]

Without --pictures the pictures are drawn. Every comparison is a ratio of two times taken in this run: absolute times
say more about the machine than about the project.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.installation import ROOT, Installation, installation
from benchmarks.machine import machine
from catalog.drawn import draw_look
from mlcore import images
from mlcore.engine import engine_name
from mlcore.index.base import CollectionName
from mlcore.index.milvus import MilvusIndex
from mlcore.manifest import model
from mlcore.pipeline import pipeline
from mlcore.types import Category, Pixels

BATCH = 16
EAGER_PYTHON = ROOT / ".venv-train" / "bin" / "python"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=Path, metavar="DIR")
    parser.add_argument("--count", type=int, default=96)
    parser.add_argument("--searches", type=int, default=60)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="garderobe-bench-") as name:
        folder = Path(name)
        _fill(folder, arguments.pictures, arguments.count)
        files = [path.read_bytes() for path in sorted(folder.iterdir())]
        result: dict[str, Any] = {"machine": machine(), "pictures": _described(files)}
        result["analyse"] = _analyse(files)
        result["eager"] = _eager(folder)
        with installation() as there:
            result["import"] = _import(there, files)
            result["search"] = _search(there, files, arguments.searches)
            result["resident_mb"] = there.resident_mb()
    _write(result)
    _print(result)


def _fill(folder: Path, pictures: Path | None, count: int) -> None:
    if pictures is None:
        for number in range(count):
            (folder / f"{number:05}.jpg").write_bytes(draw_look(700_000 + number).jpeg())
        return
    paths = sorted(path for path in pictures.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    for number, path in enumerate(paths[:count]):
        (folder / f"{number:05}{path.suffix.lower()}").write_bytes(path.read_bytes())


def _analyse(files: Sequence[bytes]) -> dict[str, Any]:
    """One picture at a time, as a waiting user's; milliseconds by step."""
    models = pipeline("latency")
    models.analyse([_decode(files[0])])
    steps: dict[str, list[float]] = {}
    garments = 0
    for data in files:
        start = time.perf_counter()
        pixels = _decode(data)
        decoded = time.perf_counter()
        analysis = models.analyse([pixels])[0]
        end = time.perf_counter()
        garments += len(analysis.garments)
        around = {"decode": 1000 * (decoded - start), "total": 1000 * (end - start)}
        for step, ms in {**around, **analysis.timings_ms}.items():
            steps.setdefault(step, []).append(ms)
    return {
        "p50_ms": {step: round(statistics.median(values), 2) for step, values in steps.items()},
        "garments_per_picture": round(garments / len(files), 2),
        "engine": engine_name(),
    }


def _eager(folder: Path) -> dict[str, Any] | None:
    """The same networks in torch eager, alternating with the engine; None without the training environment."""
    if not EAGER_PYTHON.exists():
        return None
    command = [str(EAGER_PYTHON), "-m", "mlcore.training.eager", str(folder)]
    offline = {**os.environ, "YOLO_OFFLINE": "True"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=offline)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _import(there: Installation, files: Sequence[bytes]) -> dict[str, Any]:
    """Pictures a second through the whole offline flow, against decoding and analysing the same batches bare.

    Storing, which the importing process does meanwhile, costs the flow its share of the two cores.
    """
    models = pipeline("throughput")
    half = len(files) // 2
    rates: dict[str, list[float]] = {"bare": [], "flow": []}
    for part in (files[:half], files[half:]):
        start = time.perf_counter()
        for first in range(0, len(part), BATCH):
            models.analyse([_decode(data) for data in part[first : first + BATCH]])
        rates["bare"].append(len(part) / (time.perf_counter() - start))
        rates["flow"].append(_import_rate(there, part))
    bare, flow = statistics.mean(rates["bare"]), statistics.mean(rates["flow"])
    return {"bare_per_s": round(bare, 2), "flow_per_s": round(flow, 2), "ratio": round(flow / bare, 3)}


def _import_rate(there: Installation, files: Sequence[bytes]) -> float:
    """Pictures a second from the first finished batch to the last, seen in the database."""
    with tempfile.TemporaryDirectory(prefix="garderobe-bench-") as name:
        for number, data in enumerate(files):
            (Path(name) / f"{number:05}.jpg").write_bytes(data)
        before = there.ready()
        there.manage("import_photos", name, "--no-wait")
        first: tuple[float, int] | None = None
        while (done := there.ready() - before) < len(files):
            if done and first is None:
                first = (time.perf_counter(), done)
            time.sleep(0.01)
        if first is None:
            raise RuntimeError("too few pictures to measure a rate: give a larger --count")
        return (len(files) - first[1]) / (time.perf_counter() - first[0])


def _search(there: Installation, files: Sequence[bytes], count: int) -> dict[str, Any]:
    """Whole requests against what they cannot do without, alternating: the models, and one search."""
    index = MilvusIndex(there.milvus_uri, version=model("embedding").version)
    models = pipeline("latency")
    by_upload: list[float] = []
    by_garment: list[float] = []
    bare_analyse: list[float] = []
    bare_search: list[float] = []
    used = 0
    for data in list(files) * (1 + count // len(files)):
        found = models.analyse([_decode(data)])[0].garments
        if not found:
            continue
        if used == 0:
            there.search_picture(data, target="photos")  # the worker loads its models
        bare_analyse.append(_timed(lambda data=data: models.analyse([_decode(data)])))  # type: ignore[misc]
        vector, category = found[0].embedding, found[0].detection.category
        bare_search.append(_timed(lambda: _nearest(index, vector, category)))  # noqa: B023
        start = time.perf_counter()
        answer = there.search_picture(data, target="photos")
        by_upload.append(1000 * (time.perf_counter() - start))
        garment = answer["query"]["garment"]["id"]
        by_garment.append(_timed(lambda garment=garment: there.search(garment=garment, target="photos")))  # type: ignore[misc]
        used += 1
        if used == count:
            break
    bare = statistics.median(bare_analyse) + statistics.median(bare_search)
    return {
        "searches": used,
        "by_upload_ms": _quantiles(by_upload),
        "by_garment_ms": _quantiles(by_garment),
        "bare_analyse_ms": _quantiles(bare_analyse),
        "bare_search_ms": _quantiles(bare_search),
        "overhead": round(statistics.median(by_upload) / bare - 1, 3),
    }


def _nearest(index: MilvusIndex, vector: np.ndarray, category: Category) -> None:
    index.search(CollectionName.PHOTOS, vector, categories=(category,), limit=20)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    return {"p50": round(float(np.percentile(values, 50)), 2), "p99": round(float(np.percentile(values, 99)), 2)}


def _decode(data: bytes) -> Pixels:
    return images.decode(io.BytesIO(data))


def _described(files: Sequence[bytes]) -> dict[str, Any]:
    shapes = [_decode(data).shape for data in files]
    sides = sorted(max(shape[:2]) for shape in shapes)
    return {"count": len(files), "long_side_median": sides[len(sides) // 2]}


def _write(result: dict[str, Any]) -> None:
    folder = ROOT / "bench-results"
    folder.mkdir(exist_ok=True)
    (folder / "flows.json").write_text(json.dumps(result, indent=2))


def _print(result: dict[str, Any]) -> None:
    machine, analyse, search = result["machine"], result["analyse"], result["search"]
    print(
        f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}, load {machine['load_before']}"
    )
    print(f"{result['pictures']['count']} pictures, long side {result['pictures']['long_side_median']} px (median)\n")
    print(f"analyse, {analyse['engine']}, one picture ({analyse['garments_per_picture']} garments), p50 ms")
    for step, ms in analyse["p50_ms"].items():
        print(f"  {step:<10}{ms:>9.2f}")
    eager = result["eager"]
    if eager is None:
        print("torch eager: not measured (make train-env installs it)")
    else:
        for part in ("detect", "embed"):
            times = eager[part]
            print(
                f"  {part}: torch eager {times['eager_ms']} ms, OpenVINO {times['openvino_ms']} ms, {times['ratio']} ×"
            )
    print(f"\nsearch over HTTP, {search['searches']} times, ms{'p50':>17}{'p99':>9}")
    for name in ("by_garment_ms", "by_upload_ms", "bare_analyse_ms", "bare_search_ms"):
        print(f"  {name[:-3].replace('_', ' '):<32}{search[name]['p50']:>9.2f}{search[name]['p99']:>9.2f}")
    print(f"  overhead of the whole upload request over bare analyse + bare search: {search['overhead']:.0%}")
    rates = result["import"]
    print(f"\nimport: {rates['flow_per_s']} pictures/s; bare batches {rates['bare_per_s']}/s; {rates['ratio']:.0%}")
    print("\nresident memory, MB (largest process of each program)")
    for name, size in result["resident_mb"].items():
        print(f"  {name:<16}{size:>6}")


if __name__ == "__main__":
    main()
