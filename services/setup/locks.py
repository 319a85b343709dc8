"""
Every advisory lock of an installation's database, by the number or name that SQL writes, so that none is taken twice.

Locks of one service may wait for each other only in the order in which they stand here.
"""

LOCKS = {
    "7401": "scoring: facts are folded side by side (shared), a batch of the directory alone",
    "7402": "scoring: one publisher of measures at a time; the switch of versions keeps it out",
    "7403": "scoring: one worker at a time makes the partitions of the journal",
    "7404": "scoring: a rebuild keeps refolding out; refolds run side by side (shared)",
    "7411": "notifications: one detection at a time",
    "7412": "notifications: one publisher of steps at a time, which keeps them in order",
    "hashtext('kinerja.ingest.directory')": "ingest: events are judged side by side (shared), a registration alone",
    "hashtext('kinerja.ingest.sealed')": "ingest: one at a time seals, voids or releases answers, or places ratings",
    "hashtext('kinerja.migrate')": "setup: one migration at a time",
}
