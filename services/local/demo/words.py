"""Figures and dates as an Indonesian reader expects them."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

_MONTHS = "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember"
NOTHING = "–"
INDICATORS = {
    "attendance": "Ketepatan hadir",
    "service.timeliness": "Ketepatan waktu layanan",
    "service.satisfaction": "Kepuasan masyarakat",
}


def decimal(value: Decimal, digits: int) -> str:
    """Write a number with a decimal comma and points between thousands. Example: 1234.5, 1 -> 1.234,5"""
    rounded = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{rounded:,}".replace(",", " ").replace(".", ",").replace(" ", ".")


def percent(value: str | None) -> str:
    """Write a ratio as served by the read API. Example: "0.9876" -> 98,8 %"""
    return NOTHING if value is None else f"{decimal(Decimal(value) * 100, 1)} %"


def index(value: str | None) -> str:
    """Write an IKM as served by the read API. Example: "82.45" -> 82,45"""
    return NOTHING if value is None else decimal(Decimal(value), 2)


def long_date(day: date) -> str:
    """Write a date. Example: 2026-10-30 -> 30 Oktober 2026"""
    return f"{day.day} {_MONTHS.split()[day.month - 1]} {day.year}"
