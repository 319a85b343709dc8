"""Dates, shares and names as Indonesian readers write them."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    """How one indicator is spoken of: *name* at the head of a sentence, *success* after a count."""

    name: str
    success: str
    tries: str


WORDINGS = {
    "attendance": Wording("Ketepatan hadir", "kehadiran terjadwal tepat waktu", "kehadiran"),
    "service.timeliness": Wording("Ketepatan waktu layanan", "layanan selesai tepat waktu", "layanan"),
    "service.satisfaction": Wording("Kepuasan masyarakat", "", "jawaban survei"),
}


def day(on: date) -> str:
    """Write a date: 3 Maret 2026."""
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def decimal(value: Decimal, digits: int = 1) -> str:
    """Write a number with a decimal comma, without zeros that say nothing: 78,8 and 79."""
    rounded = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    whole = rounded.to_integral_value()
    return f"{whole if rounded == whole else rounded}".replace(".", ",")


def percent(share: Decimal) -> str:
    """Write a share: 0.7885 -> 78,9%."""
    return f"{decimal(share * 100)}%"


def index(share: Decimal) -> str:
    """Write a share of the distance to the best answers as IKM, 25 to 100: 0.9 -> 92,5."""
    return decimal(25 + 75 * share)


def chance(years: Decimal) -> str:
    """Say how seldom chance alone does this: 4 -> sekali dalam 4 tahun."""
    return f"sekali dalam {decimal(years)} tahun"
