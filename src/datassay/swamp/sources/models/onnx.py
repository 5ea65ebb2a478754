"""The inputs of an ONNX model, out of its protocol buffer.

Only four fields of the published onnx.proto are needed: ModelProto.graph (7), GraphProto.initializer (5) and .input
(11), and the names in them (TensorProto 8, ValueInfoProto 1). The library would bring its own protobuf for that.
"""

from __future__ import annotations

from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def read_inputs(data: bytes) -> list[str]:
    """Return the names of a model's inputs without those that are weights; raises ValueError for what is no model."""
    graphs = [part for number, part in _fields(data) if number == 7]
    if not graphs:
        raise ValueError("no graph")
    weights: set[str] = set()
    inputs: list[str] = []
    for number, part in _fields(graphs[0]):
        if number == 5:
            weights |= {name.decode() for inner, name in _fields(part) if inner == 8}
        elif number == 11:
            inputs += [name.decode() for inner, name in _fields(part) if inner == 1]
    return [name for name in inputs if name not in weights]


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (number, content) of every field that holds bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            _, at = _varint(data, at)
        elif kind == _FIXED64:
            at += 8
        elif kind == _FIXED32:
            at += 4
        elif kind == _BYTES:
            length, at = _varint(data, at)
            if at + length > len(data):
                raise ValueError("cut off")
            yield number, data[at : at + length]
            at += length
        else:
            raise ValueError("no protocol buffer")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("no protocol buffer")
