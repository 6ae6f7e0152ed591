"""What a newcomer installs must be the same everywhere."""

import re
import subprocess
import sys
import tomllib

import yaml

from workbench import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_conda_users_get_the_same_packages() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    [by_pip] = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert by_pip == [*PROJECT["dependencies"], "-e ."]
    assert f"python{PROJECT['requires-python']}" in environment["dependencies"]


def test_every_dependency_is_locked() -> None:
    locked = {
        line.split("==")[0].lower() for line in (ROOT / "requirements.lock").read_text().split("\n")
    }
    extras = PROJECT["optional-dependencies"].values()
    wanted = [*PROJECT["dependencies"], *(text for extra in extras for text in extra)]
    names = {re.split(r"[<>=;\[ ]", text)[0].lower() for text in wanted}
    assert names - {"voicemill"} <= locked


def test_the_lock_file_holds_names_and_versions_only() -> None:
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        assert re.fullmatch(r"[\w.\-]+==[\w.+!]+( ; .+)?", line), line
        assert "//" not in line


def test_import_is_light() -> None:
    code = (
        "import sys, voicemill; heavy = {'pandas', 'numpy', 'scipy', 'sqlalchemy', 'matplotlib',"
        " 'onnxruntime', 'pydantic'}; print(sorted(heavy & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_notebooks_are_kept_without_outputs() -> None:
    import nbformat

    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert notebooks
    for file in notebooks:
        notebook = nbformat.read(file, as_version=4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert all(not cell.outputs and cell.execution_count is None for cell in code), file.name
        assert "parameters" in code[0].metadata.get("tags", []), file.name
        assert "check_parameters" in code[1].source, file.name
