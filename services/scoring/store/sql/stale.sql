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

-- name: take_stale(size)
-- The oldest work that nobody else is doing.
SELECT id, part, kind, code, first, last, after FROM stale ORDER BY id LIMIT :size FOR UPDATE SKIP LOCKED;

-- name: finish_stale(ids)!
-- Remove finished work.
DELETE FROM stale WHERE id = ANY(:ids::bigint[]);

-- name: continue_members(id, after)!
-- Remember up to whom a unit's people are recomputed.
UPDATE stale SET after = :after WHERE id = :id;

-- name: continue_services(id, first)!
-- Remember up to which day a unit's services are recomputed.
UPDATE stale SET first = :first WHERE id = :id;
