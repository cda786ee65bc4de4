"""manage.py export_drawn DIR --count N: drawn pictures with their boxes, in the COCO format that training reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from catalog.drawn import draw_varied
from mlcore.types import Category


class Command(BaseCommand):
    help = "Draw pictures with exact boxes for training the detector: DIR/images and DIR/train.json (COCO)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--count", type=int, default=900)
        parser.add_argument(
            "--seed", type=int, default=1_000_000, help="of the first picture; demo pictures have small seeds"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        (folder / "images").mkdir(parents=True, exist_ok=True)
        order = list(Category)
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        for number in tqdm(range(options["count"]), unit="picture"):
            seed = options["seed"] + number
            drawing = draw_varied(seed)
            height, width = drawing.pixels.shape[:2]
            name = f"drawn_{seed}.jpg"
            (folder / "images" / name).write_bytes(drawing.jpeg())
            images.append({"id": number, "file_name": name, "width": width, "height": height, "source": "drawn"})
            for garment in drawing.garments:
                box = garment.box
                pixels = [box.x * width, box.y * height, box.width * width, box.height * height]
                annotations.append(
                    {
                        "id": len(annotations),
                        "image_id": number,
                        "category_id": order.index(garment.category),
                        "bbox": [round(value, 1) for value in pixels],
                        "area": round(pixels[2] * pixels[3], 1),
                        "iscrowd": 0,
                    }
                )
        categories = [{"id": place, "name": category.value} for place, category in enumerate(order)]
        document = {"images": images, "annotations": annotations, "categories": categories}
        (folder / "train.json").write_text(json.dumps(document))
        self.stdout.write(f"{len(images)} pictures, {len(annotations)} garments in {folder}")
