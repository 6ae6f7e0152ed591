"""Run every benchmark, or those named: python -m benchmarks [NAME …]."""

import sys
from importlib import import_module

ALL = (
    "mastering",
    "production",
    "scale",
    "cold",
    "edge",
    "books",
    "narration",
    "desk",
    "checks",
    "intelligibility",
    "takes",
)


def main() -> None:
    """Print one table after another."""
    wanted = sys.argv[1:] or ALL
    for name in wanted:
        print(import_module(f"benchmarks.{name}").run(), flush=True)
        print(flush=True)


main()
