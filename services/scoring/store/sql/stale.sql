-- name: add_stale(parts, kinds, codes, firsts, lasts, since)!
-- Note what a directory change moved.
INSERT INTO stale (part, kind, code, first, last, since)
SELECT b.*, :since::bigint FROM unnest(:parts::smallint[], :kinds::text[], :codes::text[], :firsts::date[], :lasts::date[]) AS b;

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
