"""What a file really is, told from its bytes before anything opens it; its name says nothing."""

from __future__ import annotations

import io
import struct
import zipfile

from dingbell.notify.services.contacts.found import Unusable

MOST_BYTES = 32 * 1024 * 1024
_MOST_UNPACKED = 256 * 1024 * 1024
_MOST_PARTS = 2_000
_LARGEST_RATIO, _RATIO_COUNTS_FROM = 200, 16 * 1024 * 1024  # tables of text pack 10 to 60 times

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BEGINNING, _FILEPASS = struct.pack("<HHHH", 0x0809, 16, 0x0600, 0x0005), 0x002F
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<meta", b"<head", b"<?xml", b"<workbook")


def check(data: bytes) -> None:
    """Nothing to say against opening this as .xlsx or .xls. Raises Unusable.

    Reasons: empty, too_large, password, macros, bomb, damaged, binary_workbook, open_document, markup, text,
    not_a_spreadsheet.
    """
    if not data:
        raise Unusable("empty")
    if len(data) > MOST_BYTES:
        raise Unusable("too_large")
    if data.startswith(_ZIP):
        _check_parts(_parts(data))
    elif data.startswith(_OLE):
        _check_old(data)
    else:
        raise Unusable(_other(data))


def _parts(data: bytes) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, UnicodeDecodeError, OSError):
        raise Unusable("damaged") from None


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    names = {part.filename.lower() for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise Unusable("password")
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if (
        len(parts) > _MOST_PARTS
        or unpacked > _MOST_UNPACKED
        or (unpacked > _RATIO_COUNTS_FROM and unpacked > packed * _LARGEST_RATIO)
    ):
        raise Unusable("bomb")
    if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names):
        raise Unusable("macros")
    if "xl/workbook.bin" in names:
        raise Unusable("binary_workbook")
    if "content.xml" in names and "mimetype" in names:
        raise Unusable("open_document")
    if "[content_types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Unusable("not_a_spreadsheet")


def _check_old(data: bytes) -> None:
    """A compound file names its streams in UTF-16."""
    if _stream("EncryptedPackage") in data or _stream("EncryptionInfo") in data or _is_locked(data):
        raise Unusable("password")
    if _stream("Workbook") not in data and _stream("Book") not in data:
        raise Unusable("damaged" if _BEGINNING in data else "not_a_spreadsheet")
    if _stream("_VBA_PROJECT") in data:
        raise Unusable("macros")


def _is_locked(data: bytes) -> bool:
    """Whether the records of an .xls begin with FILEPASS, which encrypts all that follow."""
    place = data.find(_BEGINNING)
    for _ in range(4):  # the beginning itself, write protection, FILEPASS
        if place < 0 or place + 4 > len(data):
            return False
        kind, length = struct.unpack_from("<HH", data, place)
        if kind == _FILEPASS:
            return True
        place += 4 + length
    return False


def _stream(name: str) -> bytes:
    return name.encode("utf-16-le")


def _other(data: bytes) -> str:
    beginning = data[:4096]
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8")):
        if beginning.startswith(mark):
            beginning = beginning.removeprefix(mark).decode(encoding, "ignore").encode()
    if beginning.lstrip().lower().startswith(_MARKUP):
        return "markup"
    if b"\x00" not in beginning and not any(byte < 32 and byte not in b"\t\n\r\x0c\x1b" for byte in beginning):
        return "text" if not beginning.startswith(b"%PDF") else "not_a_spreadsheet"
    return "not_a_spreadsheet"
