"""The rules of the house: import order, no drift between names, files that belong together."""

import ast
import json
import re
import subprocess
import sys
import time
from configparser import ConfigParser
from pathlib import Path

import pandas as pd
import pytest
import yaml

from genre_tutorial.scaling import recorded

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "genre_tutorial"
FOUNDATION = {"settings", "fetching", "posters", "practice", "exercises"}
CHAPTERS = [re.sub(r"^\d+_", "", p.stem) for p in sorted((ROOT / "nbs").glob("[0-9]*.ipynb"))]


def module_name(notebook):
    """The module a notebook exports to; a page without code to export has none."""
    found = re.search(r"#\|\s*default_exp (\w+)", notebook.read_text(encoding="utf-8"))
    return found and found[1]


MODULES = [module_name(p) for p in sorted((ROOT / "nbs").glob("[0-9]*.ipynb"))]


def imported(module):
    """Modules of this package that a module imports, anywhere in it."""
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:  # nbdev writes relative imports
            yield from [node.module.split(".")[0]] if node.module else (a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("genre_tutorial."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (
                a.name.split(".")[1] for a in node.names if a.name.startswith("genre_tutorial.")
            )


@pytest.mark.parametrize("module", MODULES)
def test_a_chapter_reads_only_what_came_before(module):
    allowed = FOUNDATION | set(MODULES[: MODULES.index(module)])
    assert set(imported(module)) <= allowed


@pytest.mark.parametrize("module", sorted(FOUNDATION & {p.stem for p in PACKAGE.glob("*.py")}))
def test_the_foundation_reads_no_chapter(module):
    assert not set(imported(module)) & set(MODULES)


def test_the_import_rule_can_fail():
    assert "evaluation" in set(imported("vgg")), "the reader of imports sees them"


def test_every_notebook_has_its_module():
    notebooks = [*(ROOT / "nbs").glob("*.ipynb"), *(ROOT / "nbs" / "appendix").glob("*.ipynb")]
    assert {module_name(p) for p in notebooks} - {None} == {
        p.stem for p in PACKAGE.glob("*.py") if not p.stem.startswith("_")
    }


def test_quarto_lists_every_notebook_once():
    text = (ROOT / "_quarto.yml").read_text(encoding="utf-8")
    config = yaml.safe_load(text)
    listed = re.findall(r"nbs/[\w/]+\.ipynb", text)
    there = [
        str(p.relative_to(ROOT)).replace("\\", "/")
        for p in [*(ROOT / "nbs").glob("*.ipynb"), *(ROOT / "nbs/appendix").glob("*.ipynb")]
    ]
    assert sorted(listed) == sorted(there)
    assert config["execute"]["enabled"] is False


def test_the_readme_has_the_two_commands_ci_relies_on():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in (
        "pip install -e . -c constraints.txt && genre-tutorial lab",
        'pip install -e ".[dev]" -c constraints.txt && pytest',
    ):
        assert command in readme
    assert len(readme.splitlines()) < 120


def test_every_requirement_is_constrained_and_a_range():
    config = ConfigParser(delimiters=["="])
    config.read(ROOT / "settings.ini", encoding="utf-8")
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    for requirement in config["DEFAULT"]["requirements"].split():
        name = re.split(r"[<>=!\[]", requirement)[0]
        assert name.lower() in pinned, f"{name} is not in constraints.txt"
        assert ">=" in requirement, f"{requirement} is not a range"


@pytest.mark.parametrize(
    "module",
    [
        "",
        *MODULES,
        "settings",
        "fetching",
        "practice",
        "posters",
        "exercises",
        "answers",
        "widgets",
        "benchmarks",
        "docs",
        "cli",
    ],
)
def test_imports_bring_no_tensorflow(module):
    name = f"genre_tutorial.{module}".rstrip(".")
    code = f"import {name}, sys; assert not {{'tensorflow', 'keras', 'gensim', 'tmdbsimple'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_help_answers_at_once():
    def once():
        start = time.perf_counter()
        answer = subprocess.run(
            [sys.executable, "-c", "from genre_tutorial.cli import main; main()", "--help"],
            check=True,
            capture_output=True,
            text=True,
        )
        assert "predict" in answer.stdout
        return time.perf_counter() - start

    subprocess.run([sys.executable, "-c", "import genre_tutorial.cli"], check=True)
    assert min(once() for _ in range(3)) < 0.5


def test_no_pickle_is_loaded():
    for path in PACKAGE.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert (
            "import pickle" not in text
            and "joblib.load" not in text
            and "allow_pickle=True" not in text
        ), path.name
        assert not re.search(r"KeyedVectors\.load\(", text), path.name
        assert "shell=True" not in text and "os.system(" not in text.replace("`os.system(", ""), (
            path.name
        )


def test_chapters_state_time_and_memory_as_the_bench_measured_them():
    measured = recorded("chapter").set_index("name")
    for path in sorted(ROOT.glob("nbs/[0-9][0-9]_*.ipynb")):
        seconds, megabytes = measured.loc[path.stem, ["seconds", "megabytes"]]
        took = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
        first = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
        assert f"minutes; a run takes {took} and {megabytes / 1000:.1f} GB" in first, path.name


def test_the_readme_gives_each_chapter_its_time():
    rows = dict(
        re.findall(
            r"^\| (\d\d) \|.*\| (\d+) min \|$",
            (ROOT / "README.md").read_text(encoding="utf-8"),
            re.M,
        )
    )
    first = {
        path.name[:2]: "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
        for path in ROOT.glob("nbs/[0-9][0-9]_*.ipynb")
    }
    assert rows == {
        number: re.search(r"\*\*Time\*\* (\d+) minutes", text)[1] for number, text in first.items()
    }


def test_every_target_of_the_recorded_bench_holds():
    rows = pd.read_csv(PACKAGE / "data" / "bench.csv")
    promised = rows[rows["target"].notna()]
    assert len(promised) >= 25 and promised["holds"].map(str).eq("True").all(), promised.loc[
        promised["holds"].map(str).ne("True"), "name"
    ].tolist()


@pytest.mark.parametrize(
    "path", sorted((ROOT / "nbs").glob("[0-9]*.ipynb")), ids=lambda path: path.stem
)
def test_a_chapter_has_30_to_80_cells(path):
    assert 30 <= len(json.loads(path.read_text(encoding="utf-8"))["cells"]) <= 80
