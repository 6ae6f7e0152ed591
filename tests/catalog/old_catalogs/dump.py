"""Write an SQLite catalog as SQL, to keep one of a schema that is about to change.

    python dump.py ../../../output/catalog.db > 0002.sql

0001.sql was made so, with the code of the commit before schema 0002: it spoke a table of five
words with eSpeak, one of them empty and one locked, twice; then an item was locked, a file
played, a native source recorded and preferred.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path


def dump(file: Path) -> str:
    """Return the SQL that makes a catalog as in `file`."""
    with closing(sqlite3.connect(file)) as connection:
        return "".join(f"{statement}\n" for statement in connection.iterdump())


if __name__ == "__main__":
    sys.stdout.write(dump(Path(sys.argv[1])))
