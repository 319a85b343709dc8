"""What the ledger's tools say: Indonesian first, one sentence for each thing that is wrong, English in brackets."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.scoring.domain.ledger import Finding, Kind
from services.scoring.ledger.report import Broken, Report
from services.scoring.ledger.seal import Seal
from services.scoring.ledger.verifying import Examined
from services.scoring.partitions import name_of
from services.scoring.terminal import number

_KINDS = {
    Kind.ALTERED: "DIUBAH (altered)",
    Kind.MISSING: "HILANG (missing)",
    Kind.INSERTED: "DISISIPKAN (inserted)",
    Kind.HEAD: "KEPALA RANTAI DIUBAH (head altered)",
}
_DIFFERS = {
    "payload": "isinya berbeda dari log Kafka (bytes)",
    "recorded_at": "waktu pencatatannya berbeda (time)",
    "chain": "isi, waktu, atau nilai rantainya tidak saling cocok (chain)",
    "duplicate": "tanda duplikatnya tidak benar (duplicate)",
    "fault": "catatan kesalahannya tidak benar (fault)",
}
_BROKEN = {
    "missing": "partisi ini tidak ada lagi (partition missing)",
    "shorter": "jurnal tidak lagi sampai ke posisi itu (shorter than sealed)",
    "head": "kepala rantai di posisi itu berbeda (another head)",
    "rows": "baris sebelum posisi itu berbeda (other rows)",
}


def sentence(finding: Finding) -> str:
    """Say what is wrong with which record. Example: `events/3, rekaman 120: DIUBAH (altered): isinya ...`."""
    records = (
        f"rekaman {finding.offset}" if finding.last == finding.offset else f"rekaman {finding.offset}–{finding.last}"
    )
    said = f"{name_of(finding.partition)}, {records}: {_KINDS[finding.kind]}"
    reasons = [_DIFFERS[name] for name in finding.differs if name in _DIFFERS]
    if columns := [name for name in finding.differs if name not in _DIFFERS]:
        reasons.append(f"kolom {', '.join(columns)} tidak sesuai isinya (column)")
    return f"{said}: {'; '.join(reasons)}" if reasons and finding.kind is Kind.ALTERED else said


def broken_sentence(broken: Broken) -> str:
    """Say how a partition differs from the seal."""
    return f"{broken.name}, posisi {broken.position}: TIDAK SESUAI SEGEL: {_BROKEN[broken.why]}"


def tell(console: Console, report: Report) -> None:
    """Print the table, then every first finding, then the verdict."""
    console.print(_table(report.examined, report.compared))
    for one in report.examined:
        if one.walk.first is not None:
            console.print(Text(f"✗ {sentence(one.walk.first)}", "red"), soft_wrap=True)
            if one.walk.wrong > 1:
                console.print(f"  dan {number(one.walk.wrong - 1)} temuan lain di partisi ini (more findings)")
    for broken in report.broken:
        console.print(Text(f"✗ {broken_sentence(broken)}", "red"), soft_wrap=True)
    if not report.guarded:
        text = "✗ Indeks unik atas identitas hilang atau tidak unik: satu peristiwa dapat terhitung dua kali (index)"
        console.print(Text(text, "red"), soft_wrap=True)
    for note in _notes(report):
        console.print(Text(f"! {note}", "yellow"), soft_wrap=True)
    console.print(_verdict(report), soft_wrap=True)


def print_seal(console: Console, seal: Seal, known: bool | None) -> None:
    """Say whose seal it is. *known*: whether the fingerprint is the expected one; None when nobody said which."""
    console.print(f"Segel {seal.statement.installation}, {seal.statement.sealed_at.isoformat()}", highlight=False)
    console.print(f"Sidik kunci (fingerprint): {seal.fingerprint}", soft_wrap=True, highlight=False)
    if known is None:
        text = "Cocokkan sidik kunci ini dengan yang Anda catat: siapa pun dapat membuat segel dengan kunci sendiri."
        console.print(Text(f"! {text} (Compare the fingerprint.)", "yellow"), soft_wrap=True)


def _table(examined: Sequence[Examined], compared: bool) -> Table:
    table = Table(
        title="Pemeriksaan jurnal", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )
    table.add_column("Partisi", no_wrap=True)
    for head in ("Rekaman", "Ada di log", "Rantai saja", "Tersisih", "Ditunda", "Belum dilipat"):
        table.add_column(head, justify="right")
    table.add_column("Hasil")
    for one in examined:
        walk = one.walk
        table.add_row(
            name_of(walk.head.partition),
            number(walk.rows),
            number(walk.compared) if compared else "–",
            number(walk.linked_only),
            number(walk.set_aside),
            number(walk.later),
            "–" if one.waiting is None else number(one.waiting),
            "[red]salah[/]" if walk.wrong else "[green]utuh[/]",
        )
    return table


def _notes(report: Report) -> list[str]:
    linked = sum(one.walk.linked_only for one in report.examined)
    aside = sum(one.walk.set_aside for one in report.examined)
    later = sum(one.walk.later for one in report.examined)
    notes = []
    if report.log_silent:
        notes.append("Kafka tidak menjawab; jurnal hanya diperiksa terhadap dirinya sendiri (not compared).")
    elif not report.compared:
        notes.append("Tidak dibandingkan dengan Kafka; jurnal hanya diperiksa terhadap dirinya sendiri (not compared).")
    elif left := sum(one.walk.rows - one.walk.compared for one in report.examined):
        notes.append(f"{number(left)} rekaman tidak ada lagi di Kafka untuk dibandingkan (no longer in the log).")
    if linked:
        notes.append(f"{number(linked)} duplikat tanpa isi hanya dapat diperiksa lewat rantai (linked only).")
    if aside:
        notes.append(f"{number(aside)} rekaman disisihkan dan tidak dihitung; periksa sebabnya (set aside).")
    if later:
        notes.append(f"{number(later)} rekaman menunggu versi program yang mengenal jenisnya (for later).")
    return notes


def _verdict(report: Report) -> Text:
    rows = number(sum(one.walk.rows for one in report.examined))
    if not report.sound:
        return Text(f"SALAH: jurnal ini tidak seperti yang dicatat. {rows} rekaman diperiksa. (Wrong.)", "bold red")
    return Text(f"UTUH: {rows} rekaman diperiksa, tidak ada yang salah. (Sound.)", "bold green")
