"""The pages as a browser lays them out: nothing from elsewhere, no line cut, a page to read."""

import json
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent.parent))
from docs_tools import NOTEBOOKS, ROOT, filtered, html, whole_page

from genre_tutorial.apps import shorten, unfold
from genre_tutorial.apps.outputs import says_nothing
from genre_tutorial.apps.site import filter_notebook, main
from genre_tutorial.apps.widths import fitting
from genre_tutorial.course.exercises import exercises
from genre_tutorial.course.figures.ch06 import explore_fit
from genre_tutorial.course.quiz import unfolding

LESSONS = [path for path in NOTEBOOKS if path.match("nbs/[0-9]*.ipynb")]
PLAIN_PAGES = [path for path in NOTEBOOKS if path.parent.name in ("nbs", "appendix")]
ROOT_PAGES = [ROOT / "index.qmd", ROOT / "404.qmd"]
PAGES_TO_LOOK_AT = [*PLAIN_PAGES, *ROOT_PAGES, *sorted(ROOT.glob("site/[a-z]*.qmd"))]
LARGE = 200_000  # bytes of a notebook of the engine; smaller ones can't make a heavy page
WIDTHS = (1440, 800, 390)  # a laptop, half of it, a phone
HEAVIEST = 1_500_000  # bytes of a page
WIDGET = "application/vnd.jupyter.widget-view+json"
CALLS = re.compile(r"\b(?:explore_\w+|try_any|read_mistakes)\(")
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)


def name(path):
    """For test ids."""
    return path.stem


def outputs_of(notebook):
    """All outputs of a notebook."""
    return [output for cell in notebook["cells"] for output in cell.get("outputs", [])]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_no_output_makes_quarto_load_a_library(path):
    """It takes HTML and widgets for programs, and fetches require.js and jQuery for them."""
    for output in outputs_of(filtered(path)):
        if output["output_type"] == "stream":
            assert output["name"] == "stdout"
            continue
        (kind,) = output["data"]
        assert kind in ("text/plain", "text/markdown")
        if kind == "text/markdown":
            assert "<script" not in output["data"][kind]
    assert "widgets" not in filtered(path)["metadata"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_output_says_something(path):
    shown = [output for output in outputs_of(filtered(path)) if output["output_type"] != "stream"]
    assert not any(map(says_nothing, shown))
    assert "<progress" not in json.dumps(shown)


def test_html_reaches_the_page_as_a_raw_block():
    output = {"output_type": "display_data", "data": {"text/html": "<b>x</b>"}}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "x", "outputs": [output]}
    shown = filter_notebook({"cells": [cell], "metadata": {}}, quizzes={})
    assert [list(output["data"]) for output in outputs_of(shown)] == [["text/markdown"]]


LIGHT = """
import sys
allowed = {{*sys.stdlib_module_names, "genre_tutorial", {packages}}}
class OnlyThese:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in allowed:
            raise ImportError(f"{{name}} isn't installed where the site is made")
sys.meta_path.insert(0, OnlyThese())
from genre_tutorial.apps.site import main
sys.exit(main([]))
"""


@pytest.mark.parametrize("packages", ["'platformdirs', 'PIL'", "'platformdirs'"])
def test_the_filter_needs_no_library_of_the_lessons(packages):
    """The render job installs two packages; without Pillow the pictures are larger, no more."""
    path = ROOT / "nbs" / "06_deep_learning.ipynb"
    done = subprocess.run(
        [sys.executable, "-c", LIGHT.format(packages=packages)],
        input=path.read_bytes(),
        cwd=path.parent,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()[-500:]
    made, here = json.loads(done.stdout), filtered(path)
    assert [c["cell_type"] for c in made["cells"]] == [c["cell_type"] for c in here["cells"]]
    assert ("image/webp" in json.dumps(made)) == ("PIL" in packages)
    if "PIL" in packages:
        assert made == json.loads(json.dumps(here))


def test_the_render_job_installs_only_what_the_filter_imports():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "site.yml").read_text())
    commands = [step.get("run", "") for step in workflow["jobs"]["render"]["steps"]]
    installs = [command for command in commands if "pip install" in command]
    assert installs == [
        "pip install platformdirs pillow -c constraints.txt && pip install -e . --no-deps"
    ]


def test_every_quiz_of_the_site_is_the_one_of_the_course():
    quizzes = unfold.read_quizzes(ROOT / "genre_tutorial")
    asked = {number: e for number, e in exercises().items() if e.options}
    assert quizzes.keys() == asked.keys()
    for number, exercise in asked.items():
        assert unfolding(quizzes[number]) == unfolding(exercise)


def test_every_figure_with_controls_says_where_they_move():
    figures = ROOT / "genre_tutorial" / "course" / "figures"
    made = []
    for file in figures.glob("ch*.py"):
        text = file.read_text(encoding="utf-8")
        for part in re.split(r"^(?=def )", text, flags=re.M):
            if "live_figure(" in part:
                made.append(re.match(r"def (\w+)", part)[1])
    assert len(made) >= 14
    for function in made:
        assert unfold.PLAYS.search(f"{function}(x)"), function
        assert unfold.PLAYS.search(f"display(figure, ch06.{function}(x))"), function
    for path in LESSONS:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        shows = [source for source in sources if re.search(rf"\b({'|'.join(made)})\(", source)]
        text = json.dumps(outputs_of(filtered(path)), ensure_ascii=False)
        notes = [text.count(note) for note in (unfold.TO_PLAY, unfold.TO_OPEN)]
        assert sum(notes) == len(shows), path.name


def test_a_figure_with_controls_is_a_picture_on_the_site():
    bundle = explore_fit(np.arange(3), np.array([0, 1, 1]), w=0.5, b=-2.0)._repr_mimebundle_()
    output = {"output_type": "execute_result", "data": bundle, "metadata": {}}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [output]}
    cells = [cell | {"source": "explore_fit(x, y)"}]
    (shown,) = filter_notebook({"cells": cells, "metadata": {}}, quizzes={})["cells"]
    picture, note = (output["data"]["text/markdown"] for output in shown["outputs"])
    assert "<img" in picture and "w = 0.50" in picture.split("src=")[0], "its own words"
    assert "genre-tutorial lab" in note


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_every_figure_with_controls_is_stored_with_its_picture(path):
    """An output that is older than the code shows readers of the site nothing."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        calls = CALLS.findall("".join(cell["source"])) if cell["cell_type"] == "code" else []
        stored = [output.get("data", {}) for output in cell.get("outputs", [])]
        moving = [data for data in stored if WIDGET in data and "text/html" not in data]
        assert len(moving) == len(calls), "".join(cell["source"])
        assert all("image/png" in data for data in moving), "".join(cell["source"])


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_what_only_runs_is_folded(path):
    """Imports and tests open on a click, docstrings are summaries, and code stays valid Python."""
    for cell in filtered(path)["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code":
            continue
        label = shorten.fold_label(source, "text" if cell["outputs"] else "")
        assert ("#| code-fold: true" in source) == bool(label), source[:200]
        assert shorten.short_docstrings(source)[0] == source
    before = json.loads(path.read_text(encoding="utf-8"))
    for cell in before["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and shorten.parsed(source):
            assert shorten.parsed(shorten.short_docstrings(source)[0]), source[:200]


@pytest.mark.parametrize("path", PLAIN_PAGES, ids=name)
def test_a_fold_says_what_it_holds(path):
    labels = []
    for cell in filtered(path)["cells"]:
        found = re.search(r'^#\| code-summary: "(.*)"$', "".join(cell["source"]), re.M)
        labels.append(found[1] if found else "")
    assert "Code" not in labels
    assert ("Imports", "Imports") not in list(pairwise(labels))


def test_printed_columns_stay_columns():
    path = ROOT / "nbs" / "04_svm_naive_bayes.ipynb"
    shown = [
        output.get("data", {}).get("text/markdown", "") for output in outputs_of(filtered(path))
    ]
    (report,) = [text for text in shown if "f1-score" in text]
    assert '<pre class="in-columns" tabindex="0"' in report and "macro avg" in report


def test_the_last_step_fits_the_pages_and_puts_the_chapters_beside_them(tmp_path, monkeypatch):
    page = tmp_path / "nbs" / "a.html"
    page.parent.mkdir()
    text = '<p>é</p><table><tr><td>1</td></tr></table><img src="a.png">'
    page.write_text(f"<main>{text}</main>", encoding="utf-8")
    monkeypatch.chdir(ROOT / "site")
    monkeypatch.setenv("QUARTO_PROJECT_OUTPUT_DIR", str(tmp_path))
    assert main(["finish"]) == 0
    text = page.read_text(encoding="utf-8")
    assert "table-box" in text and "full size" in text and "<p>é</p>" in text
    assert (tmp_path / "nbs" / "00_movies.ipynb").is_file()
    assert fitting(text) == text


@pytest.mark.parametrize("path", PLAIN_PAGES, ids=name)
def test_a_page_that_was_fitted_stays_as_it_is(path):
    page = html(path, colours=True)
    assert fitting(page) == page


@pytest.mark.parametrize(
    "path",
    [path for path in NOTEBOOKS if path in PLAIN_PAGES or path.stat().st_size > LARGE],
    ids=name,
)
def test_no_page_is_heavy(path):
    assert len(whole_page(path).encode()) < HEAVIEST


MEASURE = """() => {
  const screen = document.documentElement.clientWidth;
  const called = e => e.tagName.toLowerCase() + '.' + e.className + ' '
    + e.textContent.trim().slice(0, 60);
  const folded = e => e.closest('details:not([open])') && !e.closest('summary');
  const boxed = e => e.closest('.table-box, .formula, .in-columns');
  const cut = [], unreached = [], scrolled = [];
  for (const e of document.querySelectorAll('main, main *')) {
    const look = getComputedStyle(e);
    if (folded(e) || look.display.startsWith('inline') || !e.clientWidth) continue;
    const over = e.scrollWidth > e.clientWidth + 1 && look.overflowX !== 'visible';
    const out = over || e.getBoundingClientRect().right > screen + 1;
    if (!boxed(e)) { if (out) cut.push(called(e)); }
    else if (e === boxed(e) && over) {
      scrolled.push(called(e));
      if (e.tabIndex < 0) unreached.push(called(e));
    }
  }
  const parts = (root, pattern) => {
    const found = [], walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) for (const match of walker.currentNode.data.matchAll(pattern)) {
      const range = document.createRange();
      range.setStart(walker.currentNode, match.index);
      range.setEnd(walker.currentNode, match.index + match[0].length);
      const lines = new Set([...range.getClientRects()].map(box => Math.round(box.top / 4)));
      if (lines.size > 1) found.push(match[0]);
    }
    return found;
  };
  const cells = [...document.querySelectorAll('main td, main th')].filter(e => !folded(e));
  const torn = cells.flatMap(cell => parts(cell, /[\\p{L}\\p{N}_.]+/gu));
  for (const sign of document.querySelectorAll('main pre .op')) {
    if (!folded(sign) && sign.getClientRects().length > 1) torn.push(sign.textContent);
  }
  const left = [];
  for (const line of document.querySelectorAll('main pre > code.sourceCode > span')) {
    if (folded(line) || !line.textContent.trim()) continue;
    const range = document.createRange(), boxes = [];
    range.selectNodeContents(line);
    for (const box of range.getClientRects()) if (box.width) boxes.push(box);
    if (!boxes.length) continue;
    const look = getComputedStyle(line), width = parseFloat(look.fontSize) * 0.6;
    const start = line.getBoundingClientRect().left + parseFloat(look.paddingLeft)
      + parseFloat(look.textIndent) + line.textContent.match(/^ */)[0].length * width;
    const below = boxes.filter(box => box.top > boxes[0].top + boxes[0].height / 2);
    if (below.some(box => box.left < start + 1)) left.push(line.textContent.trim().slice(0, 60));
  }
  let code = 0;
  for (const e of document.querySelectorAll('main div.sourceCode')) {
    if (!e.parentElement.closest('div.sourceCode')) code += e.getBoundingClientRect().height;
  }
  return {
    cut, unreached, scrolled, torn, left,
    sideways: document.scrollingElement.scrollWidth - screen,
    code: code / document.querySelector('main').getBoundingClientRect().height,
  }
}"""


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    if CHROMIUM is None:
        pytest.skip("no Chromium; on Debian: apt-get install chromium")
    with sync_api.sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def opened(browser, file, html, width):
    """A page of this HTML in a window of this width."""
    file.write_text(html, encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.set_default_timeout(120_000)
    page.goto(file.as_uri())
    return page


@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES_TO_LOOK_AT, ids=name)
def test_no_line_is_cut_and_nothing_scrolls_sideways(path, browser, tmp_path):
    page = opened(browser, tmp_path / "page.html", whole_page(path), WIDTHS[0])
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found = page.evaluate(MEASURE)
        assert found["cut"] == [], width
        assert found["unreached"] == [], f"{width}: it scrolls, and no key gets there"
        assert found["scrolled"] == [] or width < WIDTHS[0], "a laptop has room for all of it"
        assert found["torn"] == [], f"{width}: broken inside a word or a sign"
        assert found["left"] == [], f"{width}: a line of code goes on left of where it began"
        assert found["sideways"] <= 0, width
        assert found["code"] < 0.5 or path not in LESSONS, f"{found['code']:.0%} of it is code"
    page.close()


@pytest.mark.browser
def test_a_line_that_is_cut_is_noticed(browser, tmp_path):
    """Each way in which a page of the first edition was too wide."""
    kinds = {
        "code": "<pre><code class='sourceCode'>{}</code></pre>",
        "table": "<table><tr><td>{}</td></tr></table>",
        "word": "<p>{}</p>",
    }
    for kind, form in kinds.items():
        html = f"<main>{form.format('x' * 400)}</main>"
        page = opened(browser, tmp_path / f"{kind}.html", html, 390)
        found = page.evaluate(MEASURE)
        page.close()
        assert found["cut"] or found["sideways"] > 0, kind


@pytest.mark.browser
def test_what_is_torn_or_goes_left_is_noticed(browser, tmp_path):
    style = (
        "pre, code { white-space: pre-wrap; font-family: monospace; font-size: 16px }"
        "code > span { display: inline-block; padding-left: 10ch; text-indent: -10ch }"
    )
    line = f"<pre><code class='sourceCode'><span>{' ' * 16}{'word ' * 40}</span></code></pre>"
    cell = f"<table style='width: 9em; table-layout: fixed'><td>{'x' * 60}</td></table>"
    sign = "<pre style='width: 1ch; overflow-wrap: anywhere'><span class='op'>-></span></pre>"
    wrapped = "td { overflow-wrap: anywhere }"
    text = f"<style>{style}{wrapped}</style><main>{line}{cell}{sign}</main>"
    page = opened(browser, tmp_path / "page.html", text, 390)
    found = page.evaluate(MEASURE)
    page.close()
    assert len(found["left"]) == 1 and found["torn"] == ["x" * 60, "->"]


@pytest.mark.browser
def test_a_figure_is_shown_in_full_size_on_a_phone(browser, tmp_path):
    """With a finger or a key, in a box of its own; a laptop needs no such thing."""
    text = whole_page(ROOT / "nbs" / "06_deep_learning.ipynb")
    page = opened(browser, tmp_path / "page.html", text, 390)
    figure = page.locator(".picture").first
    natural = figure.evaluate("box => box.querySelector('img').naturalWidth")
    assert figure.evaluate("box => box.scrollWidth") < 390 < natural
    figure.locator("input").check()
    assert figure.evaluate("box => box.scrollWidth") == natural
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1440, "height": 900})
    assert not figure.locator("label").is_visible()
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("place", range(len(PAGES_TO_LOOK_AT)))
def test_axe_finds_nothing_serious(place, browser, tmp_path):
    """Half of the pages in light on a laptop, half in dark on a phone, everything unfolded."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    theme, width = (("light", 1440), ("dark", 390))[place % 2]
    html = whole_page(PAGES_TO_LOOK_AT[place], theme)
    page = opened(browser, tmp_path / "page.html", html, width)
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    found = axe.Axe().run(page).response["violations"]
    page.close()
    assert [
        f"{v['id']}: {v['nodes'][0]['html'][:100]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ] == []
