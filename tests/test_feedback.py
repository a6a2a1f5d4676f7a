"""What a wrong answer is told: the right words, never a false one, and the smallest case."""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from genre_tutorial.course.compare import same
from genre_tutorial.course.diagnosis import diagnose, difference
from genre_tutorial.course.exercises import check, exercises
from genre_tutorial.course.judging import give_feedback, verdict
from genre_tutorial.course.registry import Exercise
from genre_tutorial.course.show import Example, in_short
from genre_tutorial.course.trial import given

KNOWN = exercises()
COUNTS = pd.Series({"Comedy": 3, "Drama": 2, "War": 2})
TABLE = pd.DataFrame({"Comedy": [0.5, 0.25], "Drama": [0.125, 1.0]}, index=[7, 8])
SHARES = np.array([0.125, 0.3, 0.999])


def asked(solution, cases, **more):
    """An exercise around a solution."""
    about = {"question": "?", "hints": ("First hint.", "", ""), "explanation": "Because."}
    blank = "def f(x):\n    ..."
    return Exercise(
        "99.9", "x", "apply", solution=solution, cases=cases, blank=blank, **about | more
    )


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """A home folder for one test."""
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path))


WORDS = {
    "a missing return": (None, 3, "nothing back"),
    "a generator": (
        (x for x in "ab"),
        ["a", "b"],
        "a generator, which makes its values one by one",
    ),
    "a map": (map(str, [1]), ["1"], "one by one"),
    "keys of a dict": ({"a": 1}.keys(), ["a"], "one by one"),
    "an array for a list": (np.array([1, 2]), [1, 2], "an array; a list"),
    "a list for a Series": ([3, 2, 2], COUNTS, "a list; a Series"),
    "a dict for a Series": (COUNTS.to_dict(), COUNTS, "a dict; a Series"),
    "a set for a list": ({"a", "b"}, ["a", "b"], "a set; a list"),
    "a DataFrame for a Series": (COUNTS.to_frame(), COUNTS, "one column"),
    "a list around it": ([3], 3, "stands alone in a list"),
    "tuples inside": ([("a", 1)], [["a", 1]], "packed"),
    "numbers for yes and no": (np.array([1, 0]), np.array([True, False]), "True and False"),
    "a number among yes and no": ([True, 0], [True, False], "True and False"),
    "a number in quotes": ("0.5", 0.5, "in quotes"),
    "percent": (100 * SHARES, SHARES, "percentage"),
    "a share for percent": (SHARES, 100 * SHARES, "share; give it in percent"),
    "percent of a difference": (100 * (SHARES - 0.5), SHARES - 0.5, "percentage"),
    "the rest": (1 - SHARES, SHARES, "one minus the answer"),
    "the sign": (-TABLE, TABLE, "sign"),
    "a lost sign": (np.abs(SHARES - 0.5), SHARES - 0.5, "the sign is lost"),
    "upside down": (1 / TABLE, TABLE, "fraction over"),
    "rounded": (np.round(SHARES, 2), SHARES, "rounded to 2 digits"),
    "cut": ([1, 2], [1.5, 2.25], "cut to whole ones"),
    "one too many": ([4, 3, 3], [3, 2, 2], "one too large each time"),
    "another base": (np.log2([2, 3, 5]), np.log([2, 3, 5]), "base 2"),
    "times a number": (SHARES * 7, SHARES, "right ones times 7"),
    "moved": ([1.5, 2.5, 3.5], [1.0, 2.0, 3.0], "0.5 too large"),
    "not a number": ([1.0, np.nan], [1.0, 0.0], "NaN"),
    "infinite": ([1.0, np.inf], [1.0, 2.0], "infinite in places"),
    "not a yes or no": (
        (TABLE > 0.5).astype(object).mask(TABLE > 0.5),
        TABLE > 0.5,
        "NaN, stands in places where a yes or no",
    ),
    "a number for a missing one": ([1.0, 0.0], [1.0, np.nan], "missing value"),
    "turned": (TABLE.T, TABLE, "turned on its side"),
    "rows in another order": (TABLE.iloc[::-1], TABLE, "rows are the right ones, in another"),
    "columns in another order": (TABLE[["Drama", "Comedy"]], TABLE, "columns are the right ones"),
    "lost names of rows": (TABLE.reset_index(drop=True), TABLE, "rows (the index) have other"),
    "other names of columns": (TABLE.rename(columns=str.lower), TABLE, "columns have other names"),
    "other names everywhere": (pd.DataFrame(TABLE.to_numpy()), TABLE, "lost their names"),
    "ties": (COUNTS[["Comedy", "War", "Drama"]], COUNTS, "equally large"),
    "ties of pairs": ([("a", 2), ("b", 2)], [("b", 2), ("a", 2)], "equally large"),
    "another order": (COUNTS[["War", "Comedy", "Drama"]], COUNTS, "in another order"),
    "an Index in another order": (pd.Index([9, 3]), [3, 9], "in another order"),
    "not as often": (["a", "b", "b"], ["a", "a", "b"], "not each of them as often"),
    "a place": (
        [1, 0, 5],
        [1, 2, 5],
        "1 of 3 numbers differs; at place 1, counted from 0, yours is 0",
    ),
    "texts for numbers": (["a", "b"], [1, 2], "Each thing in it is a text; a number is asked for"),
    "twice": (["a", "a", "b"], ["a", "b"], "twice"),
    "capitals": ("drama", "Drama", "capitals"),
    "spaces": ("science fiction", "sciencefiction", "spaces"),
    "the shape": (np.zeros(6), np.zeros(5), "(6,), it should be (5,)"),
    "too few": ({"a"}, {"a", "b"}, "missing: 'b'"),
    "wrong values of a dict": ({"a": 1, "b": 2}, {"a": 1, "b": 9}, "the values of 'b'"),
    "a row too many": (TABLE, TABLE.iloc[:1], "Of the rows, too many: 8"),
    "a single value": (COUNTS[:1] + 5, COUNTS[:1], "the value in it is not"),
    "numbers of NumPy": ({np.float64(0.5)}, {0.25}, "too many: 0.5"),
    "an array and a number": (
        (np.array([1.0, 5.0]), 4.0),
        (np.array([1.0, 2.0]), 3.0),
        "Of its 2 parts, those at the places 0, 1, counted from 0, differ. The form is right, but "
        "1 of 2 values differs.",
    ),
    "one of two arrays": (
        (np.array([1.0, 5.0]), np.array([3.0])),
        (np.array([1.0, 5.0]), np.array([2.0])),
        "Of its 2 parts, the one at place 1, counted from 0, differs: The form is right, the value",
    ),
    "some values": (TABLE + np.array([[0, 0.2], [0, 0]]), TABLE, "1 of 4 values differ"),
}


@pytest.mark.parametrize("case", WORDS)
def test_each_difference_has_its_words(case):
    got, expected, words = WORDS[case]
    assert words in diagnose([(got, expected)])


@pytest.mark.parametrize("case", WORDS)
def test_a_right_answer_has_no_diagnosis(case):
    expected = WORDS[case][1]
    assert diagnose([(expected, expected)]) == "" and same(expected, expected)


RELATIONS = ["percent", "the rest", "upside down", "rounded", "cut", "one too many", "moved"]


@pytest.mark.parametrize("case", [*RELATIONS, "rows in another order", "ties", "turned", "twice"])
def test_what_does_not_hold_in_every_case_is_not_said(case):
    got, expected, words = WORDS[case]
    other = (np.array([5.0, 1.0]), np.array([3.0, 8.0]))
    assert words in diagnose([(got, expected), (expected, expected)]) or case in RELATIONS
    assert words not in diagnose([other, (got, expected)])


@pytest.mark.parametrize("got, expected", [(0, 1), (1, 0), (-1, 2), (3.0, -2.0), (0.5, 0.5001)])
def test_one_minus_is_said_of_shares_only(got, expected):
    assert "one minus" not in diagnose([(got, expected)])
    assert "one minus" not in difference(got, expected)


@pytest.mark.parametrize("got", [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 1.0]])
def test_zeros_and_ones_are_no_shares_that_were_cut_or_rounded(got):
    assert "whole ones" not in diagnose([(got, list(SHARES))])
    assert "rounded" not in diagnose([(got, list(SHARES))])


def test_a_value_that_was_asked_for_is_not_given_away():
    for got, expected in (
        ({"a"}, {"a", "secret"}),
        (["x"], ["secret"]),
        ({"k": 1}, {"k": 77}),
        ([1, 2], [1, 77]),
    ):
        said = difference(got, expected)
        assert "secret" not in said and "77" not in said
    value = asked(lambda: 42, ())
    assert "42" not in str(give_feedback(value, 41)) and "hint" in give_feedback(value, 41).advice


def films(n):
    """Many films, of which one alone has no genre."""
    labels = pd.DataFrame({"A": [True] * n, "B": [True] * n, "C": [False] * n})
    labels.loc[n // 2] = False
    return labels


def test_the_smallest_case_is_shown():
    exercise = asked(
        lambda labels: labels[labels.any(axis=1)].mean(),
        [(films(30),)],
        wrong={},
    )
    feedback = give_feedback(exercise, lambda labels: labels.mean())
    labels = feedback.example.arguments["labels"]
    assert len(labels) <= 2 and labels.shape[1] <= 2 and not labels.any(axis=1).all()
    assert feedback.advice == "A hint: First hint."


def test_rows_that_belong_together_stay_together():
    def solution(scores, labels):
        assert len(scores) == len(labels)
        return float(scores[labels].sum())

    rows = np.arange(1.0, 21.0)
    exercise = asked(solution, [(rows, rows > 15)])
    feedback = give_feedback(exercise, lambda scores, labels: float(scores.sum()))
    scores, labels = feedback.example.arguments.values()
    assert len(scores) == len(labels) <= 2


def test_a_smaller_case_is_one_that_the_question_allows():
    exercise = asked(lambda x: sum(x) / len(x), [([4, 2, 6],)])
    example = give_feedback(exercise, lambda x: max(x)).example
    assert len(example.arguments["x"]) >= 1 and not np.isnan(example.expected)


def test_the_nearest_mistake_is_named_with_its_number():
    wrong = {"total": (lambda x: sum(x), "You forgot to divide.")}
    exercise = asked(lambda x: sum(x) / len(x), [([1, 2],), ([4, 4],), ([5, 5],)], wrong=wrong)

    def nearly(x):
        return sum(x) if x[0] < 5 else -1

    feedback = give_feedback(exercise, nearly)
    assert (
        feedback.advice
        == "In 2 of the 3 cases that fail, this would give the same: You forgot to divide."
    )
    assert verdict(exercise, sum) == ("wrong", "You forgot to divide.")


def test_a_known_mistake_runs_once_in_each_case():
    seen = []

    def total(x):
        seen.append(tuple(x))
        return sum(x)

    cases = [([1, 2],), ([4, 4],), ([5, 5],)]
    exercise = asked(lambda x: sum(x) / len(x), cases, wrong={"total": (total, "You forgot.")})
    told = give_feedback(exercise, lambda x: sum(x) if x[0] < 5 else -1, shrunk=False)
    assert "You forgot." in told.advice and sorted(seen) == [(1, 2), (4, 4), (5, 5)]


def test_one_of_two_cases_may_look_the_same_by_chance():
    wrong = {"total": (lambda x: sum(x), "You forgot to divide.")}
    exercise = asked(lambda x: sum(x) / len(x), [([1, 2],), ([4, 4],)], wrong=wrong)
    feedback = give_feedback(exercise, lambda x: sum(x) if x[0] < 4 else -1)
    assert feedback.advice == "A hint: First hint."


def test_a_mistake_that_is_wrong_where_the_answer_is_right_is_not_the_nearest():
    wrong = {"total": (lambda x: sum(x), "You forgot to divide.")}
    cases = [([1, 2],), ([4, 4],), ([5, 5],), ([6, 2],), ([7, 1],)]
    exercise = asked(lambda x: sum(x) / len(x), cases, wrong=wrong)

    def right_but_for_two(x):
        return sum(x) if x[0] in (4, 5) else sum(x) / len(x)

    assert give_feedback(exercise, right_but_for_two).advice == "A hint: First hint."


def turned_round(case):
    """The same arguments, with each dict in the other order."""
    return [dict(reversed(x.items())) if isinstance(x, dict) else x for x in case]


def given_or_error(function, arguments):
    """What a function gives, or which error."""
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__


WITH_A_TWIN = {"itself_too", "cut_too_soon"}  # 8.2 has two words of one direction, on purpose


@pytest.mark.parametrize("number", [n for n, e in KNOWN.items() if e.cases])
def test_no_solution_and_no_diagnosis_hangs_on_the_order_of_a_dict_or_a_set(number):
    mistakes = {name: f for name, (f, _) in KNOWN[number].wrong.items() if name not in WITH_A_TWIN}
    for case in given(KNOWN[number]):
        for function in (KNOWN[number].solution, *mistakes.values()):
            pair = [given_or_error(function, arguments) for arguments in (case, turned_round(case))]
            assert same(*pair)


def test_what_is_shown_is_the_same_in_each_run():
    exercise = asked(lambda f, x: f(x), [(lambda x: x + 1, 4)])
    shown = repr(give_feedback(exercise, lambda f, x: -1).example)
    assert "a function" in shown and " at 0x" not in shown
    assert " at 0x" not in in_short([object(), lambda x: x])
    assert in_short(turned_round) == "the function turned_round"
    assert in_short(abs) == "the function abs"


def share_of(word, words):
    """Stops where there are no words."""
    return words.count(word) / len(words)


def test_what_is_said_is_true_of_the_case_shown_and_an_error_elsewhere_is_told_after_it():
    cases = [("a", ["a", "b"]), ("a", []), ("b", ["b", "b", "a"])]
    exercise = asked(lambda word, words: words.count(word), cases)
    feedback = give_feedback(exercise, share_of)
    assert not feedback.example.error and feedback.message.startswith("0.5 is too small.")
    assert "In another case, your answer stopped with ZeroDivisionError" in feedback.message
    feedback = give_feedback(exercise, lambda word, words: words[0].count(word) and len(words[9]))
    assert "IndexError" in feedback.example.error and feedback.message.startswith("Your answer")


@pytest.mark.parametrize("place", [0, 1])
def test_an_answer_that_is_stopped_in_one_case_of_several_is_told_so(place):
    exercise = asked(lambda x: x, [(1,), (2,), (3,)], seconds=0.3)

    def endless_there(x):
        while x == 1 + place:
            pass
        return 7

    assert "never ends" in give_feedback(exercise, endless_there).message


def test_who_prints_and_then_stops_is_not_told_of_printing_alone():
    exercise = asked(lambda x: 1 / (1 + x), [(1.0,), (2.0,), (-2.0,)])

    def printing(x):
        print(x)
        return None if x > 0 else [][0]

    message = give_feedback(exercise, printing).message
    assert "prints its result" in message and "In another case, your answer stopped" in message


def test_an_argument_that_is_never_looked_at_is_named():
    exercise = asked(lambda x, share: x * share, [(4, 0.5), (3, 0.25)])
    advice = give_feedback(exercise, lambda x, share: x * 0.5 + 1).advice
    assert advice.startswith("Your function never looks at `share`.")
    for answer in (
        lambda x, share: x + share,
        lambda x, share: [x - share for _ in range(2)][0],
        lambda x, share: (lambda: x - share)(),
        max,
    ):
        assert "never looks" not in give_feedback(exercise, answer).advice


def test_a_difference_in_form_needs_no_hint_on_the_method():
    exercise = asked(lambda x: sorted(x), [([2, 1],), ([3, 1, 2],)])
    feedback = give_feedback(exercise, lambda x: sorted(x)[::-1])
    assert feedback.message == "The right things, in another order." and not feedback.advice
    wrong = {"turned": (lambda x: -x, "The sign is turned.")}
    exercise = asked(lambda x: x, [(-1.0,), (-2.5,), (3.0,)], wrong=wrong)
    feedback = give_feedback(exercise, abs)
    assert "sign is lost" in feedback.message and not feedback.advice


def test_the_case_shown_is_none_where_nothing_is_expected():
    exercise = asked(lambda x: sum(x), [([],), ([0, 0],), ([0, 5, 0],)])
    example = give_feedback(exercise, lambda x: -1).example
    assert example.expected == 5 and example.arguments["x"] == [5]


def test_the_way_to_the_answer_is_shown():
    def steps(x):
        return pd.DataFrame({"square": [n * n for n in x]}, index=x)

    exercise = asked(lambda x: sum(n * n for n in x), [([2, 3],)], steps=steps)
    example = give_feedback(exercise, lambda x: 7).example
    assert "the way there" in repr(example) and "the way there" in example._repr_html_()
    assert list(example.steps["square"]) == [n * n for n in example.arguments["x"]]


def test_a_warning_is_shown_once(capsys):
    def warns(x):
        print("Careful!", file=sys.stderr)
        return -1

    exercise = asked(lambda x: sum(x), [([1, 2, 3, 4],), ([5, 6],), ([7],)])
    give_feedback(exercise, warns)
    assert capsys.readouterr().err == "Careful!\n"


def test_a_mistake_that_stops_with_an_error_is_no_diagnosis():
    wrong = {"broken": (lambda x: 1 / 0, "This is never said.")}
    exercise = asked(lambda x: x, [(1,), (2,)], wrong=wrong)
    assert "never said" not in str(give_feedback(exercise, lambda x: x + 5))


def test_cases_and_a_judge_go_together():
    def judge(answer):
        nested = verdict(replace(exercise, judge=None), answer)
        assert nested == ("right", "Because.")
        return "Not with `sum`." if "sum" in answer.__code__.co_names else None

    wrong = {"first": (lambda x: x[0], "Only the first.")}
    exercise = asked(lambda x: x[0] + x[1], [([1, 2],), ([4, 3],)], wrong=wrong, judge=judge)
    assert verdict(exercise, exercise.solution) == ("right", "Because.")
    assert verdict(exercise, lambda x: sum(x)) == ("wrong", "Not with `sum`.")
    assert verdict(exercise, lambda x: x[0]) == ("wrong", "Only the first.")
    assert give_feedback(exercise, lambda x: x[1]).example is not None


def test_an_exercise_in_the_making_needs_no_hints():
    exercise = asked(lambda x: x, [(1,)], hints=())
    assert verdict(exercise, lambda x: 2)[0] == "wrong"


def test_printed_instead_of_returned():
    exercise = asked(lambda x: x, [(1,), (2,)])
    feedback = give_feedback(exercise, lambda x: print("It is", x))
    assert "prints its result" in feedback.message and "It is" in repr(feedback.example)


def test_side_by_side_the_difference_is_marked_in_text_and_html():
    other = TABLE.copy()
    other.iloc[1, 0] = 0.75
    example = Example({"labels": TABLE}, other, TABLE)
    lines = [line for line in repr(example).splitlines() if "|" in line]
    assert [line.count("≠") for line in lines] == [0, 0, 0, 2] and "0.75 ≠" in lines[-1]
    shown = example._repr_html_()
    assert shown.count("<mark>") == 2 and "<caption>yours</caption>" in shown


def test_html_is_harmless():
    evil = "<script>alert(1)</script>"
    shown = Example({evil: evil}, {evil: 1}, {evil: 2}, printed=evil)._repr_html_()
    assert "<script" not in shown
    assert "<script" not in Example({}, evil, "x")._repr_html_()


@pytest.mark.parametrize(
    "got, expected",
    [
        (list(range(1000)), list(range(999))),
        (np.zeros((3, 2)), np.zeros((2, 3))),
        ({"a": [1, 2]}, {"b": 1}),
        ({1, 2}, {1, 3}),
        (pd.Series([], dtype=float), COUNTS),
        (pd.DataFrame(), TABLE),
        (pd.DataFrame([[1, 2], [3, 4]], index=[0, 0]), TABLE),
        ("x" * 10**6, "y"),
        ([[1], [1, 2]], 3),
        (pd.NA, 3.0),
        (float("inf"), 1.0),
        (object(), [1]),
        (COUNTS.index, ["Comedy"]),
        (pd.Series([["a"], ["a"]]).value_counts(), COUNTS),
        (pd.DataFrame(np.zeros((3, 200))), TABLE),
        (np.array([[1, 2], [3, 4]]), TABLE),
    ],
    ids=range(16),
)
def test_any_two_answers_can_be_shown_and_described(got, expected):
    shown = repr(Example({"x": 1}, got, expected))
    assert "yours" in shown and len(shown) < 4000
    assert Example({"x": 1}, got, expected)._repr_html_() and diagnose([(got, expected)])


@pytest.mark.parametrize("number", [n for n, e in KNOWN.items() if e.cases])
def test_every_function_that_gives_nothing_or_text_is_told_so(number, capsys):
    def forgetful(*arguments):
        result = len(arguments)  # noqa: F841

    status, message = verdict(KNOWN[number], forgetful)
    assert status == "wrong" and "nothing back" in message
    check(number, lambda *arguments: "a text of no use")
    said = capsys.readouterr().out
    assert "yours" in said and "expected" in said and "Traceback" not in said


@pytest.mark.parametrize("got, error", [(None, ""), (3, ""), (None, "KeyError: 'genre'")])
def test_a_table_that_is_expected_is_shown_as_one(got, error):
    """Beside nothing, a number or an error, too: in a line it is unreadable."""
    expected = pd.Series({"Drama": 2, "Comedy": 1}, name="count")
    example = Example({"x": 1}, got, expected, error)
    lines = repr(example).splitlines()
    assert [line.split()[-1] for line in lines[-2:]] == ["2", "1"] and "dtype" not in repr(example)
    html = example._repr_html_()
    assert "dtype" not in html and html.count("<td") == 2
