"""Running notebooks without a person: checked, cut off in time, kept, reported, recorded, told."""

from voicemill.headless.asking import checked_parameters, find_notebook, parameters_of_file
from voicemill.headless.running import Errand, HeadlessRun, run_notebook

__all__ = [
    "Errand",
    "HeadlessRun",
    "checked_parameters",
    "find_notebook",
    "parameters_of_file",
    "run_notebook",
]
