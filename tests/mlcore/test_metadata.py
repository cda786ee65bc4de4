"""What leaves us of a picture: its pixels to the byte, its colours, which way is up, and not a word more."""

from __future__ import annotations

import io
import random
import struct
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, PngImagePlugin

import mlcore.images
from mlcore.images import Facts, Unreadable
from mlcore.metadata import stripped
from tests.mlcore import hostile
from tests.mlcore.hostile import chunk, encoded, exif, picture, turned

pillow_heif.register_heif_opener()
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">in Mill Lane</x:xmpmeta>'
SECRETS = (
    b"Mill Lane",
    b"GARDEROBE-CAM",
    b"52.0",
    b"xmpmeta",
    b"MPF\0",
    b"Photoshop 3.0",
    b"tEXt",
    b"iTXt",
    b"zTXt",
    b"tIME",
)


def of_a_phone(orientation: int = 1) -> Image.Exif:
    """EXIF with a place, a camera and a time."""
    tags = exif(orientation)
    tags[0x010F], tags[0x0132] = "GARDEROBE-CAM", "2026:05:01 08:00:00"
    place = tags.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (52.0, 31.0, 12.0), "E", (13.0, 24.0, 18.0)
    place[28] = b"ASCII\0\0\0Mill Lane"
    return tags


def segment(kind: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, kind, len(content) + 2) + content


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP" + b"".join(n + struct.pack("<I", len(c)) + c + b"\0" * (len(c) % 2) for n, c in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def facts_of(data: bytes) -> Facts:
    return mlcore.images.inspect(io.BytesIO(data))


def clean(data: bytes) -> bytes:
    return stripped(data, facts_of(data))[0]


def upright(data: bytes) -> Any:
    return mlcore.images.decode(io.BytesIO(data))


def raw(data: bytes) -> Any:
    with Image.open(io.BytesIO(data)) as opened:
        return np.asarray(opened)


def metadata(data: bytes) -> tuple[dict[int, Any], dict[str, Any]]:
    """All EXIF tags, and what else Pillow finds that is not needed to show it."""
    with Image.open(io.BytesIO(data)) as opened:
        opened.load()
        tags = dict(opened.getexif())
        tags |= {0x8825: 1} if opened.getexif().get_ifd(0x8825) else {}
        shown = {
            "jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "icc_profile", "exif", "adobe", "progressive",
            "progression", "adobe_transform", "gamma", "srgb", "chromaticity", "loop", "duration", "timestamp",
            "background", "transparency",
        }  # fmt: skip
        return tags, {name: value for name, value in opened.info.items() if name not in shown}


def jpeg(orientation: int = 1, **options: Any) -> bytes:
    return encoded(turned(picture(), orientation), "JPEG", exif=of_a_phone(orientation), **options)


# JPEG ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_loses_place_and_camera_and_keeps_its_pixels_and_which_way_is_up(orientation: int) -> None:
    data = jpeg(orientation, xmp=XMP, comment=b"in Mill Lane", icc_profile=PROFILE)
    assert all(secret in data for secret in (b"Mill Lane", b"GARDEROBE-CAM", b"xmpmeta"))
    made = clean(data)
    assert [secret for secret in SECRETS if secret in made] == []
    assert metadata(made) == ({} if orientation == 1 else {0x0112: orientation}, {})
    assert np.array_equal(raw(made), raw(data))
    assert np.array_equal(upright(made), upright(data))
    with Image.open(io.BytesIO(made)) as opened:
        assert opened.info["icc_profile"] == PROFILE


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_without_metadata_is_copied_to_the_byte(options: dict[str, Any], mode: str) -> None:
    data = encoded(picture(200, 150).convert(mode), "JPEG", icc_profile=PROFILE if mode == "RGB" else None, **options)
    assert clean(data) == data


def test_what_programs_and_cameras_hang_into_a_jpeg_is_gone_wherever_it_stands() -> None:
    plain = encoded(picture(200, 150), "JPEG", progressive=True)
    iptc = segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0cin Mill Lane")
    thumbnail = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\x01\x01in")
    extras = (
        iptc + segment(0xE0, b"JFXX\0\x13Mill Lane") + segment(0xE2, b"MPF\0in Mill Lane") + segment(0xFE, b"Mill Lane")
    )
    extras += segment(0xEB, b"JP\0\0Mill Lane") + segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01Mill Lane") + thumbnail
    second_scan = plain.index(b"\xff\xda", plain.index(b"\xff\xda") + 2)
    between = plain.rindex(b"\xff\xc4", 0, second_scan)
    data = plain[:2] + extras + plain[2:between] + iptc + plain[between:]
    made = clean(data)
    assert np.array_equal(raw(made), raw(plain))
    assert b"Mill Lane" not in made
    assert made == plain[:2] + segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01") + segment(
        0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    ) + plain[2:]  # fmt: skip


def test_what_lies_behind_the_end_of_a_jpeg_is_gone() -> None:
    """Motion photos, depth maps and second frames (MPF) hang behind the picture, each with an EXIF of its own."""
    behind = jpeg() + b"ftypmp42 Mill Lane"
    for first in (encoded(picture(200, 150), "JPEG"), jpeg()):
        assert clean(first + behind) == clean(first)
    frames = io.BytesIO()
    picture().save(frames, "MPO", save_all=True, append_images=[picture(), picture()], exif=of_a_phone(6))
    data = frames.getvalue()
    assert facts_of(data).format == "JPEG"
    made = clean(data)
    assert len(made) < len(data) / 2
    assert metadata(made) == ({0x0112: 6}, {})
    with Image.open(io.BytesIO(made)) as opened:
        assert (opened.format, getattr(opened, "n_frames", 1)) == ("JPEG", 1)


def test_a_jpeg_whose_end_is_missing_gets_one() -> None:
    data = encoded(picture(), "JPEG")
    assert stripped(data[:-2], facts_of(data))[0] == data


# PNG -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "I;16", "LA", "1"])
def test_a_png_without_metadata_is_copied_to_the_byte(mode: str) -> None:
    source = picture(200, 150)
    image = source.convert("L").convert("I").convert("I;16") if mode == "I;16" else source.convert(mode)
    data = encoded(image, "PNG", dpi=(72, 72), icc_profile=PROFILE if mode in ("RGB", "RGBA") else None)
    assert clean(data) == data


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_png_loses_its_words_and_keeps_which_way_is_up(orientation: int) -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", "in Mill Lane")
    words.add_text("Raw profile type iptc", "in Mill Lane", zip=True)
    words.add_itxt("XML:com.adobe.xmp", XMP.decode())
    data = encoded(turned(picture(), orientation), "PNG", pnginfo=words, exif=of_a_phone(orientation))
    time = chunk(b"tIME", struct.pack(">HBBBBB", 2026, 5, 1, 8, 0, 0))
    data = data[:33] + time + data[33:] + b"behind the end: Mill Lane"
    made = clean(data)
    assert [secret for secret in SECRETS if secret in made] == []
    assert metadata(made) == ({} if orientation == 1 else {0x0112: orientation}, {})
    assert np.array_equal(raw(made), raw(data))
    assert np.array_equal(upright(made), upright(data))


def test_a_turn_that_only_xmp_knows_is_kept() -> None:
    words = PngImagePlugin.PngInfo()
    words.add_itxt("XML:com.adobe.xmp", '<x:xmpmeta><rdf tiff:Orientation="6" place="Mill Lane"/></x:xmpmeta>')
    data = encoded(turned(picture(), 6), "PNG", pnginfo=words)
    made = clean(data)
    assert facts_of(made).orientation == 6
    assert b"Mill Lane" not in made
    assert np.array_equal(upright(made), upright(data))


# WebP ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("profile", [None, PROFILE])
def test_a_webp_without_metadata_is_copied_to_the_byte(mode: str, lossless: bool, profile: bytes | None) -> None:
    image = picture(200, 150).convert(mode)
    if mode == "RGBA":
        image.putalpha(picture(200, 150).convert("L"))
    data = encoded(image, "WEBP", lossless=lossless, icc_profile=profile)
    assert clean(data) == data


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_webp_loses_exif_and_xmp_and_says_so_in_its_head(orientation: int) -> None:
    data = encoded(
        turned(picture(), orientation), "WEBP", exif=of_a_phone(orientation), xmp=XMP, icc_profile=PROFILE
    ) + b"behind the end: Mill Lane"  # fmt: skip
    made = clean(data)
    assert [secret for secret in SECRETS if secret in made] == []
    assert metadata(made) == ({} if orientation == 1 else {0x0112: orientation}, {})
    assert np.array_equal(raw(made), raw(data))
    assert np.array_equal(upright(made), upright(data))
    assert made[20] == 0x20 | (0x08 if orientation != 1 else 0)  # a profile, and EXIF where there is a turn
    assert len(made) == 8 + int.from_bytes(made[4:8], "little")


def test_a_moving_webp_keeps_its_frames_and_none_hides_anything() -> None:
    frames = [picture(64, 64), turned(picture(64, 64), 3)]
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], exif=of_a_phone())
    at = data.index(b"ANMF")
    size = int.from_bytes(data[at + 4 : at + 8], "little")
    frame = data[at + 8 : at + 8 + size] + b"NOTE" + struct.pack("<I", 10) + b"Mill Lane!"
    head, rest = data[12:at], data[at + 8 + size + size % 2 :]
    body = b"WEBP" + head + b"ANMF" + struct.pack("<I", len(frame)) + frame + rest
    made = clean(b"RIFF" + struct.pack("<I", len(body)) + body)
    assert b"Mill Lane" not in made
    with Image.open(io.BytesIO(made)) as opened:
        assert opened.n_frames == 2  # type: ignore[attr-defined]


# HEIC ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_heic_becomes_an_upright_jpeg_with_its_colours_and_nothing_else(orientation: int) -> None:
    data = encoded(
        turned(picture(320, 240), orientation), "HEIF", quality=95, exif=of_a_phone(orientation), xmp=XMP,
        icc_profile=PROFILE,
    )  # fmt: skip
    assert b"GARDEROBE-CAM" in data
    facts = facts_of(data)
    made, form = stripped(data, facts)
    assert (form, facts.format, facts_of(made).format) == ("JPEG", "HEIF", "JPEG")
    assert [secret for secret in SECRETS if secret in made] == []
    assert metadata(made) == ({}, {})
    with Image.open(io.BytesIO(made)) as opened:
        assert (opened.size, opened.info["icc_profile"]) == ((facts.width, facts.height), PROFILE)
    assert np.abs(upright(made).astype(int) - upright(data).astype(int)).mean() < 3


def test_a_heic_one_can_see_through_is_laid_on_white() -> None:
    image = picture(64, 48).convert("RGBA")
    image.putalpha(0)
    made, _ = stripped(*(lambda data: (data, facts_of(data)))(encoded(image, "HEIF")))
    assert upright(made).min() > 250


# Broken and hostile --------------------------------------------------------------------------------------------------

WHOLE = {
    "jpeg": jpeg(6, progressive=True, xmp=XMP, icc_profile=PROFILE),
    "png": encoded(picture(), "PNG", exif=of_a_phone(6)),
    "webp": encoded(picture(), "WEBP", exif=of_a_phone(6), icc_profile=PROFILE),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_picture_cut_anywhere_is_unreadable_or_clean(name: str) -> None:
    data = WHOLE[name]
    facts = facts_of(data)
    for end in range(0, len(data), 7):
        try:
            made, _ = stripped(data[:end], facts)
        except Unreadable:
            continue
        assert [secret for secret in SECRETS if secret in made] == []


@pytest.mark.parametrize("name", WHOLE)
def test_of_pictures_with_broken_bytes_those_that_decode_are_the_same_afterwards(name: str) -> None:
    chance = random.Random(5)
    decoded = 0
    for _ in range(400):
        data = bytearray(WHOLE[name])
        for _ in range(chance.choice((1, 1, 2, 5))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            facts, before = facts_of(bytes(data)), upright(bytes(data))
        except (Unreadable, mlcore.images.TooLarge, mlcore.images.TooSmall):
            facts, before = facts_of(WHOLE[name]), None
        try:
            made, _ = stripped(bytes(data), facts)
        except Unreadable:
            continue
        if before is not None:
            decoded += 1
            assert np.array_equal(upright(made), before)
    assert decoded > 10  # a PNG counts itself together: few of those


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xe1\0\0",
     b"\xff\xd8\xff\xda\0\x01",
     b"\xff\xd8" + b"\xff" * 1000, hostile.PNG_SIGNATURE, hostile.PNG_SIGNATURE + b"\xff" * 12, riff(),
     riff((b"VP8X", b"")),
     riff((b"VP8X", b"\x08"), (b"VP8 ", b"")), b"RIFF\xff\xff\xff\xffWEBP", hostile.TEXT, hostile.SVG],
)  # fmt: skip
def test_what_is_no_picture_is_unreadable(form: str, data: bytes) -> None:
    facts = Facts("", len(data), form, 64, 48, 6)
    try:
        made, _ = stripped(data, facts)
    except Unreadable:
        return
    assert (form, made[:4]) == ("WEBP", b"RIFF")  # without a whole head: one that no decoder takes


def test_bytes_that_start_over_and_over_are_read_once() -> None:
    data = b"\xff\xd8" + segment(0xFE, b"") * 200_000 + segment(0xDA, b"") + b"\xff\xff" * 500_000
    stripped(data, Facts("", len(data), "JPEG", 64, 48))
