"""The units of the demonstration: Kecamatan Banyumanik, its eleven kelurahan, and two dinas with their seksi."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """A service to the public: its code and the minutes the standard allows."""

    code: str
    sla_minutes: int


@dataclass(frozen=True, slots=True)
class Place:
    """
    A unit as the demonstration knows it.

    *staff* includes the head; *cases*, *answers* (per working day) and *complaints* (per week) are averages.
    *punches* is the source of attendance; *days_only* says that it exports days and no single punches.
    """

    code: str
    name: str
    kind: str
    parent: str | None
    staff: int
    cases: float
    answers: float
    complaints: float
    punches: str
    days_only: bool = False


_KELURAHAN = (
    ("banyumanik-kel", "Banyumanik", 7, 6.0),
    ("gedawang", "Gedawang", 6, 4.6),
    ("jabungan", "Jabungan", 5, 4.2),
    ("ngesrep", "Ngesrep", 7, 5.4),
    ("padangsari", "Padangsari", 7, 5.6),
    ("pedalangan", "Pedalangan", 6, 5.0),
    ("pudakpayung", "Pudakpayung", 8, 6.2),
    ("srondol-kulon", "Srondol Kulon", 6, 5.0),
    ("srondol-wetan", "Srondol Wetan", 8, 6.4),
    ("sumurboto", "Sumurboto", 6, 4.6),
    ("tinjomoyo", "Tinjomoyo", 6, 4.4),
)
_PENDIDIKAN = (
    ("disdik-paud", "Seksi PAUD dan Pendidikan Nonformal", 6),
    ("disdik-sd", "Seksi Kurikulum dan Peserta Didik SD", 6),
    ("disdik-smp", "Seksi Kurikulum dan Peserta Didik SMP", 6),
    ("disdik-gtk", "Seksi Guru dan Tenaga Kependidikan", 5),
)
_KESEHATAN = (
    ("dinkes-kesga", "Seksi Kesehatan Keluarga dan Gizi", 7),
    ("dinkes-p2p", "Seksi Pencegahan dan Pengendalian Penyakit", 5),
    ("dinkes-yankes", "Seksi Pelayanan Kesehatan", 8),
    ("dinkes-farmasi", "Seksi Kefarmasian dan Alat Kesehatan", 7),
)


def _kelurahan() -> list[Place]:
    return [
        Place(code, f"Kelurahan {name}", "kelurahan", "banyumanik", staff, cases, 1.5, 0.6, "mesin-absensi")
        for code, name, staff, cases in _KELURAHAN
    ]


def _seksi(parent: str, rows: tuple[tuple[str, str, int], ...], punches: str, days_only: bool) -> list[Place]:
    return [Place(code, name, "seksi", parent, staff, 2.4, 0.7, 0.3, punches, days_only) for code, name, staff in rows]


PLACES = (
    Place("banyumanik", "Kecamatan Banyumanik", "kecamatan", None, 34, 17.0, 4.0, 1.2, "mesin-absensi"),
    *_kelurahan(),
    Place("disdik", "Dinas Pendidikan", "dinas", None, 9, 0.0, 0.0, 0.5, "e-presensi", True),
    *_seksi("disdik", _PENDIDIKAN, "e-presensi", days_only=True),
    Place("dinkes", "Dinas Kesehatan", "dinas", None, 12, 0.0, 0.0, 0.5, "mesin-dinkes"),
    *_seksi("dinkes", _KESEHATAN, "mesin-dinkes", days_only=False),
)
"""Parents before their children."""

PLACE = {place.code: place for place in PLACES}
KELURAHAN = tuple(place.code for place in PLACES if place.kind == "kelurahan")

_AT_THE_COUNTER = {
    "kecamatan": (Service("kartu-keluarga", 60), Service("dispensasi-nikah", 30), Service("legalisasi-surat", 15)),
    "kelurahan": (
        Service("surat-pengantar-ktp", 15),
        Service("surat-keterangan-domisili", 15),
        Service("surat-pengantar-skck", 10),
        Service("surat-keterangan-tidak-mampu", 20),
        Service("surat-keterangan-tanah", 30),
    ),
    "disdik": (Service("legalisasi-ijazah", 30), Service("mutasi-siswa", 60), Service("izin-operasional", 240)),
    "dinkes": (Service("izin-praktik-nakes", 120), Service("rekomendasi-apotek", 240), Service("laik-higiene", 180)),
}


def services_of(place: Place) -> tuple[Service, ...]:
    """Return what the unit's counter offers."""
    return _AT_THE_COUNTER.get(place.kind) or _AT_THE_COUNTER[place.parent or place.code]


def walk(code: str) -> list[str]:
    """Return the unit and all units above it."""
    place = PLACE[code]
    return [code, *(walk(place.parent) if place.parent else [])]
