"""Arguments in, files and a line out: what is done to pictures before and after a training. Needs OpenCV, no torch."""

from __future__ import annotations

import argparse
import json

from mlcore import manifest
from mlcore.detection import Detector
from mlcore.engine import Model
from mlcore.training import coco, crops, flatlay, holdout, paste, phone, pseudo


def prepare_flatlay(arguments: argparse.Namespace) -> int:
    report = flatlay.prepare(arguments.source, arguments.into)
    print(f"{report.pictures} pictures, {report.whole} of them boxed as a whole for want of a foreground")
    return 0


def paste_scenes(arguments: argparse.Namespace) -> int:
    """From the training parts of both folders alone: a pasted picture must not carry a held-out garment."""
    garments, _ = coco.split(coco.read(arguments.garments), share=arguments.held_out, seed=arguments.split)
    scenes, _ = coco.split(coco.read(arguments.scenes), share=arguments.held_out, seed=arguments.split)
    written = paste.compose(
        arguments.into, garments=garments, scenes=scenes, count=arguments.count, seed=arguments.seed
    )
    print(f"{written} pictures")
    return 0


def pseudo_label(arguments: argparse.Namespace) -> int:
    by_hand = {row["file_name"] for path in arguments.boxed for row in json.loads(path.read_text())["images"]}
    report = pseudo.prepare(arguments.source, arguments.into, detector=_detector(), leave_out=by_hand)
    print(f"{report.boxed} pictures boxed, {report.left_out} left out: a tagged garment was not found")
    return 0


def prepare_crops(arguments: argparse.Namespace) -> int:
    rows = crops.prepare(
        arguments.into,
        detector=_detector(),
        shop=arguments.shop,
        products=arguments.products,
        wardrobe=arguments.wardrobe,
        worn=arguments.worn,
        labels=arguments.labels,
    )
    print(f"{len(rows)} crops, {sum(bool(row.labels) for row in rows)} of them with key labels")
    return 0


def mask_crops(arguments: argparse.Namespace) -> int:
    print(f"{crops.mask_copy(arguments.crops, arguments.into)} crops on white")
    return 0


def hold_out(arguments: argparse.Namespace) -> int:
    count = holdout.hold_out(
        arguments.source, arguments.into, share=arguments.held_out, seed=arguments.split, senders=arguments.senders
    )
    print(f"{count} held out in {arguments.into}")
    if arguments.rest:
        images = arguments.source.parent / "images"
        rest = holdout.link_rest(
            arguments.source, images, arguments.rest, share=arguments.held_out, seed=arguments.split
        )
        print(f"{rest} pictures of the others in {arguments.rest}")
    return 0


def take_by_phone(arguments: argparse.Namespace) -> int:
    count = phone.prepare(arguments.items, arguments.images, arguments.scenes, arguments.into, seed=arguments.seed)
    print(f"{count} views taken again in {arguments.into}")
    return 0


def _detector() -> Detector:
    entry = manifest.model("detection")
    entry.check()
    return Detector(entry, Model(entry.path, hint="throughput"))
