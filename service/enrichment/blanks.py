"""White space of other kinds, read as the blank that names are written with."""

import re
from typing import Final

_OTHER: Final = "\t\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f"
_BLANKS: Final = str.maketrans(dict.fromkeys(_OTHER, " "))
_ANY: Final = re.compile(f"[{_OTHER}]")

_WRAP: Final = re.compile(r"(?<=\S)\n(?=\S)")
"""A line that goes on in the next one, not the end of a paragraph."""


def replaced(text: str) -> str:
    """`text`, as long, with a blank for each tab and each space that is no plain one."""
    return text.translate(_BLANKS) if _ANY.search(text) else text


def unwrapped(text: str) -> str:
    """The same for the end of each line that goes on in the next."""
    return _WRAP.sub(" ", text) if "\n" in text else text
