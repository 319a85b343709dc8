"""What has been sent and what comes next: one reading of the story that loading and following share."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from services.kit.errors import UserError
from services.local.addresses import write_private
from services.local.demo.directory_events import Story
from services.local.demo.history import closing_of, directory_of, life_of, sent_for_ever
from services.local.demo.wire import Sent

Event = dict[str, Any]


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
    """
    The story's events after what has been sent, each handed out once: directory, facts and closings apart.

    *begun* is the second up to which all was sent before, 0 for a story that nobody has heard of.
    """

    def __init__(self, progress: Progress) -> None:
        self.story, self.begun = progress.story, progress.sent_until
        self._directory, self._facts, self._closings = (
            _Part(sent_for_ever(progress.story, part), progress.sent_until)
            for part in (directory_of, life_of, closing_of)
        )

    def directory(self, until: int) -> Iterator[Event]:
        """Return what is to be known of units, people, hours and holidays up to the second *until*."""
        return self._directory.due(until)

    def facts(self, until: int) -> Iterator[Event]:
        """Return what is sent of daily life up to the second *until*."""
        return self._facts.due(until)

    def closings(self, until: int) -> Iterator[Event]:
        """Return the closings of days due by the second *until*, oldest first."""
        return self._closings.due(until)

    def due(self, until: int) -> Iterator[Event]:
        """Return all three, in this order."""
        return chain(self.directory(until), self.facts(until), self.closings(until))


class _Part:
    def __init__(self, sent: Iterator[Sent], after: int) -> None:
        self._sent = (each for each in sent if each[0] > after)
        self._next = next(self._sent)

    def due(self, until: int) -> Iterator[Event]:
        while self._next[0] <= until:
            yield self._next[1]
            self._next = next(self._sent)
