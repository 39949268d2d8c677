"""The settings of a pydantic model as rows: name, type, value, default, and one line of doc.

The line is what stands below a field in its class; else the sentence of the class that names it; else what the field's
standard word means.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from pydantic import BaseModel

from aacbench.contracts.settings import nested_model
from aacbench.host.setting_words import WORDS


class Setting(NamedTuple):
    """One setting by its dotted name; `type` in words, values as plain data."""

    name: str
    type: str
    value: Any
    default: Any
    doc: str


def settings_of(
    model: type[BaseModel], values: Mapping[str, Any], defaults: Mapping[str, Any], prefix: str = ""
) -> Iterator[Setting]:
    """Yield the settings of a model, those of nested ones by dotted names; `values` and `defaults` are plain data."""
    docs = field_docs(model)
    for name, field in model.model_fields.items():
        inner = nested_model(model, name)
        value, default = values.get(name, field.default), defaults.get(name, field.default)
        if inner is not None and isinstance(value, Mapping):
            yield from settings_of(inner, value, default if isinstance(default, Mapping) else {}, f"{prefix}{name}.")
        else:
            yield Setting(f"{prefix}{name}", type_name(field.annotation), value, default, docs[name])


def type_name(annotation: Any) -> str:
    """Return a type as users write values of it: `l1 | l2 | none`, `int`, `str | none`."""
    text = inspect.formatannotation(annotation).replace("typing.", "").replace("collections.abc.", "")
    text = re.sub(r"\b(?:[a-z_]\w*\.)+", "", text)
    text = re.sub(r"Literal\[(.*?)\]", lambda match: match[1].replace("'", "").replace(", ", " | "), text)
    text = re.sub(r"^Optional\[(.*)\]$", r"\1 | none", text)
    return text.replace("NoneType", "none").replace("None", "none")


@cache
def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """Return one line of doc by field; empty where nothing is known."""
    docs: dict[str, str] = {}
    for owner in reversed([base for base in model.__mro__ if issubclass(base, BaseModel) and base is not BaseModel]):
        docs |= _below_fields(owner)
    about = " ".join(one.__doc__ or "" for one in model.__mro__ if issubclass(one, BaseModel) and one is not BaseModel)
    return {
        name: field.description or docs.get(name) or sentence_naming(about, name) or WORDS.get(name, "")
        for name, field in model.model_fields.items()
    }


def _below_fields(model: type[BaseModel]) -> dict[str, str]:
    """Return the first lines of the texts that stand below the fields of a class."""
    try:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return {}
    docs: dict[str, str] = {}
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            value = text.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                docs[field.target.id] = " ".join(value.value.split())
    return docs


def sentence_naming(about: str, name: str) -> str:
    """Return the sentence of a text that names a field in backticks."""
    sentences = re.split(r"(?<=[.;])\s+", " ".join(about.split()))
    return next((sentence for sentence in sentences if f"`{name}`" in sentence), "")
