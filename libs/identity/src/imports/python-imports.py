"""Reads Python sources (a JSON list on stdin) with Python's own parser; prints what they import.

The answer for each has the shape of ParsedFile in parsed-file.ts. Used where the parser of the
TypeScript side reports a syntax error, and as the measure in its tests.
"""

import ast
import json
import sys

importing_calls, path_calls = json.loads(sys.argv[1])
catching = ("ImportError", "ModuleNotFoundError", "Exception", "BaseException")


class Reader:
    def __init__(self, source):
        self.lines = source.splitlines(keepends=True)
        self.imports, self.dynamic, self.exports = [], [], None
        self.calls = dict.fromkeys(importing_calls)
        self.calls.update({name: name for name in importing_calls})
        self.visit(ast.parse(source), False)

    def visit(self, node, optional):
        if isinstance(node, ast.If):
            self.visit(node.test, optional)
            only_types = type_checking(node.test)
            for child in [] if only_types is True else node.body:
                self.visit(child, optional)
            for child in [] if only_types is False else node.orelse:
                self.visit(child, optional)
            return
        if isinstance(node, (ast.Try, ast.TryStar)):
            caught = optional or any(catches(handler.type) for handler in node.handlers)
            for child in node.body:
                self.visit(child, caught)
            for child in [*node.handlers, *node.orelse, *node.finalbody]:
                self.visit(child, optional)
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.add(node, 0, alias.name, [], False, optional)
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names if alias.name != "*"]
            star = not names
            self.add(node, node.level, node.module or "", names, star, optional)
            for alias in node.names:
                if alias.asname and alias.name in importing_calls:
                    self.calls[alias.asname] = alias.name
        elif isinstance(node, ast.Call):
            self.call(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self.export(target, node.value)
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
            self.export(node.target, node.value)
        for child in ast.iter_child_nodes(node):
            self.visit(child, optional)

    def add(self, node, level, module, names, star, optional):
        self.imports.append(
            {
                "level": level,
                "module": module,
                "names": names,
                "star": star,
                "optional": optional,
                **self.place(node),
            }
        )

    def call(self, node):
        function = node.func
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", None)
        name = self.calls.get(name)
        if name == "extend" or name is None:
            self.extend(function, node.args)
            return
        module = None if name in path_calls else literal(first_argument(node))
        self.dynamic.append({"module": module, **self.place(node)})

    def extend(self, function, arguments):
        if isinstance(function, ast.Attribute) and function.attr in ("extend", "append"):
            for argument in arguments:
                self.export(function.value, argument)

    def export(self, target, value):
        if isinstance(target, ast.Name) and target.id == "__all__" and value is not None:
            strings = [n.value for n in ast.walk(value) if isinstance(n, ast.Constant)]
            self.exports = (self.exports or []) + [s for s in strings if isinstance(s, str)]

    def place(self, node):
        before = self.lines[node.lineno - 1].encode()[: node.col_offset].decode()
        return {"line": node.lineno, "column": len(before.encode("utf-16-le")) // 2 + 1}


def type_checking(test):
    """True: only for type checkers. False: the opposite of it. None: neither."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = type_checking(test.operand)
        return None if inner is None else not inner
    named = test.id if isinstance(test, ast.Name) else getattr(test, "attr", None)
    return True if named == "TYPE_CHECKING" else None


def catches(handled):
    if handled is None:
        return True
    names = handled.elts if isinstance(handled, ast.Tuple) else [handled]
    return any(getattr(name, "id", None) in catching for name in names)


def first_argument(call):
    if call.args:
        return call.args[0]
    return call.keywords[0].value if call.keywords else None


def literal(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr) and node.values:
        head = node.values[0]
        text = head.value if isinstance(head, ast.Constant) else ""
        if len(node.values) == 1 or "." in text:
            return text
    return None


def read(source):
    try:
        reader = Reader(source)
    except SyntaxError as error:
        place = {"line": error.lineno or 1, "column": max(error.offset or 1, 1)}
        problem = {**place, "message": f"is not valid Python: {error.msg}"}
        return {"imports": [], "dynamic": [], "exports": None, "problems": [problem]}
    except (ValueError, RecursionError, MemoryError) as error:
        problem = {"line": 1, "column": 1, "message": f"cannot be read as Python: {error}"}
        return {"imports": [], "dynamic": [], "exports": None, "problems": [problem]}
    return {
        "imports": reader.imports,
        "dynamic": reader.dynamic,
        "exports": reader.exports,
        "problems": [],
    }


if sys.version_info < (3, 11):
    sys.exit(f"Python {sys.version.split()[0]} is too old")
json.dump([read(source) for source in json.load(sys.stdin.buffer)], sys.stdout)
