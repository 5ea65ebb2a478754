"""A proposed audit definition as YAML: comments for people, and names that no parser misreads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from datassay.errors import DatassayError, SpecError
from datassay.scaffold.guess import Guess

MARK = "# proposed by datassay init --from; read and correct it"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")


def write_definition(
    path: str, guess: Guess, *, rev: str | None, label: str | None, suite: str, sources: list[dict[str, str]]
) -> str:
    """Return a proposed definition as YAML with comments; names are quoted wherever YAML could misread them."""
    lines = [
        MARK,
        f"dataset: {{path: {quote(path)}, rev: {quote(rev)}}}",
        "",
        f"label: {quote(label)}",
        f"task: {guess.task}",
        f"id: {quote(guess.id)}",
        "features:",
    ]
    lines += ["  exclude:"] if guess.excluded else ["  exclude: []"]
    lines += [f"    - {quote(name)}  # {reason}" for name, reason in guess.excluded.items()]
    lines += [f"  embeddings: [{', '.join(quote(name) for name in guess.embeddings)}]"]
    if guess.time:
        lines += [f"  # time: {quote(guess.time)}  # if a model will be used on later rows than it learns from"]
    lines += [f"metric: {quote(guess.metric)}", "", f"suite: {quote(suite)}", ""]
    lines += [
        "# What cleaning and collecting cost decides the verdict. Without your figures these are assumed and shown:",
        "# cleaning:   {labels_per_hour: 60, cost_per_hour: 40, reviewer_accuracy: 0.95}",
        "# collecting: {rows_per_day: 500, cost_per_day: 600, setup_cost: 0}",
        "",
        "usage:",
        "  # Where it is proved that columns are read.",
        "  sources:" if sources else '  sources: []  # such as {sql: "queries/**/*.sql"}',
    ]
    lines += [f"    - {{{kind}: {quote(glob)}}}" for source in sources for kind, glob in source.items()]
    lines += ["", "gate:", "  expectations: {critical: 0}", "", "seed: 0", ""]
    return "\n".join(lines)


def check_definition(text: str, definition: Path, guess: Guess, label: str | None) -> None:
    """Read the proposal as the audit will, before it is written; raises SpecError where a name did not survive."""
    import yaml

    from datassay.spec import parse_spec

    try:
        spec = parse_spec(yaml.safe_load(text), definition.stem, str(definition))
    except (yaml.YAMLError, DatassayError) as exc:
        raise SpecError(f"{definition}: the proposal cannot be read: {exc}.") from exc
    names: list[Any] = [spec.label, spec.id, list(spec.features.exclude), list(spec.features.embeddings)]
    if names != [label, guess.id, list(guess.excluded), guess.embeddings]:
        raise SpecError(f"{definition}: a column name did not survive being written.", hint="Write the file by hand.")


def quote(value: str | None) -> str:
    """Return text as a YAML scalar on one line, quoted and escaped unless it is a plain word that reads as itself."""
    import yaml

    if value is None:
        return "null"
    if _PLAIN.fullmatch(value) and yaml.safe_load(value) == value:
        return value
    # Without a width PyYAML folds long text; escaped to ASCII, no character can end the line.
    return str(yaml.safe_dump(value, default_style='"', width=10**9, allow_unicode=False)).rstrip("\n")
