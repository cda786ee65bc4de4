"""`analyse`: what the models see in pictures, as a table, as JSON, or drawn over the picture."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from mlcore import images
from mlcore.pipeline import pipeline
from mlcore.types import Analysis, Category, Pixels

OUTLINES = {
    Category.TOPS: "#1f77b4",
    Category.OUTERWEAR: "#d62728",
    Category.TROUSERS: "#2ca02c",
    Category.SKIRTS: "#9467bd",
    Category.DRESSES: "#ff7f0e",
    Category.ROMPERS: "#17a2a2",
}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("analyse", help="find and describe the garments of pictures")
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, embeddings included")
    parser.add_argument(
        "--draw", type=Path, metavar="OUT.png", help="the picture with its boxes; several: OUT-2.png, …"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 2 if a picture could not be read or drawn; the others are still analysed."""
    failed = False
    for number, path in enumerate(arguments.pictures, start=1):
        try:
            with path.open("rb") as file:
                pixels = images.decode(file)
        except (OSError, images.Unreadable, images.TooLarge, images.TooSmall) as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed = True
            continue
        analysis = pipeline().analyse([pixels])[0]
        print(json.dumps({"picture": str(path), **as_json(analysis)}) if arguments.json else _table(path, analysis))
        if arguments.draw:
            target = arguments.draw if number == 1 else arguments.draw.with_stem(f"{arguments.draw.stem}-{number}")
            try:
                draw(pixels, analysis).save(target)
            except (OSError, ValueError) as error:  # no such folder; a file name that says no format
                print(f"{target}: {error}", file=sys.stderr)
                failed = True
    return 2 if failed else 0


def as_json(analysis: Analysis) -> dict[str, Any]:
    return {
        "width": analysis.width,
        "height": analysis.height,
        "garments": [
            {
                "category": garment.detection.category,
                "score": round(garment.detection.score, 4),
                "runner_up": garment.detection.runner_up,
                "runner_up_score": round(garment.detection.runner_up_score, 4),
                "box": asdict(garment.detection.box),
                "colours": [asdict(colour) for colour in garment.colours],
                "labels": {name: asdict(label) for name, label in garment.labels.items()},
                "quality": round(garment.quality, 4),
                "embedding": [round(float(value), 6) for value in garment.embedding],
            }
            for garment in analysis.garments
        ],
        "timings_ms": analysis.timings_ms,
    }


def draw(pixels: Pixels, analysis: Analysis) -> Image.Image:
    """The picture with each garment's box, name, score, quality and colour swatches."""
    picture = Image.fromarray(pixels)
    pen = ImageDraw.Draw(picture)
    size = max(11, max(picture.size) // 48)
    font = ImageFont.load_default(size)
    for garment in analysis.garments:
        box = garment.detection.box
        left, top = box.x * picture.width, box.y * picture.height
        right, bottom = left + box.width * picture.width, top + box.height * picture.height
        outline = OUTLINES[garment.detection.category]
        pen.rectangle((left, top, right, bottom), outline=outline, width=max(2, size // 6))
        text = f"{garment.detection.category} {garment.detection.score:.2f} q{garment.quality:.2f}"
        pen.rectangle((left, top, left + pen.textlength(text, font) + 6, top + size + 6), fill=outline)
        pen.text((left + 3, top + 1), text, fill="white", font=font)
        for place, colour in enumerate(garment.colours):
            x = left + 4 + place * (size + 3)
            pen.rectangle((x, top + size + 10, x + size, top + 2 * size + 10), fill=colour.hex, outline="white")
    return picture


def _table(path: Path, analysis: Analysis) -> str:
    lines = [
        f"{path}  {analysis.width}×{analysis.height}  "
        + "  ".join(f"{k} {v:.1f} ms" for k, v in analysis.timings_ms.items())
    ]
    for garment in analysis.garments:
        box = garment.detection.box
        colours = ", ".join(f"{c.name} {c.hex} {c.share:.0%}" for c in garment.colours)
        lines.append(
            f"  {garment.detection.category:<10} {garment.detection.score:.2f}  quality {garment.quality:.2f}  "
            f"box {box.x:.3f} {box.y:.3f} {box.width:.3f} {box.height:.3f}  {colours}"
        )
    return "\n".join(lines) if analysis.garments else lines[0] + "\n  no garment found"
