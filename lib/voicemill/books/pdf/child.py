"""The process that opens a PDF: started by process.py, knows nothing of Voicemill.

A PDF is foreign input to a library in C that is not safe for threads: here it can crash, hang
or eat memory without harm to the notebook. It gets the file on standard input, then one JSON
request a line, and answers with JSON lines (a picture follows its line as bytes).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pypdfium2.raw as pdfium

MEMORY_BYTES = 3 * 1024**3
MOST_CHARACTERS = 50_000  # of one page; the densest real page, a dictionary's, has 15,000
SHOWN_PIXELS = 12_000_000  # of a page as a picture: A4 at 200 dots per inch has 3.9 million
MOST_OBJECTS = 20_000  # looked at for pictures
MOST_BOOKMARKS = 5_000
NESTING = 6  # forms within forms that are searched for pictures
HYPHENS = {0x02: "-", 0xFFFE: "-"}  # what PDFium puts where it sees a word divided
BREAKS = (10, 13)
WIDE_GAP = 1.6  # of the height: as far apart, two pieces of a line are in different columns
BOLD_WEIGHT = 600
# Of a picture, by whether it is in colour: PDFium's format and flags.
LOOKS = {
    False: (pdfium.FPDFBitmap_Gray, pdfium.FPDF_GRAYSCALE | pdfium.FPDF_ANNOT),
    True: (pdfium.FPDFBitmap_BGR, pdfium.FPDF_REVERSE_BYTE_ORDER | pdfium.FPDF_ANNOT),
}
META = ("Title", "Author", "Subject", "Keywords", "Producer")


def main() -> None:
    """Read the file, tell about it, answer until standard input ends."""
    _limit_memory()
    # Ctrl-C reaches the whole group of processes; whoever started this one decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    data = sys.stdin.buffer.read(int(sys.stdin.buffer.readline()))
    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        _tell({"error": pdfium.FPDF_GetLastError()})
        return
    _tell({"pages": pdfium.FPDF_GetPageCount(document)})
    for line in sys.stdin.buffer:
        _answer(document, json.loads(line))


def _answer(document: Any, request: dict[str, Any]) -> None:
    if request["do"] == "facts":
        _tell({"meta": _meta(document), "outline": _outline(document)})
    elif request["do"] == "text":
        for index in range(request["pages"]):
            _tell(_page_text(document, index))
    elif request["do"] == "render":
        _render(document, request)


def _tell(found: dict[str, Any], picture: bytes = b"") -> None:
    out = sys.stdout.buffer
    out.write(json.dumps(found).encode("ascii") + b"\n" + picture)
    out.flush()


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _wide(function: Any, *arguments: Any) -> str:
    """Return what a function of PDFium writes as UTF-16 into a buffer."""
    size = min(function(*arguments, None, 0), 65536)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    function(*arguments, ctypes.cast(buffer, function.argtypes[-2]), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "ignore").replace("\x00", "")


def _meta(document: Any) -> dict[str, str]:
    found = {key: _wide(pdfium.FPDF_GetMetaText, document, key.encode()) for key in META}
    found["Lang"] = _wide(pdfium.FPDFCatalog_GetLanguage, document)
    return found


def _outline(document: Any) -> list[tuple[int, str, int, float | None]]:
    """Return (depth, title, page from 0, height on the page or None) for each bookmark."""
    found: list[tuple[int, str, int, float | None]] = []
    seen: set[int] = set()
    waiting = [(pdfium.FPDFBookmark_GetFirstChild(document, None), 0)]
    while waiting and len(found) < MOST_BOOKMARKS:
        mark, depth = waiting.pop()
        address = ctypes.cast(mark, ctypes.c_void_p).value if mark else None
        if address is None or address in seen:  # a damaged outline may lead in a circle
            continue
        seen.add(address)
        waiting.append((pdfium.FPDFBookmark_GetNextSibling(document, mark), depth))
        waiting.append((pdfium.FPDFBookmark_GetFirstChild(document, mark), depth + 1))
        target = pdfium.FPDFBookmark_GetDest(document, mark)
        if not target and (action := pdfium.FPDFBookmark_GetAction(mark)):
            target = pdfium.FPDFAction_GetDest(document, action)
        page = pdfium.FPDFDest_GetDestPageIndex(document, target) if target else -1
        found.append((depth, _wide(pdfium.FPDFBookmark_GetTitle, mark), page, _height(target)))
    return found


def _height(target: Any) -> float | None:
    has = [ctypes.c_int() for _ in range(3)]
    at = [ctypes.c_float() for _ in range(3)]
    arguments = [ctypes.byref(value) for value in has] + [ctypes.byref(value) for value in at]
    if not target or not pdfium.FPDFDest_GetLocationInPage(target, *arguments):
        return None
    return at[1].value if has[1].value else None


@contextlib.contextmanager
def _page(document: Any, index: int) -> Iterator[Any]:
    page = pdfium.FPDF_LoadPage(document, index)
    try:
        yield page
    finally:
        if page:
            pdfium.FPDF_ClosePage(page)


def _page_text(document: Any, index: int) -> dict[str, Any]:
    with _page(document, index) as page:
        if not page:
            return {"error": "page"}
        text = pdfium.FPDFText_LoadPage(page)
        if not text:
            return {"error": "page"}
        try:
            if pdfium.FPDFText_CountChars(text) > MOST_CHARACTERS:
                return {"error": "characters"}
            runs = list(_runs(text))
        finally:
            pdfium.FPDFText_ClosePage(text)
        return {
            "size": _size(page),
            "label": _wide(pdfium.FPDF_GetPageLabel, document, index),
            "runs": runs,
            "drawn": pdfium.FPDFPage_CountObjects(page) > 0,
        }


def _size(page: Any) -> tuple[float, float]:
    """Return the unturned size: the places of characters do not know the page is turned."""
    width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    turned = pdfium.FPDFPage_GetRotation(page) % 2
    return (height, width) if turned else (width, height)


def _runs(text: Any) -> Iterator[list[Any]]:
    """Yield [text, left, bottom, right, top, size, bold, angle] of pieces on one line."""
    box = pdfium.FS_RECTF()
    reference = ctypes.byref(box)
    characters: list[str] = []
    first = 0
    left = bottom = right = top = 0.0
    for index in range(pdfium.FPDFText_CountChars(text)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code == 32 or code in BREAKS:
            if characters:
                characters.append(" " if code == 32 else "\n")
            continue
        if code not in HYPHENS and (code < 32 or 0xD800 <= code < 0xE000 or code > 0x10FFFF):
            continue  # no character: a glyph without a name, or half a pair
        pdfium.FPDFText_GetLooseCharBox(text, index, reference)
        same_line = abs(box.bottom - bottom) < 0.01 and abs(box.top - top) < 0.01
        near = left <= box.left + 0.5 and box.left - right < WIDE_GAP * (top - bottom)
        if characters and not (same_line and near and "\n" not in characters[-1:]):
            yield _run(text, first, characters, (left, bottom, right, top))
            characters = []
        if not characters:
            first, left, bottom, right, top = index, box.left, box.bottom, box.right, box.top
        characters.append(HYPHENS.get(code) or chr(code))
        right = max(right, box.right)
    if characters:
        yield _run(text, first, characters, (left, bottom, right, top))


def _run(text: Any, first: int, characters: list[str], box: tuple[float, ...]) -> list[Any]:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text, first, ctypes.byref(matrix))
    stretch = (matrix.c**2 + matrix.d**2) ** 0.5 or 1.0
    size = pdfium.FPDFText_GetFontSize(text, first) * stretch
    angle = pdfium.FPDFText_GetCharAngle(text, first)
    return [
        "".join(characters),
        *(round(side, 2) for side in box),
        round(size, 2),
        _is_bold(text, first),
        round(angle, 2),
    ]


def _is_bold(text: Any, index: int) -> bool:
    if pdfium.FPDFText_GetFontWeight(text, index) >= BOLD_WEIGHT:
        return True
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text, index, name, 128, ctypes.byref(flags))
    return b"bold" in name.value.lower() or b"black" in name.value.lower()


def _render(document: Any, request: dict[str, Any]) -> None:
    """Answer with the page as a picture, grey or RGB, or say that it holds too big a picture."""
    with _page(document, request["page"]) as page:
        if not page:
            _tell({"error": "page"})
            return
        if _biggest_picture(page) > request["most_pixels"]:
            _tell({"error": "pixels", "pixels": _biggest_picture(page)})
            return
        wide, high = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        scale = request["dpi"] / 72
        if (pixels := wide * high * scale**2) > SHOWN_PIXELS:
            scale *= (SHOWN_PIXELS / pixels) ** 0.5
        width, height = max(1, round(wide * scale)), max(1, round(high * scale))
        kind, flags = LOOKS[request["colour"]]
        picture = pdfium.FPDFBitmap_CreateEx(width, height, kind, None, 0)
        if not picture:
            _tell({"error": "pixels", "pixels": width * height})
            return
        try:
            pdfium.FPDFBitmap_FillRect(picture, 0, 0, width, height, 0xFFFFFFFF)
            pdfium.FPDF_RenderPageBitmap(picture, page, 0, 0, width, height, 0, flags)
            stride = pdfium.FPDFBitmap_GetStride(picture)
            pixels = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(picture), stride * height)
            told = {"width": width, "height": height, "stride": stride, "scale": scale}
            _tell({**told, "bytes": len(pixels)}, pixels)
        finally:
            pdfium.FPDFBitmap_Destroy(picture)


def _biggest_picture(page: Any) -> int:
    """Return the pixels of the biggest picture as the file declares them, without decoding."""
    width, height = ctypes.c_uint(), ctypes.c_uint()
    biggest = 0
    waiting = [
        (pdfium.FPDFPage_GetObject(page, index), 0)
        for index in range(min(pdfium.FPDFPage_CountObjects(page), MOST_OBJECTS))
    ]
    while waiting:
        thing, depth = waiting.pop()
        kind = pdfium.FPDFPageObj_GetType(thing)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            pdfium.FPDFImageObj_GetImagePixelSize(thing, ctypes.byref(width), ctypes.byref(height))
            biggest = max(biggest, width.value * height.value)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < NESTING:
            inside = min(pdfium.FPDFFormObj_CountObjects(thing), MOST_OBJECTS - len(waiting))
            waiting += [
                (pdfium.FPDFFormObj_GetObject(thing, index), depth + 1)
                for index in range(max(inside, 0))
            ]
    return biggest


if __name__ == "__main__":
    main()
