"""A drawing as PNG, by Pillow (the extra `images`)."""

from __future__ import annotations

import io

from lamina.inspect.diagram.drawing import FONT, PADDING, Drawing, arrow_head, is_dark

POINTS_AN_INCH = 72
MOST_PIXELS = 1 << 28  # in a picture; a larger drawing gets a lower resolution


def png(drawing: Drawing, dpi: float) -> bytes:
    """The bytes of a PNG file of so many pixels an inch.

    Raises: ImportError without Pillow.
    """
    from PIL import Image, ImageDraw, ImageFont

    width, height = drawing.size
    scale = min(dpi / POINTS_AN_INCH, (MOST_PIXELS / (width * height)) ** 0.5)
    picture = Image.new("RGB", (round(width * scale), round(height * scale)), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(FONT * scale)
    thick = max(1, round(scale))
    for way in drawing.ways:
        pen.line([(x * scale, y * scale) for x, y in way], "black", thick)
        pen.polygon([(x * scale, y * scale) for x, y in arrow_head(way)], "black")
    for r in drawing.rectangles:
        ends = [c * scale for c in (r.x, r.y, r.x + r.width, r.y + r.height)]
        pen.rectangle(ends, fill=r.ground, outline="black", width=thick)
        if r.ground is None:
            corner = ((r.x + PADDING) * scale, (r.y + 4) * scale)
            pen.text(corner, r.text, "black", font)
        else:
            ink = "white" if is_dark(r.ground) else "black"
            middle = ((r.x + r.width / 2) * scale, (r.y + r.height / 2) * scale)
            pen.text(middle, r.text, ink, font, "mm")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
