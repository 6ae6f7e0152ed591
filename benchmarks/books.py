"""Reading a PDF of 500 pages: time, and what it needs of memory.

It runs in a process of its own, so that its peak memory is its own; the process that opens
the PDF is counted with it.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.project import table, verdict

PAGES = 500
LINES = 38

SCRIPT = """
import json, re, resource, sys, time
from pathlib import Path
from voicemill.books.pdf.reading import read_pdf
data = Path(sys.argv[1]).read_bytes()
began = time.perf_counter()
book = read_pdf(data, "book.pdf")
took = time.perf_counter() - began
# Not getrusage for this process: its peak is inherited from the one that started it.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
opened = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(json.dumps({"took": took, "peak": peak, "opened": opened, "pages": len(book.pages),
    "words": book.words, "chapters": len(book.chapters),
    "headers": sum(b.kind == "header" for p in book.pages for b in p.blocks)}))
"""


def run() -> str:
    """Measure and return the table."""
    data = _book()
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        Path(file.name).write_bytes(data)
        ended = subprocess.run(
            [sys.executable, "-c", SCRIPT, file.name], capture_output=True, text=True, check=True
        )
    found = json.loads(ended.stdout)
    title = f"Books: a PDF of {found['pages']} pages, {found['words']:,} words"
    rows = [
        ("read", f"{found['took']:.2f} s", verdict(found["took"], 10.0, at_most=True)),
        ("peak memory of the reader", f"{found['peak']:.0f} MB", ""),
        ("peak memory of the process that opens it", f"{found['opened']:.0f} MB", ""),
        ("headers found", f"{found['headers']}", verdict(found["headers"], PAGES, at_most=False)),
        ("chapters found", f"{found['chapters']}", ""),
    ]
    return table(title, rows)


def _book() -> bytes:
    """Make a book with headers, page numbers, chapters and divided words."""
    from fpdf import FPDF

    book = FPDF(unit="pt", format=(420, 595))
    book.set_auto_page_break(False)
    for page in range(PAGES):
        book.add_page()
        book.set_font("Times", size=9)
        book.text(50, 40, f"{page + 1} The Long Ferry" if page % 2 else f"A Story {page + 1}")
        if page % 25 == 0:
            book.set_font("Times", size=18)
            book.text(150, 75, f"Chapter {page // 25 + 1}")
        book.set_font("Times", size=11)
        for line in range(LINES):
            indent = 15 if line % 6 == 0 else 0
            end = "inter-" if line % 5 == 0 else "esting river" if line % 5 == 1 else "and then"
            book.text(50 + indent, 100 + 12.5 * line, _line(page, line, end))
    into = io.BytesIO()
    book.output(into)
    return into.getvalue()


def _line(page: int, line: int, end: str) -> str:
    who = ("the baker", "a clerk", "her aunt", "the ferryman")[(page + line) % 4]
    return f"{who} crossed {page * LINES + line} times and saw an old boat, {end}"


if __name__ == "__main__":
    print(run())
