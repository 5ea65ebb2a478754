"""Jinja in SQL, as dbt and many schedulers write it: filled with what the names are likely to stand for."""

from __future__ import annotations

import re
from typing import Any

_TEMPLATE = re.compile(r"\{\{|\{%|\{#")
_MACRO = re.compile(r"\{%-?\s*macro\b.*?\{%-?\s*endmacro\s*-?%\}", re.DOTALL)
_NO_SQL = re.compile(r"\{%-?\s*(snapshot|endsnapshot|test|endtest|materialization|endmaterialization)\b[^%]*%\}")


def find_macros(text: str) -> str:
    """Return the macros that a text defines."""
    return "\n".join(_MACRO.findall(text))


def fill_templates(text: str, macros: str = "") -> str | None:
    """Return `text` as SQL; None where the template itself is broken.

    dbt's ref() and source() become the names that they stand for, config() and comments nothing; loops and branches
    are run, `is_incremental()` is true. A macro that nobody defines becomes a call of its arguments:
    `{{ cents('amount') }}` still reads `amount`. Nothing of the template can reach files, modules or attributes that
    begin with "_".
    """
    if not _TEMPLATE.search(text):
        return text
    from jinja2 import TemplateError, Undefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Unknown(Undefined):
        """A name that nobody has defined."""

        def __str__(self) -> str:
            return str(self._undefined_name or "datassay_unknown")

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return _call(str(self), args, kwargs)

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return Unknown(name=f"{self}_{name}")

        def __getitem__(self, key: Any) -> Any:
            return Unknown(name=f"{self}_{key}")

        def __iter__(self) -> Any:
            return iter(())

        def __bool__(self) -> bool:
            return False

        def __len__(self) -> int:
            return 0

        def _same(self, _other: Any) -> Any:
            return self

        __add__ = __radd__ = __sub__ = __rsub__ = _same
        __mul__ = __rmul__ = __truediv__ = __mod__ = _same

    class Box(ImmutableSandboxedEnvironment):
        """A sandbox in which no product can fill the memory."""

        intercepted_binops = frozenset({"*", "**"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if operator == "**" or not isinstance(left, int | float) or not isinstance(right, int | float):
                return "1"
            return super().call_binop(context, operator, left, right)

    environment = Box(undefined=Unknown, extensions=["jinja2.ext.do"])
    environment.globals = {**_names(), "range": environment.globals["range"], "dict": dict, "zip": zip, "set": set}
    body = _NO_SQL.sub("", text)
    try:
        return str(environment.from_string(f"{macros}{body}" if macros else body).render())
    except (TemplateError, TypeError, ValueError, AttributeError, RecursionError, KeyError, IndexError):
        return _fill_plainly(text)
    except (OverflowError, MemoryError):
        return None


def _names() -> dict[str, Any]:
    def ref(*names: Any, **_: Any) -> str:
        return _quote(names[-1])

    def source(*names: Any) -> str:
        return ".".join(_quote(name) for name in names)

    def nothing(*_: Any, **__: Any) -> str:
        return ""

    def var(name: Any, default: Any = None) -> Any:
        return str(name) if default is None else default

    return {
        "ref": ref,
        "source": source,
        "config": nothing,
        "var": var,
        "env_var": var,
        "is_incremental": lambda: True,
        "this": "datassay_this",
        "log": nothing,
        "return": lambda value=None: value,
        "target": {"name": "prod", "schema": "main", "database": "main", "type": "postgres"},
        "execute": False,
        "run_started_at": "2000-01-01",
        "invocation_id": "0",
    }


def _quote(name: Any) -> str:
    return '"' + str(name).replace('"', "") + '"'


def _call(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Write a macro that nobody has defined as a function of the names in its arguments."""
    said = [
        str(each) for value in (*args, *kwargs.values()) for each in (value if isinstance(value, list) else [value])
    ]
    if name.endswith("_star") or name == "star":
        return "*"
    words = [each if re.fullmatch(r"[\w.\"]+", each) else "NULL" for each in said]
    return f"{re.sub(r'[^A-Za-z0-9_]', '_', name)}({', '.join(words)})"


def _fill_plainly(text: str) -> str | None:
    """Fill only ref() and source() of a template that does not run; None where more is left."""
    text = re.sub(r"\{#.*?#\}|\{\{-?\s*config\(.*?\)\s*-?\}\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{\{-?\s*(?:ref|source)\([^)]*['\"]([^'\"]+)['\"]\s*\)\s*-?\}\}", r'"\1"', text)
    return None if _TEMPLATE.search(text) else text
