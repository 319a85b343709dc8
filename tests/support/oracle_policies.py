"""Which policy governs, worked out from the words of the law alone: from all events, each time anew."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from tests.support.oracle.directory import Directory, jakarta_date
from tests.support.oracle.log import Event, day_in, instant, of_type, rank, still_counting

Hashes = Mapping[tuple[str, int], str]
"""Hash of each whole document, by policy and version: in these tests no two documents share both."""


class OraclePolicies:
    """What governs whom after these events, in whatever order and however often they came."""

    def __init__(self, events: Iterable[Event], hashes: Hashes, shipped: str) -> None:
        self.counting = still_counting(events)
        self.directory = Directory(self.counting)
        self.hashes, self.shipped = hashes, shipped

    def governing(self, unit: str | None, first: date) -> tuple[str, str | None]:
        """Hash of the policy and the subject it was published for, in a period that begins on *first*."""
        places = ["*"] if unit is None else [*self.directory.walk(unit, first), "*"]
        for place in places:
            begun = [each for each in self.published(f"unit:{place}") if day_in(each, "effective_from") <= first]
            if begun:
                last = max(day_in(each, "effective_from") for each in begun)
                holds = max((each for each in begun if day_in(each, "effective_from") == last), key=rank)
                return holds["data"]["sha256"], holds["subject"]
        return self.shipped, None

    def published(self, subject: str) -> list[Event]:
        """The publications for a subject that count."""
        return [
            each
            for each in of_type(self.counting, "policy.published.v1")
            if each["subject"] == subject and self.counts(each)
        ]

    def counts(self, publication: Event) -> bool:
        """Every condition of the law, each looked at."""
        said = publication["data"]
        proposals = [
            each
            for each in of_type(self.counting, "policy.proposed.v1")
            if {"source": each["source"], "id": each["id"]} == said["proposal"]
        ]
        return any(
            all(
                (
                    each["subject"] == publication["subject"],
                    each["data"]["effective_from"] == said["effective_from"],
                    self.hash_of(each) == said["sha256"],
                    said["approver"] != each["data"]["proposer"],
                    day_in(publication, "effective_from") > jakarta_date(instant(publication["time"])),
                )
            )
            for each in proposals
        )

    def hash_of(self, proposal: Event) -> str:
        """The hash of the whole document that a proposal carries."""
        document: dict[str, Any] = proposal["data"]["document"]
        return self.hashes[document["policy"], document["version"]]

    def states(self) -> list[tuple[str, str, str]]:
        """State, source and id of everything proposed or published that stands."""
        return sorted(
            [("proposed", each["source"], each["id"]) for each in self.waiting()]
            + [
                ("published" if self.is_first(each) else "refused", each["source"], each["id"])
                for each in of_type(self.counting, "policy.published.v1")
            ]
        )

    def waiting(self) -> list[Event]:
        """Proposals of which no publication counts."""
        published = [each for each in of_type(self.counting, "policy.published.v1") if self.counts(each)]
        named = [each["data"]["proposal"] for each in published]
        return [
            each
            for each in of_type(self.counting, "policy.proposed.v1")
            if {"source": each["source"], "id": each["id"]} not in named
        ]

    def is_first(self, publication: Event) -> bool:
        """Whether it is the greatest of those that count for its subject and day."""
        rivals = [
            each
            for each in self.published(publication["subject"])
            if each["data"]["effective_from"] == publication["data"]["effective_from"]
        ]
        return publication in rivals and max(rivals, key=rank) == publication
