"""Hostile bytes in, upright sRGB pixels out. The only decoder of the project: uploads, workers and training use it.

Accepted: JPEG, PNG, WebP, HEIC. The size is read from the header before a pixel is decoded, so a picture that claims
30,000 × 30,000 costs nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from mlcore.types import Box, Pixels

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 64_000_000  # above today's 50-megapixel phones; 192 MB decoded
LARGE_PIXELS = 16_000_000  # decoded, in full; a phone's 12-megapixel JPEG is looked at at an eighth
MIN_SIDE = 16  # below this there is no garment to see
MAX_SCAN_PIXELS = 16 * MAX_PIXELS  # a progressive JPEG has 10 scans; a hostile one 200,000, each as dear as the picture
WORKING_SIDE = 1280  # long side of what the models see: crops stay sharp at 224 px, a 12-megapixel JPEG decodes at 1/2
WHOLE_QUALITY = 92  # of a HEIC's JPEG, which is all that is kept of it

MIME_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic"}
EXTENSIONS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "HEIF": ".heic"}

_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}
# What the decoders raise on damaged files, beside OSError; seen by feeding them broken ones.
_DECODER_ERRORS = (
    OSError, SyntaxError, ValueError, LookupError, TypeError, EOFError, RuntimeError, struct.error, MemoryError
)  # fmt: skip
_one_large_at_a_time = threading.Lock()
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)


class Unreadable(ValueError):
    """Not a picture that we decode: another format, or a damaged file."""


class TooLarge(ValueError):
    """More bytes or more pixels than we take."""


class TooSmall(ValueError):
    """Too few pixels for a garment to be seen."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a picture without looking at it. `width`, `height`: pixels, after the EXIF turn."""

    digest: str
    """SHA-256 of the bytes, hexadecimal."""
    size: int
    """Bytes."""
    format: str
    """A key of MIME_TYPES."""
    width: int
    height: int
    orientation: int = 1
    """The EXIF turn, 1 to 8."""


@contextlib.contextmanager
def _room_for(picture: Image.Image) -> Iterator[None]:
    """64 megapixels of WebP take a gigabyte while they decode, and 34 bytes can ask for them: one at a time then."""
    if picture.width * picture.height > LARGE_PIXELS:
        with _one_large_at_a_time:
            yield
    else:
        yield


def inspect(file: IO[bytes]) -> Facts:
    """Facts of a picture that is known to decode to its last byte. Leaves the file at its start.

    A JPEG is decoded at an eighth of its size, which reads every byte at a fraction of the cost.
    Raises Unreadable, TooLarge or TooSmall.
    """
    data = _read(file)
    file.seek(0)
    with _opened(data) as picture:
        width, height = picture.size
        picture.draft("RGB", (width // 8, height // 8))  # JPEG only
        with _room_for(picture):
            _load(picture)
        orientation = _orientation(picture)
        if orientation in _SIDEWAYS:
            width, height = height, width
        # MPO is a JPEG with more pictures behind the first: what phones write for depth, motion and HDR.
        form = "JPEG" if picture.format == "MPO" else str(picture.format)
        return Facts(hashlib.sha256(data).hexdigest(), len(data), form, width, height, orientation)


def digest_of(file: IO[bytes]) -> str:
    """`Facts.digest` without a look at the picture; the file is at its start then. Raises TooLarge and Unreadable."""
    data = _read(file)
    file.seek(0)
    return hashlib.sha256(data).hexdigest()


def decode(file: IO[bytes], *, long_side: int = WORKING_SIDE) -> Pixels:
    """Upright sRGB pixels, alpha laid on white, at most `long_side` long. Raises as `inspect` does."""
    with _opened(_read(file)) as picture:
        picture.draft("RGB", (long_side, long_side))  # JPEG only: a power-of-two reduction that stays ≥ long_side
        _load(picture)
        try:
            turn = _TURNS.get(_orientation(picture))
            small = _reduced(picture, long_side)
            upright = _to_srgb(small if turn is None else small.transpose(turn))
        except _DECODER_ERRORS as error:
            raise Unreadable("the picture's pixels cannot be converted to RGB") from error
    if max(upright.size) > long_side:
        upright.thumbnail((long_side, long_side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(upright, dtype=np.uint8)


def as_jpeg(data: bytes) -> bytes:
    """The upright picture at its full size, with its colour profile and no other metadata. Raises as `inspect` does."""
    with _opened(data) as picture, _room_for(picture):
        _load(picture)
        try:
            turn = _TURNS.get(_orientation(picture))
            profile = picture.info.get("icc_profile")
            upright = picture if turn is None else picture.transpose(turn)
            if upright.mode != "RGB":
                upright = Image.alpha_composite(
                    Image.new("RGBA", upright.size, "white"), upright.convert("RGBA")
                ).convert("RGB")
            upright.info.clear()  # Pillow would write some of it
            out = io.BytesIO()
            upright.save(out, "JPEG", quality=WHOLE_QUALITY, icc_profile=profile)
        except _DECODER_ERRORS as error:
            raise Unreadable("the picture cannot be converted to a JPEG") from error
    return out.getvalue()


def crop(pixels: Pixels, box: Box) -> Pixels:
    """The part of the picture inside the box; a view, at least one pixel wide and high."""
    height, width = pixels.shape[:2]
    left = min(int(box.x * width), width - 1)
    top = min(int(box.y * height), height - 1)
    right = max(left + 1, min(width, round((box.x + box.width) * width)))
    bottom = max(top + 1, min(height, round((box.y + box.height) * height)))
    return pixels[top:bottom, left:right]


def letterbox(pixels: Pixels, side: int, *, fill: int) -> tuple[Pixels, float, int, int]:
    """The picture scaled to fit a square, centred on `fill`; its scale, and its offset (left, top) in the square."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    scaled = Image.fromarray(pixels).resize((wide, high), Image.Resampling.BILINEAR, reducing_gap=2.0)
    square = np.full((side, side, 3), fill, dtype=np.uint8)
    left, top = (side - wide) // 2, (side - high) // 2
    square[top : top + high, left : left + wide] = np.asarray(scaled)
    return square, scale, left, top


def encode_jpeg(pixels: Pixels, *, long_side: int, quality: int = 82) -> bytes:
    """A JPEG without any metadata (a phone's picture carries its place), at most `long_side` long."""
    return _encoded(pixels, "JPEG", long_side=long_side, quality=quality)


def encode_webp(pixels: Pixels, *, long_side: int, quality: int = 80) -> bytes:
    """As `encode_jpeg`, in half the bytes and ten times the time."""
    return _encoded(pixels, "WEBP", long_side=long_side, quality=quality)


def _encoded(pixels: Pixels, form: str, *, long_side: int, quality: int) -> bytes:
    picture = Image.fromarray(pixels)
    picture.thumbnail((long_side, long_side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    out = io.BytesIO()
    picture.save(out, form, quality=quality)
    return out.getvalue()


def _read(file: IO[bytes]) -> bytes:
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise TooLarge(f"the file is larger than {MAX_BYTES // 2**20} MB")
    if not data:
        raise Unreadable("the file is empty")
    return data


@contextlib.contextmanager
def _opened(data: bytes):  # type: ignore[no-untyped-def]  # Iterator[Image.Image]; contextmanager keeps the type
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        _register_heif()
    try:
        picture = Image.open(
            io.BytesIO(data), formats=list(MIME_TYPES) if _heif_registered else ["JPEG", "PNG", "WEBP"]
        )
    except Image.DecompressionBombError as error:
        raise TooLarge(f"the picture has more than {MAX_PIXELS // 10**6} megapixels") from error
    except UnidentifiedImageError as error:
        raise Unreadable("not a JPEG, PNG, WebP or HEIC picture") from error
    except _DECODER_ERRORS as error:
        raise Unreadable("the picture is damaged") from error
    with picture:
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise TooLarge(f"the picture has more than {MAX_PIXELS // 10**6} megapixels ({width} × {height})")
        if picture.format == "JPEG" and data.count(b"\xff\xda") * width * height > MAX_SCAN_PIXELS:
            raise TooLarge("the JPEG draws its pixels too many times over")
        if min(width, height) < MIN_SIDE:
            raise TooSmall(f"the picture is smaller than {MIN_SIDE} pixels ({width} × {height})")
        yield picture


_heif_registered = False


def _register_heif() -> None:
    """Only when a HEIC arrives: libheif costs every web process 20 MB."""
    global _heif_registered
    if not _heif_registered:
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
        _heif_registered = True


def _load(picture: Image.Image) -> None:
    try:
        picture.load()
    except _DECODER_ERRORS as error:
        raise Unreadable("the picture is damaged or cut short") from error


def _reduced(picture: Image.Image, long_side: int) -> Image.Image:
    """Reduced by a whole number before anything else: what follows would hold 64 megapixels several times over."""
    factor = max(picture.size) // (2 * long_side)  # what remains is at least twice as long, and is scaled down well
    if factor < 2:
        return picture
    if picture.mode in ("RGB", "RGBA", "L", "CMYK", "LA"):
        reduced = picture.reduce(factor)
    else:  # palettes and 16 bit cannot be averaged as they are
        reduced = picture.resize((picture.width // factor, picture.height // factor), Image.Resampling.NEAREST)
    reduced.info.update(picture.info)
    return reduced


def _orientation(picture: Image.Image) -> int:
    """How the camera was held, 1 to 8; 1 if the metadata are damaged, which is no reason to refuse good pixels."""
    try:
        found = picture.getexif().get(_ORIENTATION, 1)
    except _DECODER_ERRORS:
        return 1
    return found if found in _TURNS else 1


def _to_srgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16-bit grey; Pillow would clip it at 255
        grey = np.asarray(picture, dtype=np.float32)
        picture = Image.fromarray((grey / 257.0).clip(0, 255).astype(np.uint8))
    if picture.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    if picture.mode == "RGBA":
        ground = Image.new("RGBA", picture.size, "white")
        profile = picture.info.get("icc_profile")
        picture = Image.alpha_composite(ground, picture).convert("RGB")
        picture.info["icc_profile"] = profile
    return _through_profile(picture).convert("RGB")


def _through_profile(picture: Image.Image) -> Image.Image:
    """Colours as they were meant: phones write Display P3, print shops CMYK with a profile. A broken one is ignored."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "CMYK", "L"):
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if picture.mode == "RGB" and "srgb" in ImageCms.getProfileDescription(source).lower():
            return picture
        converted = ImageCms.profileToProfile(picture, source, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, *_DECODER_ERRORS):
        return picture
    return converted if converted is not None else picture


_SRGB = ImageCms.createProfile("sRGB")
Image.MAX_IMAGE_PIXELS = None  # our own limit above is checked before decoding; Pillow's would only warn
