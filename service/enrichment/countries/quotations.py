"""Where the quotation begins whose speaker a phrase names: "I did not see it," he said."""

import re
from typing import Final

LONGEST: Final = 1_500
"""Characters of a quotation that is looked through for its beginning."""

_END: Final = re.compile(r'[,.?!…]["”] ?\Z')
_OPENING: Final = {'"': '"', "”": "“"}


def before(text: str, start: int) -> int | None:
    """Offset of the mark that opens the quotation right before `start`.

    Args:
        text: `Document.full`.
        start: offset of what may name the speaker.

    Returns:
        None where no quotation ends there, or its beginning is further off than `LONGEST`.
    """
    match = _END.search(text, max(0, start - 3), start)
    if not match:
        return None
    end = match.start() + 1
    opened = text.rfind(_OPENING[text[end]], max(0, end - LONGEST), end)
    return opened if opened >= 0 else None
