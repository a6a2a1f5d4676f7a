"""The way in: front page, reference, bibliography, and what a published copy needs."""

import ast
import json
import os
import posixpath
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import nbformat
import pypandoc
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))
from docs_tools import (
    LARGE,
    MADE,
    MODULE_PAGES,
    NOTEBOOKS,
    PAGES,
    ROOT,
    SITE,
    html,
    markdown,
    whole_page,
)
from test_pages import MEASURE, WIDTHS, browser, opened  # noqa: F401
from test_site import Page

from genre_tutorial.apps.bibliography import further_reading
from genre_tutorial.apps.colab import copy_chapters, with_links, write_colab
from genre_tutorial.apps.definitions import constants, exported, parameters, passed_on, signature
from genre_tutorial.apps.publish import (
    Publication,
    chapters_of,
    first_picture,
    launch_text,
    profile_text,
    publication,
    write_pages,
)
from genre_tutorial.apps.reference import page_of, read_modules

INDEX = ROOT / "index.qmd"
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHAPTERS = chapters_of(ROOT / "nbs")
ANNA = Publication("anna/course", "main", "0123456789" * 4)
CONFIG = yaml.safe_load((ROOT / "_quarto.yml").read_text(encoding="utf-8"))
settings = ConfigParser(delimiters=["="])
settings.read(ROOT / "settings.ini", encoding="utf-8")
VERSION = settings["DEFAULT"]["version"]


@pytest.fixture(scope="module")
def pages():
    """The pages that a visitor meets first, and the reference, parsed."""
    first = [INDEX, *PAGES, CHAPTERS[1], SITE / "reference.qmd", SITE / "bibliography.qmd"]
    return {path: Page(html(path)) for path in [*first, *MODULE_PAGES]}


def around(path, page):
    """Pages that a page links to, and anchors there."""
    for target, _ in page.links:
        file, _, anchor = target.partition("#")
        if ":" not in target and not target.startswith("../../actions"):
            yield Path(os.path.normpath(path.parent / file)) if file else path, anchor


def clicks(pages, goal, anchor=""):
    """How many links away from the front page something is; the sidebar isn't counted."""
    seen, edge, count = {INDEX}, {INDEX}, 0
    while edge:
        links = {link for path in edge for link in around(path, pages[path])}
        if any(path == goal and anchor in ("", found) for path, found in links):
            return count + 1
        edge = {path for path, _ in links if path in pages} - seen
        seen, count = seen | edge, count + 1
    return None


# The front page


@pytest.mark.parametrize(
    "goal, anchor, most",
    [
        ("nbs/07_vgg.ipynb", "", 1),
        ("site/reference/models/features.qmd", "poster_features", 2),
        ("nbs/01_scraping.ipynb", "what-you-may-use-and-for-what", 1),
        ("site/cite.qmd", "", 1),
        ("site/contribute.qmd", "a-mistake", 1),
        ("site/bibliography.qmd", "", 1),
    ],
)
def test_what_people_look_for_is_a_click_or_two_away(goal, anchor, most, pages):
    assert clicks(pages, ROOT / goal, anchor) <= most
    assert not anchor or anchor in pages[ROOT / goal].ids


def test_the_front_page_says_how_to_start_before_anything_else():
    page = markdown(INDEX)
    order = ["site/course.png", "**your computer**", "Spandan Madan", "## Start", "## Chapters"]
    places = [page.index(part) for part in order]
    assert places == sorted(places)
    command = 'pip install -e ".[pretrained]" -c constraints.txt && genre-tutorial lab'
    assert command in page[page.index("## Start") : page.index("## Chapters")]


def test_each_place_to_work_says_what_it_can_do():
    here, there = launch_text(Publication(), LARGE), launch_text(ANNA, LARGE)
    assert "Binder" not in here and "Colab" not in here
    assert "mybinder.org/v2/gh/anna/course/main?urlpath=lab/tree/nbs/start.ipynb" in there
    assert "github.com/anna/course/tree/colab#readme" in there
    assert f"[its files]({ANNA.github}), then [one command]" in there and "files" not in here
    assert LARGE and all(f"{number} ({size} GB)" in there for number, size in LARGE.items())


def test_what_the_clone_holds_of_the_pages_is_up_to_date():
    """Quarto reads includes before it makes anything, and GitHub shows the picture."""
    committed = (SITE / "_launch.qmd").read_text(encoding="utf-8")
    assert committed == launch_text(Publication(), LARGE), (
        "run: python -m genre_tutorial.apps.site pages"
    )
    start = json.loads((ROOT / "nbs" / "start.ipynb").read_text(encoding="utf-8"))
    assert (SITE / "course.png").read_bytes() == first_picture(start)


def test_the_readme_lists_chapters_as_the_start_page_does():
    start = json.loads((ROOT / "nbs" / "start.ipynb").read_text(encoding="utf-8"))
    text = "\n".join("".join(cell["source"]) for cell in start["cells"])
    rows = re.findall(r"^\| \[(\d+)\. (.+?)\]\((.+?)\) \| (.+?) \| (\d+) min \|$", text, re.M)
    assert len(rows) == len(CHAPTERS)
    for number, title, file, question, minutes in rows:
        row = f"| {int(number):02} | [{title}](nbs/{file}) | {question} | {minutes} min |"
        assert row in README.splitlines()


def test_the_front_page_says_how_long_the_course_takes():
    minutes = [int(found) for found in re.findall(r"\| (\d+) min \|$", README, re.M)]
    assert len(minutes) == len(CHAPTERS) and round(sum(minutes) / 60) == 14
    assert "about fourteen hours" in " ".join(INDEX.read_text(encoding="utf-8").split())


def test_badges_work_in_any_fork_and_only_on_github():
    """GitHub shows a README below /owner/name/blob/main; the site drops what is for GitHub."""
    links = re.findall(r"\]\((\.\./\.\./\S+?)\)", README)
    assert len(links) >= 5 and "github.com" not in README.replace("github.io", "")
    for link in links:
        place = posixpath.normpath(f"/anna/course/blob/main/{link}")
        action = re.fullmatch(r"/anna/course/actions/workflows/(\w+\.yml)(?:/badge\.svg)?", place)
        assert (
            (ROOT / ".github" / "workflows" / action[1]).is_file()
            if action
            else "tree/colab" in place
        )
        assert link not in markdown(INDEX)
    tree = json.loads(pypandoc.convert_text(README, "json", format="markdown"))
    first = tree["blocks"][0]
    assert first["t"] == "Div" and first["c"][0][1:] == [
        ["content-hidden"],
        [["when-format", "html"]],
    ]


def test_the_readme_says_how_to_publish_a_copy():
    part = README[README.index("## Publish your own copy") :]
    for words in ("fork", "Settings → Pages → Source: GitHub Actions", "SITE_URL"):
        assert words in part
    workflow = (ROOT / ".github" / "workflows" / "site.yml").read_text(encoding="utf-8")
    assert "vars.SITE_URL" in workflow and "actions/deploy-pages" in workflow


# What model sites have


def test_the_configuration_names_what_is_there():
    website = CONFIG["website"]
    assert website["image"].startswith("/"), "or it is looked for beside each page"
    for file in (website["favicon"], website["image"].lstrip("/"), "404.qmd"):
        assert (ROOT / file).is_file()
    assert "404.qmd" in CONFIG["project"]["render"]
    assert website["open-graph"] and website["description"] and len(website["image-alt"]) > 15
    assert CONFIG["format"]["html"]["respect-user-color-scheme"] is True
    assert website["page-footer"]["right"] == f"Version {VERSION}"
    assert not {"site-url", "repo-url"} & set(website), "who publishes it isn't known here"


def sidebar(entries):
    """(text, address) of each page in the sidebar."""
    for entry in entries:
        if isinstance(entry, str):
            yield None, entry
        elif "section" in entry:
            yield from sidebar(entry["contents"])
        else:
            yield entry.get("text"), entry["href"]


def test_the_sidebar_names_pages_without_a_prefix_and_tells_them_apart():
    listed = list(sidebar(CONFIG["website"]["sidebar"]["contents"]))
    assert not any(re.match("Engine|Appendix", text or "") for text, _ in listed)
    texts = [text for text, address in listed if "/engine/" in address]
    assert len(texts) > 100
    answers = [text for text in texts if "nswers" in text or "igures of" in text]
    assert len(set(answers)) == len(answers)
    for text, address in listed:
        if "/engine/" in address and "/answers/" not in address and "/figures/ch" not in address:
            first = "".join(
                json.loads((ROOT / address).read_text(encoding="utf-8"))["cells"][0]["source"]
            )
            title = first.splitlines()[0].removeprefix("# ").removeprefix("Engine: ")
            assert text.lower() == title.lower(), address


@pytest.mark.parametrize(
    "given, repository, site",
    [
        ({}, "", ""),
        ({"GITHUB_REPOSITORY": "Anna/Course"}, "Anna/Course", "https://anna.github.io/Course"),
        (
            {"GITHUB_REPOSITORY": "anna/anna.github.io"},
            "anna/anna.github.io",
            "https://anna.github.io",
        ),
        (
            {"GITHUB_REPOSITORY": "anna/course", "SITE_URL": "https://films.example/ml/"},
            "anna/course",
            "https://films.example/ml",
        ),
        ({"GITHUB_REPOSITORY": "a b/$(rm -rf)"}, "", ""),
        ({"GITHUB_REPOSITORY": "a/b/c", "GITHUB_SHA": "HEAD; ls"}, "", ""),
        ({"SITE_URL": "javascript:alert(1)"}, "", ""),
    ],
)
def test_a_copy_learns_from_the_environment_where_it_stands(given, repository, site, monkeypatch):
    for name in ("GITHUB_REPOSITORY", "GITHUB_REF_NAME", "GITHUB_SHA", "SITE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert (publication().repository, publication().site) == (repository, site)
    assert publication().commit == "HEAD"


def test_the_profile_links_a_published_site_to_its_source():
    website = yaml.safe_load(profile_text(ANNA, VERSION, "2026-11-27"))["website"]
    assert website["site-url"] == "https://anna.github.io/course"
    assert website["repo-url"] == "https://github.com/anna/course"
    assert website["repo-actions"] == ["edit", "source", "issue"]
    footer = website["page-footer"]["right"]
    assert VERSION in footer and "2026-11-27" in footer and ANNA.commit in footer


def first_cell(path):
    """The text of a notebook's first cell, as the site shows it where nobody published it."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return "".join(with_links(notebook, ROOT / "nbs", Publication())["cells"][0]["source"])


def test_chapters_can_be_downloaded_from_their_pages(tmp_path):
    copy_chapters(ROOT / "nbs", tmp_path)
    for path in CHAPTERS:
        assert f'<a href="{path.name}" download data-noresolveinput>' in first_cell(path)
        assert (tmp_path / "nbs" / path.name).read_bytes() == path.read_bytes()
    assert "data-noresolveinput" not in first_cell(ROOT / "nbs" / "start.ipynb")


def test_the_bibliography_has_every_work_once(pages):
    listed = [target for target, _ in pages[SITE / "bibliography.qmd"].links]
    for path in CHAPTERS:
        works = further_reading(json.loads(path.read_text(encoding="utf-8")))
        assert len(works) >= 3, path.name
        for work in works:
            assert re.search(r"\]\((https?://\S+?)\)(?!\d)", work)[1] in listed
        assert f"../nbs/{path.name}" in listed
    entries = [line for line in MADE[SITE / "bibliography.qmd"].splitlines() if line[:2] == "- "]
    first = [re.search(r"\]\((\S+?)\)(?!\d)", entry)[1] for entry in entries]
    assert len(set(first)) == len(first)


# The reference


def exported_by(module):
    """The definitions of a module."""
    file = ROOT / "genre_tutorial" / f"{module.replace('.', '/')}.py"
    return exported(file.read_text(encoding="utf-8"))


def test_every_module_has_its_page_with_its_name_as_title(pages):
    modules = read_modules(ROOT / "genre_tutorial", ROOT / "nbs")
    assert {SITE / page_of(module.name) for module in modules} == set(MODULE_PAGES)
    for module in modules:
        path = SITE / page_of(module.name)
        page, text = pages[path], MADE[path]
        assert f'\ntitle: "{module.name}"\n' in text and page.headings.count(1) == 1
        names = [*(node.name for node in module.nodes), *module.values]
        assert set(names) <= page.ids, module.name
        assert any(target.endswith(module.notebook) for target, _ in page.links)
        for name, origin in module.others.items():
            taught = [target for target, _ in pages[SITE / page_of(origin)].links]
            defined = name in [node.name for node in exported_by(origin)]
            assert not defined or any(target.endswith(module.notebook) for target in taught)
        assert f"](reference/{module.name.replace('.', '/')}.qmd)" in MADE[SITE / "reference.qmd"]


def test_links_of_the_reference_lead_somewhere(pages):
    for path in MODULE_PAGES:
        for other, anchor in around(path, pages[path]):
            assert other in pages or other.is_file(), (path, other)
            assert not anchor or anchor in pages[other].ids, (path, other, anchor)


@pytest.mark.skipif(
    sys.platform == "win32", reason="a folder can't be linked there without special rights"
)
def test_source_links_name_the_lines_of_a_definition(tmp_path):
    for part in ("genre_tutorial", "nbs", "settings.ini"):
        (tmp_path / part).symlink_to(ROOT / part)
    write_pages(tmp_path, ANNA)
    page = (tmp_path / "site" / "reference" / "models" / "features.qmd").read_text(encoding="utf-8")
    place = f"{ANNA.source}/genre_tutorial/models/features.py"
    found = re.search(rf"## `poster_features`.*?\({re.escape(place)}#L(\d+)-L(\d+)\)", page, re.S)
    code = (
        (ROOT / "genre_tutorial" / "models" / "features.py")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    assert code[int(found[1]) - 1].startswith("def poster_features(")
    ast.parse("\n".join(code[int(found[1]) - 1 : int(found[2])]))
    assert json.loads((tmp_path / "_quarto-published.yml").read_text(encoding="utf-8"))


@pytest.mark.skipif(
    sys.platform == "win32", reason="a folder can't be linked there without special rights"
)
def test_pages_of_modules_that_are_gone_go(tmp_path):
    for part in ("genre_tutorial", "nbs", "settings.ini"):
        (tmp_path / part).symlink_to(ROOT / part)
    old = tmp_path / "site" / "reference" / "models" / "gone.qmd"
    own = tmp_path / "site" / "mine.qmd"
    for file in (old, own):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("text")
    write_pages(tmp_path, Publication())
    assert not old.exists() and own.exists()
    assert not (tmp_path / "_quarto-published.yml").exists()


SAMPLE = """
from .data.films import load_movies
from genre_tutorial.core.files import sha256
__all__ = ["plain", "many", "Film", "Shape", "LIMIT", "TYPED", "load_movies", "sha256"]
LIMIT = 3
TYPED: dict[str, int] = {"a": 1}
def plain(x, /, y: int = 2, *rest, z=None, **others) -> str: ...
def many(first_argument: list[str], second_argument: dict[str, float], third_argument=("a,b",)): ...
@dataclass(frozen=True)
class Film:
    name: str
    year: int = 1970
    @property
    def old(self) -> bool: ...
class Shape:
    def __init__(self, size, *, colour="red"): ...
def hidden(): ...
"""


def test_signatures_of_every_kind_are_read():
    nodes = {node.name: node for node in exported(SAMPLE)}
    assert set(nodes) == {"plain", "many", "Film", "Shape"}
    assert signature(nodes["Film"]) == "class Film(name: str, year: int = 1970)"
    assert signature(nodes["Shape"]) == "class Shape(size, *, colour='red')"
    assert signature(nodes["Film"].body[-1]) == "old -> bool"
    assert list(parameters(nodes["plain"])) == ["x", "/", "y", "*rest", "z", "**others"]
    first = signature(nodes["plain"]).replace("...", "")
    ast.parse(f"def {first}: ...")
    lines = signature(nodes["many"]).splitlines()
    assert len(lines) == 5 and lines[3] == "    third_argument=('a,b',),"
    assert constants(SAMPLE) == {"LIMIT": "3", "TYPED": "{'a': 1}"}
    assert passed_on(SAMPLE, "lesson") == {"load_movies": "data.films", "sha256": "core.files"}


def test_every_signature_of_the_course_is_python():
    for module in read_modules(ROOT / "genre_tutorial", ROOT / "nbs"):
        for node in module.nodes:
            text = signature(node)
            if isinstance(node, ast.FunctionDef):
                shown, written = ast.parse(f"def {text}: ...").body[0], node
                assert ast.dump(shown.args) == ast.dump(written.args), (module.name, node.name)
            assert all(len(line) <= 100 for line in text.splitlines()), text


# Workflows, on a fresh clone


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """What a clone would hold: everything that git doesn't ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    folder = tmp_path_factory.mktemp("clone")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


def differs_from_constraints():
    """Packages whose version here isn't the one of constraints.txt."""
    from importlib.metadata import PackageNotFoundError, version

    found = []
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        name, _, wanted = line.partition(" ")[0].partition("==")
        try:
            found += [name] if wanted and version(name) != wanted else []
        except PackageNotFoundError:
            found.append(name)
    return found


def ready_for_quarto(clone):
    """Quarto isn't here; what it reads before it makes anything must be."""
    assert (clone / "_quarto-published.yml").is_file()
    for _, address in sidebar(CONFIG["website"]["sidebar"]["contents"]):
        assert (clone / address).is_file(), address
    for page in [clone / "index.qmd", *clone.glob("site/*.qmd")]:
        for name in re.findall(r"\{\{< include (\S+) >\}\}", page.read_text(encoding="utf-8")):
            assert (page.parent / name).is_file(), name
    assert "mybinder.org/v2/gh/anna/course" in (clone / "site" / "_launch.qmd").read_text("utf-8")


def shell(command, folder, extra):
    """Run a step as GitHub does."""
    given = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    told = {"cwd": folder, "env": given | extra, "capture_output": True, "text": True}
    done = subprocess.run(["bash", "-e", "-c", command], **told)
    return done.returncode, done.stdout + done.stderr


PIP = {"PIP_DRY_RUN": "1", "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
JOBS = [("tests.yml", "tests"), ("site.yml", "render"), ("site.yml", "colab")]


@pytest.mark.skipif(sys.platform == "win32", reason="the steps are written for bash")
@pytest.mark.parametrize("file, job", JOBS)
def test_what_a_workflow_runs_runs_on_a_fresh_clone(file, job, clone, tmp_path):
    """Packages are looked up but not fetched, pytest collects one chapter, a push stays here."""
    steps = yaml.safe_load((clone / ".github" / "workflows" / file).read_text("utf-8"))["jobs"][job]
    bare = tmp_path / "github.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
    github = "https://x-access-token:secret@github.com/anna/course.git"
    extra = {
        "PYTHONPATH": str(clone),
        "GITHUB_REPOSITORY": "anna/course",
        "GITHUB_REF_NAME": "main",
        "GITHUB_SHA": ANNA.commit,
        "RUNNER_TEMP": str(tmp_path),
        "TOKEN": "secret",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{bare}.insteadOf",
        "GIT_CONFIG_VALUE_0": github,
        "PYTEST_ADDOPTS": "--collect-only -q -n 0 -p no:cacheprovider nbs/14_your_own.ipynb",
    }
    commands = [step["run"] for step in steps["steps"] if "run" in step]
    assert commands
    for command in commands:
        if command == "quarto render":
            ready_for_quarto(clone)
            continue
        folder = tmp_path / "colab" if "git init" in command else clone
        for choice in {"", "--nbval-lax"} if "${{" in command else {""}:
            line = re.sub(r"\$\{\{.*?\}\}", choice, command)
            code, said = shell(line, folder, extra | (PIP if line.startswith("pip ") else {}))
            if code and line.startswith("pip ") and (others := differs_from_constraints()):
                assert any(name.lower() in said.lower() for name in others), said
                continue  # this environment isn't the one of constraints.txt; GitHub's is
            assert code == 0, f"{line}\n{said}"
    if job == "colab":
        command = ["git", "--git-dir", str(bare), "ls-tree", "--name-only", "colab"]
        pushed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        assert set(pushed) == {"README.md", *(path.name for path in CHAPTERS)}


def test_every_job_of_the_workflows_is_run_or_has_nothing_to_run():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
        for name, job in jobs.items():
            runs = any("run" in step for step in job["steps"])
            assert runs == ((path.name, name) in JOBS), (path.name, name)


ONLY = """
import sys
allowed = {*sys.stdlib_module_names, "genre_tutorial", "platformdirs", "PIL"}

class OnlyThese:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in allowed:
            raise ImportError(f"{name} isn't installed where the site is made")

sys.meta_path.insert(0, OnlyThese())
from genre_tutorial.apps.site import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("command", ["pages", "colab"])
def test_what_the_workflows_call_needs_no_library_of_the_lessons(command, clone, tmp_path):
    """The filter itself: see test_pages.py."""
    called = [sys.executable, "-c", ONLY, command, *([str(tmp_path)] if command == "colab" else [])]
    given = os.environ | {"PYTHONPATH": str(clone), "GITHUB_REPOSITORY": "anna/course"}
    done = subprocess.run(called, cwd=clone, env=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-800:]


def test_notebooks_for_colab_install_what_was_tested(tmp_path):
    copies = write_colab(ROOT / "nbs", tmp_path, ANNA)
    assert [path.name for path in copies] == [path.name for path in CHAPTERS]
    for path, original in zip(copies, CHAPTERS, strict=True):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        install = notebook.cells[2].source
        assert (
            f"genre-tutorial[pretrained] @ git+https://github.com/anna/course@{ANNA.commit}"
            in install
        )
        raw = f"https://raw.githubusercontent.com/anna/course/{ANNA.commit}/constraints.txt"
        assert install.endswith(f"-c {raw}") and (ROOT / "constraints.txt").is_file()
        first = nbformat.read(original, as_version=4).cells
        assert [cell.source for cell in notebook.cells[3:]] == [cell.source for cell in first[1:]]
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "mybinder.org/v2/gh/anna/course" in page
    for path in CHAPTERS:
        assert f"colab.research.google.com/github/anna/course/blob/colab/{path.name}" in page


@pytest.mark.parametrize(
    "arguments, said", [(["colab"], "Name the folder"), (["colab", "x"], "GITHUB_REPOSITORY")]
)
def test_the_command_for_colab_refuses_in_one_sentence(arguments, said, tmp_path):
    given = os.environ | {"PYTHONPATH": str(ROOT), "GITHUB_REPOSITORY": ""}
    command = [sys.executable, "-m", "genre_tutorial.apps.site", *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and said in done.stderr
    assert not (tmp_path / "x").exists()


def test_notebooks_is_what_the_site_renders():
    listed = {address for _, address in sidebar(CONFIG["website"]["sidebar"]["contents"])}
    assert {path.relative_to(ROOT).as_posix() for path in NOTEBOOKS} <= listed


# Looked at in a browser


@pytest.mark.browser
@pytest.mark.parametrize("name", ["reference", "bibliography", "reference/models/features"])
def test_made_pages_fit_every_width(name, browser, tmp_path):  # noqa: F811
    page = opened(browser, tmp_path / "page.html", whole_page(SITE / f"{name}.qmd"), WIDTHS[0])
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found = page.evaluate(MEASURE)
        assert found["cut"] == [] and found["unreached"] == [] and found["sideways"] <= 0, width
    page.close()
