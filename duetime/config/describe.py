"""What the source says of the fields of a Struct, for schemas and references: one text for code, editors and people."""

import ast
import inspect
import textwrap
from functools import cache

import msgspec


@cache
def field_texts(cls: type) -> dict[str, str]:
    """The string that stands under each annotated name in the body of a Struct, and of those that it inherits from."""
    if not issubclass(cls, msgspec.Struct) or cls is msgspec.Struct:
        return {}
    texts = {name: text for base in reversed(cls.__bases__) for name, text in field_texts(base).items()}
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    for field, below in zip(body.body, body.body[1:], strict=False) if isinstance(body, ast.ClassDef) else ():
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            texts[field.target.id] = _plain(str(below.value.value))
    return texts


def type_text(cls: type) -> str:
    """What stands under the name of the Struct itself."""
    return _plain(inspect.getdoc(cls) or "")


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")
