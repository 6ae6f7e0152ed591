"""How much a book file may hold before it is refused: far above any book, far below harm."""

from __future__ import annotations

# A file as it lies on the disk; the largest scanned books have some hundred megabytes.
FILE_BYTES = 500 * 1024**2
# One text document when unpacked: a chapter, a Word body, a text file. 5,000 pages of
# Devanagari, three bytes a letter, are 45 MB.
DOCUMENT_BYTES = 64 * 1024**2
# All documents of one book together.
TEXT_BYTES = 128 * 1024**2
# Tags of one document; 5,000 pages have some 200,000.
TAGS = 1_000_000
# Everything in an archive together when unpacked, and one file of it.
UNPACKED_BYTES = 1024**3
# Deflate reaches 1,000 : 1 only on data made for it; text reaches 5 : 1. Small files may have
# any ratio, since they harm nobody.
RATIO = 200
RATIO_FROM_BYTES = 4 * 1024**2
ENTRIES = 20_000
# A picture when decoded: 24,000 x 24,000 would be 576 million.
PIXELS = 150_000_000
PAGES = 10_000
# Text in one paragraph without an end is no paragraph; longer ones are cut at a space.
PARAGRAPH_CHARS = 100_000
