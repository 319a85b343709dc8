"""Letters to leaders read as a person would write them, and say nothing that must not be said."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.notifications.domain.alerts import Message, Told, alert_id, message_due, told_by
from services.notifications.domain.cases import Case, Step
from services.notifications.mail import words
from services.notifications.mail.channel import envelope
from services.notifications.mail.rendering import write_letter

CONTENT: dict[str, Any] = {
    "unit": "Kelurahan Tembalang",
    "indicator": "attendance",
    "since": "2026-03-03",
    "raised_on": "2026-03-09",
    "ended_on": None,
    "n": 52,
    "failures": "11.0000",
    "value": "0.7885",
    "baseline": "0.9312",
    "chance_years": "4",
    "led_unit": "Kelurahan Tembalang",
    "acting": False,
}
LINK = "https://kinerja.example/v1/alerts/2026-03-03-a"
HOLDS = Case(date(2026, 3, 3), date(2026, 3, 3), date(2026, 3, 9), date(2026, 3, 9))
OVER = Case(date(2026, 3, 3), date(2026, 3, 3), date(2026, 3, 9), date(2026, 3, 9), ended_on=date(2026, 3, 20))
WRONG = Case(
    date(2026, 3, 3), date(2026, 3, 3), date(2026, 3, 9), date(2026, 3, 9), ended_on=date(2026, 3, 20), withdrawn=True
)


def test_dates_and_numbers_are_written_in_indonesian() -> None:
    """Month names, decimal commas, no zeros that say nothing."""
    assert words.day(date(2026, 3, 3)) == "3 Maret 2026"
    assert [words.percent(Decimal(share)) for share in ("0.7885", "0.79", "1", "0.00049")] == [
        "78,9%",
        "79%",
        "100%",
        "0%",
    ]
    assert words.index(Decimal("0.9")) == "92,5"
    assert words.chance(Decimal("4")) == "sekali dalam 4 tahun"


def test_a_raised_alert_says_what_since_when_how_sure_and_what_to_do() -> None:
    """Value, baseline, first day, chance, help, link, and that it is no appraisal."""
    letter = write_letter(Message.RAISED, CONTENT, LINK)
    assert letter.subject == "Kelurahan Tembalang: ketepatan hadir 78,9%, biasanya 93,1%"
    sentence = "sejak 3 Maret 2026: 41 dari 52 kehadiran terjadwal tepat waktu (78,9%), biasanya 93,1%"
    assert sentence in letter.text
    for body in (letter.text, letter.html):
        assert all(word in body for word in ("sekali dalam 4 tahun", "bukan penilaian", "Yang dapat dilakukan", LINK))


@pytest.mark.parametrize("message", list(Message))
@pytest.mark.parametrize("indicator", list(words.WORDINGS))
def test_every_letter_is_whole(message: Message, indicator: str) -> None:
    """Each message about each indicator has a short subject on one line, both forms, the unit and the link."""
    content = CONTENT | {"indicator": indicator, "ended_on": "2026-03-24", "corrected": "0.9423"}
    letter = write_letter(message, content, LINK)
    assert letter.subject.startswith("Kelurahan Tembalang: ")
    assert len(letter.subject) < 90
    assert "\n" not in letter.subject
    for body in (letter.text, letter.html):
        assert "Kelurahan Tembalang" in body
        assert LINK in body
        assert not any(mark in body for mark in ("{{", "{%", "None"))


def test_satisfaction_is_told_as_ikm() -> None:
    """Readers know the index of 25 to 100, not a share."""
    letter = write_letter(Message.RAISED, CONTENT | {"indicator": "service.satisfaction", "value": "0.62"}, LINK)
    assert "nilai IKM 71,5 dari 52 jawaban survei" in letter.text


def test_a_withdrawal_apologises_with_the_figure_then_and_now() -> None:
    """What was wrong is named beside what is right, and nothing is asked."""
    letter = write_letter(Message.WITHDRAWN, CONTENT | {"ended_on": "2026-03-20", "corrected": "0.9423"}, LINK)
    assert "kami menulis 78,9%; setelah koreksi angkanya 94,2%" in letter.text
    assert "Yang dapat dilakukan" not in letter.text


def test_a_head_above_learns_why_the_letter_came_to_them() -> None:
    """A unit without a head says so to the head above, also when that one only acts."""
    letter = write_letter(Message.RAISED, CONTENT | {"led_unit": "Kecamatan Banyumanik", "acting": True}, LINK)
    assert "belum mempunyai pimpinan yang tercatat" in letter.text
    assert "pelaksana pimpinan Kecamatan Banyumanik" in letter.text


def test_a_name_with_markup_stays_a_name() -> None:
    """HTML in a unit's name is shown, not obeyed."""
    letter = write_letter(Message.RAISED, CONTENT | {"unit": "<b>Seksi</b>"}, LINK)
    assert "<b>Seksi" not in letter.html
    assert "&lt;b&gt;Seksi" in letter.html


def test_the_same_message_is_the_same_mail() -> None:
    """Sent again, a message has the same Message-ID and date and content; its header stays on one line."""
    letter = write_letter(Message.RAISED, CONTENT, LINK)
    made = datetime(2026, 3, 9, 3, 0, tzinfo=UTC)
    mails = [
        envelope(letter, sender="K <k@semarang.example>", recipient="a@b.example", message_id="1f" * 16, made_at=made)
        for _ in range(2)
    ]
    assert mails[0]["Message-ID"] == mails[1]["Message-ID"] == f"<{'1f' * 16}@semarang.example>"
    assert f"Message-ID: <{'1f' * 16}@semarang.example>\n".encode() in mails[0].as_bytes()
    assert mails[0]["Date"] == "Mon, 09 Mar 2026 03:00:00 +0000"


@pytest.mark.parametrize(
    ("told", "case", "steps", "due"),
    [
        (Told.NOTHING, HOLDS, {Step.RAISED}, Message.RAISED),
        (Told.NOTHING, OVER, {Step.RAISED, Step.RECOVERED}, None),
        (Told.NOTHING, WRONG, {Step.WITHDRAWN}, None),
        (Told.HOLDS, HOLDS, set(), None),
        (Told.HOLDS, HOLDS, {Step.REMINDED}, Message.REMINDED),
        (Told.HOLDS, HOLDS, {Step.REMINDED, Step.NEW_NORMAL_ASKED}, Message.NEW_NORMAL_ASKED),
        (Told.HOLDS, OVER, {Step.RECOVERED}, Message.RECOVERED),
        (Told.HOLDS, WRONG, {Step.WITHDRAWN}, Message.WITHDRAWN),
        (Told.OVER, HOLDS, {Step.REOPENED}, None),
        (Told.OVER, OVER, {Step.REOPENED, Step.RECOVERED}, None),
        (Told.OVER, WRONG, {Step.WITHDRAWN}, Message.WITHDRAWN),
        (Told.WRONG, HOLDS, {Step.REOPENED}, Message.REOPENED),
        (Told.WRONG, WRONG, set(), None),
    ],
)
def test_recipients_hear_what_they_do_not_know_yet(
    told: Told, case: Case, steps: set[Step], due: Message | None
) -> None:
    """An end is told to who knows of the beginning, a mistake to who heard it, and nothing twice."""
    assert message_due(told, case, frozenset(steps)) is due
    if due is not None:
        assert message_due(told_by(due), case, frozenset()) is None


def test_an_alert_keeps_its_name() -> None:
    """The same unit, indicator and first day have one id for ever, fit for an event; others have others."""
    first = alert_id("K" * 64, "service.satisfaction", date(2026, 3, 3))
    assert first == alert_id("K" * 64, "service.satisfaction", date(2026, 3, 3))
    assert first != alert_id("K" * 64, "attendance", date(2026, 3, 3))
    assert len(first) <= 64
