"""
The measures of section 5 of the architecture, recomputed from the raw list of events.

Written from the words alone and knowing nothing of the services: obvious before fast. Nothing is
folded; every answer is worked out from the whole list of events that still count.
"""

# Readings, where the words leave a doubt:
#
#  1. Two events with one identity and different content never both reach the log; the first given counts.
#  2. A void of a registration or of a void, were one on the log, does nothing. A void may come from another source
#     than its target's; its own `time` does not matter.
#  3. The walk of a unit that is not registered is empty: it counts for no unit, its zone is Asia/Jakarta, it takes the
#     schedule, calendar and closings of `unit:*` only. (Happens only in the past of `known_at`.)
#  4. Calendar and schedule are looked up apart: the nearest entry may be another unit's than the nearest schedule.
#     A schedule in force nearby hides one further up also on the weekdays it leaves out.
#  5. `end` = `start` runs over midnight (24 hours). `end` 00:00 is the next day's 00:00.
#  6. A workday by calendar without hours is expected, but has no punctuality.
#  7. Any of several leaves covers, `duty` included. A leave or assignment that ends before it begins covers nothing.
#  8. A punch moves by one day at most and by hours alone: holidays, leave and closings play no part. Its date and wall
#     time stay those of the zone of the unit on its Jakarta date, also where it is compared with another unit's hours.
#  9. Only a punch that is moved counts 24:00 more: one at 01:10 that stays on its own day is 01:10 there.
# 10. A recorded day's `date` and `first_in` are local already. Whose unit's hours: the one the person belongs to on
#     `date`; nobody's hours add nothing. `first_in` of a day recorded absent is not looked at; `last_out` never is.
# 11. start + tolerance may pass 24:00 and is not wrapped.
# 12. A service or answer that names a person counts for the person on the unit's day, of whatever unit they are.
# 13. A complaint resolved but never received (or received and voided) counts nowhere. One resolved before it was
#     received counts like any other. Received and resolved meet within one unit only.
# 14. Coverage lists every source that reported, by the name in the subject, the greatest `up_to` as an instant.
# 15. A person who is not registered (yet, as known then) has zeros even if facts of theirs are known; the unit they
#     belong to counts those facts. On the log a registration comes before what it releases, so the two hardly meet.
# 16. Every registered unit is listed on every date, by code, with `parent` as its registration has it, registered or
#     not; null without one.
# 17. Moments in answers are compared as instants; here they are written in UTC.

from tests.support.oracle.counts import EMPLOYEE_MEASURES, UNIT_MEASURES, Count, Days, Measures, totals, value
from tests.support.oracle.judge import Oracle
from tests.support.oracle.log import Event

__all__ = ["EMPLOYEE_MEASURES", "UNIT_MEASURES", "Count", "Days", "Event", "Measures", "Oracle", "totals", "value"]
