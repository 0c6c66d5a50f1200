"""The facts of a program's text by which many programs are compared: fingerprints, and a shape.

The text may be anybody's, and Python's parser recurses in C: so a reader in the jail finds them out, and
what it says is bounded. Nothing here decides right or wrong.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from hashlib import blake2b
from keyword import iskeyword
from typing import Annotated
from zlib import crc32

import msgspec

from crystalball.reading.syntax import parsed

LARGEST = 64 * 1024
"""Characters of a text that are looked at."""

GRAM = 10
"""Tokens of one fingerprint. Two lines of a training loop have twenty."""

WINDOW = 8
"""Of so many fingerprints in a row the smallest is kept: whatever is shared for 17 tokens is found."""

BASE, MASK = 6364136223846793005, (1 << 48) - 1
"""Of the hash of tokens in a row: a number in the base, of which the lowest bits are kept."""

LEAVING = pow(BASE, GRAM, MASK + 1)
"""What the first of the tokens counts when it leaves."""

LAYOUT = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
"""Tokens that are none for our purpose."""


Line = Annotated[int, msgspec.Meta(ge=0, le=LARGEST + 1)]
Hash = Annotated[str, msgspec.Meta(max_length=12)]


class Fingerprint(msgspec.Struct, frozen=True, array_like=True):
    """The hash of some tokens in a row, and the lines in which they stand."""

    hash: Annotated[int, msgspec.Meta(ge=0, le=MASK)]
    first: Line
    last: Line


class SourceFacts(msgspec.Struct, frozen=True):
    """What many texts are compared by.

    Attributes:
        shape: a hash of the syntax tree, without what does not matter: names of the text's own, imports,
            annotations, docstrings, layout. Empty where the text cannot be parsed.
        words: a hash of all tokens, comments among them, without docstrings and layout.
        prints: fingerprints of the tokens as they stand, comments among them, and of the tokens with each
            name taken for any other: the first are shared by a copy, the second by one with other names.
    """

    shape: Hash = ""
    words: Hash = ""
    prints: Annotated[tuple[Fingerprint, ...], msgspec.Meta(max_length=2 * LARGEST)] = ()


class Asked(msgspec.Struct, frozen=True):
    """A text, and whether all its fingerprints are wanted, as of one that others are freed from."""

    text: str
    all: bool = False


def facts(asked: Asked) -> SourceFacts:
    """The facts of a text.

    Args:
        asked: the text, of which the first characters count, if it is too large.
    """
    text = asked.text[:LARGEST]
    tokens = list(_tokens(text))
    verbatim = [(value, line) for value, line, _ in tokens]
    code = [("name" if kind is Kind.NAME else value, line) for value, line, kind in tokens if kind]
    window = 1 if asked.all else WINDOW
    prints = [*_prints("as it stands", verbatim, window), *_prints("any name", code, window)]
    return SourceFacts(_shape(text), _hash(value for value, _ in verbatim), tuple(prints))


class Kind(IntEnum):
    """What a token is; a comment is no code."""

    COMMENT = 0
    CODE = 1
    NAME = 2


def _tokens(text: str) -> Iterator[tuple[str, int, Kind]]:
    """Text and line of each token that is no layout and no docstring, up to where the text is no Python."""
    begins = True
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.string, token.start[0], Kind.COMMENT
            elif token.type in LAYOUT:
                begins = True
            elif not (begins and token.type == tokenize.STRING):
                begins = False
                name = token.type == tokenize.NAME and not iskeyword(token.string)
                yield token.string, token.start[0], Kind.NAME if name else Kind.CODE
    except (tokenize.TokenError, SyntaxError):
        return


def _prints(kind: str, tokens: Sequence[tuple[str, int]], window: int) -> list[Fingerprint]:
    """Winnowing: of each window of hashes the smallest, the last of several.

    The hash of the tokens in a row is rolled on from one to the next: the first leaves, another comes.
    """
    grams: list[Fingerprint] = []
    rolled, row = 0, [crc32(value.encode(errors="surrogatepass")) for value, _ in tokens]
    for at, value in enumerate(row):
        left = row[at - GRAM] if at >= GRAM else 0
        rolled = (rolled * BASE + value - left * LEAVING) & MASK
        if at >= GRAM - 1:
            grams.append(
                Fingerprint(rolled ^ crc32(kind.encode()), tokens[at - GRAM + 1][1], tokens[at][1])
            )
    starts = range(max(len(grams) - window + 1, min(len(grams), 1)))
    windows = (range(start, min(start + window, len(grams))) for start in starts)
    kept = (min(reversed(places), key=lambda at: grams[at].hash) for places in windows)
    return [grams[at] for at in dict.fromkeys(kept)]


def _hash(parts: Iterable[str]) -> str:
    return blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=6).hexdigest()


def _shape(text: str) -> str:
    try:
        tree = parsed(text)
        if tree is None:
            return ""
        tree = _Normal().visit(tree)
        names = {name: f"own {number}" for number, name in enumerate(dict.fromkeys(_bound(tree)))}
        for node in ast.walk(tree):
            for field in ("id", "arg", "name"):
                if getattr(node, field, None) in names:
                    setattr(node, field, names[getattr(node, field)])
        return _hash([ast.dump(tree)])
    except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
        return ""


class _Normal(ast.NodeTransformer):
    """Takes away what makes no difference to what a program does, or stands beside its functions."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Takes annotations, docstrings and bare texts away, and sorts what has no order."""
        for field in ("annotation", "returns", "type_comment"):
            if hasattr(node, field):
                setattr(node, field, None)
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [one for one in body if not _is_aside(one)] or [ast.Pass()]  # type: ignore[attr-defined]  # it has a body
        if isinstance(node, ast.Call):
            node.keywords.sort(key=lambda keyword: keyword.arg or "")
        return super().generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        """`total: float = 0.0` is `total = 0.0`."""
        if node.value is None:
            return None
        return self.generic_visit(ast.Assign([node.target], node.value, lineno=node.lineno))


def _is_aside(node: ast.stmt) -> bool:
    bare = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    script = isinstance(node, ast.If) and "__name__" in ast.dump(node.test)
    return bare or script or isinstance(node, ast.Import | ast.ImportFrom)


def _bound(tree: ast.AST) -> Iterator[str]:
    """Names that the text gives: to variables, parameters and functions, in the order of the tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
