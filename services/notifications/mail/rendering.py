"""The letters to leaders: subject, plain text and HTML, from what was known when the message was made."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape

from services.notifications.domain.alerts import Message
from services.notifications.domain.indicators import SATISFACTION
from services.notifications.mail import words

_TEMPLATES = ("subject.txt", "letter.txt", "letter.html", "advice.txt")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready to be sent."""

    subject: str
    text: str
    html: str


def write_letter(message: Message, content: dict[str, Any], link: str) -> Letter:
    """Write the letter for a message; the same content gives the same letter."""
    told = _told(message, content, link)
    told["advice"] = _environment.get_template("advice.txt").render(told).strip().splitlines()
    subject = " ".join(_environment.get_template("subject.txt").render(told).split())
    text = _environment.get_template("letter.txt").render(told, subject=subject)
    html = _environment.get_template("letter.html").render(told, subject=subject)
    return Letter(subject, text.strip() + "\n", html)


def _told(message: Message, content: dict[str, Any], link: str) -> dict[str, Any]:
    wording = words.WORDINGS[content["indicator"]]
    figure = words.index if content["indicator"] == SATISFACTION.name else words.percent
    value, baseline = Decimal(content["value"]), Decimal(content["baseline"])
    corrected = content.get("corrected")
    return {
        "message": message,
        "indicator": content["indicator"],
        "unit": content["unit"],
        "name": wording.name,
        "topic": wording.name[0].lower() + wording.name[1:],
        "success": wording.success,
        "tries": wording.tries,
        "n": content["n"],
        "good": words.decimal(content["n"] - Decimal(content["failures"])),
        "value": figure(value),
        "baseline": figure(baseline),
        "corrected": figure(Decimal(corrected)) if corrected else None,
        "value_width": _width(value),
        "baseline_width": _width(baseline),
        "since": _day(content["since"]),
        "raised_on": _day(content["raised_on"]),
        "ended_on": _day(content["ended_on"]) if content["ended_on"] else None,
        "chance": words.chance(Decimal(content["chance_years"])),
        "led_unit": content["led_unit"],
        "elsewhere": content["led_unit"] != content["unit"],
        "acting": content["acting"],
        "link": link,
    }


def _day(text: str) -> str:
    return words.day(date.fromisoformat(text))


def _width(share: Decimal) -> int:
    """The length of a bar in percent of the row."""
    return max(2, min(100, round(share * 100)))


def _loaded() -> Environment:
    folder = files("services.notifications.mail") / "templates"
    sources = {name: (folder / f"{name}.j2").read_text("utf-8") for name in _TEMPLATES}
    return Environment(
        loader=DictLoader(sources),
        undefined=StrictUndefined,
        autoescape=select_autoescape(("html",)),
        trim_blocks=True,
        lstrip_blocks=True,
    )


_environment = _loaded()
