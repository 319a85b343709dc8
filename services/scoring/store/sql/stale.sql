-- name: add_stale_people(parts, codes, firsts, lasts, since)!
-- Note people to recompute over days.
INSERT INTO stale (part, kind, code, first, last, since)
SELECT b.part, 'person', b.code, b.first, b.last, :since::bigint
FROM unnest(:parts::smallint[], :codes::text[], :firsts::date[], :lasts::date[]) AS b (part, code, first, last);

-- name: add_stale_services(parts, codes, firsts, lasts, since)!
-- Note units whose services are to be recounted, if they have any there; a moment's search day lies two days off at most.
INSERT INTO stale (part, kind, code, first, last, since)
SELECT b.part, 'services', b.code, b.first, b.last, :since::bigint
FROM unnest(:parts::smallint[], :codes::text[], :firsts::date[], :lasts::date[]) AS b (part, code, first, last)
WHERE EXISTS (SELECT FROM journal j WHERE j.part = b.part AND j.subject = 'unit:' || b.code AND NOT j.duplicate
    AND j.day BETWEEN b.first - 2 AND b.last + 2);

-- name: add_stale_members(parts, codes, firsts, lasts, since)!
-- Note units whose people are to be recomputed, for every partition that has any of them.
INSERT INTO stale (part, kind, code, first, last, since)
SELECT m.part, 'members', b.code, b.first, b.last, :since::bigint
FROM unnest(:parts::smallint[], :codes::text[], :firsts::date[], :lasts::date[]) AS b (part, code, first, last)
CROSS JOIN LATERAL (SELECT DISTINCT part FROM membership WHERE unit = b.code) AS m;

-- name: add_stale_everyone(parts, firsts, lasts, since)!
-- Note that all people of the partitions are to be recomputed over each of the spans.
INSERT INTO stale (part, kind, code, first, last, since)
SELECT p.part, 'members', '*', b.first, b.last, :since::bigint
FROM unnest(:firsts::date[], :lasts::date[]) AS b (first, last) CROSS JOIN unnest(:parts::smallint[]) AS p (part);

-- name: take_stale()^
-- The oldest work that nobody else is doing.
SELECT id, part, kind, code, first, last, after FROM stale ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: take_more_people(id, size)
-- More people and members of single units, the oldest after this work that nobody else is doing.
SELECT id, part, kind, code, first, last, after FROM stale
WHERE id > :id AND kind <> 'services' AND code <> '*' ORDER BY id LIMIT :size FOR UPDATE SKIP LOCKED;

-- name: finish_stale(ids)!
-- Remove finished work.
DELETE FROM stale WHERE id = ANY(:ids::bigint[]);

-- name: continue_members(id, after)!
-- Remember up to whom a unit's people are recomputed.
UPDATE stale SET after = :after WHERE id = :id;

-- name: continue_services(id, first)!
-- Remember up to which day a unit's services are recomputed.
UPDATE stale SET first = :first WHERE id = :id;
