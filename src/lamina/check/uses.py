"""What the names of a script mean, scope by scope, as far as it can be told without running it.

Every scope knows what each of its names is bound to: a path of modules that an import gave it,
another name's path, or something else. A name that is bound to anything else, too, may be that:
nothing is said of it.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
ANYTHING = "*"


@dataclass(frozen=True)
class Use:
    """A place of a script that needs a name.

    Attributes:
        line, column: where it stands, both from 1.
        paths: what it may mean, such as "keras.layers.Dense", or "keras.layers:Dense" for an import
            from a module; "module.*" stands for an import of all of it.
        arguments: (name, line, column) of the arguments it is called with by name.
        handled: names of the exceptions that a `try` around it catches, "*" for all.
        imports: whether it is an import.
    """

    line: int
    column: int
    paths: tuple[str, ...]
    arguments: tuple[tuple[str, int, int], ...] = ()
    handled: frozenset[str] = frozenset()
    imports: bool = False


@dataclass(eq=False)
class Scope:
    """A module, class, function or comprehension.

    Attributes:
        bound: what a name is given: a path, another name with its attributes and scope, or None
            for anything else.
        stars: the modules of which all was imported; None for a foreign one.
    """

    outer: Scope | None = None
    is_class: bool = False
    is_comprehension: bool = False
    bound: dict[str, list[str | Alias | None]] = field(default_factory=dict)
    stars: list[str | None] = field(default_factory=list)
    elsewhere: dict[str, Scope] = field(default_factory=dict)

    def bind(self, name: str, value: str | Alias | None = None) -> None:
        """Notes one thing that a name is given."""
        self.elsewhere.get(name, self).bound.setdefault(name, []).append(value)

    def declare(self, node: ast.Global | ast.Nonlocal) -> None:
        """`global` and `nonlocal`: names that are bound in another scope."""
        owner: Scope | None = self.outer
        for name in node.names:
            if isinstance(node, ast.Global):
                owner = list(self.outwards())[-1]
            else:
                owner = next((s for s in self.lookup() if s is not self and name in s.bound), None)
            if owner is not None:
                self.elsewhere[name] = owner

    def outwards(self) -> Iterator[Scope]:
        """This scope and all around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def lookup(self) -> Iterator[Scope]:
        """The scopes that a name is looked for in: of those around it, classes do not count."""
        return (scope for scope in self.outwards() if scope is self or not scope.is_class)


@dataclass(frozen=True, eq=False)
class Alias:
    """Another name of a scope, and attributes of it."""

    name: str
    attributes: tuple[str, ...]
    scope: Scope


Place = tuple[ast.AST, Scope, frozenset[str]]


class Script:
    """Reads a script: its scopes, and every place that may need a name of ours.

    Args:
        tree: the parsed script.
        is_ours: says whether an imported module is one to be followed.
    """

    def __init__(self, tree: ast.AST, is_ours: Callable[[str], bool]) -> None:
        self._is_ours = is_ours
        self._module = Scope()
        self._imports: list[Use] = []
        self._reads: list[tuple[ast.expr, Alias, ast.Call | None, frozenset[str]]] = []
        todo: list[Place] = [(tree, self._module, frozenset())]
        while todo:  # not by recursion: expressions of strangers may be nested deeply
            todo.extend(reversed(list(self._read(*todo.pop()))))

    def uses(self) -> Iterator[Use]:
        """Every place that needs a name of ours."""
        yield from self._imports
        for node, alias, call, handled in self._reads:
            found = _meanings(alias, ())
            if found:
                keywords = call.keywords if call else ()
                given = tuple((k.arg, k.lineno, k.col_offset + 1) for k in keywords if k.arg)
                yield Use(node.lineno, node.col_offset + 1, found, given, handled)

    def _read(self, node: ast.AST, scope: Scope, handled: frozenset[str]) -> Iterable[Place]:
        """Notes what a node binds and needs; returns the nodes within it."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node, scope, handled)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            scope.declare(node)
        elif isinstance(node, ast.Name | ast.Attribute | ast.Call):
            return self._expression(node, scope, handled)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            return self._assignment(node, scope, handled)
        elif isinstance(node, Function):
            return self._function(node, scope, handled)
        elif isinstance(node, ast.ClassDef):
            scope.bind(node.name)
            inner = Scope(scope, is_class=True)
            around = [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
            return [
                *((n, scope, handled) for n in around),
                *((n, inner, handled) for n in node.body),
            ]
        elif isinstance(node, ast.Try | ast.TryStar):
            caught = handled.union(*map(_caught, node.handlers))
            rest = (*node.handlers, *node.orelse, *node.finalbody)
            return [*((n, scope, caught) for n in node.body), *((n, scope, handled) for n in rest)]
        elif isinstance(node, COMPREHENSIONS):
            scope = Scope(scope, is_comprehension=True)
        else:
            for name in _other_names(node):
                scope.bind(name)
        return [(child, scope, handled) for child in ast.iter_child_nodes(node)]

    def _import(
        self, node: ast.Import | ast.ImportFrom, scope: Scope, handled: frozenset[str]
    ) -> None:
        for alias in node.names:
            given = alias.asname or alias.name
            if isinstance(node, ast.Import):
                given = alias.asname or alias.name.partition(".")[0]
                path, binding = alias.name, alias.name if alias.asname else given
            else:
                between = "." if alias.name == "*" else ":"
                path = binding = f"{node.module}{between}{alias.name}"
            ours = not getattr(node, "level", 0) and self._is_ours(path)
            if alias.name == "*":
                scope.stars.append(path.removesuffix(".*") if ours else None)
            else:
                scope.bind(given, binding if ours else None)
            if ours:
                self._imports.append(Use(
                    alias.lineno, alias.col_offset + 1, (path,), handled=handled, imports=True,
                ))  # fmt: skip

    def _expression(
        self, node: ast.Name | ast.Attribute | ast.Call, scope: Scope, handled: frozenset[str]
    ) -> list[Place]:
        call = node if isinstance(node, ast.Call) else None
        held: ast.expr = call.func if call else node
        alias = _alias(held, scope)
        within = [*call.args, *(k.value for k in call.keywords)] if call else []
        if alias is None:
            within.insert(0, _chain(held)[0])
        elif isinstance(held, ast.Name | ast.Attribute) and isinstance(held.ctx, ast.Load):
            self._reads.append((held, alias, call, handled))
        elif isinstance(held, ast.Name):
            scope.bind(held.id)
        return [(n, scope, handled) for n in within]

    def _assignment(
        self,
        node: ast.Assign | ast.AnnAssign | ast.NamedExpr,
        scope: Scope,
        handled: frozenset[str],
    ) -> list[Place]:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        alias = _alias(node.value, scope)
        places: list[ast.AST] = [node.value] if node.value is not None else []
        if isinstance(node, ast.AnnAssign):
            places.append(node.annotation)
        owner = scope
        if isinstance(node, ast.NamedExpr):
            owner = next(s for s in scope.outwards() if not s.is_comprehension)
        for target in targets:
            if isinstance(target, ast.Name) and (
                alias is not None or isinstance(node, ast.NamedExpr)
            ):
                owner.bind(target.id, alias)
            else:
                places.append(target)
        return [(n, scope, handled) for n in places]

    def _function(self, node: Function, scope: Scope, handled: frozenset[str]) -> list[Place]:
        inner = Scope(scope)
        of = node.args
        named = [*of.posonlyargs, *of.args, *of.kwonlyargs, *filter(None, (of.vararg, of.kwarg))]
        for argument in named:
            inner.bind(argument.arg)
        around = [*of.defaults, *of.kw_defaults, *(argument.annotation for argument in named)]
        body: list[ast.AST] = []
        if isinstance(node, ast.Lambda):
            body = [node.body]
        else:
            scope.bind(node.name)
            around += [*node.decorator_list, node.returns]
            body = [*node.body]
        return [*((n, scope, handled) for n in around if n), *((n, inner, handled) for n in body)]


def _chain(node: ast.expr) -> tuple[ast.expr, tuple[str, ...]]:
    """What a chain of attributes begins with, and the attributes."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return node, tuple(names[::-1])


def _alias(node: ast.expr | None, scope: Scope) -> Alias | None:
    """A name and attributes of it; None if it is anything else."""
    first, names = (None, ()) if node is None else _chain(node)
    return Alias(first.id, names, scope) if isinstance(first, ast.Name) else None


def _caught(handler: ast.ExceptHandler) -> set[str]:
    """The names of the exceptions that an `except` catches."""
    if handler.type is None:
        return {ANYTHING}
    listed = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {name for n in listed if (name := getattr(n, "id", getattr(n, "attr", None)))}


def _other_names(node: ast.AST) -> Iterator[str]:
    """The names that a statement of another kind binds."""
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    if isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def _meanings(alias: Alias, seen: tuple[tuple[Scope, str], ...]) -> tuple[str, ...]:
    """The paths that a name with attributes may stand for; none where it may be anything."""
    for scope in alias.scope.lookup():
        bound = scope.elsewhere.get(alias.name, scope).bound.get(alias.name)
        if bound is not None:
            break
    else:
        return _of_stars(alias)
    if (scope, alias.name) in seen:
        return ()
    paths: list[str] = []
    for value in bound:
        found: tuple[str, ...] = (value,) if isinstance(value, str) else ()
        if isinstance(value, Alias):
            found = _meanings(value, (*seen, (scope, alias.name)))
        if not found:
            return ()
        paths += [".".join((path, *alias.attributes)) for path in found]
    return tuple(dict.fromkeys(paths))


def _of_stars(alias: Alias) -> tuple[str, ...]:
    """A name that nothing binds comes from a module of which all was imported."""
    stars = [star for scope in alias.scope.outwards() for star in scope.stars]
    if hasattr(builtins, alias.name) or alias.name.startswith("_") or None in stars:
        return ()
    return tuple(".".join((str(star), alias.name, *alias.attributes)) for star in stars)
