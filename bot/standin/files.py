"""Files that were sent, and the small samples that the web chat sends."""

from __future__ import annotations

import secrets
import struct
import zlib
from dataclasses import dataclass
from functools import cache

FOLDERS = {"photo": "photos", "voice": "voice", "sticker": "stickers"}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Bytes with the names that Telegram gives them."""

    file_id: str
    unique_id: str
    path: str
    name: str
    mime_type: str
    content: bytes


class FileStore:
    """Files by id and by download path."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def add(self, kind: str, name: str, mime_type: str, content: bytes) -> StoredFile:
        """Keeps a file and gives it an id."""
        number = len(self._by_id) + 1
        suffix = name.rpartition(".")[2] if "." in name else "bin"
        path = f"{FOLDERS.get(kind, 'documents')}/file_{number}.{suffix}"
        unique = f"AgAD{secrets.token_hex(6)}"
        stored = StoredFile(
            f"BQACAgQAAxkB{secrets.token_urlsafe(18)}{unique}", unique, path, name, mime_type, content
        )
        self._by_id[stored.file_id] = self._by_path[path] = stored
        return stored

    def get(self, file_id: str) -> StoredFile | None:
        """The file with this id."""
        return self._by_id.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        """The file with this download path."""
        return self._by_path.get(path)


def image_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG or JPEG image, None for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if not content.startswith(b"\xff\xd8"):
        return None
    position = 2
    while position + 9 <= len(content) and content[position] == 0xFF:
        marker, size = content[position + 1], int.from_bytes(content[position + 2 : position + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[position + 5 : position + 9])
            return width, height
        position += 2 + size
    return None


@cache
def sample(kind: str) -> tuple[str, str, bytes]:
    """Name, type and content of a small file made here: photo, document, voice or sticker."""
    if kind == "photo":
        return "photo.png", "image/png", _letter_image(480, 320)
    if kind == "sticker":
        return "autocollant.png", "image/png", _letter_image(128, 128)
    if kind == "voice":
        return "message.ogg", "audio/ogg", _silent_voice(seconds=2)
    return "courrier.pdf", "application/pdf", _one_page_pdf("Courrier d'exemple")


def _letter_image(width: int, height: int) -> bytes:
    """A drawing of a letter: paper with lines on a table."""
    side, top = width // 6, height // 8
    table, paper, ink = b"\xc9\xb8\x9d", b"\xfb\xfa\xf5", b"\x8a\x8f\x99"
    inner = width - 2 * side
    blank = b"\0" + table * width
    page = b"\0" + table * side + paper * inner + table * side
    line = b"\0" + table * side + paper * 16 + ink * (inner - 32) + paper * 16 + table * side
    rows = b"".join(
        blank if not top <= y < height - top else line if (y - top) % 24 in (12, 13) else page
        for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    )


def _one_page_pdf(title: str) -> bytes:
    """A valid PDF of one page with one line."""
    drawing = f"BT /F1 20 Tf 72 760 Td ({title}) Tj ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _silent_voice(seconds: int) -> bytes:
    """An Ogg file of silent Opus frames of 20 ms."""
    frames = [b"\xf8\xff\xfe"] * (seconds * 50)
    head = b"OpusHead" + struct.pack("<BBHIHB", 1, 1, 312, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 6) + b"palier" + struct.pack("<I", 0)
    return (
        _ogg_page(0, 0, [head], flags=2)
        + _ogg_page(1, 0, [tags])
        + _ogg_page(2, len(frames) * 960, frames, flags=4)
    )


def _ogg_page(number: int, position: int, packets: list[bytes], flags: int = 0) -> bytes:
    sizes = bytes(len(packet) for packet in packets)
    start = b"OggS" + struct.pack("<BBqII", 0, flags, position, 1, number)
    rest = bytes([len(sizes)]) + sizes + b"".join(packets)
    return start + struct.pack("<I", _ogg_checksum(start + b"\0\0\0\0" + rest)) + rest


def _ogg_checksum(page: bytes) -> int:
    """CRC-32 with Ogg's polynomial, most significant bit first."""
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x104C11DB7 if value & 0x80000000 else 0)
    return value & 0xFFFFFFFF
