"""Every kind of exercise, by the examples of the page that explains how to write one."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from genre_tutorial.core.settings import CourseError
from genre_tutorial.course.exercises import exercises
from genre_tutorial.course.judging import give_feedback, verdict
from genre_tutorial.course.kinds import apart, bounded, claims
from genre_tutorial.course.quiz import Quiz
from genre_tutorial.course.registry import EXERCISES, KINDS, choice, exercise

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "site" / "exercises.qmd").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """The page's examples, defined as a chapter's file of answers would."""
    known = set(exercises())
    file = tmp_path_factory.mktemp("answers") / "examples_of_the_page.py"
    file.write_text("\n\n".join(BLOCKS), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    made = {number: EXERCISES.pop(number) for number in list(EXERCISES) if number not in known}
    return {example.kind: example for example in made.values()}


def made(example, function):
    """The answer that a solution or a mistake stands for."""
    return function if example.cases else function()


def blank_of(example):
    """The empty answer as a notebook has it."""
    space = {}
    exec(example.blank, space)
    return space[example.name]


def test_the_page_has_an_example_of_each_kind(examples):
    assert set(examples) == set(KINDS) and len(BLOCKS) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_holds_what_the_page_promises(examples, kind):
    example = examples[kind]
    solved = verdict(example, made(example, example.solution))
    assert solved == ("right", example.explanation)
    assert len(example.wrong) >= 2 and len(example.hints) == 3
    for mistake, diagnosis in example.wrong.values():
        assert verdict(example, made(example, mistake)) == ("wrong", diagnosis)
    assert len([line for line in example.cell.splitlines() if line.strip()]) <= 10


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("quiz", "repair")])
def test_the_blank_of_an_example_asks(examples, kind):
    status, message = verdict(examples[kind], blank_of(examples[kind]))
    assert status == "blank" and f'hint("{examples[kind].number}")' in message


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "quiz"])
def test_what_is_shown_as_the_solution_passes(examples, kind):
    space = {}
    exec(examples[kind].code, space)
    assert verdict(examples[kind], space[examples[kind].name])[0] == "right"


def test_a_repair_shows_what_is_broken_and_counts_no_try(examples):
    source = examples["repair"].blank
    assert source.startswith("def top_two(scores):") and "broken" not in source
    feedback = give_feedback(examples["repair"], blank_of(examples["repair"]))
    assert feedback.status == "blank" and "not repaired yet" in feedback.message
    assert feedback.example.expected != feedback.example.got


@pytest.mark.parametrize("before", ["", "import numpy as np\n\n\n"])
def test_a_repair_with_numpy_is_untouched_wherever_numpy_was_imported(before):
    space = {"np": np}
    repair = exercises()["9.4"]
    exec(before + repair.blank, space)
    assert give_feedback(repair, space[repair.name]).status == "blank"
    exec(before + repair.blank.replace("scores, 0)", "scores, -1)"), space)
    assert give_feedback(repair, space[repair.name]).status == "wrong"


def test_gaps_are_gaps_and_a_half_filled_one_is_still_open(examples):
    blank = examples["fill in"].blank
    assert blank.count("____") == 2 and "astype" not in blank and "def pairs(labels)" in blank
    space = {}
    exec(blank.replace("____", "astype(int)", 1), space)
    status, message = verdict(examples["fill in"], space["pairs"])
    assert status == "blank" and "gaps ____" in message


@pytest.mark.parametrize("answer", ["[2, 1, 0]", " [2,1, 0] ", [2, 1, 0], [2.0, 1, 0]])
def test_a_prediction_may_be_a_value_or_a_text(examples, answer):
    assert verdict(examples["predict"], answer)[0] == "right"


@pytest.mark.parametrize("answer", ["2, 1", [0, 1, 2], "[2, 1, 0, 0]", 3, {2, 1, 0}, "counts", ""])
def test_a_wrong_prediction_is_wrong(examples, answer):
    assert verdict(examples["predict"], answer)[0] == "wrong"


@pytest.mark.parametrize("answer", ["(B)", " b ", "B"])
def test_a_letter_may_be_written_in_any_way(examples, answer):
    assert verdict(examples["quiz"], answer)[0] == "right"


def test_each_claim_that_is_misjudged_is_answered(examples):
    status, message = verdict(examples["judge"], [False, True])
    assert status == "wrong" and "Claim 1:" in message and "Claim 2:" in message
    for cheat in ([True], True, "True, False", [1, 0], [True, False, True], {True, False}):
        assert verdict(examples["judge"], cheat)[0] == "wrong"


GOOD = "The score is too optimistic there, while the test should tell of films that are new."


@pytest.mark.parametrize(
    "cheat",
    [
        "optimistic new",
        "optimistic unseen future threshold score model films test training split data genre",
        "it is optimistic on new films " * 5,
        "Why is the threshold chosen on the training films, and not on the test films? optimistic "
        "new",
        "Because it is better to do it in this way than in the other one, as we know.",
        3,
        ["The score is optimistic.", "The films are new."],
    ],
)
def test_a_written_answer_must_be_sentences_with_the_ideas(examples, cheat):
    assert verdict(examples["explain"], cheat)[0] == "wrong"
    assert verdict(examples["explain"], GOOD)[0] == "right"


def test_an_explanation_says_that_it_was_not_understood(examples):
    message = verdict(examples["explain"], GOOD)[1]
    assert "only you can judge" in message and examples["explain"].solution() in message


def test_an_open_answer_is_told_its_number(examples):
    assert "is 2; at least 5" in verdict(examples["open"], "A dog.")[1]


def test_a_quiz_unfolds_what_is_said_to_each_choice(examples):
    question = Quiz(examples["quiz"])
    bundle = question._repr_mimebundle_()
    assert bundle["text/html"].count("<details") == 3 and "<em>baseline</em>" in bundle["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_what_can_not_be_an_exercise_is_told_at_once():
    about = {"objective": "x", "question": "x?", "hints": ("", "", "")}
    with pytest.raises(CourseError, match="is no option"):
        choice("99.9", right="z", a=("x", "y"), **about)
    with pytest.raises(CourseError, match="some claims should hold"):
        claims("99.9", statements=(("x", True, "y"),), explanation="", **about)
    with pytest.raises(CourseError, match="number of its own"):
        choice("2.1", right="a", a=("x", "y"), **about)

    twice = {"name": "f", "gaps": ("items",), "solution": twice_in_it}
    parts = {"question": "x?", "hints": about["hints"]} | twice
    with pytest.raises(CourseError, match="2 times"):
        exercise("99.9", objective="x")(type("gaps", (), parts))
    assert "99.9" not in exercises()


def twice_in_it(items):
    """A solution with a word that stands in it twice."""
    return len(items)


@pytest.mark.parametrize(
    "number, bound, digits, texts",
    [
        (0.62, 0.75, 2, ("0.62", "0.75")),
        (0.746, 0.75, 2, ("0.746", "0.750")),
        (0.34616, 0.346, 3, ("0.3462", "0.3460")),
        (74.6, 75, 0, ("74.6", "75.0")),
        (-0.0304, -0.03, 2, ("-0.0304", "-0.0300")),
        (0.25, 0.25, 2, ("0.250000", "0.250000")),
    ],
)
def test_a_miss_is_shown_as_one(number, bound, digits, texts):
    """A number that is too small by a hair must not look like the one that is asked for."""
    assert apart(number, bound, digits) == texts


def test_a_bound_that_is_missed_by_a_hair_is_not_shown_as_reached():
    low_enough = bounded(lambda answer: answer, "loss", at_most=0.346, digits=3)
    assert low_enough(0.346) is None
    assert low_enough(0.34616) == "The loss is 0.3462; at most 0.346 is asked for."
    high_enough = bounded(lambda answer: answer, "share", at_least=0.75)
    assert high_enough(0.746) == "The share is 0.746; at least 0.75 is asked for."
