"""What has been sent and what comes next: one reading of the story that loading and following share."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from services.kit.errors import UserError
from services.local.addresses import write_private
from services.local.demo.history import sent_for_ever
from services.local.demo.tell_directory import Story


@dataclass(frozen=True, slots=True)
class Progress:
    """The story of one data folder, fixed at its first start, and the second up to which everything has been sent."""

    story: Story
    sent_until: int


def read_progress(path: Path, today: date, seed: int) -> Progress:
    """
    Return the progress kept in *path*, or that of a story which begins now.

    Raises:
        UserError: the file is not what `write_progress` wrote.
    """
    try:
        kept = json.loads(path.read_text("utf-8"))
        story = Story(kept["seed"], date.fromisoformat(kept["first"]), date.fromisoformat(kept["anchor"]))
        return Progress(story, int(kept["sent_until"]))
    except FileNotFoundError:
        return Progress(Story.up_to(today, seed), 0)
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise UserError(f"{path} cannot be read ({exc}). Start in a new folder (--data DIR), or mend it.") from exc


def write_progress(path: Path, progress: Progress) -> None:
    """Keep the progress, in one step."""
    story = progress.story
    kept = {
        "seed": story.seed,
        "first": f"{story.first}",
        "anchor": f"{story.anchor}",
        "sent_until": progress.sent_until,
    }
    write_private(path, json.dumps(kept, indent=2) + "\n")


class Feed:
    """The story's events after what has been sent, each handed out once."""

    def __init__(self, progress: Progress) -> None:
        self.story = progress.story
        self._sent = (sent for sent in sent_for_ever(progress.story) if sent[0] > progress.sent_until)
        self._next = next(self._sent)

    def due(self, until: int) -> Iterator[dict[str, Any]]:
        """Return what is sent up to the second *until* and has not been handed out."""
        while self._next[0] <= until:
            yield self._next[1]
            self._next = next(self._sent)
