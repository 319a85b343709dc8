"""Forms on paper: what they say, set by typst as PDF, or as a picture to look at."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import typst

from services.scoring.forms.contents import as_input, contents

_TEMPLATE = Path(__file__).with_name("form.typ")


def form(
    receipt: Mapping[str, Any], names: Mapping[str, str] | None = None, kind: Literal["pdf", "png"] = "pdf"
) -> bytes:
    """Return the form of a person's receipt on A4, the same bytes of the same. A picture is of page one."""
    said = as_input(contents(receipt, names))
    made = typst.compile(str(_TEMPLATE), format=kind, ppi=110, sys_inputs={"said": said})
    return made[0] if isinstance(made, list) else made
