"""Imports go down only and in no circle, whatever form they take; the rule is shown to fail."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = "genre_tutorial"
RANK = {
    "root": -1,
    "core": 0,
    "data": 1,
    "sources": 2,
    "models": 2,
    "lessons": 3,
    "course": 4,
    "apps": 5,
}
LESSON_CELLS_MAY_USE = ("course.exercises", "course.figures")
# Ways to import a module by a name that is made while the program runs, which no test can read.
BY_NAME = {"import_module", "__import__", "pkgutil", "runpy", "spec_from_file_location"}
MAY_IMPORT_BY_NAME = {  # module → what it finds that way
    "genre_tutorial.course.exercises": "every module of answers",
    "genre_tutorial.sources.base": "every source beside it",
}


def exported_to(notebook):
    """The module that a notebook exports to, or None."""
    found = re.search(r"#\s*\|\s*default_exp\s+([\w.]+)", notebook.read_text(encoding="utf-8"))
    return found and found[1]


LESSONS = [f"{PACKAGE}.{exported_to(path)}" for path in sorted(ROOT.glob("nbs/[0-9]*.ipynb"))]


def modules_of(folder):
    """Every module of the package with its source; a package's own is called `….__init__`."""
    paths = [p for p in (folder / PACKAGE).rglob("*.py") if p.stem != "_modidx"]
    names = {".".join(p.relative_to(folder).with_suffix("").parts): p for p in paths}
    return {name: path.read_text(encoding="utf-8") for name, path in names.items()}


def module_called(name, modules):
    """The module or package of that name, or None."""
    return next((known for known in (name, f"{name}.__init__") if known in modules), None)


def named(base, alias, modules):
    """`from base import alias` names a module or package, or something in one."""
    inside = f"{base}.{alias}" if base else alias
    return inside if module_called(inside, modules) else base


def source_of(node, here):
    """Where an ImportFrom looks, with the dots of a relative one resolved."""
    parts = here.split(".")[: -node.level] if node.level else []
    return ".".join(parts + ([node.module] if node.module else []))


def imported(source, here, modules):
    """Modules of the package that a piece of code imports, in every form there is."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = source_of(node, here)
            found |= {named(base, alias.name, modules) for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)  # importlib.import_module("genre_tutorial.x"), `python -m`
    return {module_called(name, modules) for name in found} - {None, here}


def imports_by_name(source):
    """Whether a piece of code speaks of a way to import by name, under whatever alias."""
    for node in ast.walk(ast.parse(source)):
        words = (getattr(node, field, None) for field in ("id", "attr", "name", "module", "value"))
        if any(isinstance(word, str) and word in BY_NAME for word in words):
            return True
    return False


def layer(module):
    """The layer of a module; the modules at the top of the package are the lessons."""
    parts = module.split(".")
    if len(parts) > 2:
        return parts[1]
    return "root" if parts[1:] == ["__init__"] else "lessons"


def climbs(here, other, lessons=LESSONS):
    """Why `here` may not import `other`, or None."""
    above, below = layer(here), layer(other)
    if above not in RANK or below not in RANK:
        return f"{here} or {other} lies in no layer"
    if RANK[below] > RANK[above] or {above, below} == {"sources", "models"}:
        return f"{here} ({above}) imports {other} ({below})"
    if above == below == "lessons" and lessons.index(other) >= lessons.index(here):
        return f"{here} reads ahead: {other}"
    return None


def circles(graph):
    """Modules that can reach themselves."""

    def reached(start):
        seen, todo = set(), [start]
        while todo:
            for module in graph.get(todo.pop(), ()):
                if module not in seen:
                    seen.add(module)
                    todo.append(module)
        return seen

    return sorted(module for module in graph if module in reached(module))


def faults(sources, lessons=LESSONS):
    """Everything wrong with the imports of a package."""
    graph = {name: imported(text, name, sources) for name, text in sources.items()}
    found = [climbs(here, other, lessons) for here, used in graph.items() for other in sorted(used)]
    hidden = [name for name, text in sources.items() if imports_by_name(text)]
    found += [f"{name} imports by name" for name in hidden if name not in MAY_IMPORT_BY_NAME]
    return [reason for reason in found if reason] + circles(graph)


def test_imports_go_down_and_in_no_circle():
    assert faults(modules_of(ROOT)) == []


CLEAN = {
    f"{PACKAGE}.__init__": "__version__ = '1'",
    f"{PACKAGE}.core.__init__": "",
    f"{PACKAGE}.course.answers.__init__": "",
    f"{PACKAGE}.core.files": f"import json\nimport {PACKAGE}",
    f"{PACKAGE}.models.text": "from ..core.files import x",
    f"{PACKAGE}.sources.tmdb": "from ..core import files",
    f"{PACKAGE}.movies": "from .models.text import clean_text",
    f"{PACKAGE}.scraping": "from .movies import load_movies",
    f"{PACKAGE}.course.exercises": f"import {PACKAGE}.movies, pkgutil\nfrom . import answers",
    f"{PACKAGE}.apps.cli": f"def f():\n    from {PACKAGE} import scraping",
}
TWO_LESSONS = [f"{PACKAGE}.movies", f"{PACKAGE}.scraping"]


def test_a_clean_package_has_no_fault():
    assert faults(CLEAN, TWO_LESSONS) == []


@pytest.mark.parametrize(
    "module, planted, fault",
    [
        ("core.files", "from ..data import genres", "(core) imports"),
        ("core.files", "from ..data.genres import GENRES", "(core) imports"),
        ("core.files", f"from {PACKAGE}.data.genres import GENRES", "(core) imports"),
        ("core.files", f"from {PACKAGE}.data import genres as g", "(core) imports"),
        ("core.files", f"import {PACKAGE}.data.genres", "(core) imports"),
        ("core.files", f"def f():\n    from {PACKAGE}.data import genres", "(core) imports"),
        ("core.files", f"importlib.import_module('{PACKAGE}.data.genres')", "(core) imports"),
        ("models.text", "from ..sources.tmdb import Tmdb", "(models) imports"),
        ("sources.tmdb", "from ..models import text", "(sources) imports"),
        ("movies", "from .scraping import fetch_movies", "reads ahead"),
        ("movies", f"from {PACKAGE} import scraping", "reads ahead"),
        ("movies", "from . import scraping", "reads ahead"),
        ("scraping", "from .course.exercises import check", "(lessons) imports"),
        ("movies", "from .course import answers", "(lessons) imports"),
        ("movies", "from .course.answers import EXERCISES", "(lessons) imports"),
        ("movies", f"import {PACKAGE}.course.answers", "(lessons) imports"),
        ("core.__init__", "from ..data import genres", "(core) imports"),
        ("core.__init__", "from . import files\nfrom ..movies import GENRES", "(core) imports"),
        ("__init__", "from .core import files", "(root) imports"),
        ("course.exercises", "from ..apps import cli", "(course) imports"),
        ("shelf.things", "import json\nfrom ..core import files", "no layer"),
    ],
)
def test_a_planted_import_is_found(module, planted, fault):
    sources = CLEAN | {f"{PACKAGE}.data.genres": ""} | {f"{PACKAGE}.{module}": planted}
    assert any(fault in reason for reason in faults(sources, TWO_LESSONS))


@pytest.mark.parametrize(
    "planted",
    [
        "importlib.import_module(f'{__package__}.{name}')",
        "from importlib import import_module as load",
        "load = getattr(importlib, 'import_module')",
        "__import__('.'.join(parts))",
        "import pkgutil",
        "import pkgutil as tools",
        "from pkgutil import iter_modules",
        "from runpy import run_module",
        "importlib.util.spec_from_file_location(name, path)",
    ],
)
def test_a_planted_import_by_name_is_found(planted):
    here = f"{PACKAGE}.models.text"
    assert f"{here} imports by name" in faults(CLEAN | {here: planted}, TWO_LESSONS)


def test_who_may_import_by_name_does():
    sources = modules_of(ROOT)
    assert all(imports_by_name(sources[name]) for name in MAY_IMPORT_BY_NAME)


def test_a_planted_circle_is_found():
    ring = {
        f"{PACKAGE}.apps.cli": "from .bench import bench",
        f"{PACKAGE}.apps.bench": "def f():\n    from . import chapters",
        f"{PACKAGE}.apps.chapters": f"from {PACKAGE}.apps.cli import main",
    }
    assert faults(CLEAN | ring, TWO_LESSONS) == sorted(ring)


def cells_of(notebook):
    """Code of a lesson's cells that are not exported."""
    import json

    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and not re.match(r"#\s*\|\s*export", source):
            yield re.sub(r"^\s*[%!].*$", "pass", source, flags=re.M)


@pytest.mark.parametrize("path", sorted(ROOT.glob("nbs/[0-9]*.ipynb")), ids=lambda p: p.stem)
def test_a_lessons_own_cells_use_exercises_and_figures_only_from_above(path):
    modules = modules_of(ROOT)
    here = f"{PACKAGE}.{exported_to(path)}"
    for source in cells_of(path):
        assert not imports_by_name(source), source
        for other in imported(source, here, modules):
            allowed = other.removeprefix(f"{PACKAGE}.").startswith(LESSON_CELLS_MAY_USE)
            assert allowed or not climbs(here, other), other
