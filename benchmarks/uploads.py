"""`make bench-uploads`: a burst of uploads over HTTP while the workers are busy with it.

    python -m benchmarks.uploads [--pictures DIR] [--megapixels 12] [--count 200] [--others 20] [--connections 4]

One user sends `count` pictures; in the middle of it a second one sends `others`. Counted are the answers (none may be
lost), the time to each, and in what order the pictures were described.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageChops

from benchmarks.installation import ROOT, Installation, installation
from benchmarks.machine import machine
from catalog.drawn import draw_look

PASSWORD = "a pass phrase of the benchmark"  # noqa: S105  # of an installation that lives for a minute


@dataclass(frozen=True, slots=True)
class Sent:
    """An answered upload. `ms`: what the client waited for the answer."""

    image: str
    status: int
    ms: float


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=Path, metavar="DIR")
    parser.add_argument("--megapixels", type=float, help="draw the pictures as large as this")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--others", type=int, default=20)
    parser.add_argument("--connections", type=int, default=4)
    arguments = parser.parse_args()
    files = _files(arguments.pictures, arguments.count + arguments.others, arguments.megapixels)
    with installation() as there:
        users = [_token(there, f"user{number}@example.org") for number in range(2)]
        _send(there, users[0], files[:1])  # connections and code are warm
        many, few = _burst(there, users, files[1 : arguments.count], files[arguments.count :], arguments.connections)
        _wait(there, 1 + len(many) + len(few))
        order = _described_in_order(there)
    places = [order[sent.image] for sent in few]
    times = [sent.ms for sent in (*many, *few)]
    result = {
        "machine": machine(),
        "sent": len(many) + len(few),
        "answered_202": sum(sent.status == 202 for sent in (*many, *few)),
        "answer_ms": {f"p{q}": round(float(np.percentile(times, q)), 1) for q in (50, 95, 99)},
        "first_of_the_second_user": min(places),
        "last_of_the_second_user": max(places),
        "all": len(order),
        "megabytes_median": round(float(np.median([len(data) for data in files])) / 2**20, 2),
    }
    folder = ROOT / "bench-results"
    folder.mkdir(exist_ok=True)
    (folder / "uploads.json").write_text(json.dumps(result, indent=2))
    print(json.dumps(result, indent=2))


def _files(pictures: Path | None, count: int, megapixels: float | None) -> list[bytes]:
    if pictures is None:
        return [_enlarged(draw_look(900_000 + number).jpeg(), megapixels) for number in range(count)]
    paths = sorted(path for path in pictures.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    if len(paths) < count:
        raise SystemExit(f"{pictures} has {len(paths)} pictures; {count} are asked for")
    return [path.read_bytes() for path in paths[:count]]


def _enlarged(data: bytes, megapixels: float | None) -> bytes:
    """With a camera's noise, so that it is as many bytes as a camera's."""
    if megapixels is None:
        return data
    picture = PIL.Image.open(io.BytesIO(data))
    factor = (megapixels * 1e6 / (picture.width * picture.height)) ** 0.5
    large = picture.resize((round(picture.width * factor), round(picture.height * factor)))
    noise = PIL.Image.effect_noise(large.size, 12).convert("RGB")
    file = io.BytesIO()
    PIL.ImageChops.add(large, noise, offset=-128).save(file, "JPEG", quality=85)
    return file.getvalue()


def _burst(
    there: Installation, tokens: Sequence[str], many: Sequence[bytes], few: Sequence[bytes], connections: int
) -> tuple[list[Sent], list[Sent]]:
    """The second user starts when half of the first one's pictures are answered."""
    halfway = threading.Event()
    answers: list[Sent] = []

    def send(part: Sequence[bytes]) -> None:
        for data in part:
            answers.extend(_send(there, tokens[0], [data]))
            if len(answers) >= len(many) // 2:
                halfway.set()

    with ThreadPoolExecutor(connections + 1) as pool:
        parts = [pool.submit(send, many[start::connections]) for start in range(connections)]
        halfway.wait()
        others = pool.submit(_send, there, tokens[1], few)
        for part in parts:
            part.result()
        return answers, others.result()


def _send(there: Installation, token: str, files: Sequence[bytes]) -> list[Sent]:
    connection = http.client.HTTPConnection("127.0.0.1", there.port, timeout=60)
    sent = []
    for data in files:
        mark = uuid.uuid4().hex
        body = (
            f'--{mark}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nwardrobe\r\n'
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        ).encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={mark}", "X-Session-Token": token}
        start = time.perf_counter()
        connection.request("POST", "/api/v1/images/", body + data + f"\r\n--{mark}--\r\n".encode(), headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        sent.append(Sent(answer.get("id", ""), response.status, 1000 * (time.perf_counter() - start)))
    connection.close()
    return sent


def _token(there: Installation, email: str) -> str:
    """A user who signs in as an app does."""
    command = [sys.executable, str(ROOT / "manage.py"), "createsuperuser", "--noinput", "--email", email]
    environment = {**os.environ, **there.environment, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    subprocess.run(command, check=True, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    connection = http.client.HTTPConnection("127.0.0.1", there.port, timeout=60)
    body = json.dumps({"email": email, "password": PASSWORD})
    connection.request("POST", "/_allauth/app/v1/auth/login", body, {"Content-Type": "application/json"})
    return str(json.loads(connection.getresponse().read())["meta"]["session_token"])


def _wait(there: Installation, count: int) -> None:
    while there.ready() < count:
        time.sleep(0.2)


def _described_in_order(there: Installation) -> dict[str, int]:
    """By image the place at which its garments were written. A picture without garments is not in it."""
    query = "SELECT image_id, min(id) FROM images_garment GROUP BY image_id ORDER BY 2"
    with sqlite3.connect(f"file:{there.folder}/garderobe.sqlite3?mode=ro", uri=True, timeout=20) as database:
        return {str(uuid.UUID(image)): place for place, (image, _) in enumerate(database.execute(query))}


if __name__ == "__main__":
    main()
