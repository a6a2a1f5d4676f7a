"""Every exercise: its solution passes, its blank asks, its mistakes get their own diagnosis, and
the notebooks show it as it is defined.
"""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genre_tutorial.apps.cli import main
from genre_tutorial.core.settings import CourseError
from genre_tutorial.core.words import fitted
from genre_tutorial.course.exercises import (
    check,
    exercises,
    find,
    hint,
    progress,
    quiz,
    read_progress,
    reset_progress,
    solution,
    verdict,
)
from genre_tutorial.course.registry import LEVELS

NBS = Path(__file__).parent.parent / "nbs"
KNOWN = exercises()
CHAPTERS = sorted({e.chapter for e in KNOWN.values()})
MISTAKES = [(number, name) for number, e in KNOWN.items() for name in e.wrong]


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    """A home folder for one test."""
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path))
    return tmp_path


def made(exercise, function):
    """The answer a solution or mistake stands for."""
    return function if exercise.cases else function()


def cells(chapter):
    """A chapter's cells."""
    path = next(NBS.glob(f"{chapter:02d}_*.ipynb"))
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


@pytest.mark.parametrize("number", KNOWN)
def test_the_solution_passes(number):
    assert verdict(KNOWN[number], made(KNOWN[number], KNOWN[number].solution)) == (
        "right",
        KNOWN[number].explanation,
    )


@pytest.mark.parametrize("number", [number for number, e in KNOWN.items() if not e.options])
def test_the_blank_asks(number):
    space = {}
    exec(KNOWN[number].blank, space)
    status, message = verdict(KNOWN[number], space[KNOWN[number].name])
    assert status == "blank" and f'hint("{number}")' in message


@pytest.mark.parametrize("number, name", MISTAKES)
def test_a_mistake_gets_its_own_diagnosis(number, name):
    function, diagnosis = KNOWN[number].wrong[name]
    assert verdict(KNOWN[number], made(KNOWN[number], function)) == ("wrong", diagnosis)


@pytest.mark.parametrize("number", KNOWN)
def test_an_exercise_is_whole(number):
    e = KNOWN[number]
    assert len(e.wrong) >= 2 and len({diagnosis for _, diagnosis in e.wrong.values()}) == len(
        e.wrong
    )
    assert len(e.hints) == 3 and e.explanation and e.level in LEVELS and e.objective
    assert e.options or not any("solution" in text for text in (e.code, e.blank))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_at_least_four_from_recall_to_open(chapter):
    mine = [e for e in KNOWN.values() if e.chapter == chapter]
    assert len(mine) >= 4 and mine[0].level == "recall" and mine[-1].level == "open"


def test_every_chapter_has_exercises():
    assert [int(path.name[:2]) for path in sorted(NBS.glob("[0-9]*.ipynb"))] == CHAPTERS


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_notebook_shows_the_exercises_as_they_are_defined(chapter):
    texts = ["".join(cell["source"]) for cell in cells(chapter)]
    mine = [e for e in KNOWN.values() if e.chapter == chapter]
    for e in mine:
        place = texts.index(f"**Exercise {e.number}.** {e.question}")
        assert texts[place + 1].removeprefix("# NBVAL_IGNORE_OUTPUT\n") == e.cell
    assert len([text for text in texts if text.startswith("**Exercise ")]) == len(mine)
    assert any(text.endswith(f'progress("{chapter:02d}")') for text in texts[:4])


@pytest.mark.parametrize(
    "answer",
    [
        ...,
        None,
        3,
        "x",
        [1, 2],
        {},
        pd.DataFrame(),
        np.zeros((2, 2)),
        lambda *a, **k: 1 / 0,
        lambda: 0,
        print,
        object(),
    ],
    ids=range(12),
)
def test_no_answer_breaks_check(answer, own_home, capsys):
    for number in KNOWN:
        if KNOWN[number].level != "open":
            check(number, answer)
            assert number in capsys.readouterr().out


def test_progress_counts_only_what_is_right(own_home, capsys):
    check("2.2")
    assert read_progress() == {}
    check("2.2", KNOWN["2.2"].wrong["of_all_films"][0])
    assert str(progress("02")) == "Chapter 2: 0 of 5"
    check("2.2", KNOWN["2.2"].solution)
    check("2.2", KNOWN["2.2"].wrong["of_all_films"][0])
    assert str(progress(2)) == "Chapter 2: 1 of 5" and read_progress()["2.2"] == {
        "tries": 3,
        "solved": True,
        "hints": 0,
    }
    reset_progress(2)
    assert str(progress(2)) == "Chapter 2: 0 of 5"


def test_three_hints_one_after_another(own_home, capsys):
    for _ in range(4):
        hint("2.2")
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines) <= 104, "JupyterLab would break it inside a word"
    assert [line.split(":")[0] for line in lines if line.startswith("2.2")] == [
        "2.2 hint 1 of 3",
        "2.2 hint 2 of 3",
        "2.2 hint 3 of 3",
        "2.2 hint 3 of 3",
    ]


@pytest.mark.parametrize("number", KNOWN)
def test_the_solution_shows_code_that_passes(number, own_home, capsys):
    solution(number)
    shown = capsys.readouterr().out
    assert fitted(KNOWN[number].explanation) in shown
    if not KNOWN[number].options:
        space = {"np": np, "pd": pd, "Path": Path}
        exec(KNOWN[number].code, space)
        assert verdict(KNOWN[number], space[KNOWN[number].name])[0] == "right"


def test_a_quiz_answers_each_choice(own_home):
    for number in [n for n, e in KNOWN.items() if e.options]:
        question = quiz(number)
        buttons, feedback, everything = question.widget().children
        assert everything.value.count("<details") == 1 + len(KNOWN[number].options)
        for letter, (text, explained) in KNOWN[number].options.items():
            buttons.value = letter
            assert ("✓" in feedback.value) == (letter == KNOWN[number].solution())
            assert f"{letter}) {text}" in repr(question) and explained in repr(question)
        assert read_progress()[number]["solved"]


def test_what_is_not_there_is_one_sentence():
    with pytest.raises(CourseError, match="no exercise '99.9'"):
        find("99.9")
    with pytest.raises(CourseError, match="no options"):
        quiz("2.2")
    with pytest.raises(CourseError, match="has no exercises"):
        progress("77")


def test_a_damaged_progress_file_is_kept(own_home, capsys):
    check("2.2", KNOWN["2.2"].solution)
    path = own_home / "progress" / "exercises.json"
    path.write_text(path.read_text()[:-3])
    assert (
        str(progress(2)) == "Chapter 2: 0 of 5"
        and (own_home / "progress" / "exercises.damaged.json").is_file()
    )
    assert "kept as" in capsys.readouterr().out


def test_progress_on_the_command_line(own_home, capsys):
    check("2.2", KNOWN["2.2"].solution)
    check("3.2", KNOWN["3.2"].solution)
    capsys.readouterr()
    assert main(["progress"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"Chapter 2 +[█#-]", shown) and "1 of 5" in shown
    assert (
        main(["progress", "--reset", "2"]) == 0
        and str(progress(2)) == "Chapter 2: 0 of 5"
        and str(progress(3)) == "Chapter 3: 1 of 5"
    )
    assert main(["progress", "--reset", "77"]) == 2


VERSION_1 = {
    "2.1": {"tries": 1, "solved": True, "hints": 0},
    "4.5": {"tries": 4, "solved": True, "hints": 0},
    "9.2": {"tries": 2, "solved": True, "hints": 1},
    "10.5": {"tries": 3, "solved": False, "hints": 2},
    "11.1": {"tries": 1, "solved": True, "hints": 0},
}


def test_progress_of_version_1_is_brought_over_once(own_home, capsys):
    path = own_home / "progress" / "exercises.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(VERSION_1))
    new = {"2.1": "2.1", "4.5": "4.7", "9.2": "10.2", "10.5": "12.5", "11.1": "13.1"}
    assert read_progress() == {new[number]: row for number, row in VERSION_1.items()}
    assert "new numbers" in capsys.readouterr().out
    kept = json.loads(path.read_text())
    assert kept["version"] == 3 and kept["exercises"]["10.2"] == VERSION_1["9.2"]
    assert read_progress()["12.5"] == VERSION_1["10.5"] and capsys.readouterr().out == ""
    assert "10.2" in kept["exercises"] and "9.2" not in kept["exercises"]


def test_progress_of_version_2_follows_the_exercises_that_moved(own_home, capsys):
    path = own_home / "progress" / "exercises.json"
    path.parent.mkdir(parents=True)
    numbers = ["4.1", "4.4", "5.4", "6.4", "6.5", "6.10", "9.2"]
    old = {n: {"tries": place + 1, "solved": True, "hints": 0} for place, n in enumerate(numbers)}
    path.write_text(json.dumps({"version": 2, "exercises": old}))
    new = ["4.1", "4.3", "5.6", "6.7", "6.10", "6.4", "9.2"]
    wanted = {number: old[before] for number, before in zip(new, numbers, strict=True)}
    assert read_progress() == wanted and "new numbers" in capsys.readouterr().out
    assert read_progress() == wanted and capsys.readouterr().out == ""  # once


def test_progress_of_a_newer_course_is_left_alone(own_home):
    path = own_home / "progress" / "exercises.json"
    path.parent.mkdir(parents=True)
    path.write_text(newer := json.dumps({"version": 4, "exercises": []}))
    with pytest.raises(CourseError, match="newer version"):
        read_progress()
    assert path.read_text() == newer
