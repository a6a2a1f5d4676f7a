"""Code reads aloud: no conditional in a conditional, no sum of something and perhaps nothing, no
comprehension in a comprehension; the rules are shown to fail.
"""

import ast

import pytest
from test_layers import ROOT, cells_of, modules_of

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
EMPTY = {"''", "b''", "[]", "()", "{}", "set()", "dict()", "list()", "tuple()", "frozenset()"}
TEXTS = (ast.JoinedStr, ast.List, ast.Tuple)
CONDITIONS = (ast.Compare, ast.BoolOp)
CHOICE = "a conditional inside a conditional"
NOTHING = "something or nothing is added: an `if` says so"
MANY = "comprehensions inside one another: a loop or a function with a name"


def contains(node, kinds):
    """Whether a piece of code has such a node below its top."""
    return any(isinstance(below, kinds) for below in ast.walk(node) if below is not node)


def is_perhaps(node):
    """`a if b else []`: something, or nothing."""
    if not isinstance(node, ast.IfExp):
        return False
    return ast.unparse(node.body) in EMPTY or ast.unparse(node.orelse) in EMPTY


def put_together(node):
    """What a node joins with something else: by an operator, a star, or in an f-string."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, (ast.AugAssign, ast.Starred, ast.FormattedValue)):
        return [node.value]
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [value for key, value in pairs if key is None]
    return []


def is_text(node):
    """Whether it is certainly a text or a list, which a condition can't sensibly multiply."""
    return isinstance(node, TEXTS) or isinstance(getattr(node, "value", None), (str, bytes))


def is_condition(node):
    """Whether it is certainly true or false."""
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not)
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in {"bool", "isinstance", "any", "all"}
    return isinstance(node, CONDITIONS)


def is_multiplied(node):
    """A text times a condition: the text, or nothing."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)):
        return False
    sides = (node.left, node.right)
    return any(map(is_text, sides)) and any(map(is_condition, sides))


def is_tangled(node):
    """A comprehension inside another; more than two `for`s; or an `if` before the second `for`.

    To flatten, `x for row in rows for x in row`, and to pair each with each read aloud.
    """
    if not isinstance(node, COMPREHENSIONS):
        return False
    *before, _ = node.generators
    return contains(node, COMPREHENSIONS) or len(before) > 1 or any(part.ifs for part in before)


def faults(source):
    """Every piece of code that doesn't read aloud, with the reason."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.IfExp) and contains(node, ast.IfExp):
            found.append((CHOICE, ast.unparse(node)))
        if any(map(is_perhaps, put_together(node))) or is_multiplied(node):
            found.append((NOTHING, ast.unparse(node)))
        if is_tangled(node):
            found.append((MANY, ast.unparse(node)))
    return found


def pieces():
    """All code of the course, with a name: the modules, and the cells that are not exported."""
    yield from modules_of(ROOT).items()
    for path in sorted((ROOT / "nbs").rglob("*.ipynb")):
        for source in cells_of(path):
            yield path.stem, source


def test_the_course_reads_aloud():
    found = []
    for name, source in pieces():
        found += [(name, *fault) for fault in faults(source)]
    assert found == []


@pytest.mark.parametrize(
    "planted, why",
    [
        ("x = 1 if a else 2 if b else 3", CHOICE),
        ("x = (1 if a else 2) if b else 3", CHOICE),
        ("x = f(1 if a else 2) if b else 3", CHOICE),
        ("x += [a] if a else []", NOTHING),
        ("x |= {} if a else {1: 2}", NOTHING),
        ("x |= {1} if a else set()", NOTHING),
        ("x = a + ([b] if c else [])", NOTHING),
        ("x = (a if c else '') + b", NOTHING),
        ("x = a | ({1: 2} if c else {})", NOTHING),
        ("x = [*a, *([b] if c else [])]", NOTHING),
        ("x = {**a, **(b if c else {})}", NOTHING),
        ("x = f'{a if c else \"\"}'", NOTHING),
        ("x = '…' * (len(a) > 5)", NOTHING),
        ("x = (a == b) * f'{a}'", NOTHING),
        ("x = ['-k', a] * bool(a)", NOTHING),
        ("x = '…' * (not a)", NOTHING),
        ("x = [[f(x) for x in row] for row in rows]", MANY),
        ("x = {a: sum(f(x) for x in a) for a in rows}", MANY),
        ("x = [x for x in a if not any(y == x for y in b)]", MANY),
        ("x = [x for x in {y for y in a}]", MANY),
        ("x = [(a, b) for row in rows for a in row for b in row]", MANY),
        ("x = {f(a) for row in rows if row for a in row}", MANY),
    ],
)
def test_code_that_does_not_read_aloud_is_seen(planted, why):
    assert [reason for reason, _ in faults(planted)] == [why]


@pytest.mark.parametrize(
    "plain",
    [
        "x = [a] if a else []",
        "x += [a] if a else [b]",
        "x = a * (b > 0)",
        "x = '-' * len(a)",
        "x = [0] * (n + 1)",
        "x = [x for row in rows for x in row]",
        "x = [f'{a} {b}' for a in first for b in second]",
        "x = [a if a else b for a in rows]",
        "for a in [x for x in b]:\n    y = [x for x in a]",
    ],
)
def test_code_that_reads_aloud_is_left_alone(plain):
    assert faults(plain) == []
