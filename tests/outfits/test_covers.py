"""Covers: what is drawn, and who sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from rest_framework.test import APIClient

from accounts.models import User
from images import links
from mlcore.cutouts import Cutout
from outfits import stages
from outfits.canvas import Place
from outfits.covers import GROUND, Drawn, compose
from outfits.models import Outfit, Piece
from tests.outfits.saved import (
    BLUE,
    CHANGES,
    GREEN,
    RED,
    WHITE,
    Colour,
    item,
    made_of,
    outfit,
)

pytestmark = pytest.mark.usefixtures("db", "queue")
ClientOf = Callable[[User], APIClient]
OnCommit = Callable[..., Any]


# ── Drawn ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def plain(colour: Colour, wide: int = 30, high: int = 40, alpha: int = 255) -> Cutout:
    return np.full((high, wide, 4), (*colour, alpha), np.uint8)


def drawn(picture: Cutout, *place: float, aspect: float | None = None, **more: Any) -> Drawn:
    """`place`: x, y, width; the frame has the picture's shape unless another is given."""
    shape = picture.shape[0] / picture.shape[1] if aspect is None else aspect
    return Drawn(picture, Place(*place, **more), shape)


def spots(made: np.ndarray, colour: Colour) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of all pixels of exactly this colour."""
    ys, xs = np.nonzero((made == colour).all(axis=-1))
    return (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1) if len(xs) else None


def count(made: np.ndarray, colour: Colour) -> int:
    return int((made == colour).all(axis=-1).sum())


def test_nothing_is_a_plain_ground() -> None:
    made = compose([])
    assert (made.shape, made.dtype) == ((800, 600, 3), np.uint8)
    assert count(made, GROUND) == 600 * 800


def test_a_piece_fills_its_frame_to_the_pixel() -> None:
    made = compose([drawn(plain(RED), 0.25, 0.25, 0.5)])
    assert spots(made, RED) == (150, 200, 450, 600)
    assert count(made, RED) == 300 * 400
    assert count(made, GROUND) == 600 * 800 - 300 * 400


def test_a_picture_of_another_shape_stands_in_the_middle_of_its_frame() -> None:
    narrow = compose([drawn(plain(RED, 10, 40), 0.25, 0.25, 0.5, aspect=4 / 3)])
    assert spots(narrow, RED) == (250, 200, 350, 600)
    flat = compose([drawn(plain(RED, 60, 20), 0.25, 0.25, 0.5, aspect=4 / 3)])
    assert spots(flat, RED) == (150, 350, 450, 450)


def test_the_higher_layer_lies_on_top_whatever_the_order() -> None:
    red, blue = drawn(plain(RED), 0.0, 0.0, 0.5, layer=1), drawn(plain(BLUE), 0.25, 0.25, 0.5, layer=2)
    made = compose([red, blue])
    assert np.array_equal(made, compose([blue, red]))
    assert (made[250, 200] == BLUE).all()
    assert count(made, BLUE) == 300 * 400
    assert count(made, RED) == 300 * 400 - 150 * 200


def test_what_is_transparent_shows_what_lies_below() -> None:
    ring = plain(BLUE)
    ring[10:30, 10:20, 3] = 0
    below = drawn(plain(RED), 0.25, 0.25, 0.5)
    made = compose([below, drawn(ring, 0.25, 0.25, 0.5, layer=1)])
    assert (made[400, 300] == RED).all()
    assert (made[210, 160] == BLUE).all()
    alone = compose([drawn(ring, 0.25, 0.25, 0.5)])
    assert (alone[400, 300] == GROUND).all()


def test_half_transparent_is_mixed_and_lends_no_colour_to_its_edge() -> None:
    made = compose([drawn(plain(RED, alpha=128), 0.25, 0.25, 0.5)])
    assert np.abs(made[400, 300].astype(int) - [225, 134, 138]).max() <= 1
    hidden = plain(WHITE)
    hidden[:, 15:] = (*GREEN, 0)  # green, and not to be seen
    edge = compose([drawn(hidden, 0.25, 0.25, 0.5)])[400, 150:450].astype(int)
    assert (edge[:, 1] - edge[:, 0]).max() <= 0


def test_a_piece_is_turned_clockwise_about_its_middle() -> None:
    half = plain(RED, 300, 400)
    half[:200] = (*BLUE, 255)  # the upper half
    turned = compose([drawn(half, 0.25, 0.25, 0.5, rotation=90)])
    assert (spots(turned, RED), spots(turned, BLUE)) == ((100, 250, 300, 550), (300, 250, 500, 550))
    back = compose([drawn(half, 0.25, 0.25, 0.5, rotation=-90)])
    assert (spots(back, RED), spots(back, BLUE)) == ((300, 250, 500, 550), (100, 250, 300, 550))
    over = compose([drawn(half, 0.25, 0.25, 0.5, rotation=180)])
    assert (spots(over, RED), spots(over, BLUE)) == ((150, 200, 450, 400), (150, 400, 450, 600))
    slanted = compose([drawn(plain(RED), 0.25, 0.25, 0.5, rotation=45)])
    assert count(slanted, RED) == pytest.approx(300 * 400, rel=0.02)
    assert spots(slanted, RED)[0] == pytest.approx(300 - 700 / 2 / 2**0.5, abs=3)
    assert (slanted[205, 155] == GROUND).all()


def test_what_hangs_over_the_edge_is_cut_off() -> None:
    made = compose([drawn(plain(RED), -0.25, -0.25, 0.5), drawn(plain(BLUE), 0.75, 0.75, 0.5)])
    assert (spots(made, RED), spots(made, BLUE)) == ((0, 0, 150, 200), (450, 600, 600, 800))
    outside = compose([drawn(plain(RED), -0.5, 0, 0.5), drawn(plain(RED), 1.5, 1.5, 1.0)])
    assert count(outside, GROUND) == 600 * 800


def test_the_thinnest_piece_is_still_drawn() -> None:
    made = compose([drawn(plain(RED, 1, 300), 0.5, 0.5, 0.01, aspect=5.0)])
    assert spots(made, RED)[2] - spots(made, RED)[0] == 1
    compose([drawn(plain(RED, 300, 1), 0.0, 0.0, 1.0, aspect=0.2, rotation=33.3)])


# ── Seen ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def address_of(made: Outfit, api: APIClient) -> str:
    return api.get(f"/api/v1/outfits/{made.pk}/").json()["cover"]


def content(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def test_the_address_opens_the_cover_by_itself_and_is_kept_by_its_client_alone(
    user: User, client_of: ClientOf, anonymous: APIClient
) -> None:
    made = made_of(item(user), owner=user)
    address = address_of(made, client_of(user))
    assert address.startswith(f"http://testserver/api/v1/outfits/{made.pk}/cover/?v=")
    answer = anonymous.get(address, HTTP_ACCEPT="image/avif,image/webp")
    assert answer["Content-Type"] == "image/webp"
    assert content(answer) == default_storage.open(made.cover_name).read()
    kept, seconds, immutable = answer["Cache-Control"].split(", ")
    assert (kept, immutable) == ("private", "immutable")
    assert settings.MEDIA_URL_LIFETIME_S / 2 <= int(seconds.removeprefix("max-age=")) <= settings.MEDIA_URL_LIFETIME_S
    held = anonymous.get(address, headers={"If-None-Match": answer["ETag"]})
    assert (held.status_code, held["ETag"]) == (304, answer["ETag"])


def test_a_new_cover_has_a_new_address_and_the_old_one_is_not_kept_long(
    user: User, client_of: ClientOf, anonymous: APIClient, django_capture_on_commit_callbacks: OnCommit
) -> None:
    made, api = made_of(item(user), owner=user), client_of(user)
    before, etag = address_of(made, api), api.get(f"/api/v1/outfits/{made.pk}/")["ETag"]
    assert address_of(made, api) == before
    Piece.objects.update(x=0.5)
    assert address_of(made, api) == before  # while the new one is being made: it shows the same garments
    with django_capture_on_commit_callbacks(execute=True):
        stages.compose_cover(made.pk)
    after = address_of(made, api)
    assert parse_qs(urlsplit(after).query)["v"] != parse_qs(urlsplit(before).query)["v"]
    assert api.get(f"/api/v1/outfits/{made.pk}/")["ETag"] != etag
    old = anonymous.get(before)
    assert content(old) == content(anonymous.get(after))
    assert old["Cache-Control"] == "private, max-age=300"


def test_what_has_gone_from_a_cover_is_seen_by_nobody_from_then_on(
    user: User, client_of: ClientOf, anonymous: APIClient
) -> None:
    for what in ("hidden", "rejected", "erased", "another picture first", "taken out"):
        made, api = made_of(item(user, RED), item(user, BLUE), owner=user), client_of(user)
        address = address_of(made, api)
        content(anonymous.get(address))
        CHANGES[what](made)
        assert address_of(made, api) is None, what
        assert {client.get(address).status_code for client in (anonymous, api)} == {404}, what


def test_who_is_let_in(user: User, make_user: Callable[[str], User], client_of: ClientOf, anonymous: APIClient) -> None:
    made, theirs = made_of(item(user), owner=user), outfit(make_user("eve@example.org"))
    plain_address = f"/api/v1/outfits/{made.pk}/cover/"
    token = parse_qs(urlsplit(address_of(made, client_of(user))).query)["token"][0]
    moderator = make_user("mod@example.org")
    moderator.user_permissions.add(Permission.objects.get(codename="view_outfit"))
    own = client_of(user).get(plain_address)
    assert (own.status_code, own["Cache-Control"]) == (200, "private, max-age=300")
    looked_at = client_of(moderator).get(plain_address)
    assert (looked_at.status_code, looked_at["Cache-Control"]) == (200, "private, max-age=300")
    for client in (anonymous, client_of(theirs.owner)):
        assert client.get(plain_address).status_code == 404
        for false in ("", "5f.x", token[:-1], links.token(links.Form.FILE, made.pk)):
            assert client.get(plain_address, {"token": false}).status_code == 404
        assert client.get(f"/api/v1/outfits/{theirs.pk}/cover/", {"token": token}).status_code == 404
    image = made.pieces.get().item.pictures.get().garment.image
    assert anonymous.get(f"/api/v1/images/{image.pk}/file/", {"token": token}).status_code == 404


def test_a_token_ends(user: User, client_of: ClientOf, anonymous: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    made = made_of(item(user), owner=user)
    address = address_of(made, client_of(user))
    later = time.time() + settings.MEDIA_URL_LIFETIME_S + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert anonymous.get(address).status_code == 404
    assert content(anonymous.get(address_of(made, client_of(user))))


def test_a_cover_whose_file_is_lost_is_not_there(user: User, client_of: ClientOf) -> None:
    made = made_of(item(user), owner=user)
    address = address_of(made, client_of(user))
    default_storage.delete(made.cover_name)
    assert client_of(user).get(address).status_code == 404
