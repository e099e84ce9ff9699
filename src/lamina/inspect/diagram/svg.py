"""A drawing as SVG."""

from __future__ import annotations

from html import escape

from lamina.inspect.diagram.drawing import FONT, PADDING, Drawing, Rectangle, arrow_head, is_dark
from lamina.inspect.diagram.placement import Point


def svg(drawing: Drawing) -> str:
    """The text of an SVG file, whose unit is a point."""
    width, height = (f"{length:.0f}" for length in drawing.size)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt"'
        f' viewBox="0 0 {width} {height}" font-family="Helvetica,Arial,sans-serif"'
        f' font-size="{FONT:.0f}">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for way in drawing.ways:
        lines.append(f'<polyline points="{_points(way)}" fill="none" stroke="black"/>')
        lines.append(f'<polygon points="{_points(arrow_head(way))}"/>')
    for rectangle in drawing.rectangles:
        lines += _rectangle(rectangle)
    return "\n".join([*lines, "</svg>\n"])


def _points(points: list[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _rectangle(r: Rectangle) -> list[str]:
    place = f'x="{r.x:.1f}" y="{r.y:.1f}" width="{r.width:.1f}" height="{r.height:.1f}"'
    text = escape(r.text)
    if r.ground is None:
        return [
            f'<rect {place} fill="none" stroke="black" stroke-dasharray="5,3"/>',
            f'<text x="{r.x + PADDING:.1f}" y="{r.y + FONT + 4:.1f}">{text}</text>',
        ]
    ink = "white" if is_dark(r.ground) else "black"
    return [
        f'<rect {place} fill="{r.ground}" stroke="black"/>',
        f'<text x="{r.x + r.width / 2:.1f}" y="{r.y + r.height / 2 + FONT / 3:.1f}"'
        f' text-anchor="middle" fill="{ink}">{text}</text>',
    ]
