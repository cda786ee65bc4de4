"""The held-out part of each kind of file, on the same side as the trainings' own split."""

from __future__ import annotations

import csv
import json

from mlcore.training import coco, holdout

SHARE, SEED = 0.4, 3


def aside(group: str) -> bool:
    return coco.is_held_out(group, share=SHARE, seed=SEED)


def test_a_coco_file_keeps_the_held_out_pictures_and_their_boxes(tmp_path):
    images = [{"id": n, "file_name": f"{n}.jpg"} for n in range(20)] + [{"id": 99, "file_name": "x", "split": "train"}]
    boxes = [{"id": n, "image_id": n, "category_id": 0, "bbox": [0, 0, 1, 1]} for n in range(20)]
    (tmp_path / "all.json").write_text(json.dumps({"images": images, "annotations": boxes, "categories": []}))
    count = holdout.hold_out(tmp_path / "all.json", tmp_path / "held.json", share=SHARE, seed=SEED)
    held = json.loads((tmp_path / "held.json").read_text())
    wanted = [n for n in range(20) if aside(f"{n}.jpg")]
    assert 0 < count < 20
    assert [row["id"] for row in held["images"]] == [row["image_id"] for row in held["annotations"]] == wanted


def test_items_are_held_out_whole(tmp_path):
    (tmp_path / "images").mkdir()
    items = {f"item {n}": {"category": "tops", "images": [{"file": f"{n}.jpg"}]} for n in range(20)}
    for n in range(20):
        (tmp_path / "images" / f"{n}.jpg").write_bytes(bytes([n]))
    (tmp_path / "items.json").write_text(json.dumps(items))
    count = holdout.hold_out(tmp_path / "items.json", tmp_path / "held.json", share=SHARE, seed=SEED)
    rest = holdout.link_rest(tmp_path / "items.json", tmp_path / "images", tmp_path / "rest", share=SHARE, seed=SEED)
    held = json.loads((tmp_path / "held.json").read_text())
    assert set(held) == {name for name in items if aside(name)}
    assert (len(held), rest) == (count, 20 - count)
    assert {path.name for path in (tmp_path / "rest").iterdir()}.isdisjoint(
        image["file"] for item in held.values() for image in item["images"]
    )


def test_a_sender_s_pictures_stay_together(tmp_path):
    def write(name: str, heading: list[str], rows: list[list[str]]) -> None:
        with (tmp_path / name).open("w", newline="") as file:
            csv.writer(file).writerows([heading, *rows])

    write("senders.csv", ["file", "sender_id"], [[f"{n}.jpg", str(n % 10)] for n in range(40)])
    write("labels.csv", ["set", "file"], [["home", f"{n}.jpg"] for n in range(40)] + [["street", "street.jpg"]])
    holdout.hold_out(
        tmp_path / "labels.csv", tmp_path / "held.csv", share=SHARE, seed=SEED, senders=tmp_path / "senders.csv"
    )
    with (tmp_path / "held.csv").open(newline="") as file:
        held = [row["file"] for row in csv.DictReader(file)]
    wanted = [f"{n}.jpg" for n in range(40) if aside(f"sender {n % 10}")]
    assert held == wanted + (["street.jpg"] if aside("street.jpg") else [])


def test_names_that_share_a_picture_are_one_group(tmp_path):
    for name, content in (("a", b"1"), ("b", b"2"), ("c", b"2"), ("d", b"1"), ("e", b"3")):
        (tmp_path / name).write_bytes(content)
    files = {"shirt": ["a"], "jeans": ["b"], "suit": ["c", "d"], "hat": ["e"], "gone": ["absent"]}
    groups = coco.groups_of({name: [tmp_path / file for file in paths] for name, paths in files.items()})
    assert groups == {"shirt": "jeans", "jeans": "jeans", "suit": "jeans", "hat": "hat", "gone": "gone"}
