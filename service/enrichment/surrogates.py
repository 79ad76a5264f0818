"""Half characters, which have no UTF-8, so that neither tokeniser nor automaton takes them."""

import re
from typing import Final

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def replaced(text: str) -> str:
    """`text` with a replacement character, as long, for each lone surrogate; mostly itself."""
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return _SURROGATE.sub("\ufffd", text)
