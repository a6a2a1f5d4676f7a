"""The site without Quarto: what it lists is there, every page renders, links lead somewhere,
nothing is loaded from elsewhere, everybody can read it.
"""

import json
import re
import subprocess
import sys
from configparser import ConfigParser
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent.parent))
from docs_tools import MODULE_PAGES, NOTEBOOKS, PAGES, ROOT, filtered, html, markdown

from genre_tutorial.apps.definitions import exported
from genre_tutorial.apps.outputs import is_wide, text_of
from genre_tutorial.apps.reference import name_addresses, page_of
from genre_tutorial.apps.site import glossary_terms

REFERENCE = ROOT / "site" / "reference.qmd"
INDEX = ROOT / "index.qmd"
BIBLIOGRAPHY = ROOT / "site" / "bibliography.qmd"
EVERY = [INDEX, *NOTEBOOKS, *PAGES, REFERENCE, BIBLIOGRAPHY]
CHAPTERS = [path for path in NOTEBOOKS if path.match("nbs/[0-9]*.ipynb")]


def name(path):
    """For test ids."""
    return path.stem


def own_file(page, source):
    """Whether an address names a file of the project, seen from a page."""
    return (
        ":" not in source
        and not source.startswith("/")
        and (page.parent / source).resolve().is_relative_to(ROOT)
        and (page.parent / source).is_file()
    )


class Page(HTMLParser):
    """Headings, links, images and anchors of a page."""

    def __init__(self, text):
        super().__init__()
        self.headings, self.links, self.images, self.ids, self.loaded, self._link = (
            [],
            [],
            [],
            set(),
            [],
            None,
        )
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids |= {given["id"]} if "id" in given else set()
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "a":
            self._link = [given.get("href"), ""]
        if tag == "img":
            self.images.append(given)
        self.loaded += [given[key] for key in ("src", "data", "poster") if key in given] + (
            [given["href"]] if tag == "link" else []
        )

    def handle_data(self, data):
        if self._link:
            self._link[1] += data

    def handle_endtag(self, tag):
        if tag == "a" and self._link:
            self.links.append(tuple(self._link))
            self._link = None


@pytest.fixture(scope="module")
def pages():
    """Every page, parsed."""
    return {path: Page(html(path)) for path in [*EVERY, *MODULE_PAGES]}


def test_every_file_quarto_lists_exists_and_every_page_is_listed():
    config = yaml.safe_load((ROOT / "_quarto.yml").read_text(encoding="utf-8"))
    listed = set(re.findall(r"[\w/]+\.(?:ipynb|qmd)", json.dumps(config["website"])))
    assert listed == {path.relative_to(ROOT).as_posix() for path in EVERY}
    assert (
        config["ipynb-filters"] == ["python -m genre_tutorial.apps.site"]
        and config["project"]["output-dir"] == "_docs"
    )
    themes = [
        part
        for theme in config["format"]["html"]["theme"].values()
        for part in theme
        if part.endswith(".scss")
    ]
    assert themes and all(
        (ROOT / part).is_file() and "$web-font-path: false" in (ROOT / part).read_text()
        for part in themes
    )
    assert config["format"]["html"]["html-math-method"] == "mathml"


def test_workflows_cover_what_the_course_promises():
    tests, site = (
        yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
        for name in ("tests.yml", "site.yml")
    )
    config = ConfigParser(delimiters=["="])
    config.read(ROOT / "settings.ini")
    least, most = (
        int(config["DEFAULT"][key].split(".")[1]) for key in ("min_python", "max_python")
    )
    matrix = tests["jobs"]["tests"]["strategy"]["matrix"]
    assert matrix["python"] == [f"3.{minor}" for minor in range(least, most)]
    assert {system.split("-")[0] for system in matrix["os"]} == {"ubuntu", "macos", "windows"}
    commands = [
        step.get("run", "")
        for job in (*tests["jobs"].values(), *site["jobs"].values())
        for step in job["steps"]
    ]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert (
        'pip install -e ".[dev,pretrained,serve]" -c constraints.txt' in commands
        and 'pip install -e ".[dev,pretrained,serve]" -c constraints.txt && pytest' in readme
    )
    assert (
        any(command.startswith("pytest") for command in commands)
        and "quarto render" in commands
        and all("permissions" in workflow for workflow in (tests, site))
    )
    assert (ROOT / ".binder" / "requirements.txt").read_text().split() == [
        "-c",
        "../constraints.txt",
        "-e",
        ".[pretrained]",
    ]
    assert "quarto-cli" in config["DEFAULT"]["docs_requirements"]


def test_the_filter_is_a_command_that_quarto_can_run():
    path = CHAPTERS[2]
    done = subprocess.run(
        [sys.executable, "-m", "genre_tutorial.apps.site"],
        input=path.read_bytes(),
        cwd=path.parent,
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == json.loads(json.dumps(filtered(path)))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_the_filter_hides_machinery_and_keeps_outputs(path):
    shown, before = filtered(path), json.loads(path.read_text(encoding="utf-8"))
    assert all(isinstance(cell["source"], list) for cell in shown["cells"])
    assert not any(
        "widget-view" in kind
        for cell in shown["cells"]
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
    ) and not any(
        "(children=" in text_of(output.get("data", {}).get("text/plain", ""))
        for cell in shown["cells"]
        for output in cell.get("outputs", [])
    )
    assert not any(
        re.search(r"^#\|\s*default_exp", "".join(cell["source"]), re.M)
        for cell in shown["cells"]
        if cell["cell_type"] == "code"
    )
    assert not any(
        re.search(r"^#\|\s*export|^# NBVAL", "".join(cell["source"]), re.M)
        for cell in shown["cells"]
        if cell["cell_type"] == "code"
    )
    pictures = sum(
        "image/png" in output.get("data", {})
        for cell in before["cells"]
        for output in cell.get("outputs", [])
        if not re.search(r"^#\|\s*hide\b", "".join(cell["source"]), re.M)
    )
    assert (
        sum(
            "<img" in output.get("data", {}).get("text/markdown", "")
            and "base64" in output["data"]["text/markdown"]
            for cell in shown["cells"]
            for output in cell.get("outputs", [])
        )
        == pictures
    )


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_a_quiz_unfolds_and_an_exercise_says_where_it_is_checked(path):
    before = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in before if cell["cell_type"] == "code"]
    quizzes = [source for source in sources if re.search(r"^quiz\(", source, re.M)]
    checks = [source for source in sources if re.search(r"^check\(", source, re.M)]
    page = html(path)
    assert quizzes and checks and page.count("<details class='quiz'>") >= 2 * len(quizzes)
    assert page.count("<summary>") == page.count("</details>")
    assert page.count("Open this chapter in JupyterLab to check your answer") == len(checks)
    assert "not answered yet" not in page and "Think first" not in page
    raw = [cell for cell in filtered(path)["cells"] if cell["cell_type"] == "raw"]
    assert len(raw) == len(quizzes) and not any("](" in "".join(c["source"]) for c in raw)


def test_wide_figures_may_leave_the_column():
    for path in CHAPTERS:
        before = {
            cell["id"]: any(map(is_wide, cell.get("outputs", [])))
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        }
        assert {
            cell["id"]: "#| column: page\n" in cell["source"]
            for cell in filtered(path)["cells"]
            if cell["cell_type"] == "code"
        }.items() <= before.items()
    assert any(
        "#| column: page\n" in cell["source"]
        for path in CHAPTERS
        for cell in filtered(path)["cells"]
    )


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_one_title_and_nested_headings(path, pages):
    headings = pages[path].headings
    assert headings.count(1) == 1 and headings[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(headings)), headings


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_every_image_says_what_it_shows(path, pages):
    for image in pages[path].images:
        assert len(image.get("alt") or "") > 15, image.get("src", "")[:60]


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_nothing_is_loaded_from_elsewhere(path, pages):
    assert [
        source[:60]
        for source in pages[path].loaded
        if not source.startswith("data:") and not own_file(path, source)
    ] == []
    assert "<script" not in html(path)


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_internal_links_and_anchors_resolve(path, pages):
    for target, text in pages[path].links:
        assert text.strip() and text.strip().lower() not in ("here", "click here", "link"), (
            target,
            text,
        )
        if re.match(r"https?:|mailto:", target):
            continue
        file, _, anchor = target.partition("#")
        other = (path.parent / unescape(file)).resolve() if file else path
        assert other in pages or other.is_file(), target
        if anchor and other in pages:
            assert anchor in pages[other].ids, target


def test_every_exported_name_is_in_the_reference(pages):
    package = ROOT / "genre_tutorial"
    for file in package.rglob("[a-z]*.py"):
        module = ".".join(file.relative_to(package).with_suffix("").parts)
        for node in exported(file.read_text(encoding="utf-8")):
            assert node.name in pages[ROOT / "site" / page_of(module)].ids


def test_lessons_and_reference_link_both_ways(pages):
    assert len(name_addresses(ROOT / "genre_tutorial")) > 100
    for path in CHAPTERS:
        assert any("site/reference/" in target for target, _ in pages[path].links), path.name
        back = [target for page in MODULE_PAGES for target, _ in pages[page].links]
        assert any(path.name in target for target in back)


def test_every_defect_of_the_origin_has_its_section_and_what_it_left_open(pages):
    page = ROOT / "site" / "then_and_now.qmd"
    assert pages[page].headings.count(2) == 16
    sections = re.split(r"^## ", markdown(page), flags=re.M)[1:]
    for number, part in enumerate(sections, start=1):
        between = "**Why it broke.**" if number <= 11 else "**What was open.**"
        assert part.startswith(f"{number}. ")
        assert all(words in part for words in ("**Then.**", between, "**Now.**", ".ipynb#"))


def test_every_glossary_term_is_used_and_linked(pages):
    terms = glossary_terms(markdown(ROOT / "site" / "glossary.qmd"))
    linked = {
        target.split("#")[1]
        for path in NOTEBOOKS
        for target, _ in pages[path].links
        if "glossary.qmd#" in target
    }
    assert len(terms) >= 35 and set(terms.values()) == linked


def test_a_link_means_what_it_says(pages):
    """A map isn't mAP, a lead isn't a lift, and a variable isn't a function of that name."""
    terms = {
        anchor: term.strip("*")
        for term, anchor in glossary_terms(markdown(ROOT / "site" / "glossary.qmd")).items()
    }
    named = {term for term in terms.values() if any(map(str.isupper, term[1:]))}
    assert len(named) >= 4
    for path in NOTEBOOKS:
        for target, text in pages[path].links:
            if "glossary.qmd#" in target and terms[target.split("#")[1]] in named:
                term = terms[target.split("#")[1]]
                shown = " ".join(text.split())
                assert shown[1:] in (term[1:], f"{term[1:]}s"), (path.name, shown)
    variables = {"00": "labels", "05": "difference", "07": "predict", "10": "train"}
    for path in CHAPTERS:
        assert variables.get(path.name[:2]) not in [text for _, text in pages[path].links]
    defined = [text for _, text in pages[CHAPTERS[5]].links]
    assert "evaluate" in defined and "compare" in defined


@pytest.mark.parametrize(
    "path", [path for path in NOTEBOOKS if "engine" not in path.parts], ids=name
)
def test_a_name_of_a_library_links_to_nothing_of_ours(path, pages):
    """Chapter 7 speaks of Keras's preprocess_input and imports that of Lite0 as well."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells)
    imports = re.findall(r"^ *from (?!genre_tutorial)\S+ import ([\w, ]+)$", text, re.M)
    foreign = {name.strip() for line in imports for name in line.split(",")}
    ours = [text for target, text in pages[path].links if "site/reference/" in target]
    assert not foreign & {name.removesuffix("()") for name in ours}
    if path.name.startswith("07"):
        assert "preprocess_input" in foreign & set(name_addresses(ROOT / "genre_tutorial"))


def test_pages_that_a_notebook_speaks_of_are_links(pages):
    targets = [target for target, _ in pages[ROOT / "nbs" / "start.ipynb"].links]
    assert {"../site/troubleshooting.qmd", "../index.qmd#start"} <= set(targets)


def test_files_that_pages_link_to_are_copied_to_the_site(pages):
    """Quarto copies pictures by itself; other files only if they are listed."""
    config = yaml.safe_load((ROOT / "_quarto.yml").read_text(encoding="utf-8"))
    plain = set()
    for path in pages:
        for target, _ in pages[path].links:
            file = target.partition("#")[0]
            if file and ":" not in target and Path(file).suffix not in (".qmd", ".ipynb"):
                plain.add((path.parent / file).resolve().relative_to(ROOT).as_posix())
    assert "CHANGELOG.md" in plain and plain <= set(config["project"]["resources"])


def test_the_page_without_code_shows_itself_at_work(pages):
    page = ROOT / "nbs" / "appendix" / "demo.ipynb"
    (picture,) = pages[page].images
    assert own_file(page, picture["src"]) and "genre-tutorial demo" in html(page)


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_a_chapter_has_objectives_time_take_away_exercises(path):
    text = "".join(
        "".join(cell["source"]) + "\n"
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "markdown"
    )
    for part in ("**You will**", "**You need**", "**Time**", "**Take-away.**", "**Exercise "):
        assert part in text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_holds(theme):
    colours = dict(
        re.findall(r"\$([\w-]+): (#[0-9a-f]{6})", (ROOT / "site" / f"{theme}.scss").read_text())
    )

    def light(colour):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        return sum(
            weight * (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4)
            for weight, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True)
        )

    for front in ("body-color", "link-color", "primary"):
        a, b = sorted([light(colours[front]), light(colours["body-bg"])])
        assert (b + 0.05) / (a + 0.05) >= 4.5, front
