"""Make wrong answers out of an exercise's solution, and see whether one of them passes.

    PYTHONPATH=tests python tests/tools/exercise_mutants.py          # survivors of all exercises
    PYTHONPATH=tests python tests/tools/exercise_mutants.py 2.2 3    # of one, of a chapter
    PYTHONPATH=tests python tests/tools/exercise_mutants.py -v 2.2   # what each one is told

A mutant is the solution with one thing changed: a comparison flipped or made strict, a number off
by one, a step, a filter or a statement left out, an axis turned, a divisor dropped, `sum` for
`mean`, `any` for `all`, a result in another order, and so on (`ALTERNATIVES`). Mutants are made
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
import warnings
from dataclasses import replace
from difflib import ndiff
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

import genre_tutorial.course.exercises as course

SECONDS = 10  # of processor time, so that a busy machine does not shorten it
STOPPED = "did not end"

# %% what may stand in place of a node

COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
OPERATORS = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd, ast.BitXor),
}
COMMUTES = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr)
NAMES = {
    "sum": ("mean", "max"),
    "mean": ("sum", "median"),
    "median": ("mean",),
    "any": ("all",),
    "all": ("any",),
    "min": ("max",),
    "max": ("min",),
    "minimum": ("maximum",),
    "maximum": ("minimum",),
    "argmin": ("argmax",),
    "argmax": ("argmin",),
    "idxmin": ("idxmax",),
    "idxmax": ("idxmin",),
    "union": ("intersection",),
    "intersection": ("union",),
    "head": ("tail",),
    "tail": ("head",),
    "nlargest": ("nsmallest",),
    "nsmallest": ("nlargest",),
    "startswith": ("endswith",),
    "endswith": ("startswith",),
    "floor": ("ceil", "round"),
    "ceil": ("floor", "round"),
    "log": ("log2", "log10", "log1p"),
    "log2": ("log", "log10"),
    "sqrt": ("square",),
    "std": ("var",),
    "lower": ("upper",),
    "set": ("list",),
    "count": ("nunique", "size"),
    "cumsum": ("sum",),
    "vstack": ("hstack",),
    "hstack": ("vstack",),
    "zeros": ("ones",),
    "ones": ("zeros",),
}


def _compare(node):
    """Each comparison strict or not, and turned round."""
    for i, old in enumerate(node.ops):
        for new in COMPARISONS.get(type(old), ()):
            ops = [*node.ops[:i], new(), *node.ops[i + 1 :]]
            yield ast.Compare(node.left, ops, node.comparators)


def _arithmetic(node):
    """Another operator, only one side of it, or its sides the other way round."""
    for new in OPERATORS.get(type(node.op), ()):
        yield ast.BinOp(node.left, new(), node.right)
    yield node.left
    yield node.right
    if not isinstance(node.op, COMMUTES):
        yield ast.BinOp(node.right, node.op, node.left)


def _logic(node):
    """`and` for `or`, and each condition left out."""
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for i in range(len(node.values)):
        rest = node.values[:i] + node.values[i + 1 :]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _sign(node):
    """A minus or a *not* left out."""
    yield node.operand


def _constant(node):
    """A number off by one, doubled; a yes for a no."""
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, (int, float)):
        changed = [node.value + 1, node.value - 1, node.value * 2]
        yield from (ast.Constant(value) for value in changed if value != node.value)


def _name(node):
    """A function's neighbour, such as `all` for `any`."""
    for new in NAMES.get(node.id, ()):
        yield ast.Name(new, node.ctx)


def _attribute(node):
    """A method's neighbour, or the attribute left out: `Y.T` becomes `Y`."""
    for new in NAMES.get(node.attr, ()):
        yield ast.Attribute(node.value, new, node.ctx)
    yield node.value


def _call(node):
    """A step left out, an argument left out, two arguments changed, sorted the other way."""
    if isinstance(node.func, ast.Attribute):
        yield node.func.value
    if len(node.args) == 1:
        yield node.args[0]
    for i in range(len(node.args)):
        yield ast.Call(node.func, node.args[:i] + node.args[i + 1 :], node.keywords)
    if len(node.args) == 2 and _called(node) not in ("min", "max", "minimum", "maximum"):
        yield ast.Call(node.func, node.args[::-1], node.keywords)
    for i, keyword in enumerate(node.keywords):
        if keyword.arg != "strict":  # it only guards against tables of unequal length
            yield ast.Call(node.func, node.args, node.keywords[:i] + node.keywords[i + 1 :])
    yield from _turned(node)


def _called(node):
    """The name of the function or method that a call calls."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _turned(node):
    """`sorted` backwards or not at all; a spread that divides by another number."""
    name = _called(node)
    given = {keyword.arg for keyword in node.keywords}
    if name == "sorted" and "reverse" not in given:
        yield _with(node, "reverse", True)
        yield ast.Call(ast.Name("list", ast.Load()), node.args, [])
    if name in ("std", "var") and "ddof" not in given:
        yield from (_with(node, "ddof", number) for number in (0, 1))
    if name in ("sum", "mean", "any", "all", "max", "min", "argmax") and "axis" not in given:
        yield _with(node, "axis", 1)


def _with(call, name, value):
    """The same call with one keyword more."""
    return ast.Call(call.func, call.args, [*call.keywords, ast.keyword(name, ast.Constant(value))])


def _subscript(node):
    """A choice of rows, columns or items left out."""
    yield node.value


def _slice(node):
    """A slice without its beginning, its end or its step."""
    for part in ("lower", "upper", "step"):
        if getattr(node, part) is not None:
            kept = {"lower": node.lower, "upper": node.upper, "step": node.step, part: None}
            yield ast.Slice(**kept)


def _tuple(node):
    """Two things the other way round: rows ↔ columns in `.loc[rows, columns]`, values in a pair."""
    if len(node.elts) == 2:
        yield type(node)(node.elts[::-1], node.ctx)


def _comprehension(node):
    """A filter left out."""
    for i in range(len(node.ifs)):
        rest = node.ifs[:i] + node.ifs[i + 1 :]
        yield ast.comprehension(node.target, node.iter, rest, node.is_async)


def _either(node):
    """Always the one, always the other, or the other way round."""
    yield node.body
    yield node.orelse
    yield ast.IfExp(node.test, node.orelse, node.body)


def _branch(node):
    """A branch always taken, never taken, or taken when it should not be."""
    for test in (ast.Constant(True), ast.Constant(False), ast.UnaryOp(ast.Not(), node.test)):
        yield ast.If(test, node.body, node.orelse)


def _added(node):
    """`+=` becomes `=`."""
    yield ast.Assign([node.target], node.value)


def _returned(node):
    """The result backwards: the other order of rows, words or items."""
    if node.value is not None:
        backwards = ast.Slice(None, None, ast.Constant(-1))
        yield ast.Return(ast.Subscript(node.value, backwards, ast.Load()))


ALTERNATIVES = {
    ast.Compare: _compare,
    ast.BinOp: _arithmetic,
    ast.BoolOp: _logic,
    ast.UnaryOp: _sign,
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Tuple: _tuple,
    ast.comprehension: _comprehension,
    ast.IfExp: _either,
    ast.If: _branch,
    ast.AugAssign: _added,
    ast.Return: _returned,
}
NEVER = {(ast.FunctionDef, "decorator_list"), (ast.FunctionDef, "args")}
STEPS = (ast.Expr, ast.AugAssign, ast.Assign, ast.Continue, ast.Break, ast.If)


def _alternatives(node, parameters):
    """What may stand in place of a node."""
    yield from ALTERNATIVES.get(type(node), lambda node: ())(node)
    if isinstance(node, ast.Name) and node.id in parameters and isinstance(node.ctx, ast.Load):
        yield from (ast.Name(other, node.ctx) for other in sorted(parameters - {node.id}))
    if isinstance(node, STEPS):
        yield ast.Pass()


def _changes(tree, parameters):
    """The tree with one node changed, again and again; it is the same tree each time."""
    for parent in list(ast.walk(tree)):
        for field, value in list(ast.iter_fields(parent)):
            if (type(parent), field) in NEVER or getattr(parent, "arg", "") == "strict":
                continue
            places = enumerate(list(value)) if isinstance(value, list) else [(None, value)]
            for place, child in places:
                if isinstance(child, ast.AST):
                    for new in _alternatives(child, parameters):
                        if field == "func" and new is getattr(child, "value", None):
                            continue  # `x.sum()` becomes `x` as a call, not `x()`
                        _put(parent, field, place, new)
                        yield tree
                    _put(parent, field, place, child)


def _put(parent, field, place, node):
    """One node in the place of another."""
    if place is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[place] = node


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
    for changed in _changes(tree, parameters):
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
def limited():
    """Stop what takes longer than `SECONDS` of processor time (not on Windows)."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_):
        raise DidNotEnd

    old = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
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


def judged(exercise, answer):
    """Status and message that an answer gets; whatever it does, and however long it would take."""
    try:
        with quiet(), limited():
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


def main(words):
    """Report on the exercises wanted; returns how many wrong answers pass."""
    verbose = "-v" in words
    wanted = [word for word in words if word != "-v"]
    missed = 0
    for number, exercise in course.exercises().items():
        if not wanted or number in wanted or number.split(".")[0] in wanted:
            missed += _report(number, exercise, verbose)
    return missed


if __name__ == "__main__":
    # the list is filled by modules that import this one under its own name
    sys.exit(bool(importlib.import_module("tools.exercise_mutants").main(sys.argv[1:])))
