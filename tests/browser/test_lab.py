"""The course in a real browser: JupyterLab and the demo page in headless Chromium.

Without Chromium or Playwright these tests skip: `apt-get install chromium` and `pip install
playwright`.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from genre_tutorial.apps import chapters
from genre_tutorial.core.settings import variables

sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; on Debian: apt-get install chromium"),
]

NBS = Path(__file__).parent.parent.parent / "nbs"
# A browser adds the interactive figures; nbval has run every chapter, also those without.
WITH_FIGURES = [
    path.name
    for path in sorted(NBS.glob("[0-9]*.ipynb"))
    if re.search(r"\b(explore_\w+|try_any)\(", path.read_text(encoding="utf-8"))
]
# Three stand for all unless EVERY_CHAPTER is set; `test_widgets` moves every control.
BROWSED = [
    name
    for name in WITH_FIGURES
    if os.environ.get("EVERY_CHAPTER") or name[:2] in {"00", "03", "06"}
]


def free_port():
    """A port nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def serve(command, port, cwd, log=subprocess.DEVNULL):
    """Start a server in a process of its own and wait until it listens."""
    server = subprocess.Popen(
        command,
        cwd=cwd,
        stdout=log,
        stderr=log,
        env=os.environ | {"TQDM_DISABLE": "1"},
    )
    for _ in range(240):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return server
        except OSError:
            time.sleep(0.5)
    server.kill()
    raise AssertionError(f"{command[:3]} did not start")


def stop(server):
    """Stop a server and its kernels."""
    server.terminate()
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        server.kill()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Address of a JupyterLab on a working copy of the course."""
    from genre_tutorial.apps.chapters import working_copy

    folder, port = tmp_path_factory.mktemp("lab"), free_port()
    working_copy(folder)
    config = tmp_path_factory.mktemp("config")
    os.environ["JUPYTER_CONFIG_DIR"] = os.environ["JUPYTERLAB_SETTINGS_DIR"] = str(config)
    tracker = config / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    tracker.parent.mkdir(parents=True)
    tracker.write_text(
        json.dumps({"windowingMode": "none"})
    )  # every cell is in the page, seen or not
    server = serve(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            f"--ServerApp.port={port}",
            "--ServerApp.ip=127.0.0.1",
            "--IdentityProvider.token=",
            "--ServerApp.password=",
        ],
        port,
        folder,
    )
    yield f"http://127.0.0.1:{port}", folder
    stop(server)


@pytest.fixture
def browser():
    """A browser of this test alone: one that hangs takes no other test with it."""
    with sync_api.sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, request):
    """A page; when the test fails, a screenshot is kept in `browser-failures`."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(180_000)
    failures = request.session.testsfailed
    yield page
    if request.session.testsfailed > failures:
        folder = Path.cwd() / "browser-failures"
        folder.mkdir(exist_ok=True)
        page.screenshot(path=folder / f"{request.node.name}.png")
    page.close()


def open_notebook(page, lab, name):
    """Open a notebook in single-document mode and wait for its kernel."""
    page.goto(f"{lab[0]}/doc/tree/{name}")
    page.wait_for_selector(".jp-Notebook")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.jp-StatusBar-TextItem')].some(e => /ipykernel\\) "
        "\\| Idle/.test(e.textContent))"
    )


def run_all(page, seconds=400):
    """Run all cells and wait until the last one has its number, or one has failed."""
    page.click(".lm-MenuBar-itemLabel:text-is('Run')")
    page.click(".lm-Menu-itemLabel:text-is('Run All Cells')")
    done = """() => {
      const filled = cell => cell.querySelector('.cm-content')?.textContent.trim();
      const prompt = cell => cell.querySelector('.jp-InputPrompt')?.textContent;
      const cells = [...document.querySelectorAll('.jp-CodeCell')].filter(filled);
      const failed = '[data-mime-type="application/vnd.jupyter.error"]';
      return cells.length > 0
        && (/\\[\\d+\\]/.test(prompt(cells.at(-1))) || document.querySelector(failed)) }"""
    page.wait_for_function(done, timeout=seconds * 1000)


def save(page, lab, name):
    """Save and read the notebook back from disk."""
    page.keyboard.press("Control+s")
    time.sleep(2)
    return json.loads((lab[1] / name).read_text(encoding="utf-8"))


@pytest.fixture
def fresh_lab(tmp_path, monkeypatch):
    """Address that a first `genre-tutorial lab` shows, on a computer without any settings."""
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path / "home"))
    started, port = [], free_port()
    monkeypatch.setattr(
        chapters,
        "run_command",
        lambda command, folder, more: started.append((command, folder, more)) or 0,
    )
    options = f"--no-browser --allow-root --ServerApp.port={port} --IdentityProvider.token="
    chapters.lab(tmp_path / "course", jupyter=options.split())
    ((command, folder, more),) = started
    monkeypatch.setattr(os, "environ", os.environ | variables() | more)
    server = serve(command, port, folder)
    yield f"http://localhost:{port}"
    stop(server)


def test_the_start_page_opens_first_and_nothing_is_asked(page, fresh_lab):
    page.goto(fresh_lab)
    page.wait_for_url("**/lab/tree/start.ipynb")
    page.wait_for_selector(".jp-Notebook h1:has-text('Start here')")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.jp-StatusBar-TextItem')].some(e => /ipykernel\\) "
        "\\| Idle/.test(e.textContent))"
    )
    page.wait_for_timeout(3000)  # the question about news used to come after the kernel
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    picture = page.locator(".jp-Notebook img").first
    assert picture.evaluate("e => e.naturalWidth") > 800, "it shows before anything is run"


def test_the_chapters_with_interactive_figures_are_found():
    assert len(WITH_FIGURES) >= 10


@pytest.mark.parametrize("name", BROWSED)
def test_a_chapter_runs_and_its_figures_move(page, lab, name):
    open_notebook(page, lab, name)
    run_all(page)
    cells = [
        cell
        for cell in save(page, lab, name)["cells"]
        if cell["cell_type"] == "code" and "".join(cell["source"]).strip()
    ]
    errors = [
        output["evalue"]
        for cell in cells
        for output in cell["outputs"]
        if output["output_type"] == "error"
    ]
    assert (
        errors == []
        and sum(cell["execution_count"] is not None for cell in cells) >= len(cells) - 2
    )
    move_something(page)


def test_titles_in_a_table_are_no_formulas(page, lab):
    """MathJax sets what a plain table holds, and leaves the course's tables alone."""
    import genre_tutorial.course.exercises  # noqa: F401  sets pandas' option

    table = pd.DataFrame({"title": ["$$", "$9.99 and $5", r"\(x\)", "<b>x</b>"]})
    with pd.option_context("display.html.use_mathjax", True):
        shown = [table._repr_html_()]
    shown.append(table._repr_html_())
    data = [{"text/html": html, "text/plain": "a table"} for html in shown]
    outputs = [nbformat.v4.new_output("display_data", data=content) for content in data]
    cells = [nbformat.v4.new_code_cell("1", outputs=[output]) for output in outputs]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), lab[1] / "titles.ipynb")
    page.goto(f"{lab[0]}/doc/tree/titles.ipynb")
    page.wait_for_selector("table.dataframe mjx-container")  # the plain one is set by now
    tables = page.locator("table.dataframe")
    assert tables.nth(0).locator("mjx-container").count() > 0
    assert tables.nth(1).locator("mjx-container").count() == 0
    assert tables.nth(1).locator("td").all_inner_texts() == table["title"].tolist()


def move_something(page):
    """Press an arrow key on a slider of each interactive figure, or fill its field; the picture
    must change.
    """
    figures = page.locator(".widget-vbox:has(> .widget-html img)")
    assert figures.count() >= 1
    for n in range(figures.count()):
        figure = figures.nth(n)
        figure.scroll_into_view_if_needed()
        picture = figure.locator(".widget-html img").last
        before = picture.get_attribute("src")
        slider, field = (
            figure.locator(".noUi-handle").first,
            figure.locator("textarea, input[type=text]").first,
        )
        if slider.count():
            slider.focus()
            for _ in range(3):
                page.keyboard.press("ArrowRight")
        else:
            field.fill(
                "A queen and a detective hunt a ghost."
                if field.evaluate("e => e.tagName") == "TEXTAREA"
                else "queen"
            )
            field.press("Tab")
        sync_api.expect(picture).not_to_have_attribute("src", before, timeout=60_000)


CELLS = """
from genre_tutorial.course.exercises import check, hint, quiz, reset_progress
reset_progress(2)
quiz("2.1")
---
def share_also(labels, a, b):
    return (labels[a] & labels[b]).mean()


check("2.2", share_also)
---
def share_also(labels, a, b):
    return labels.loc[labels[a], b].mean()


check("2.2", share_also)
---
check("2.4", lambda labels, genre: list(labels)[0])
---
def best_partner(labels, genre):
    while True:
        pass


check("2.4", best_partner)
---
check("2.5", {"all": []})
hint(2.5)
hint("2.77")
"""


def notebook_of(sources):
    """A notebook with these code cells."""
    cells = []
    for number, source in enumerate(sources):
        about = {"id": f"cell{number}", "metadata": {}, "execution_count": None, "outputs": []}
        cells.append({"cell_type": "code", "source": source.strip()} | about)
    kernel = {"name": "python3", "display_name": "python3", "language": "python"}
    about = {"metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return {"cells": cells} | about


def cells_with_each_kind():
    """The examples of the page on exercises, defined, then answered: one of each kind."""
    page = (NBS.parent / "site" / "exercises.qmd").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    answers = """
from genre_tutorial.course.exercises import check, quiz
check("99.2", [2, 1, 0])
check("99.3", lambda labels: labels.astype(int).T @ labels.astype(int))
check("99.4", lambda hits, films: hits / films if films else float("nan"))
check("99.5", lambda scores: sorted(scores, key=scores.get, reverse=True)[:2])
check("99.6", [True, False])
check("99.7", "The score is too optimistic there, and the test should tell of films that are new.")
check("99.8", "A dog finds a treasure map.")
check("99.5", lambda scores: sorted(scores)[:2])
"""
    return [*blocks, answers, 'quiz("99.1")']


def test_an_exercise_is_answered_wrongly_then_rightly(page, lab):
    (lab[1] / "mine.ipynb").write_text(json.dumps(notebook_of(CELLS.split("---\n"))))
    open_notebook(page, lab, "mine.ipynb")
    run_all(page)
    page.wait_for_selector("text=You divided by all films")
    page.wait_for_selector("text=2.2 ✓ Right")
    page.wait_for_selector("text=was stopped after 5 seconds")
    page.wait_for_selector("text=no exercise '2.77'")
    assert page.locator("mark").count() >= 1
    options = page.locator(".widget-radio-box input")
    options.nth(2).check()
    page.wait_for_selector("text=✗ You may blank it out")
    options.nth(1).check()
    page.wait_for_selector("text=✓ A genre always occurs with itself")
    assert page.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0


def test_one_exercise_of_each_kind(page, lab):
    (lab[1] / "kinds.ipynb").write_text(json.dumps(notebook_of(cells_with_each_kind())))
    open_notebook(page, lab, "kinds.ipynb")
    run_all(page)
    for number in range(2, 9):
        page.wait_for_selector(f"text=99.{number} ✓ Right")
    page.wait_for_selector("text=99.5 ✗")
    page.locator(".widget-radio-box input").nth(0).check()
    page.wait_for_selector("text=✗ It is right on every drama")
    page.locator("summary:has-text('Show what is said')").click()
    page.locator("details.quiz summary").nth(2).click()
    page.wait_for_selector("text=It is wrong on every film that is no drama")
    assert page.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0


def test_the_demo_page_classifies_a_typed_plot(page, tmp_path):
    """Ten minutes for the first answer: the page trains seven models and looks at all posters."""
    port = free_port()
    command = [Path(sys.executable).with_name("genre-tutorial"), "demo", "--"]
    with (tmp_path / "log").open("w") as log:
        server = serve([*command, f"--port={port}", "--no-browser"], port, tmp_path, log)
    try:
        said = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", (tmp_path / "log").read_text())
        page.goto(said[0], timeout=600_000)
        field = page.locator("textarea").first
        field.wait_for(timeout=600_000)
        before = page.locator("[role=status]").last.text_content()
        field.fill(
            "A lonely ghost haunts the cellar of an old house, and the children who move in hear "
            "it scream at night."
        )
        field.press("Tab")
        page.wait_for_function(
            "before => [...document.querySelectorAll('[role=status]')].some(e => e.textContent "
            "!== before && /Horror/.test(e.textContent))",
            arg=before,
            timeout=300_000,
        )
        assert "import" not in page.inner_text("body")
    finally:
        stop(server)
