"""Subjects seen registered, so that the next event about them needs no look into the database."""

from collections.abc import Iterable


class RegisteredSubjects:
    """
    A bounded set. Nobody is ever un-registered, so what is in it stays true.

    When it is full it is emptied: it then fills with those whom events are about today.
    """

    def __init__(self, most: int = 200_000) -> None:
        self._most = most
        self._subjects: set[str] = set()

    def __contains__(self, subject: object) -> bool:
        return subject in self._subjects

    def add(self, subjects: Iterable[str]) -> None:
        """Remember *subjects*, whose registration is committed."""
        if len(self._subjects) >= self._most:
            self._subjects.clear()
        self._subjects.update(subjects)
