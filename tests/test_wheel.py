"""The wheel: built from the project, unpacked, and every module imported from there."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = ("setup.py", "settings.ini", "pyproject.toml", "README.md", "LICENSE")
IMPORT_ALL = """
import importlib, pkgutil, genre_tutorial
names = [m.name for m in pkgutil.walk_packages(genre_tutorial.__path__, "genre_tutorial.")]
for name in names:
    importlib.import_module(name)
print(genre_tutorial.__file__, *names, sep="\\n")
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """A folder with what a wheel brings, and nothing else of the project."""
    project, place = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("unpacked")
    for name in PARTS:
        shutil.copy(ROOT / name, project)
    for name in ("genre_tutorial", "nbs"):
        ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(ROOT / name, project / name, ignore=ignored)
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q"]
    subprocess.run([*build, "-w", str(project), str(project)], check=True, capture_output=True)
    wheel = next(project.glob("*.whl"))
    assert wheel.stat().st_size < 15e6
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(place)
    return place


def test_every_module_is_in_the_wheel_and_can_be_imported(unpacked):
    command = [sys.executable, "-c", IMPORT_ALL]
    found = subprocess.run(command, cwd=unpacked, capture_output=True, text=True, check=True)
    where, *names = found.stdout.split()
    assert Path(where).is_relative_to(unpacked)
    modules = [p for p in (ROOT / "genre_tutorial").rglob("*.py") if p.name != "__init__.py"]
    expected = {".".join(p.relative_to(ROOT).with_suffix("").parts) for p in modules}
    assert expected <= set(names)


def test_every_notebook_and_data_file_is_in_the_wheel(unpacked):
    package = unpacked / "genre_tutorial"
    notebooks = [p for p in (ROOT / "nbs").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts]
    assert notebooks
    for path in notebooks:
        assert (package / path.relative_to(ROOT)).is_file(), path.name
    for path in (ROOT / "genre_tutorial" / "data").iterdir():
        if path.is_file():
            assert (package / "data" / path.name).is_file(), path.name
