"""What the source says to people, found by reading it: where messages are made, and where they are handed on.

Both work on sources by path, so that a test can plant a fault in a module that is nowhere on the disk.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What makes a message of a code that stands there, and what its codes begin with in the portal's catalogue.
MAKERS = {"Message": "", "Complaint": "slurm."}
# What passes on words that are not the portal's.
QUOTE = "verbatim"
# The roots of the trees of errors that people see.
ERRORS = frozenset({"PortalError", "SchedulerError", "DocumentError", "BadOption", "Rejected"})
# Where a message is read from a document, or quotes: the code is no literal there.
READERS = frozenset({"portal/domain/message.py", "slurm/complaint.py"})

Sources = Mapping[str, str]


def sources_of_the_portal() -> dict[str, str]:
    """Return every module of `portal` and `slurm` by its path."""
    paths = [path for folder in ("portal", "slurm") for path in sorted((ROOT / folder).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


@dataclass(frozen=True)
class Made:
    """A place where a message is made: the code or, where it ends in a value, its beginning; and its parameters."""

    where: str
    code: str
    is_family: bool
    params: frozenset[str]


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]


def _is_text(node: ast.expr) -> bool:
    """Tell whether an expression is a text that is written, joined or filled in on the spot."""
    if isinstance(node, ast.JoinedStr):
        return any(map(_is_text, node.values))
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and any(map(str.isalpha, node.value))
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in ("format", "join") and _is_text(node.func.value)
    return False


def _mentions(annotation: ast.expr | None) -> bool:
    """Tell whether an annotation is a collection in which there are messages."""
    return annotation is not None and any(name in ast.unparse(annotation) for name in MAKERS)


def _speaks(annotation: ast.expr | None) -> bool:
    """Tell whether an annotation is a message, or None or a stored sentence beside it."""
    if annotation is None:
        return False
    text = annotation.value if isinstance(annotation, ast.Constant) else ast.unparse(annotation)
    return bool(set(MAKERS) & {part.strip() for part in str(text).split("|")})


class Reading:
    """All modules, read once: classes of errors, classes and functions that hold or give messages."""

    def __init__(self, sources: Sources) -> None:
        self.trees = {path: ast.parse(text) for path, text in sources.items()}
        for tree in self.trees.values():
            for parent in ast.walk(tree):
                for child in ast.iter_child_nodes(parent):
                    child.parent = parent  # type: ignore[attr-defined]

    def _classes(self) -> Iterator[ast.ClassDef]:
        for tree in self.trees.values():
            yield from (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))

    @cached_property
    def errors(self) -> frozenset[str]:
        """The names of all classes of errors that people see."""
        bases = {node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases} for node in self._classes()}
        found = set(ERRORS)
        while more := {name for name, of in bases.items() if of & found} - found:
            found |= more
        return frozenset(found)

    @cached_property
    def holders(self) -> Mapping[str, Mapping[str, int]]:
        """The fields of the portal's classes that hold one message, by class: name and position."""
        found: dict[str, dict[str, int]] = {}
        portals = (node for path, tree in self.trees.items() if path.startswith("portal/") for node in ast.walk(tree))
        for node in (node for node in portals if isinstance(node, ast.ClassDef)):
            fields = [item for item in node.body if isinstance(item, ast.AnnAssign)]
            names = [item for item in fields if "ClassVar" not in ast.unparse(item.annotation)]
            held = {ast.unparse(item.target): at for at, item in enumerate(names) if _speaks(item.annotation)}
            if held and node.name not in MAKERS:
                found.setdefault(node.name, {}).update(held)
        return found

    @cached_property
    def givers(self) -> frozenset[str]:
        """The functions and properties that return a message, or several; which of the two mypy sees to."""
        functions = (
            node for tree in self.trees.values() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
        )
        return frozenset(node.name for node in functions if _mentions(node.returns))

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The attributes that are a message, or a list of them."""
        held = {name for fields in self.holders.values() for name in fields}
        lists = {
            ast.unparse(item.target).rpartition(".")[2]
            for node in self._classes()
            for item in ast.walk(node)
            if isinstance(item, ast.AnnAssign) and _mentions(item.annotation)
        }
        of_errors = {
            target.attr
            for node in self._classes()
            if node.name in self.errors
            for target in ast.walk(node)
            if isinstance(target, ast.Attribute) and isinstance(target.ctx, ast.Store)
        }
        return frozenset(held | lists | of_errors) | self.givers

    def made(self) -> Iterator[Made | str]:
        """Yield every place where a message is made, and a sentence for each whose code cannot be read there."""
        for path, tree in self.trees.items():
            if path in READERS:
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
                    yield _read_made(node, f"{path}:{node.lineno}", MAKERS[node.func.id])

    def unsaid(self) -> Iterator[str]:
        """Yield every place where an error, or what holds a message, gets something else than a message."""
        for path, tree in self.trees.items():
            if path in READERS:
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    for argument in self._spoken(node, path):
                        if not self._is_message(argument, node):
                            yield f"{path}:{node.lineno}: {_called(node)} is given {ast.unparse(argument)}"

    def _spoken(self, node: ast.Call, path: str) -> Iterator[ast.expr]:
        """Yield the arguments of a call that have to be messages."""
        name = _called(node)
        if name == QUOTE:
            yield from (argument for argument in node.args if _is_text(argument))  # the portal's own words, quoted
        elif name in self.errors:
            yield from node.args[:1]
            yield from (word.value for word in node.keywords if word.arg in ("message", "reason", "complaint"))
        elif name in self.holders and path.startswith("portal/"):  # slurm knows nothing of them
            fields = self.holders[name]
            yield from (argument for at, argument in enumerate(node.args) if at in fields.values())
            yield from (word.value for word in node.keywords if word.arg in fields)

    def _is_message(self, node: ast.expr, at: ast.AST) -> bool:
        if isinstance(node, ast.Constant):
            return node.value is None
        if isinstance(node, ast.Call):
            return self._gives_message(node, at)
        if isinstance(node, ast.IfExp):
            return self._is_message(node.body, at) and self._is_message(node.orelse, at)
        if isinstance(node, ast.BoolOp):
            return all(self._is_message(value, at) for value in node.values)
        if isinstance(node, ast.Tuple | ast.List):
            return all(self._is_message(each, at) for each in node.elts)
        if isinstance(node, ast.NamedExpr):
            return self._is_message(node.value, at)
        if isinstance(node, ast.Attribute):
            return node.attr in self.attributes
        if isinstance(node, ast.Subscript):
            return self._is_message(node.value, at)
        return isinstance(node, ast.Name) and self._is_named_message(node.id, at)

    def _gives_message(self, node: ast.Call, at: ast.AST) -> bool:
        name = _called(node)
        if name == "get" and isinstance(node.func, ast.Attribute):
            return self._is_message(node.func.value, at)
        if name in ("next", "iter", "tuple"):
            return all(self._is_message(each, at) for each in node.args)
        if name == "map":
            return ast.unparse(node.args[0]) in self.givers
        return name in MAKERS or name in self.givers

    def _is_named_message(self, name: str, at: ast.AST) -> bool:
        """Tell whether all that a name may stand for where it is used is a message."""
        scope: ast.AST | None = at
        while scope is not None:
            scope = getattr(scope, "parent", None)
            if isinstance(scope, ast.FunctionDef | ast.Lambda | ast.Module):
                said = list(self._bindings(name, scope))
                if said:
                    return all(said)
        return False

    def _bindings(self, name: str, scope: ast.FunctionDef | ast.Lambda | ast.Module) -> Iterator[bool]:
        if not isinstance(scope, ast.Module):
            arguments = [*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs]
            yield from (_mentions(each.annotation) for each in arguments if each.arg == name)
        body = scope.body if isinstance(scope.body, list) else [scope.body]
        for node in (inner for statement in body for inner in _inside(statement)):
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name:
                yield _mentions(node.annotation)
            elif (isinstance(node, ast.Assign) and name in map(ast.unparse, node.targets)) or (
                isinstance(node, ast.NamedExpr) and node.target.id == name
            ):
                yield self._is_message(node.value, node)
            elif isinstance(node, ast.For | ast.comprehension) and name in _names(node.target):
                yield self._is_message(node.iter, node)


def _names(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def _inside(statement: ast.AST) -> Iterator[ast.AST]:
    """Yield a statement and what is in it, without the bodies of functions that it defines."""
    yield statement
    for child in ast.iter_child_nodes(statement):
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
            yield from _inside(child)


def _read_made(node: ast.Call, where: str, prefix: str) -> Made | str:
    names = [keyword.arg for keyword in node.keywords]
    if len(node.args) != 1 or None in names:
        return f"{where}: one code, and parameters by name"
    params = frozenset(name for name in names if name)
    [code] = node.args
    if isinstance(code, ast.Constant) and isinstance(code.value, str):
        return Made(where, f"{prefix}{code.value}", is_family=False, params=params)
    if isinstance(code, ast.JoinedStr) and len(code.values) == 2 and isinstance(code.values[0], ast.Constant):
        return Made(where, f"{prefix}{code.values[0].value!s}", is_family=True, params=params)
    return f"{where}: the code of a message is written where it is made"
