"""Pictures without what a camera and its owner wrote into them: place, time, serial numbers, names, small copies.

A JPEG, PNG or WebP is copied part by part, so its pixels stay what they were to the byte; where there is nothing to
leave out, the copy equals the original. Kept is what is needed to show them: the pixels' own parts, the colour profile,
and which way is up. All else goes, also what lies behind the end of the picture (depth, motion, a second frame). A HEIC
becomes a JPEG: few browsers show one, and its parts refer to each other by their places in the file.
"""

from __future__ import annotations

import re
import struct
import zlib

from mlcore.images import Facts, Unreadable, as_jpeg

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP", b"mDCV", b"cLLI",
    b"bKGD", b"pHYs",
}  # fmt: skip
_WEBP_KEPT = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP", b"ANIM", b"ANMF"}
_WEBP_PIXELS = {b"VP8 ", b"VP8L", b"ANMF"}
_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04

_SOI, _EOI, _SOS, _COMMENT = b"\xff\xd8", 0xD9, 0xDA, 0xFE
_APP0, _APP2, _APP14, _APPS = 0xE0, 0xE2, 0xEE, range(0xE0, 0xF0)
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a segment
_MARKER = re.compile(rb"\xff[^\x00\xff]", re.DOTALL)  # of a run of 0xFF, which fills, the last: in linear time
_SCAN_ENDS = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_CUT_SHORT = "the picture is damaged or cut short"


def stripped(data: bytes, facts: Facts) -> tuple[bytes, str]:
    """The picture that `mlcore.images.inspect` has passed with these facts, without metadata, and its format now.

    Raises Unreadable.
    """
    match facts.format:
        case "JPEG":
            return _jpeg(data, facts.orientation), "JPEG"
        case "PNG":
            return _png(data, facts.orientation), "PNG"
        case "WEBP":
            return _webp(data, facts.orientation), "WEBP"
    return as_jpeg(data), "JPEG"


def _jpeg(data: bytes, orientation: int) -> bytes:
    if data[:2] != _SOI:
        raise Unreadable(_CUT_SHORT)
    parts, drawn, at = [_SOI], False, 2
    while (marker := _MARKER.search(data, at)) is not None:
        start, kind = marker.start(), data[marker.start() + 1]
        if kind == _EOI:
            break
        at = marker.end()
        if kind in _ALONE:
            continue
        at = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
        if at < start + 4 or at > len(data):
            raise Unreadable(_CUT_SHORT)
        if kind == _SOS:
            drawn = True
            end = _SCAN_ENDS.search(data, at)
            at = len(data) if end is None else end.start()
            parts.append(data[start:at])
        else:
            parts.append(_jpeg_segment(kind, data[start + 4 : at], data[start:at]))
    if not drawn:
        raise Unreadable(_CUT_SHORT)
    if orientation != 1:  # behind JFIF's segment, which wants to be the first
        exif = b"Exif\0\0" + _tiff(orientation)
        first = 2 if parts[1][4:9] == b"JFIF\0" else 1
        parts.insert(first, _segment(0xE1, exif))
    return b"".join([*parts, b"\xff\xd9"])


def _jpeg_segment(kind: int, content: bytes, whole: bytes) -> bytes:
    """What is kept of a segment. Those that say how colours are coded lose what was hung on behind."""
    if kind == _APP0 and content[:5] == b"JFIF\0" and len(content) >= 14:
        return _segment(kind, content[:12] + b"\0\0")  # without its thumbnail
    if kind == _APP14 and content[:5] == b"Adobe" and len(content) >= 12:
        return _segment(kind, content[:12])
    if kind == _APP2 and content[:12] == b"ICC_PROFILE\0":
        return whole
    return b"" if kind in _APPS or kind == _COMMENT else whole


def _segment(kind: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, kind, len(content) + 2) + content


def _png(data: bytes, orientation: int) -> bytes:
    if data[:8] != _PNG_SIGNATURE:
        raise Unreadable(_CUT_SHORT)
    parts, drawn, at = [_PNG_SIGNATURE], False, 8
    while at + 12 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + size
        if end > len(data) or name == b"IEND":
            break
        if name in _PNG_KEPT:
            parts.append(data[at:end])
        if name == b"IHDR" and orientation != 1:
            parts.append(_png_chunk(b"eXIf", _tiff(orientation)))
        drawn, at = drawn or name == b"IDAT", end
    if not drawn:
        raise Unreadable(_CUT_SHORT)
    return b"".join([*parts, _png_chunk(b"IEND", b"")])


def _png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _webp(data: bytes, orientation: int) -> bytes:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise Unreadable(_CUT_SHORT)
    chunks = _webp_chunks(data[12 : 8 + int.from_bytes(data[4:8], "little")])
    if not any(name in _WEBP_PIXELS for name, _ in chunks):
        raise Unreadable(_CUT_SHORT)
    extended = chunks[0][0] == b"VP8X"
    if extended:
        flags = chunks[0][1][0] & ~(_EXIF_FLAG | _XMP_FLAG) | (_EXIF_FLAG if orientation != 1 else 0)
        chunks[0] = (b"VP8X", bytes([flags]) + chunks[0][1][1:10])
        if orientation != 1:
            chunks.append((b"EXIF", _tiff(orientation)))
    body = b"WEBP" + _webp_body(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _webp_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks that are kept, up to the first that is not whole."""
    chunks: list[tuple[bytes, bytes]] = []
    at = 0
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        content = data[at + 8 : at + 8 + size]
        if len(content) < size:
            break
        if name == b"ANMF":  # a frame, with chunks of its own behind its place and time
            content = content[:16] + _webp_body(_webp_chunks(content[16:]))
        if name in _WEBP_KEPT and (name != b"VP8X" or size >= 10):
            chunks.append((name, content))
        at += 8 + size + size % 2
    return chunks


def _webp_body(chunks: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(
        name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2) for name, content in chunks
    )


def _tiff(orientation: int) -> bytes:
    """The smallest EXIF there is: one tag, that of the orientation."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
