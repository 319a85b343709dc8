-- name: queue_people(partitions, codes, firsts, lasts, since)!
-- Note people to recompute over days.
INSERT INTO recompute_queue (partition, kind, code, first, last, since)
SELECT b.partition, 'person', b.code, b.first, b.last, :since::bigint
FROM unnest(:partitions::smallint[], :codes::text[], :firsts::date[], :lasts::date[]) AS b (partition, code, first, last);

-- name: queue_services(partitions, codes, firsts, lasts, since)!
-- Note units whose services are to be recounted, if they have any there; a moment's search day lies two days off at most.
INSERT INTO recompute_queue (partition, kind, code, first, last, since)
SELECT b.partition, 'services', b.code, b.first, b.last, :since::bigint
FROM unnest(:partitions::smallint[], :codes::text[], :firsts::date[], :lasts::date[]) AS b (partition, code, first, last)
WHERE EXISTS (SELECT FROM journal j WHERE j.partition = b.partition AND j.subject = 'unit:' || b.code AND NOT j.duplicate
    AND j.day BETWEEN b.first - 2 AND b.last + 2);

-- name: queue_members(partitions, codes, firsts, lasts, since)!
-- Note units whose people are to be recomputed, for every partition that has any of them.
INSERT INTO recompute_queue (partition, kind, code, first, last, since)
SELECT m.partition, 'members', b.code, b.first, b.last, :since::bigint
FROM unnest(:partitions::smallint[], :codes::text[], :firsts::date[], :lasts::date[]) AS b (partition, code, first, last)
CROSS JOIN LATERAL (SELECT DISTINCT partition FROM membership WHERE unit = b.code) AS m;

-- name: queue_everyone(partitions, firsts, lasts, since)!
-- Note that all people of the partitions are to be recomputed over each of the spans.
INSERT INTO recompute_queue (partition, kind, code, first, last, since)
SELECT p.partition, 'members', '*', b.first, b.last, :since::bigint
FROM unnest(:firsts::date[], :lasts::date[]) AS b (first, last) CROSS JOIN unnest(:partitions::smallint[]) AS p (partition);

-- name: take_queued()^
-- The oldest work that nobody else is doing.
SELECT id, partition, kind, code, first, last, after FROM recompute_queue
WHERE kind <> 'descent' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: take_more_people(id, size)
-- More people and members of single units, the oldest after this work that nobody else is doing.
SELECT id, partition, kind, code, first, last, after FROM recompute_queue
WHERE id > :id AND kind IN ('person', 'members') AND code <> '*' ORDER BY id LIMIT :size FOR UPDATE SKIP LOCKED;

-- name: finish_queued(ids)!
-- Remove finished work.
DELETE FROM recompute_queue WHERE id = ANY(:ids::bigint[]);

-- name: continue_members(id, after)!
-- Remember up to whom a unit's people are recomputed.
UPDATE recompute_queue SET after = :after WHERE id = :id;

-- name: continue_services(id, first)!
-- Remember up to which day a unit's services are recomputed.
UPDATE recompute_queue SET first = :first WHERE id = :id;

-- name: next_members(ids, size)
-- The next people, in order of stale work and employee, who belong to its unit on any of its days.
SELECT DISTINCT s.id, m.employee
FROM recompute_queue s
JOIN membership m ON m.unit = s.code AND m.partition = s.partition AND m.employee > s.after AND m.first <= s.last AND m.last >= s.first
WHERE s.id = ANY(:ids::bigint[])
ORDER BY s.id, m.employee LIMIT :size;

-- name: next_of_everyone(partition, first, last, after, size)
-- The next people of a partition, in order, who belong anywhere on any of the days.
SELECT DISTINCT employee FROM membership
WHERE partition = :partition::smallint AND employee > :after AND first <= :last AND last >= :first
ORDER BY employee LIMIT :size;
