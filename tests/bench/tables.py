"""Plain tables for a terminal."""

from collections.abc import Sequence

HUNDRED, TEN = 100, 10


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as they need to be, the first to the left and the others to the right."""
    lines = [list(header), *([_text(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = [
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
        for line in lines
    ]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([title, "", texts[0], rule, *texts[1:], ""])


def _text(cell: object) -> str:
    """Figures with three digits that count; a dash where there is none."""
    match cell:
        case None:
            return "-"
        case float():
            return f"{cell:,.{0 if cell >= HUNDRED else 1 if cell >= TEN else 2}f}"
        case int():
            return f"{cell:,}"
        case _:
            return str(cell)
