"""Draws a terminal's screen (standard input, with its colours as escape sequences) as an SVG."""
import html
import re
import sys

COLOURS = {30: "#484f58", 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea", 37: "#e6edf3"}
WIDTH, HEIGHT, MARGIN = 8.43, 19, 16


def spans(line):
    """The line's pieces with their colour and weight."""
    colour, bold, at = None, False, 0
    for escape in re.finditer(r"\x1b\[([0-9;]*)m", line):
        if escape.start() > at:
            yield line[at:escape.start()], colour, bold
        at = escape.end()
        for code in (int(part or 0) for part in escape[1].split(";")):
            if code == 0:
                colour, bold = None, False
            elif code == 1:
                bold = True
            elif 30 <= code <= 37 or 90 <= code <= 97:
                colour = COLOURS[code % 60 if code >= 90 else code]
            elif code == 39:
                colour = None
    if at < len(line):
        yield line[at:], colour, bold


lines = [line.rstrip() for line in sys.stdin.read().rstrip().split("\n")]
if lines and re.sub(r"\x1b\[[0-9;]*m", "", lines[-1]).strip() == "$":
    lines.pop()
width = round(max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines) * WIDTH + 2 * MARGIN)
height = len(lines) * HEIGHT + 2 * MARGIN
print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="A session in a terminal">')
print(f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>')
print('<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3" xml:space="preserve">')
for row, line in enumerate(lines):
    text = "".join(
        f'<tspan{f" fill={chr(34)}{colour}{chr(34)}" if colour else ""}{" font-weight=" + chr(34) + "bold" + chr(34) if bold else ""}>{html.escape(piece)}</tspan>'
        for piece, colour, bold in spans(line)
    )
    if text:
        print(f'<text x="{MARGIN}" y="{MARGIN + (row + 1) * HEIGHT - 5}">{text}</text>')
print("</g></svg>")
