"""What `kinerja rebuild` and `kinerja verify` say: Indonesian first, English in brackets."""

from rich.console import Console
from rich.text import Text

from services.scoring.partitions import name_of
from services.scoring.terminal import number
from services.scoring.versions.rebuilding import Outcome
from services.scoring.versions.verifying import Verified


def print_rebuilt(console: Console, outcome: Outcome, seconds: float) -> None:
    """Say how the versions compare and which one is used now."""
    _compared(console, outcome, seconds)
    if not outcome.switched:
        _say(console, "Versi lama tetap dipakai (kept the live version).", "yellow")
        _say(console, "Untuk memakai versi baru walau berbeda (to use the new one): kinerja rebuild --replace")
        return
    _say(console, "Versi baru dipakai sekarang (switched).", "green")
    _say(console, "Versi lama disimpan satu langkah (one step back): kinerja rebuild --from previous")


def print_compared(console: Console, outcome: Outcome, seconds: float) -> None:
    """Say how a version that was only built to compare differs."""
    _compared(console, outcome, seconds)
    if not outcome.differences:
        _say(console, "✓ Semua angka sesuai dengan jurnal (every figure is what the journal says).", "green")


def print_verified(console: Console, verified: Verified) -> None:
    """Say what a sample showed."""
    for projection, partition, kept, counted in verified.sums:
        where = f"{projection}, {name_of(partition)}"
        text = f"✗ {where}: jumlah periksa tidak cocok (checksum), {kept} / {counted} baris (rows)"
        _say(console, text, "red")
    for subject, projections in sorted(verified.wrong.items()):
        _say(console, f"✗ {subject}: angkanya tidak sesuai jurnal (differs): {', '.join(projections)}", "red")
    print_kept_apart(console, verified.set_aside, verified.later)
    looked = f"{number(verified.people)} orang dan {number(verified.units)} unit dihitung ulang (sample refolded)"
    if verified.sums or verified.wrong:
        _say(console, f"{looked}. Lihat semuanya (see all): kinerja verify --all", "yellow")
    else:
        _say(console, f"✓ Jumlah periksa cocok; {looked}: tidak ada yang berbeda (nothing differs).", "green")


def print_refolded(console: Console, taken: int, set_aside: int, later: int) -> None:
    """Say how many records count now, and how many still do not."""
    _say(console, f"✓ {number(taken)} rekaman kini dihitung (refolded).", "green")
    print_kept_apart(console, set_aside, later)


def print_kept_apart(console: Console, set_aside: int, later: int) -> None:
    """Say how many records of the journal no figure has, if any."""
    if set_aside:
        _say(console, f"! {number(set_aside)} rekaman tidak dapat dibaca dan tidak dihitung (set aside).", "yellow")
    if later:
        _say(console, f"! {number(later)} rekaman menunggu versi yang mengenal jenisnya (for later).", "yellow")


def _compared(console: Console, outcome: Outcome, seconds: float) -> None:
    records = sum(outcome.positions.values())
    _say(console, f"Dua versi sampai rekaman ke-{number(records)}, dalam {seconds:.1f} s (both versions, records).")
    for projection, partition, live, fresh in outcome.differences:
        text = f"✗ {projection}, {name_of(partition)}: {number(live)} baris lama, {number(fresh)} baris baru (rows)"
        _say(console, text, "red")
    for projection, rows in outcome.examples.items():
        for row in rows:
            _say(console, f"    {projection}, {row}")
    if not outcome.differences:
        where = ", ".join(f"{name_of(partition)}:{position}" for partition, position in outcome.positions.items())
        _say(console, f"✓ {outcome.sums} jumlah periksa sama pada posisi (checksums equal at) {where}", "green")


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style), soft_wrap=True)
