"""The staff: synthetic names, NIPs and badges, positions, supervisors and habits. Nobody here exists."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from services.local.demo.dice import Dice
from services.local.demo.places import KELURAHAN, PLACE, PLACES, Place

_MEN = (
    "Agus Bambang Budi Dwi Eko Hadi Hendra Heri Imam Joko Kurniawan Teguh Slamet Wahyu Yusuf Rudi Sigit Tri Arif "
    "Dimas Fajar Galih Bayu Nur Rizky"
)
_WOMEN = (
    "Sri Siti Dewi Endang Fitri Indah Kartika Lestari Maya Nining Nur Putri Ratna Rini Sari Sulastri Titik Tutik "
    "Umi Wulan Yuni Dyah Retno Anisa Rahma"
)
_LAST = (
    "Santoso Wibowo Prasetyo Nugroho Setiawan Hidayat Susanto Purnomo Saputro Raharjo Widodo Utomo Handoyo Kusuma "
    "Rahayu Astuti Handayani Lestari Wahyuni Suryani Puspita Hartono Mulyono Pratama Permana"
)
"""Given names and surnames, of the kind that men and women share."""
_DEGREES = ("", "", "", ", S.Sos.", ", S.E.", ", S.STP.", ", S.H.", ", A.Md.", ", S.Kom.", ", M.Si.")
_STAFF = ("Pengadministrasi Umum", "Pengelola Layanan", "Pengolah Data", "Pengelola Keuangan", "Penata Layanan")
_LEADERS = {
    "kecamatan": (
        "Camat",
        "Sekretaris Camat",
        "Kasubbag Perencanaan dan Keuangan",
        "Kasubbag Umum dan Kepegawaian",
        "Kasi Pemerintahan",
        "Kasi Pembangunan",
        "Kasi Kesejahteraan Sosial",
        "Kasi Ketenteraman dan Ketertiban",
    ),
    "kelurahan": ("Lurah", "Sekretaris Lurah", "Kasi Pemerintahan", "Kasi Kesejahteraan Sosial"),
    "dinas": ("Kepala Dinas", "Sekretaris Dinas", "Kasubbag Umum dan Kepegawaian"),
    "seksi": ("Kepala Seksi",),
}


@dataclass(frozen=True, slots=True)
class Person:
    """
    One member of staff.

    *home* is the unit they belong to (see `unit_on` for the one who moves). *habit* weighs how often they are late,
    1 on average; *early* is how many minutes before time they usually come.
    """

    id: str
    name: str
    nip: str
    badge: str
    woman: bool
    home: str
    position: str
    rank: int
    supervisor: str | None
    habit: float
    early: int
    moves: bool = False

    @property
    def head(self) -> bool:
        """The first of a unit leads it."""
        return self.rank == 0


@lru_cache(maxsize=4)
def staff(seed: int) -> tuple[Person, ...]:
    """Return everybody, heads before those they supervise."""
    people: list[Person] = []
    taken: set[str] = set()
    for place in PLACES:
        ids = [f"E{1001 + len(people) + rank}" for rank in range(place.staff)]
        above = _head_of(people, place.parent)
        for rank, employee in enumerate(ids):
            people.append(_person(seed, place, employee, rank, _supervisor(place, ids, rank) or above, taken))
    roaming = f"E{1001 + len(people)}"
    people.append(_person(seed, PLACE[KELURAHAN[0]], roaming, 90, _head_of(people, "banyumanik"), taken, moves=True))
    return tuple(people)


@lru_cache(maxsize=4)
def by_unit(seed: int) -> dict[str, tuple[Person, ...]]:
    """Return the staff of each unit who do not move, the head first."""
    found: dict[str, list[Person]] = {place.code: [] for place in PLACES}
    for person in staff(seed):
        if not person.moves:
            found[person.home].append(person)
    return {code: tuple(people) for code, people in found.items()}


def mover(seed: int) -> Person:
    """Return the one who is transferred each July."""
    return next(person for person in staff(seed) if person.moves)


def unit_on(person: Person, day: date) -> str:
    """Return the unit the person belongs to on *day*; the mover helps out another kelurahan from each 1 July on."""
    if not person.moves:
        return person.home
    return KELURAHAN[(day.year + (day.month >= 7)) % len(KELURAHAN)]


def moves_between(first: date, last: date) -> list[date]:
    """Return the dates in *first*..*last* on which the mover starts in a unit; *first* itself is the first one."""
    firsts = [date(year, 7, 1) for year in range(first.year, last.year + 1)]
    return [first, *(day for day in firsts if first < day <= last)]


def _head_of(people: list[Person], unit: str | None) -> str | None:
    return next((person.id for person in people if person.home == unit and person.head), None)


def _supervisor(place: Place, ids: list[str], rank: int) -> str | None:
    """Return the supervisor inside the unit: leaders report to the head, staff to one of the leaders in turn."""
    leaders = len(_LEADERS[place.kind])
    if rank == 0:
        return None
    return ids[0] if rank < leaders or leaders == 1 else ids[1 + rank % (leaders - 1)]


def _position(place: Place, rank: int) -> str:
    leaders = _LEADERS[place.kind]
    return leaders[rank] if rank < len(leaders) else _STAFF[rank % len(_STAFF)]


def _person(
    seed: int, place: Place, employee: str, rank: int, supervisor: str | None, taken: set[str], *, moves: bool = False
) -> Person:
    dice = Dice(seed, "person", employee)
    woman = dice.below(2) == 1
    return Person(
        id=employee,
        name=_name(dice, woman, taken),
        nip=_nip(dice, woman, taken),
        badge=f"{_device(place)}/{int(employee[1:]) - 1000}",
        woman=woman,
        home=place.code,
        position=_position(place, rank),
        rank=rank,
        supervisor=supervisor,
        habit=0.4 + 1.2 * dice.fraction(),
        early=dice.between(6, 22),
        moves=moves,
    )


def _device(place: Place) -> str:
    return f"mesin-{place.code}" if place.kind in ("kecamatan", "kelurahan") else place.punches


def _name(dice: Dice, woman: bool, taken: set[str]) -> str:
    """Return a full name not in *taken*, which gains it."""
    while True:
        first, last = dice.pick((_WOMEN if woman else _MEN).split()), dice.pick(_LAST.split())
        if first != last and f"{first} {last}" not in taken:
            taken.add(f"{first} {last}")
            return f"{first} {last}{dice.pick(_DEGREES)}"


def _nip(dice: Dice, woman: bool, taken: set[str]) -> str:
    """Return birth date, month of entry, sex and serial: 18 digits (Perka BKN 22/2007); *taken* gains it."""
    born = date(1968, 1, 1) + timedelta(days=dice.below(31 * 365))
    entry = f"{born.year + dice.between(23, 25)}{dice.pick(('01', '03', '04', '12'))}"
    prefix = f"{born:%Y%m%d}{entry}{2 if woman else 1}"
    serial = next(serial for serial in range(1, 1000) if f"{prefix}{serial:03}" not in taken)
    taken.add(f"{prefix}{serial:03}")
    return f"{prefix}{serial:03}"
