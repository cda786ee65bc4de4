"""The decoder: every way a valid picture can be encoded comes out upright and true, everything else is refused."""

from __future__ import annotations

import hashlib
import io
import random
import time
from collections.abc import Callable

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from mlcore import images
from mlcore.images import Facts, TooLarge, TooSmall, Unreadable, decode, inspect
from mlcore.types import Box
from tests.mlcore import hostile
from tests.mlcore.hostile import encoded, picture

REFUSALS = (Unreadable, TooLarge, TooSmall)
GREY = np.full((48, 64, 3), 128)


def facts(data: bytes) -> Facts:
    return inspect(io.BytesIO(data))


def pixels(data: bytes) -> np.ndarray:
    return decode(io.BytesIO(data))


def apart(one: object, other: object) -> int:
    """The largest difference of any two channel values."""
    return int(np.abs(np.asarray(one, np.int32) - np.asarray(other, np.int32)).max())


def size(data: bytes) -> tuple[int, int]:
    found = facts(data)
    return found.width, found.height


# Valid pictures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_upright_to_the_pixel_whatever_its_exif_orientation(orientation: int) -> None:
    marked = picture(64, 48)
    marked.paste((255, 0, 0), (3, 5, 20, 11))
    data = encoded(hostile.turned(marked, orientation), "PNG", exif=hostile.exif(orientation))
    assert np.array_equal(pixels(data), np.asarray(marked))
    assert size(data) == (64, 48)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_turned_jpeg_is_upright_and_its_size_is_that_after_the_turn(orientation: int) -> None:
    upright = picture(96, 48)
    data = encoded(hostile.turned(upright, orientation), "JPEG", quality=95, exif=hostile.exif(orientation))
    assert apart(pixels(data), upright) <= 6
    assert size(data) == (96, 48)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_an_orientation_outside_one_to_eight_is_ignored(form: str) -> None:
    data = encoded(picture(64, 48), form, exif=hostile.exif(9))
    assert size(data) == (64, 48)
    assert pixels(data).shape == (48, 64, 3)


def test_a_cmyk_jpeg_keeps_its_colours() -> None:
    data = encoded(picture().convert("CMYK"), "JPEG", quality=95)
    assert apart(pixels(data), picture()) <= 8
    assert facts(data).format == "JPEG"


def test_a_grey_jpeg_becomes_three_equal_channels() -> None:
    found = pixels(encoded(picture().convert("L"), "JPEG", quality=95))
    assert found.shape == (48, 64, 3)
    assert np.array_equal(found[:, :, 0], found[:, :, 1])
    assert np.array_equal(found[:, :, 1], found[:, :, 2])


@pytest.mark.parametrize(("sixteen", "eight"), [(0, 0), (257, 1), (32_896, 128), (65_535, 255)])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(sixteen: int, eight: int) -> None:
    data = hostile.grey16(np.full((48, 64), sixteen, np.uint16))
    assert np.array_equal(pixels(data), np.full((48, 64, 3), eight))
    assert facts(data) == Facts(facts(data).digest, len(data), "PNG", 64, 48)


def test_a_transparent_palette_colour_is_white() -> None:
    paletted = Image.new("P", (64, 48), 1)
    paletted.putpalette([0, 0, 0, 10, 200, 30])
    paletted.paste(0, (0, 0, 32, 48))
    found = pixels(encoded(paletted, "PNG", transparency=0))
    assert np.array_equal(found[:, :32], np.full((48, 32, 3), 255))
    assert np.array_equal(found[:, 32:], np.broadcast_to([10, 200, 30], (48, 32, 3)))


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_half_transparent_red_is_laid_on_white(form: str) -> None:
    red = Image.new("RGBA", (64, 48), (255, 0, 0, 128))
    options = {"lossless": True} if form == "WEBP" else {}
    assert apart(pixels(encoded(red, form, **options)), np.broadcast_to([255, 127, 127], (48, 64, 3))) <= 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_a_png_is_read(mode: str) -> None:
    source = picture().convert("I").convert("I;16") if mode == "I;16" else picture().convert(mode)
    assert pixels(encoded(source, "PNG")).shape == (48, 64, 3)


def display_p3() -> bytes:
    """An ICC profile with the primaries of Display P3 and gamma 2.2, in 400 bytes."""

    def s15(value: float) -> bytes:
        return round(value * 65_536).to_bytes(4, "big", signed=True)

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(map(s15, values))

    name = b"Wide"
    tags = {
        b"desc": b"desc\0\0\0\0" + (len(name) + 1).to_bytes(4, "big") + name + bytes(79),
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.51512, 0.24120, -0.00105),
        b"gXYZ": xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": xyz(0.15710, 0.06657, 0.78407),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), b"curv\0\0\0\0\0\0\0\1\2\x33\0\0"),
    }
    table, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        table += tag + (start + len(body)).to_bytes(4, "big") + len(content).to_bytes(4, "big")
        body += padded
    content = len(tags).to_bytes(4, "big") + table + body
    header = bytearray(128)
    header[0:4] = (128 + len(content)).to_bytes(4, "big")
    header[8:12], header[12:24], header[36:40] = b"\x02\x40\0\0", b"mntrRGB XYZ ", b"acsp"
    header[68:80] = s15(0.9642) + s15(1.0) + s15(0.8249)
    return bytes(header) + content


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_display_p3_is_converted_and_srgb_is_left_alone(form: str) -> None:
    colour = Image.new("RGB", (64, 48), (200, 60, 60))
    options = {"lossless": True} if form == "WEBP" else {"quality": 95} if form == "JPEG" else {}
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = pixels(encoded(colour, form, icc_profile=srgb, **options))[20, 20]
    wide = pixels(encoded(colour, form, icc_profile=display_p3(), **options))[20, 20]
    assert apart(plain, (200, 60, 60)) <= 2
    # P3 (200, 60, 60) by hand: linear light through the P3-to-sRGB matrix leaves red 1.2249 r − 0.2249 g.
    linear = np.array([200, 60, 60]) / 255
    r, g = linear[0] ** 2.2, linear[1] ** 2.2
    red = (1.2249 * r - 0.2249 * g) * 1.0
    assert apart(wide[0], 255 * (1.055 * red ** (1 / 2.4) - 0.055)) <= 3
    assert wide[0] > 210
    assert wide[1] < 50


@pytest.mark.parametrize("profile", [b"no profile at all", b"\0" * 200])
def test_a_broken_colour_profile_is_ignored(profile: bytes) -> None:
    assert np.array_equal(pixels(encoded(picture(), "PNG", icc_profile=profile)), np.asarray(picture()))


def test_a_webp_and_a_heic_are_read() -> None:
    assert apart(pixels(encoded(picture(), "WEBP", lossless=True)), picture()) == 0
    file = io.BytesIO()
    pillow_heif.from_pillow(picture()).save(file, quality=95)
    assert apart(pixels(file.getvalue()), picture()) <= 16
    assert facts(file.getvalue()).format == "HEIF"
    assert size(file.getvalue()) == (64, 48)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_turned_heic_is_upright(orientation: int) -> None:
    pillow_heif.register_heif_opener()
    stored = hostile.turned(picture(96, 64), orientation)
    stored.info["exif"] = hostile.exif(orientation).tobytes()  # makes the writer note the turn as phones do
    data = encoded(stored, "HEIF", quality=95)
    assert size(data) == (96, 64)
    assert apart(pixels(data), picture(96, 64)) <= 16


def test_a_jpeg_with_a_second_picture_inside_is_a_jpeg() -> None:
    # What many phones write: a depth map, a preview or an HDR gain map behind the photograph (format MPO in Pillow).
    data = encoded(picture(), "MPO", save_all=True, append_images=[picture(32, 32)])
    assert Image.open(io.BytesIO(data)).format == "MPO"
    assert facts(data).format == "JPEG"
    assert size(data) == (64, 48)
    assert apart(pixels(data), picture()) <= 16


def test_of_an_animated_webp_the_first_frame_counts() -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    assert tuple(pixels(data)[0, 0]) == (255, 0, 0)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("wide", "high", "shape"), [
    (2600, 1300, (640, 1280, 3)), (1300, 2600, (1280, 640, 3)), (1280, 700, (700, 1280, 3)), (3001, 40, (17, 1280, 3)),
])  # fmt: skip
def test_a_picture_is_reduced_to_1280_pixels_and_never_enlarged(form: str, wide: int, high: int, shape: tuple) -> None:
    data = encoded(picture(wide, high), form)
    assert pixels(data).shape == shape
    assert size(data) == (wide, high)


def test_reducing_keeps_the_colours_in_their_places() -> None:
    small = picture(2600, 1300).resize((1280, 640), Image.Resampling.BOX)
    assert apart(pixels(encoded(picture(2600, 1300), "JPEG", quality=95)), small) <= 6


def test_the_facts_are_the_digest_size_format_and_upright_size() -> None:
    data = encoded(hostile.turned(picture(64, 48), 6), "JPEG", exif=hostile.exif(6))
    assert facts(data) == Facts(hashlib.sha256(data).hexdigest(), len(data), "JPEG", 64, 48, orientation=6)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_inspecting_leaves_the_file_at_its_start(form: str) -> None:
    file = io.BytesIO(encoded(picture(), form))
    inspect(file)
    assert file.tell() == 0


# Damaged metadata ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damaged",
    [
        b"Exif\0\0",
        b"Exif\0\0MM",
        b"Exif\0\0garbage garbage garbage",
        b"Exif\0\0II*\0\xff\xff\xff\x7f",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x03\0\x01\0\0\0" * 3,
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\xff\xff\xff\xff\0\0\0\0",
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x05\0\x01\0\0\0\x1a\0\0\0\0\0\0\0" + bytes(8),
    ],
    ids=["nothing", "half a header", "garbage", "far offset", "too many tags", "text of 4 GB", "0/0"],
)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.filterwarnings("ignore")  # Pillow comments on what it finds
def test_damaged_exif_is_no_reason_to_refuse_good_pixels(form: str, damaged: bytes) -> None:
    plain = encoded(picture(), form)
    if form == "JPEG":
        data = plain[:2] + b"\xff\xe1" + (len(damaged) + 2).to_bytes(2, "big") + damaged + plain[2:]
    else:
        data = encoded(picture(), form, exif=damaged)
    assert size(data) == (64, 48)
    assert np.array_equal(pixels(data), pixels(plain))


# Refusals ------------------------------------------------------------------------------------------------------------

JPEG, PNG, WEBP = (encoded(picture(320, 240), form) for form in ("JPEG", "PNG", "WEBP"))


@pytest.mark.parametrize(
    ("data", "refusal", "reason"),
    [
        (b"", Unreadable, "the file is empty"),
        (hostile.TEXT, Unreadable, "not a JPEG, PNG, WebP or HEIC picture"),
        (hostile.SVG, Unreadable, "not a JPEG, PNG, WebP or HEIC picture"),
        (hostile.animated_gif(), Unreadable, "not a JPEG, PNG, WebP or HEIC picture"),
        (encoded(picture(), "BMP"), Unreadable, "not a JPEG, PNG, WebP or HEIC picture"),
        (encoded(picture(), "TIFF"), Unreadable, "not a JPEG, PNG, WebP or HEIC picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64), Unreadable, "picture"),
        (JPEG[: len(JPEG) // 2], Unreadable, "damaged"),
        (JPEG[:40], Unreadable, "picture"),
        (PNG[: len(PNG) // 2], Unreadable, "damaged"),
        (WEBP[: len(WEBP) // 2], Unreadable, "picture"),
        (JPEG[:3], Unreadable, "picture"),
        (encoded(picture(1, 1), "PNG"), TooSmall, r"smaller than 16 pixels \(1 × 1\)"),
        (encoded(picture(200, 15), "JPEG"), TooSmall, r"smaller than 16 pixels \(200 × 15\)"),
        (hostile.png_header_only(30_000, 30_000), TooLarge, r"64 megapixels \(30000 × 30000\)"),
        (hostile.webp_of_size(16_000, 16_000), TooLarge, r"64 megapixels \(16000 × 16000\)"),
        (JPEG + bytes(20 * 2**20), TooLarge, "larger than 20 MB"),
    ],
    ids=["empty", "text", "svg", "gif", "bmp", "tiff", "heic header", "half jpeg", "jpeg header", "half png",
         "half webp", "jpeg magic", "1x1 png", "200x15 jpeg", "png bomb header", "webp bomb", "20 MB"],
)  # fmt: skip
def test_what_is_no_picture_we_take_is_refused_with_its_reason(data: bytes, refusal: type, reason: str) -> None:
    for door in (facts, pixels):
        with pytest.raises(refusal, match=reason):
            door(data)


def test_the_largest_file_that_is_taken_has_20_mb() -> None:
    data = JPEG + bytes(20 * 2**20 - len(JPEG))
    assert facts(data).size == 20 * 2**20


def test_a_picture_of_16_by_16_pixels_is_taken() -> None:
    assert pixels(encoded(picture(16, 16), "PNG")).shape == (16, 16, 3)


def test_a_bomb_is_refused_without_decoding_it() -> None:
    bomb = hostile.png_bomb(30_000)
    assert len(bomb) < 200_000
    start = time.perf_counter()
    for door in (facts, pixels):
        with pytest.raises(TooLarge):
            door(bomb)
    assert time.perf_counter() - start < 1  # decoding takes 4 s and 0.9 GB at the least


@pytest.mark.parametrize(("form", "seed"), [("JPEG", 1), ("PNG", 2), ("WEBP", 3), ("HEIF", 4), ("MPO", 5)])
@pytest.mark.filterwarnings("ignore")  # Pillow comments on what it finds
def test_two_hundred_damaged_files_raise_nothing_but_the_three_refusals(form: str, seed: int) -> None:
    pillow_heif.register_heif_opener()
    chance = random.Random(seed)
    good = encoded(picture(96, 64), form, exif=hostile.exif(6))
    read = 0
    for _ in range(200):
        data = bytearray(good)
        # Half of the damage goes into the first 200 bytes: the headers, where decoders branch most.
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(min(200, len(data)) if chance.random() < 0.5 else len(data))] = chance.randrange(256)
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        for door in (facts, pixels):
            try:
                door(bytes(data))
                read += 1
            except REFUSALS:
                pass
    assert read < 400


# Crops and squares ---------------------------------------------------------------------------------------------------


def test_a_crop_is_the_pixels_inside_the_box() -> None:
    whole = np.asarray(picture(100, 50))
    assert np.array_equal(images.crop(whole, Box(0.2, 0.1, 0.5, 0.4)), whole[5:25, 20:70])
    assert np.array_equal(images.crop(whole, Box(0, 0, 1, 1)), whole)


@pytest.mark.parametrize("box", [Box(0.5, 0.5, 0, 0), Box(1, 1, 0, 0), Box(0.999, 0, 0.5, 1e-9)])
def test_a_crop_is_at_least_one_pixel(box: Box) -> None:
    part = images.crop(np.asarray(picture(100, 50)), box)
    assert part.shape[0] >= 1
    assert part.shape[1] >= 1


@pytest.mark.parametrize(
    ("wide", "high", "scale", "left", "top"), [(200, 100, 0.5, 0, 25), (50, 100, 1.0, 25, 0), (10, 10, 10, 0, 0)]
)
def test_a_letterbox_centres_the_picture_on_its_ground(wide: int, high: int, scale: float, left: int, top: int) -> None:
    square, *rest = images.letterbox(np.full((high, wide, 3), 9, np.uint8), 100, fill=114)
    assert rest == [scale, left, top]
    assert square.shape == (100, 100, 3)
    assert (square == 9).all(axis=2).sum() == round(wide * scale) * round(high * scale)
    assert (square[top : 100 - top, left : 100 - left] == 9).all()


@pytest.mark.parametrize(("encode", "form"), [(images.encode_jpeg, "JPEG"), (images.encode_webp, "WEBP")])
def test_a_written_picture_carries_no_metadata(encode: Callable[..., bytes], form: str) -> None:
    data = encode(pixels(encoded(picture(640, 320), "JPEG", exif=hostile.exif(1))), long_side=320)
    written = Image.open(io.BytesIO(data))
    assert (written.size, written.format) == ((320, 160), form)
    assert not written.getexif()
    assert "exif" not in written.info


def test_a_jpeg_that_draws_its_pixels_over_and_over_is_refused_before_it_is_decoded() -> None:
    file = io.BytesIO()
    Image.new("RGB", (4000, 4000), "red").save(file, "JPEG", progressive=True)
    scan = file.getvalue()[file.getvalue().rindex(b"\xff\xda") : -2]
    bomb = file.getvalue()[:-2] + 200 * scan + b"\xff\xd9"
    with pytest.raises(images.TooLarge, match="too many times"):
        images.inspect(io.BytesIO(bomb))
    file.seek(0)
    assert images.inspect(file).width == 4000


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "CMYK", "I;16"])
def test_a_large_picture_is_reduced_and_keeps_its_colour(mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    grey = Image.new("L", (6000, 3000), 128)
    picture = (
        grey.convert("I").point(lambda value: value * 257).convert("I;16") if mode == "I;16" else grey.convert(mode)
    )
    file = io.BytesIO()
    picture.save(file, form)
    file.seek(0)
    pixels = images.decode(file, long_side=640)
    assert pixels.shape == (320, 640, 3)
    assert np.abs(pixels.astype(int) - 128).max() <= 2
