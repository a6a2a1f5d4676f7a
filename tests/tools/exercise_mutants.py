"""Make wrong answers out of an exercise's solution, and see whether one of them passes.

    PYTHONPATH=tests python tests/tools/exercise_mutants.py          # survivors of all exercises
    PYTHONPATH=tests python tests/tools/exercise_mutants.py 2.2 3    # of one, of a chapter
    PYTHONPATH=tests python tests/tools/exercise_mutants.py -v 2.2   # what each one is told
    PYTHONPATH=tests python tests/tools/exercise_mutants.py -t       # all in a table

A mutant is the solution with one thing changed: a comparison flipped or made strict, a number off
by one, a step, a filter or a statement left out, an axis turned, a divisor dropped, `sum` for
`mean`, `any` for `all`, a result in another order, and so on (`alternatives.py`). Mutants are made
where an answer is compared with the solution's; an answer that is judged by a bound may well be a
changed solution. `tests/wrong_answers/` holds what learners answer, and the mutants that are the
same function as the solution, with the reason.
"""

import ast
import contextlib
import importlib
import inspect
import io
import pkgutil
import signal
import sys
import textwrap
import time
import warnings
from dataclasses import replace
from difflib import ndiff
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tools.alternatives import changes

import genre_tutorial.course.exercises as course
from genre_tutorial.course.compare import same
from genre_tutorial.course.guard import own_copy

SECONDS = 10  # of processor time at least, so that a busy machine does not shorten it
STOPPED = "did not end"

# %% the mutants of one exercise


class Mutant(NamedTuple):
    """A wrong answer: what it looks like (the changed lines), and the function."""

    name: str
    function: object


def _source(function):
    """A function's own source, without what stands around it."""
    return textwrap.dedent(inspect.getsource(function))


def _changed_lines(before, after):
    """The lines of a mutant that are not the solution's."""
    lines = list(ndiff(before.splitlines(), after.splitlines()))
    new = [line[2:].strip() for line in lines if line.startswith("+ ")]
    gone = [line[2:].strip() for line in lines if line.startswith("- ")]
    return "; ".join(new) if new else "without: " + "; ".join(gone)


def _made(source, like):
    """A function from its source, with the names that its model knows; None if it is no Python."""
    space = dict(like.__globals__)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(source, "<mutant>", "exec"), space)
    except (SyntaxError, ValueError):
        return None
    return space[like.__name__]


def mutants(exercise):
    """All mutants of an exercise's solution, each once."""
    tree = ast.parse(_source(exercise.solution))
    before = ast.unparse(tree)
    parameters = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    seen, made = {before}, []
    for changed in changes(tree, parameters):
        after = ast.unparse(changed)
        if after not in seen:
            seen.add(after)
            function = _made(after, exercise.solution)
            if function:
                made.append(Mutant(_changed_lines(before, after), function))
    return made


# %% judging


class DidNotEnd(BaseException):
    """An answer took longer than an answer may."""


@contextlib.contextmanager
def limited(seconds=SECONDS):
    """Stop what takes longer than this of processor time (not on Windows)."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_):
        raise DidNotEnd

    old = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)


@contextlib.contextmanager
def quiet():
    """Neither warnings nor printing of a mutant are of interest."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        with contextlib.redirect_stdout(io.StringIO()):
            yield


@cache
def _prepare(judge, solution, is_answer):
    """Let a judge make what it needs once; the answer's time is not spent on that.

    Returns the processor seconds that it took: a slow machine is slow for every answer.
    """
    before = time.process_time()
    with quiet():
        judge(solution if is_answer else solution())
    return time.process_time() - before


def judged(exercise, answer):
    """Status and message that an answer gets; whatever it does, and however long it would take."""
    seconds = SECONDS
    if exercise.judge:
        solved = _prepare(exercise.judge, exercise.solution, bool(exercise.cases))
        seconds = max(SECONDS, 5 * solved)
    try:
        with quiet(), limited(seconds):
            return course.verdict(exercise, answer)
    except DidNotEnd:
        return "wrong", STOPPED


def asks_for_a_function(exercise):
    """Whether the answer is a function, not a value."""
    return "def " in exercise.blank


def quick(exercise):
    """The exercise with its cases made once, and without diagnoses: right or wrong is enough."""
    return replace(exercise, cases=list(cases_of(exercise)), wrong={})


def cases_of(exercise):
    """The arguments that an exercise tries."""
    return exercise.cases() if callable(exercise.cases) else exercise.cases


def survivors(exercise):
    """The mutants of an exercise that pass, and how many came to an end without an error."""
    made = mutants(exercise) if exercise.cases else []
    bare = quick(exercise)
    told = [(mutant.name, *judged(bare, mutant.function)) for mutant in made]
    alive = [name for name, status, _ in told if status == "right"]
    return alive, sum("Your answer stopped" not in message for *_, message in told)


def results(function, inputs):
    """What a function gives for each input; an error, or no end, gives None."""
    found = []
    for arguments in inputs:
        try:
            with quiet(), limited():
                found.append(function(*own_copy(arguments)))
        except (Exception, DidNotEnd):
            found.append(None)
    return found


def alike(some, others):
    """Whether two lists of results are the same, place by place."""
    return all(same(one, other) for one, other in zip(some, others, strict=True))


def made_only_in_the_cases(exercise, answers, inputs):
    """Answers that are told a named mistake, and give something else than it elsewhere.

    answers: pairs (name, function); inputs: of the kind that the question allows.
    """
    cases = list(cases_of(exercise))
    mistakes = [(mistake, results(mistake, cases)) for mistake, _ in exercise.wrong.values()]
    elsewhere = {mistake: results(mistake, inputs) for mistake, _ in mistakes}
    wanted, odd = results(exercise.solution, cases), []
    for name, function in answers:
        given = results(function, cases)
        if alike(given, wanted) or any(result is None for result in given):
            continue
        named = [mistake for mistake, made in mistakes if alike(given, made)][:1]
        for mistake in named:
            pairs = zip(results(function, inputs), elsewhere[mistake], strict=True)
            if not all(same(x, y) for x, y in pairs if x is not None and y is not None):
                odd.append(name)
    return odd


# %% what learners answer


class Wrong(NamedTuple):
    """A wrong answer by hand; `says`: words that must be in what it is told."""

    number: str
    name: str
    answer: object
    says: str = ""


WRONG: list[Wrong] = []
SAME: dict[str, dict[str, str]] = {}


def learner(number, says=""):
    """Put a function on the list of wrong answers.

    Where the exercise asks for a function, it is the answer; else it gives the answer. `says` is a
    part of the sentence that the learner should read.
    """

    def keep(function):
        is_answer = asks_for_a_function(course.find(number))
        answer = function if is_answer else function()
        WRONG.append(Wrong(number, function.__name__, answer, says))
        return function

    return keep


def cheats(number, *values):
    """Put plain values on the list of wrong answers: choices, texts, empty tables."""
    for value in values:
        place = sum(wrong.number == number for wrong in WRONG)
        is_plain = isinstance(value, (str, int, float))
        name = repr(value)[:30] if is_plain else type(value).__name__
        WRONG.append(Wrong(number, f"{place}: {name}", value))


def same_function(number, why, *names):
    """Mutants of an exercise that are the same function as its solution, and why they are.

    names: the mutants' names, as `survivors` gives them.
    """
    SAME.setdefault(number, {}).update(dict.fromkeys(names, why))


@cache
def read_wrong_answers():
    """Fill `WRONG` and `SAME` from `tests/wrong_answers/`."""
    folder = Path(__file__).parents[1] / "wrong_answers"
    for module in pkgutil.iter_modules([str(folder)]):
        importlib.import_module(f"wrong_answers.{module.name}")
    return WRONG, SAME


# %% the command line


def _report(number, exercise, verbose):
    """What an exercise's mutants and wrong answers come to; returns how many are unexplained."""
    wrong, same = read_wrong_answers()
    alive, total = survivors(exercise)
    unexplained = [name for name in alive if name not in same.get(number, {})]
    told = {w.name: judged(exercise, w.answer) for w in wrong if w.number == number}
    passed = [name for name, (status, _) in told.items() if status == "right"]
    explained = len(alive) - len(unexplained)
    print(f"{number:5} {total} mutants that run, {len(alive)} alive, {explained} same;", end=" ")
    print(f"{len(told)} by hand, {len(passed)} passed")
    for name in unexplained + passed:
        print(f"      ALIVE {name}")
    if verbose:
        made = mutants(exercise) if exercise.cases else []
        _tell(told | {mutant.name: judged(exercise, mutant.function) for mutant in made})
    return len(unexplained) + len(passed)


def _tell(told):
    """Print what each wrong answer is told."""
    for name, (status, message) in told.items():
        if status != "right":
            print(f"      {name}\n          {message}")


def table(numbers):
    """A line for each exercise: mutants made, killed, the same function; wrong answers by hand."""
    wrong, same_ones = read_wrong_answers()
    lines = [
        f"{'exercise':9}{'kind':9}{'mutants':>8}{'killed':>8}{'same':>6}{'by hand':>9}{'failed':>8}"
    ]
    for number in numbers:
        exercise = course.find(number)
        alive, _ = survivors(exercise)
        made = len(mutants(exercise)) if exercise.cases else 0
        told = [judged(exercise, w.answer)[0] for w in wrong if w.number == number]
        counts = made, made - len(alive), len(same_ones.get(number, {}))
        failed = sum(status == "wrong" for status in told)
        lines.append(
            f"{number:9}{exercise.kind:9}{counts[0]:8}{counts[1]:8}{counts[2]:6}{len(told):9}{failed:8}"
        )
    return "\n".join(lines)


def main(words):
    """Report on the exercises wanted; returns how many wrong answers pass."""
    verbose = "-v" in words
    wanted = [word for word in words if not word.startswith("-")]
    if "-t" in words:
        chosen = [n for n in course.exercises() if {n, n.split(".")[0]} & set(wanted or [n])]
        print(table(chosen))
        return 0
    missed = 0
    for number, exercise in course.exercises().items():
        if not wanted or number in wanted or number.split(".")[0] in wanted:
            missed += _report(number, exercise, verbose)
    return missed


if __name__ == "__main__":
    # the list is filled by modules that import this one under its own name
    sys.exit(bool(importlib.import_module("tools.exercise_mutants").main(sys.argv[1:])))
