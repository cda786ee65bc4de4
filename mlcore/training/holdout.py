"""The held-out part of a labelled file, in the same format, so that the evaluations measure what no training has seen.

What is held out follows from the name of the group alone (coco.is_held_out): a photograph, a sender, a shop's item.
The detector's pictures, the embedder's crops and the labels therefore fall on the same side.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlcore.evaluation.files import read_csv, read_json
from mlcore.training import coco


def hold_out(source: Path, target: Path, *, share: float, seed: int, senders: Path | None = None) -> int:
    """Write the held-out part of a COCO file, an items.json or a labels.csv; return how many pictures or items it has.

    `senders`: a labels.csv with `sender_id`, for files that name its pictures without saying whose they are.
    """

    target.parent.mkdir(parents=True, exist_ok=True)
    images = source.parent / "images"

    def aside(group: str) -> bool:
        return coco.is_held_out(group, share=share, seed=seed)

    if source.suffix == ".csv":
        known = _senders(senders) if senders else {}
        rows = read_csv(source, ("file",))
        twins = coco.groups_of({row["file"]: [images / row["file"]] for row in rows})
        chosen = [row for row in rows if aside(_group(row, known, twins))]
        with target.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), extrasaction="ignore")
            writer.writeheader()
            writer.writerows(chosen)
        return len(chosen)
    content = read_json(source)
    if "annotations" not in content:
        twins = _twins(content, images)
        items = {name: item for name, item in content.items() if aside(twins[name])}
        target.write_text(json.dumps(items))
        return len(items)
    pictures = [
        row
        for row in content["images"]
        if row.get("split") != "train" and aside(str(row.get("group", row["file_name"])))
    ]
    ids = {row["id"] for row in pictures}
    annotations = [row for row in content["annotations"] if row["image_id"] in ids]
    target.write_text(json.dumps(content | {"images": pictures, "annotations": annotations}))
    return len(pictures)


def link_rest(items: Path, images: Path, target: Path, *, share: float, seed: int) -> int:
    """A folder of links to the pictures of the items that are not held out: distractors from the same shops."""
    target.mkdir(parents=True, exist_ok=True)
    count = 0
    content = read_json(items)
    twins = _twins(content, images)
    for name, item in content.items():
        if not coco.is_held_out(twins[name], share=share, seed=seed):
            for image in item["images"]:
                link = target / Path(image["file"]).name
                link.unlink(missing_ok=True)
                link.symlink_to((images / image["file"]).resolve())
                count += 1
    return count


def _twins(items: Mapping[str, Any], images: Path) -> dict[str, str]:
    return coco.groups_of({name: [images / image["file"] for image in item["images"]] for name, item in items.items()})


def _senders(path: Path) -> dict[str, str]:
    return {row["file"]: row["sender_id"] for row in read_csv(path, ("file", "sender_id"))}


def _group(row: Mapping[str, str], senders: Mapping[str, str], twins: Mapping[str, str]) -> str:
    sender = row.get("sender_id") or senders.get(row["file"])
    return f"sender {sender}" if sender else twins[row["file"]]
