"""A fast way for cells of plain Python, as most are.

IPython splits a cell into tokens to find magics, compiles it to see whether it awaits anything,
parses it, and compiles each statement.  A cell that can be parsed, and has no line that IPython
might translate, needs none of this: it is parsed once, and its statements are compiled once.
Any other cell is left to IPython from the beginning, so that its errors and warnings are
IPython's own.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from types import CodeType
from typing import Any, Final, TypeVar

from IPython.core.compilerop import CachingCompiler
from IPython.core.inputtransformer2 import TransformerManager, leading_indent

from .rewriting import rewritten

#: What IPython may read in another way than Python does: a line that begins with a sign or a
#: prompt, a first line that begins with a space, a line that ends with a question mark, an
#: assignment of ``!`` or ``%``, davos' statement.  Also statements that cannot be compiled one by
#: one (``await``, ``__future__``), and unusual white space.
_DOUBTFUL: Final = re.compile(
    r"\A\s|^[ \t]*(?:[!?%,;/]|>>>|\.\.\.)|\?[ \t]*$|=\s*[!%]|In \[|smuggle|async|await"
    r"|__future__|[^\S \t\n]",
    re.MULTILINE,
)
_BLANK: Final = re.compile(r"^[ \t]+$", re.MULTILINE)
_Made = TypeVar("_Made")
_Code = tuple[ast.stmt, str, CodeType]  # a statement, the mode of its code, the code


class Compiler(CachingCompiler):  # type: ignore[misc]
    """Names each cell's code ``<cell N>``, which tracebacks show."""

    number = 0
    #: Called with the tree of each cell before it is run.
    look: Callable[[ast.AST], None] = staticmethod(lambda tree: None)

    def __init__(self) -> None:
        super().__init__()
        # Of the last plain cell, by its text, name, mode and flags:
        self._parsed: dict[tuple[object, ...], Any] = {}  # its tree
        self._ready: dict[tuple[object, ...], Any] = {}  # its tree, rewritten to be run
        self._codes: dict[int, _Code] = {}  # by the statement's id

    def ast_parse(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> Any:
        key = source, filename, symbol, self.flags
        if key in self._ready:
            return self._ready.pop(key)
        tree = self._parsed.pop(key, None) or super().ast_parse(source, filename, symbol)
        self.look(tree)
        return rewritten(tree, source, self.flags)

    def __call__(self, source: Any, filename: str, symbol: str, **keywords: Any) -> Any:
        first = next(iter(getattr(source, "body", ())), None)
        node, made_as, code = self._codes.pop(id(first), (None, "", None))
        if node is first and (made_as, filename) == (symbol, self.name):
            return code
        return super().__call__(source, filename, symbol, **keywords)

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The file name of the present cell's code."""
        return f"<cell {self.number}>"

    def parse(self, text: str) -> bool:
        """Parse a cell; return whether that gives neither an error nor a warning."""
        self._parsed.clear()
        self._ready.clear()
        self._codes.clear()
        plain = super().ast_parse
        tree = self._quietly(lambda: plain(text, self.name))
        if tree is not None:
            self._parsed[text, self.name, "exec", self.flags] = tree
        return tree is not None

    def compile(self, text: str) -> bool:
        """Compile what was parsed last, if it is ``text``; return whether that went well."""
        key = text, self.name, "exec", self.flags
        if key not in self._parsed:
            return False
        made = self._quietly(lambda: self._compiled(text))
        if made is not None:
            self._ready[key], self._codes = made
        return made is not None

    def _compiled(self, text: str) -> tuple[Any, dict[int, _Code]]:
        tree, codes, plain = self.ast_parse(text, self.name), {}, super().__call__
        for node in tree.body:
            whole: ast.Module | ast.Interactive = ast.Module([node], [])
            symbol = "exec"
            if node is tree.body[-1] and isinstance(node, ast.Expr):
                whole, symbol = ast.Interactive([node]), "single"  # its value is shown
            codes[id(node)] = node, symbol, plain(whole, self.name, symbol)
        return tree, codes

    def forget_codes(self) -> None:
        """Forget the compiled statements of the present cell, which may have been changed."""
        self._codes.clear()

    def _quietly(self, make: Callable[[], _Made]) -> _Made | None:
        """Return ``make()``; None if it fails, or Python warns about the present cell."""
        warned = False

        def shown(message: Any, category: Any, filename: str, *rest: Any) -> None:
            nonlocal warned
            if filename == self.name:
                warned = True
            else:  # of a thread
                show(message, category, filename, *rest)

        try:
            # A warning that is shown only once would not be shown by IPython then.
            if any(action == "once" for action, *_ in warnings.filters):
                return None
            show = warnings.showwarning
            warnings.showwarning = shown  # type: ignore[assignment]
            try:
                made = make()
            finally:
                warnings.showwarning = show
        except Exception:
            return None
        return None if warned else made


class Transformers(TransformerManager):  # type: ignore[misc]
    """IPython's transformers, skipped for cells of plain Python; ``first`` comes before them."""

    def __init__(self, compiler: Compiler, first: Callable[[list[str]], list[str]]) -> None:
        super().__init__()
        self._compiler = compiler
        self.cleanup_transforms.insert(0, first)
        self._usual = self._all()

    def _all(self) -> list[list[Any]]:
        own = self.cleanup_transforms, self.line_transforms, self.token_transformers
        return [list(several) for several in own]

    def transform_cell(self, cell: str) -> str:
        text = cell if cell.endswith("\n") else cell + "\n"
        if _BLANK.search(text):  # some versions of IPython make such lines empty
            text = "".join(leading_indent(text.splitlines(keepends=True)))
        is_plain = not _DOUBTFUL.search(text) and self._all() == self._usual
        if is_plain and self._compiler.parse(text):
            return text
        transformed: str = super().transform_cell(cell)
        return transformed
