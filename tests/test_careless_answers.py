"""An answer may loop, leave, flood, grow, wait or change its input: one sentence, and a try."""

import builtins
import inspect
import io
import json
import signal
import sys
import threading
import time

import numpy as np
import pandas as pd
import pytest

from genre_tutorial.core.settings import CourseError
from genre_tutorial.course import guard, judging
from genre_tutorial.course.exercises import (
    EXERCISES,
    check,
    exercises,
    hint,
    progress,
    quiz,
    read_progress,
    solution,
)
from genre_tutorial.course.guard import Head, own_copy, run
from genre_tutorial.course.judging import give_feedback, right_answer
from genre_tutorial.course.registry import Exercise
from genre_tutorial.course.written import wrong_parameters

pytestmark = pytest.mark.timeout(0)  # the guard sets the alarm that a test's time is measured with

FILMS = pd.DataFrame({"genres": [["Comedy"], ["Drama", "War"]], "year": [1995, 2005]})


def count(films):
    """The solution."""
    return len(films)


def endless(films):
    while True:
        pass


def stubborn(films):
    while True:
        try:
            time.sleep(60)
        except:  # noqa: E722
            continue


def careful(films):
    while True:
        try:
            sum(range(100))
        except Exception:
            continue


def asleep(films):
    time.sleep(3600)


def without_end(films):
    return without_end(films)


def growing(films):
    kept = []
    while True:
        kept.append(bytearray(2**24))


def appending(films):
    films.loc[0, "genres"].append("Drama")
    return len(films)


def renaming(films):
    films.columns = ["a", "b"]
    return len(films)


def flooding(films):
    for _ in range(1000):
        print("x" * 1000)
        print("y" * 1000, file=sys.stderr)
    return -1


class Rude:
    """A value that can't be compared, shown or copied."""

    def __eq__(self, other):
        raise RuntimeError

    def __repr__(self):
        raise RuntimeError

    def __deepcopy__(self, memo):
        raise RuntimeError


RUDE = Rude()
CARELESS = {
    "an endless loop": (endless, "never ends"),
    "one that catches everything": (stubborn, "never ends"),
    "one that catches exceptions": (careful, "never ends"),
    "sleep": (asleep, "never ends"),
    "a function that calls itself": (without_end, "calls itself"),
    "sys.exit": (lambda films: sys.exit(0), "leaves Python"),
    "exit": (lambda films: exit(), "leaves Python"),
    "input": (lambda films: input("How many? "), "keyboard"),
    "all memory at once": (lambda films: np.ones(10**14), "more memory"),
    "memory bit by bit": (growing, "of memory"),
    "the list in a cell changed": (appending, "changes the table"),
    "the table changed": (renaming, "changes the table"),
    "megabytes printed": (flooding, "too small"),
    "too few parameters": (lambda: 2, "has 0 parameters, `()`; 1 is asked for."),
    "too many parameters": (lambda a, b=1, *, c: 2, "`(a, b, c)`; it is called without names, and"),
    "a missing key": (lambda films: films["title"], "KeyError: 'title'. It happened in line 1"),
    "a rude value": (lambda films: Rude(), "a Rude; a number"),
    "interrupted": (lambda films: (_ for _ in ()).throw(KeyboardInterrupt), "interrupted"),
    "an error with a rude message": (
        lambda films: (_ for _ in ()).throw(RuntimeError(Rude())),
        "stopped with RuntimeError",
    ),
}


@pytest.fixture
def exercise(tmp_path, monkeypatch):
    """An exercise of one case, in a home of its own, with little patience and little memory."""
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path))
    monkeypatch.setattr(guard, "MOST_MEMORY", 2**28)
    made = Exercise(
        "99.1",
        "x",
        "apply",
        question="?",
        hints=("a", "b", "c"),
        explanation="Yes.",
        solution=count,
        cases=[(FILMS,)],
        blank="def count(films):\n    ...",
        seconds=0.3,
    )
    monkeypatch.setitem(EXERCISES, "99.1", made)
    return made


@pytest.mark.parametrize("case", CARELESS)
def test_a_careless_answer_is_one_sentence_and_a_try(case, exercise, capfd, monkeypatch):
    if case.startswith("memory"):
        monkeypatch.setitem(
            EXERCISES, "99.1", exercise.__class__(**vars(exercise) | {"seconds": 60})
        )
    answer, words = CARELESS[case]
    check("99.1", answer)
    shown = capfd.readouterr()
    assert words in shown.out and shown.out.startswith("99.1 ✗") and "Traceback" not in shown.out
    assert len(shown.out) < 5_000 and len(shown.err) < 20_000
    assert read_progress()["99.1"] == {"tries": 1, "solved": False, "hints": 0}
    assert FILMS.loc[0, "genres"] == ["Comedy"] and list(FILMS.columns) == ["genres", "year"]


STOPPED = [
    "an endless loop",
    "input",
    "all memory at once",
    "interrupted",
    "too few parameters",
    "too many parameters",
]


@pytest.mark.parametrize("case", STOPPED)
def test_an_answer_that_is_stopped_in_the_first_of_many_cases_is_told_why(case, exercise):
    answer, words = CARELESS[case]
    many = exercise.__class__(**vars(exercise) | {"cases": [(FILMS,)] * 3})
    feedback = give_feedback(many, answer)
    assert (
        words in feedback.message and feedback.example and "never looks at" not in feedback.advice
    )


def plot_of(plot, k=3):
    return plot


def rude_by_default(a=RUDE):
    return 1


@pytest.mark.parametrize(
    "answer, asked, said",
    [
        (plot_of, 0, "has 2 parameters, `(plot, k)`; 0 are asked for."),
        (plot_of, 3, "has 2 parameters, `(plot, k)`; 3 are asked for."),
        (lambda *plots, **rest: 1, 3, ""),
        (lambda a, *rest: 1, 0, "has 2 parameters, `(a, *rest)`; 0 are asked for."),
        (rude_by_default, 2, "has 1 parameter, `(a)`; 2 are asked for."),
        (lambda *, k: 1, 1, "so `k` gets nothing."),
        (plot_of, 1, ""),
        (plot_of, 2, ""),
        (max, 1, ""),
    ],
)
def test_how_many_parameters_there_are_and_should_be(answer, asked, said):
    found = wrong_parameters(answer, asked)
    assert said in found if said else not found


@pytest.mark.parametrize("value", [10**400, -(10**400)], ids=["large", "small"])
@pytest.mark.parametrize("number", ["1.2", "2.2", "5.3"])
def test_a_number_of_400_digits_is_too_large(number, value):
    feedback = give_feedback(exercises()[number], lambda *given: value, shrunk=False)
    assert feedback.message.startswith("Your function gives something too large to be compared")


ODD = {"missing": pd.NA, "several": np.array([None, "a"], dtype=object), "a table": FILMS}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
@pytest.mark.parametrize("number", ["3.5", "6.10"])
def test_a_value_that_is_neither_true_nor_false_is_no_riddle(number, value):
    feedback = give_feedback(exercises()[number], value)
    assert feedback.status == "wrong" and "can't be compared" not in feedback.message


def test_what_breaks_the_comparison_is_said_of_the_value(exercise, monkeypatch):
    monkeypatch.setattr(judging, "try_out", None)
    message = give_feedback(exercise, lambda films: 1).message
    assert message.startswith("Your function gives something that can't be compared")


FUNCTIONS_TO_WRITE = [
    number
    for number, exercise in exercises().items()
    if not exercise.options and exercise.blank.startswith("def ")
]


@pytest.mark.parametrize("number", FUNCTIONS_TO_WRITE)
def test_one_parameter_too_many_is_said_of_every_function(number):
    question = exercises()[number]
    wanted = len(inspect.signature(right_answer(question)).parameters)
    names = ", ".join(f"p{n}" for n in range(wanted + 1))
    answer = eval(f"lambda {names}: 1")
    feedback = give_feedback(question, answer, shrunk=False)
    assert feedback.status == "wrong"
    if number in ("4.8", "5.8"):  # a model, or one of two kinds of functions: they say it at length
        assert feedback.message.startswith("Hand over a model")
    else:
        assert f"has {wanted + 1} parameter" in feedback.message
        assert f"{wanted} {'is' if wanted == 1 else 'are'} asked for" in feedback.message


@pytest.mark.parametrize("case", ["an endless loop", "one that catches exceptions", "input"])
def test_elsewhere_than_in_the_main_thread_too(case, exercise, capfd):
    answer, words = CARELESS[case]
    other = threading.Thread(target=check, args=("99.1", answer))
    other.start()
    other.join(60)
    assert not other.is_alive() and words in capfd.readouterr().out


def test_everything_is_as_before_afterwards(exercise, capsys):
    def state():
        return (builtins.input, sys.gettrace(), sys.stdout, signal.getsignal(signal.SIGALRM))

    if not hasattr(signal, "SIGALRM"):
        pytest.skip("no such signal on this system")
    before = state()
    for answer, _ in (CARELESS["one that catches everything"], CARELESS["input"]):
        check("99.1", answer)
    assert state() == before and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    if sys.platform.startswith("linux"):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)
        check("99.1", CARELESS["all memory at once"][0])
        assert resource.getrlimit(resource.RLIMIT_AS) == limit


def test_one_long_step_is_told_of(monkeypatch):
    told = io.StringIO()
    monkeypatch.setattr(sys, "stdout", told)
    monkeypatch.setattr(guard, "PATIENCE", 0.2)
    monkeypatch.setattr(guard.Watchdog, "check", lambda self: "")  # as if nothing could stop it

    def one_step():
        for _ in range(600):
            if "Kernel, Restart" in told.getvalue():
                return True
            time.sleep(0.1)

    assert run(one_step, seconds=0.1).value and told.getvalue().count("Restart") == 1


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="no such signal on this system")
def test_an_answer_is_stopped_where_signals_do_not_come(monkeypatch):
    monkeypatch.setattr(guard.Watchdog, "_bite", lambda self, frame: None)
    assert "never ends" in run(careful, (FILMS,), seconds=0.1).error


def test_an_open_question_is_guarded_too(exercise, capfd, monkeypatch):
    about = vars(exercise) | {
        "cases": (),
        "judge": lambda answer: answer(3),
        "solution": lambda: len,
    }
    monkeypatch.setitem(EXERCISES, "99.1", Exercise(**about))
    check("99.1", endless)
    assert "never ends" in capfd.readouterr().out
    check("99.1", lambda n: sys.exit())
    assert "leaves Python" in capfd.readouterr().out
    check("99.1", 3)
    assert "a number; " in capfd.readouterr().out
    assert read_progress()["99.1"]["tries"] == 3


def test_an_answer_that_ends_just_in_time_leaves_nothing_behind():
    limit = time.monotonic()

    def just_in_time():
        while time.monotonic() < limit:
            pass
        return True

    for place in range(40):
        limit = time.monotonic() + 0.1 + place / 2000
        outcome = run(just_in_time, seconds=0.11)
        assert outcome.value or "never ends" in outcome.error
    if hasattr(signal, "SIGALRM"):
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_flood_is_cut_and_counted():
    head = Head(10)
    for _ in range(1000):
        head.write("abcdefg")
    assert head.kept == "abcdefgabc" and "6,990 more letters" in head.text()


class SomebodyElses(BaseException):
    """What a tool around us may raise to end a test."""


def test_what_somebody_around_us_raises_is_theirs():
    def interrupted_from_outside():
        raise SomebodyElses

    with pytest.raises(SomebodyElses):
        run(interrupted_from_outside)


def test_copies_share_nothing():
    given = (FILMS, [FILMS["genres"]], {"a": [1]}, np.arange(3))
    mine = own_copy(given)
    mine[0].loc[0, "genres"].append("x")
    mine[1][0][0].append("x")
    mine[2]["a"].append(2)
    mine[3][0] = 9
    assert FILMS.loc[0, "genres"] == ["Comedy"] and given[2] == {"a": [1]} and given[3][0] == 0


NUMBERS = {
    "hint(0.2)": lambda: hint(0.2),
    'hint("0.2")': lambda: hint("0.2"),
    'hint(" Exercise 0.2 ")': lambda: hint(" Exercise 0.2 "),
    'hint("0,2")': lambda: hint("0,2"),
    'hint("00.2")': lambda: hint("00.2"),
    "hint(float64)": lambda: hint(np.float64(0.2)),
}


@pytest.mark.parametrize("written", NUMBERS)
def test_a_number_may_be_written_in_any_way(written, exercise, capsys):
    NUMBERS[written]()
    assert capsys.readouterr().out.startswith("0.2 hint 1 of 3")


UNKNOWN = {
    "2.9": ("no exercise '2.9'", "2.5"),
    "2": ("no exercise '2'", "2.1, 2.2, 2.3"),
    "99.9.1": ("no exercise", "99.1"),
    "twenty": ("no exercise 'twenty'", "The last one is"),
    77.1: ("no exercise '77.1'", "quotes"),
    -1: ("no exercise", "quotes"),
    None: ("Say first which exercise", "quotes"),
    len: ("Say first which exercise", "quotes"),
    True: ("Say first which exercise", "quotes"),
    float("nan"): ("no exercise", "quotes"),
    "": ("no exercise", "quotes"),
}


@pytest.mark.parametrize("number", UNKNOWN, ids=str)
@pytest.mark.parametrize("ask", [hint, solution, check])
def test_an_unknown_number_is_one_sentence_that_says_what_there_is(number, ask, exercise, capsys):
    ask(number)
    said = capsys.readouterr().out
    assert said.startswith("Note: ") and said.count("\n") == 1
    assert all(words in said for words in UNKNOWN[number]) and read_progress() == {}


@pytest.mark.parametrize("ask", [hint, solution, check, quiz, progress])
def test_without_anything_there_is_no_traceback(ask, exercise, capsys):
    try:
        ask()
    except CourseError as error:
        assert error._render_traceback_() == [f"CourseError: {error}"]


def test_ten_and_one_are_asked_about(exercise, monkeypatch, capsys):
    monkeypatch.setitem(EXERCISES, "99.10", exercise)
    hint(99.10)
    assert 'write "99.1" or "99.10", in quotes' in capsys.readouterr().out
    hint("99.1")
    assert capsys.readouterr().out.startswith("99.1 hint 1")


def test_a_home_that_can_not_be_written_costs_nobody_the_feedback(
    exercise, monkeypatch, tmp_path, capsys
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path / "file"))
    for ask in (lambda: check("99.1", count), lambda: hint("99.1")):
        try:
            ask()
        except CourseError as error:
            pytest.fail(str(error))
    said = capsys.readouterr().out
    assert "99.1 ✓ Right" in said and "hint 1 of 3" in said and "Can't make the folder" in said


def test_progress_says_what_is_open_and_what_comes_next(exercise, capsys):
    from genre_tutorial.course.exercises import find

    assert repr(progress("02")).endswith("Begin with 2.1.")
    check("2.2", find("2.2").solution)
    check("2.4", lambda labels, genre: "Western")
    bar = progress("02")
    assert str(bar) == "Chapter 2: 1 of 5" and bar.next == "2.4"
    assert repr(bar).endswith("Open: 2.1, 2.3, 2.4 (1 tried), 2.5. Next: 2.4.")
    assert bar.advice in bar._repr_html_()
    assert "Chapter 2: 1 of 5" in repr(progress()) and "<div>" in progress()._repr_html_()


def test_a_class_in_a_folder(exercise, capsys, tmp_path):
    from genre_tutorial.apps.cli import main

    room = tmp_path / "room"
    (room / "ben" / "progress").mkdir(parents=True)
    check("2.2", lambda labels, a, b: (labels[a] & labels[b]).mean())
    capsys.readouterr()
    assert main(["progress", "--json"]) == 0
    (room / "anna.json").write_text(capsys.readouterr().out)
    entry = {"tries": 4, "solved": True, "hints": 1}
    old = {"9.2": entry, "2.2": entry}
    (room / "ben" / "progress" / "exercises.json").write_text(json.dumps(old))
    (room / "=cleo.json").write_bytes(b"\xff\xfe no JSON")
    before = {path: path.read_bytes() for path in room.rglob("*.json")}

    def printed(*arguments, status=0):
        assert main(["progress", *map(str, arguments)]) == status
        return capsys.readouterr()

    table = printed(room).out
    assert "| anna |" in table and "| ben |" in table and "can't be read" in table
    assert "'=cleo" in printed(room, "--csv").out and "anna,0/5" in printed(room, "--csv").out
    assert "| 2.2 | 2 | 1 | 2.5 | 0.5 |" in printed(room, "--hard").out
    assert json.loads(printed(room, "--json").out)["ben"]["10.2"] == entry
    assert {path: path.read_bytes() for path in room.rglob("*.json")} == before
    for wrong in ([tmp_path / "nowhere"], ["--csv"], [room, "--reset", "2"], [room / "ben" / "x"]):
        answer = printed(*wrong, status=2)
        assert answer.err.count("\n") == 1 and "Traceback" not in answer.err
