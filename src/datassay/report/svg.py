"""Make Vega's SVG part of the page: its text follows the page's font, its hues follow light and dark."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

_SVG = "{http://www.w3.org/2000/svg}"
#: Fixed hues of the charts to the page's variables; a presentation attribute may hold var().
_HUES = {
    "#1b7f79": "var(--cleaning)",
    "#c8781e": "var(--collecting)",
    "#1c1c1c": "var(--ink)",
    "#767676": "var(--grey)",
}
#: Words need more contrast than lines.
_WORD_HUES = {"var(--collecting)": "var(--collecting-words)"}
_TAGS = {"svg", "g", "path", "line", "rect", "circle", "text"}
_ATTRIBUTES = {
    "d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "viewBox", "transform", "fill", "stroke",
    "stroke-width", "stroke-dasharray", "stroke-miterlimit", "opacity", "fill-opacity", "stroke-opacity",
    "text-anchor", "font-size", "font-weight",
}  # fmt: skip
_LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}")


def adapt(svg: str) -> str:
    """Return `svg` with nothing but shapes and text: no ids, scripts, links, fonts or fixed colours.

    Elements and attributes that are not on a short list are dropped, so whatever a later Vega adds stays out.
    """
    root = ET.fromstring(svg)  # noqa: S314 - made by vl-convert a moment ago, never read from outside
    _clean(root)
    width, height = root.attrib.pop("width"), root.attrib.pop("height")
    root.set("viewBox", f"0 0 {width} {height}")
    root.set("aria-hidden", "true")
    root.set("style", f"max-width:{width}px")
    return ET.tostring(root, encoding="unicode")


def _clean(element: ET.Element) -> None:
    element.tag = element.tag.removeprefix(_SVG)
    kept = {key: value for key, value in element.attrib.items() if key in _ATTRIBUTES}
    for key in ("fill", "stroke"):
        if key in kept:
            kept[key] = _HUES.get(kept[key].lower(), kept[key])
    if element.tag == "text":
        kept["fill"] = _WORD_HUES.get(kept.get("fill", ""), kept.get("fill", "var(--ink)"))
    for key in ("d", "transform"):
        if key in kept:
            kept[key] = _LONG_NUMBER.sub(_shorten, kept[key])
    if kept.get("opacity") == "1":
        del kept["opacity"]
    element.attrib.clear()
    element.attrib.update(kept)
    for child in list(element):
        _clean(child)
        if child.tag not in _TAGS or _is_empty(child):
            element.remove(child)


def _is_empty(element: ET.Element) -> bool:
    """Say whether `element` draws nothing: backgrounds and frames without hue, groups without content."""
    if element.tag == "g":
        return len(element) == 0
    if element.tag == "text":
        return not element.text
    if element.tag == "path":
        has_hue = any(element.get(key, "none") not in {"none", "transparent"} for key in ("fill", "stroke"))
        return not element.get("d") or not has_hue
    return element.tag == "rect" and element.get("fill") in {"transparent", "white"}


def _shorten(found: re.Match[str]) -> str:
    return f"{float(found[0]):.1f}".removesuffix(".0")
