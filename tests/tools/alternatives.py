"""What may stand in place of each piece of a function: the changes that mutants are made of."""

import ast

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


def changes(tree, parameters):
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
