"""The words and numbers of the forms, in Indonesian."""

from decimal import Decimal

_RATIO_DIGITS = 4

LEVELS = {"below": "di bawah ekspektasi", "meets": "sesuai ekspektasi", "above": "di atas ekspektasi"}
PREDIKAT = {
    "sangat_baik": "Sangat Baik",
    "baik": "Baik",
    "butuh_perbaikan": "Butuh Perbaikan",
    "kurang": "Kurang",
    "sangat_kurang": "Sangat Kurang",
}
GROUPS = {"utama": "Hasil kerja utama", "tambahan": "Hasil kerja tambahan", "perilaku": "Perilaku kerja"}
INDICES = {"hasil_kerja": "Hasil kerja", "perilaku": "Perilaku kerja"}
STATUS = {
    "few": "data belum cukup",
    "none": "tidak ada data",
    "no_report": "belum dilaporkan",
    "not_computable": "tidak dapat dihitung",
}
BEHAVIOURS = {
    "berorientasi_pelayanan": "Berorientasi pelayanan",
    "akuntabel": "Akuntabel",
    "kompeten": "Kompeten",
    "harmonis": "Harmonis",
    "loyal": "Loyal",
    "adaptif": "Adaptif",
    "kolaboratif": "Kolaboratif",
}
MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
TITLES = {
    "C.1": "Evaluasi Kinerja Pegawai",
    "D.1.1": "Dokumen Evaluasi Kinerja Pegawai",
    "D.1.2": "Dokumen Evaluasi Kinerja Pegawai oleh Atasan Pejabat Penilai Kinerja",
    "D.1.3": "Keberatan atas Hasil Evaluasi Kinerja Pegawai",
}
FACTORS = {
    "sdm": "sumber daya manusia",
    "anggaran": "anggaran",
    "peralatan": "peralatan",
    "pendampingan": "pendampingan pimpinan",
    "sarpras": "sarana dan prasarana",
    "kompetensi": "kompetensi",
    "prosedur": "prosedur",
    "beban": "beban kerja",
    "data_sistem": "data atau sistem",
    "eksternal": "faktor eksternal",
}


def period(text: str) -> str:
    """Write a period: 2026-11 -> "November 2026", 2026-Q4 -> "Triwulan IV 2026", 2026 -> "Tahun 2026"."""
    year, _, rest = text.partition("-")
    if not rest:
        return f"Tahun {year}"
    if rest.startswith("Q"):
        return f"Triwulan {('I', 'II', 'III', 'IV')[int(rest[1:]) - 1]} {year}"
    return f"{MONTHS[int(rest) - 1]} {year}"


def day(text: str) -> str:
    """Write a date or the date of a moment in Jakarta's words: 2026-12-03 -> "3 Desember 2026"."""
    year, month, number = text[:10].split("-")
    return f"{int(number)} {MONTHS[int(month) - 1]} {year}"


def number(text: str) -> str:
    """Write a number with a comma: 91.32 -> "91,32"."""
    return text.replace(".", ",")


def figure(measure: str, value: str) -> str:
    """Write a measure's value: ratios in percent, 0.9167 -> "91,67 %"; minutes as such; satisfaction as it is."""
    if measure == "attendance.late_minutes":
        return f"{number(value)} menit"
    if len(value.partition(".")[2]) == _RATIO_DIGITS:
        return f"{number(str(Decimal(value) * 100).removesuffix('00'))} %"
    return number(value)
