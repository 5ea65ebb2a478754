"""Follow the methods of lists and dicts that may hold a table."""

from __future__ import annotations

import ast

from datassay.swamp.sources.tracing.naming import dotted_name
from datassay.swamp.sources.tracing.readers import Readers
from datassay.swamp.sources.tracing.values import (
    Map,
    Names,
    OneOf,
    Seq,
    Text,
    Value,
    collected,
    frames_in,
    written_names,
)
from datassay.swamp.sources.tracing.verbs import COLLECTS, REMOVES


class Containers(Readers):
    """Evaluation of calls on containers."""

    def call_container(
        self, receiver: Value, name: str, args: list[Value], kwargs: dict[str, Value], node: ast.Call
    ) -> Value:
        """Follow one call, and remember what is put into a container that has a name."""
        held = receiver.items if isinstance(receiver, Seq) else ()
        if isinstance(receiver, Map):
            held = tuple(receiver.items.values())
            if name == "items":
                return Seq((Seq((OneOf(tuple(receiver.items), is_written=True), self.item_of(Seq(held)))),))
            if name == "get" and args and isinstance(args[0], Text):
                return receiver.items.get(args[0].text)
            if name == "keys":
                return Seq(tuple(Text(key) for key in receiver.items))
        target = dotted_name(node.func.value) if isinstance(node.func, ast.Attribute) else None
        if name == "insert":
            args = args[1:]
        if name in COLLECTS:
            args = [collected(value) for value in args]
            frames = [frame for value in [*args, *kwargs.values()] for frame in frames_in(value)]
            if target is None or (receiver is None and target not in self.env):
                self.hand_on(frames, node, "the table is put into something")
            elif isinstance(receiver, Map):
                self.env[target] = Seq((*held, *args, *kwargs.values())) if frames else receiver
            elif isinstance(receiver, Seq) or frames:
                self.env[target] = Seq(
                    (*held, *args, *kwargs.values()), not isinstance(receiver, Seq) or receiver.is_exact
                )
            # A list of which nobody knows what it held is still unknown.
            return None
        if name in REMOVES and target is not None and isinstance(receiver, Seq):
            gone = written_names(args[0]) if name in {"remove", "discard"} and args else None
            is_exact = receiver.is_exact and gone is not None
            self.env[target] = Seq(tuple(_without(item, gone or []) for item in held if item not in args), is_exact)
        if name in {"values", "copy"}:
            return Seq(held)
        return self.item_of(Seq(held)) if held else None


def _without(item: Value, gone: list[str]) -> Value:
    if not isinstance(item, Names):
        return item
    return Names(tuple(name for name in item.names if name not in gone), item.is_exact)
