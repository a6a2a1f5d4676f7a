"""No wrong answer passes: changed solutions, and what learners really answer (`wrong_answers/`)."""

import os
from dataclasses import replace

import numpy as np
import pytest
from tools.exercise_mutants import (
    STOPPED,
    asks_for_a_function,
    course,
    judged,
    made_only_in_the_cases,
    mutants,
    quiet,
    read_wrong_answers,
    results,
    survivors,
    table,
)
from tools.random_inputs import INPUTS

from genre_tutorial.course.compare import same
from genre_tutorial.multimodal import fit_fusion_weights

PRECISION = (
    "2 * (labels & predicted).to_numpy().sum() / (predicted.to_numpy().sum() + labels.to_numpy()"
)
KNOWN = course.exercises()
WRONG, SAME = read_wrong_answers()
TRIED = {wrong.number.split(".")[0] for wrong in WRONG}
MINE = [number for number in KNOWN if number.split(".")[0] in TRIED]
COMPARED = [number for number in MINE if KNOWN[number].cases]


def by_hand(number):
    """The wrong answers of one exercise."""
    return [wrong for wrong in WRONG if wrong.number == number]


@pytest.mark.parametrize("number", COMPARED)
def test_no_changed_solution_passes_but_those_that_are_the_same_function(number):
    alive, tried = survivors(KNOWN[number])
    assert set(alive) == set(SAME.get(number, {}))
    assert tried - len(alive) + len(by_hand(number)) >= 8


@pytest.mark.parametrize("number", SAME)
def test_the_same_function_gives_the_same_on_random_inputs(number):
    solution = KNOWN[number].solution
    alike = [m.function for m in mutants(KNOWN[number]) if m.name in SAME[number]]
    assert len(alike) == len(SAME[number])
    rng = np.random.default_rng(18)
    for _ in range(60):
        arguments = INPUTS[number](rng)
        with quiet():
            wanted = solution(*arguments)
            assert all(same(function(*arguments), wanted, 1e-9) for function in alike)


TRUE_ALL_THE_SAME = {
    "3.4": ["return int(np.floor(examples / share))"],  # so many combinations, less a fraction
    "4.6": [f"return {PRECISION}.mean())"],  # a mean of yes and no is less than one film
    "12.3": ["twice_one_side"],  # whichever of the two it is
    "14.3": ["return math.ceil(4 * share * (1 - share) // h ** 2)"],  # both round down
}
TRIED_INPUTS = int(os.environ.get("INPUTS_TRIED", 12))


@pytest.mark.parametrize("number", COMPARED)
def test_a_named_mistake_is_made_everywhere_and_not_in_our_cases_alone(number):
    rng = np.random.default_rng(5)
    inputs = [INPUTS[number](rng) for _ in range(TRIED_INPUTS)]
    assert not any(result is None for result in results(KNOWN[number].solution, inputs))
    answers = [(mutant.name, mutant.function) for mutant in mutants(KNOWN[number])]
    answers += [(wrong.name, wrong.answer) for wrong in by_hand(number) if callable(wrong.answer)]
    odd = made_only_in_the_cases(KNOWN[number], answers, inputs)
    assert set(odd) <= set(TRUE_ALL_THE_SAME.get(number, ()))


def test_a_mistake_made_in_the_cases_alone_is_found():
    wrong = {"none": (lambda numbers, limit: [], "Nothing comes out.")}
    exercise = replace(as_exercise(two_largest, ([1, 2, 0], 3)), wrong=wrong)
    answers = [("by chance", lambda numbers, limit: [x for x in numbers if x > limit])]
    assert made_only_in_the_cases(exercise, answers, [([5, 1], 0)]) == ["by chance"]
    assert made_only_in_the_cases(exercise, answers, [([5, 1], 9)]) == []


def test_each_function_has_inputs_to_be_tried_on():
    assert set(COMPARED) == set(INPUTS)  # a new one needs a maker in `tools/random_inputs.py`


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.number} {wrong.name}")
def test_what_a_learner_answers_does_not_pass(wrong):
    status, message = judged(KNOWN[wrong.number], wrong.answer)
    assert status == "wrong" and wrong.says in message


@pytest.mark.parametrize("number", MINE)
def test_there_are_enough_wrong_answers(number):
    mine = by_hand(number)
    assert len({wrong.name for wrong in mine}) == len(mine)
    judged_function = asks_for_a_function(KNOWN[number]) and number not in COMPARED
    assert len(mine) >= (8 if judged_function else 3 if number in COMPARED else 4)


def colours(picture):
    """What a hint of 7.5 suggests as a start."""
    return [*picture.mean(axis=(0, 1)), *picture.std(axis=(0, 1))]


@pytest.mark.parametrize("number, answer", [("10.5", fit_fusion_weights), ("7.5", colours)])
def test_what_a_hint_suggests_is_right(number, answer):
    assert judged(KNOWN[number], answer)[0] == "right"


def test_each_one_belongs_to_an_exercise_and_has_its_reason():
    assert {wrong.number for wrong in WRONG} | set(SAME) <= set(KNOWN)
    assert all(len(reason) > 20 for reasons in SAME.values() for reason in reasons.values())


def test_the_table_counts_mutants_and_wrong_answers():
    head, line = table(["2.2"]).splitlines()
    figures = dict(zip(head.split()[2:], map(int, line.split()[2:]), strict=False))
    assert head.split()[:2] == ["exercise", "kind"] and line.split()[:2] == ["2.2", "write"]
    assert figures["mutants"] == figures["killed"] > 10 and figures["same"] == 0
    assert len(by_hand("2.2")) == int(line.split()[-1]) == int(line.split()[-2])


def as_exercise(solution, *cases):
    """Something with a solution and cases."""
    hints = ("Look again.",) * 3
    return course.Exercise("0", "", "", "", hints, "", solution, cases=cases)


def two_largest(numbers, limit):
    best = sorted([n for n in numbers if n < limit], reverse=True)
    return best[:2] if best and sum(best) / len(best) > 0 else min(numbers)


NAMES = [
    "best = sorted([n for n in numbers if n <= limit], reverse=True)",
    "best = sorted([n for n in numbers], reverse=True)",
    "best = sorted([n for n in numbers if n < limit], reverse=False)",
    "best = [n for n in numbers if n < limit]",
    "return best if best and sum(best) / len(best) > 0 else min(numbers)",
    "return best[:3] if best and sum(best) / len(best) > 0 else min(numbers)",
    "return best[:2] if best or sum(best) / len(best) > 0 else min(numbers)",
    "return best[:2] if best and sum(best) > 0 else min(numbers)",
    "return best[:2] if best and sum(best) // len(best) > 0 else min(numbers)",
    "return best[:2] if best and sum(best) / len(best) > 0 else max(numbers)",
    "return (best[:2] if best and sum(best) / len(best) > 0 else min(numbers))[::-1]",
    "return best[:2]",
]


def test_the_mutants_are_those_one_would_think_of():
    names = [mutant.name for mutant in mutants(as_exercise(two_largest))]
    assert set(NAMES) <= set(names) and len(set(names)) == len(names)
    assert "best = sorted([n for n in numbers if n < limit], reverse=True)" not in names


def test_weak_cases_let_mutants_live_and_better_ones_do_not():
    weak, total = survivors(as_exercise(two_largest, ([3, 1], 9)))
    better, _ = survivors(as_exercise(two_largest, ([1, 2, 0, 3, 4], 3), ([-3, 1, 5], 2)))
    assert total > len(weak) > 10 and len(better) < len(weak) / 2


def forever(numbers, limit):
    while True:
        pass


def test_an_endless_answer_is_stopped(monkeypatch):
    monkeypatch.setattr("tools.exercise_mutants.SECONDS", 0.2)
    status, message = judged(as_exercise(two_largest, ([3, 1], 9)), forever)
    assert (status, message) == ("wrong", STOPPED)
