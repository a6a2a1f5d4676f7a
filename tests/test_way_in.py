"""The way in: the start page names what exists, the warm-up's solutions give what they promise."""

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from genre_tutorial.course.exercises import check, exercises
from genre_tutorial.course.figures.start import STEPS
from genre_tutorial.data.films import load_films

NBS = Path(__file__).parent.parent / "nbs"
LESSONS = {int(path.name[:2]): path for path in sorted(NBS.glob("[0-9][0-9]_*.ipynb"))}


def cells(path):
    """(kind, source) of a notebook's cells."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [(cell["cell_type"], "".join(cell["source"])) for cell in found]


def head(path):
    """A lesson's title and minutes."""
    text = cells(path)[0][1]
    return text.splitlines()[0][2:], int(re.search(r"\*\*Time\*\* (\d+) minutes", text)[1])


def page():
    """The start page's text."""
    return "\n".join(text for kind, text in cells(NBS / "start.ipynb") if kind == "markdown")


def test_the_map_has_every_chapter_with_its_title_and_time():
    rows = re.findall(r"^\| \[(\d+)\. (.+?)\]\((.+?)\) \| .{20,} \| (\d+) min \|$", page(), re.M)
    shown = {int(n): (f"{n}. {title}", file, int(time)) for n, title, file, time in rows}
    titles = {number: head(path) for number, path in LESSONS.items()}
    assert shown == {n: (titles[n][0], path.name, titles[n][1]) for n, path in LESSONS.items()}


def test_what_is_not_written_yet_is_marked():
    coming = {
        int(number) for number in re.findall(r"^\| (\d+)\. .+?\*\(coming\)\* \|", page(), re.M)
    }
    assert coming == set(range(15)) - set(LESSONS)


def test_the_routes_take_what_they_promise():
    two_hours, weekend = re.findall(
        r"^\| \*\*(?:two hours|a weekend)\*\* \| (.+?) \|", page(), re.M
    )
    minutes = {number: head(path)[1] for number, path in LESSONS.items()}
    short = [int(number) for number in re.findall(r"\[(\d+)\]", two_hours)]
    assert 90 <= sum(minutes[number] for number in short) <= 150
    assert "chapters 0 to 10" in weekend
    assert 5 * 60 <= sum(minutes[number] for number in range(11)) <= 12 * 60


def test_the_picture_names_every_chapter_but_the_first():
    assert sorted(sum(STEPS.values(), [])) == sorted(set(LESSONS) - {0})


def stored(path):
    """The texts that a notebook's cells showed when it was last run."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            yield "".join(output.get("data", {}).get("text/plain", ""))


def test_the_stored_progress_counts_the_exercises_that_exist():
    number = Counter(int(exercise.chapter) for exercise in exercises().values())
    lines = [f"Chapter {n}: 0 of {number[n]}. Begin with {n}.1." for n in sorted(number)]
    shown = [text for text in stored(NBS / "start.ipynb") if text.startswith("Chapter ")]
    assert shown == lines
    for n, path in LESSONS.items():
        assert f"Chapter {n}: 0 of {number[n]}. Begin with {n}.1." in stored(path), path.name


def test_the_front_pages_count_what_there_is():
    films, many = len(load_films("openplots").table), len(exercises())
    root = NBS.parent
    readme, front = ((root / name).read_text("utf-8") for name in ("README.md", "index.qmd"))
    assert f"{films:,} films" in readme
    for text in (readme, front):
        assert "Fifteen chapters" in text and len(LESSONS) == 15
        assert "over a hundred exercises" in text.lower() and 100 < many < 110


def test_the_start_page_explains_every_mark_that_lessons_use():
    used = set()
    for path in LESSONS.values():
        for kind, text in cells(path):
            if kind == "code":
                used |= set(re.findall(r"^#\| ?([\w-]+)|^# (NBVAL_\w+)", text, re.M))
    for mark in {name or nbval for name, nbval in used}:
        assert re.search(rf"^- `#\|? ?{mark}", page(), re.M), f"{mark} is not explained"


def seen(source, space):
    """Run code; what it prints, or else what its last line, an expression, comes to."""
    *before, last = ast.parse(source).body
    with redirect_stdout(StringIO()) as printed:
        exec(compile(ast.Module(before, []), "cell", "exec"), space)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), space)
    return printed.getvalue().strip() or str(value)


@pytest.mark.filterwarnings("ignore:.*non-interactive")
def test_each_solution_of_the_warm_up_gives_what_one_should_see():
    space, promised, solved = {}, None, 0
    for kind, text in cells(NBS / "appendix" / "warm_up.ipynb"):
        if kind == "code":
            exec(text.replace("plt.show()", "plt.close()"), space)
            continue
        if solution := re.search(r"<details>.*?```python\n(.+?)```", text, re.S):
            assert seen(solution[1], space) == promised
            solved += 1
        if expected := re.search(r"\*\*Exercise \w\.\*\*.*[Yy]ou should see `(.+?)`\.", text, re.S):
            promised = expected[1]
    assert solved == 5


def test_a_notebook_that_is_tested_alone_does_not_read_the_users_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path / "genre-tutorial"))
    with redirect_stdout(StringIO()):
        check("3.2", lambda plot, vocabulary: [])
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    first_cell = str(NBS / "03_bag_of_words.ipynb::Cell 0")  # it says which exercises were tried
    asked = [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", first_cell]
    done = subprocess.run(asked, cwd=NBS.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
