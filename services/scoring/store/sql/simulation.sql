-- name: switch_waits()$
-- Whether somebody waits for the lock that readers hold on the live version.
SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'relation' AND relation = 'consumer_offset'::regclass AND NOT granted);

-- name: known_people(units, known_at, most)
-- Whom assignments known at a moment ever put into one of the units, those of one unit together, not more than :most; so
-- many to a row that whoever reads them is not kept long.
SELECT array_agg(p.subject ORDER BY p.number) AS subjects
FROM (SELECT j.subject, row_number() OVER (ORDER BY max(j.named COLLATE "C"), j.subject COLLATE "C") AS number
    FROM journal j
    WHERE j.partition = -1 AND j.named = ANY(:units::text[]) AND j.type = 'assignment.started.v1' AND NOT j.duplicate
        AND j.recorded_at <= :known_at
    GROUP BY j.subject ORDER BY number LIMIT :most) AS p
GROUP BY p.number / 1000 ORDER BY p.number / 1000;

-- name: known_registered_among(subjects, known_at)
-- Which of these employees were registered at a moment.
SELECT DISTINCT j.subject FROM journal j
WHERE j.partition = -1 AND j.subject = ANY(:subjects::text[]) AND j.type = 'employee.registered.v1' AND NOT j.duplicate
    AND j.recorded_at <= :known_at AND j.day IS NULL AND j.last_day IS NULL;

-- name: known_naming_any(employees, first, last, known_at)
-- Standing services and answers that name one of these people, as known at a moment.
SELECT j.named, j.payload FROM journal j
WHERE j.named = ANY(:employees::text[]) AND j.partition >= 0 AND NOT j.duplicate AND j.recorded_at <= :known_at
    AND j.day BETWEEN :first AND :last
    AND NOT EXISTS (SELECT FROM journal v WHERE v.partition = j.partition AND v.voids = j.identity AND v.void_type = j.type
        AND v.subject = j.subject AND NOT v.duplicate AND v.recorded_at <= :known_at);

-- name: expectations(employees, first, last)
-- Spans in which these people are expected.
SELECT p.employee, e.unit, e.first, e.last
FROM unnest(:employees::text[]) AS p (employee)
CROSS JOIN LATERAL (SELECT x.unit, x.first, x.last FROM expected x
    WHERE x.employee = p.employee AND x.first <= :last AND x.last >= :first OFFSET 0) AS e;

-- name: attended(employees, first_days, last_days, places, flags, first, firsts)
-- Sums of the present days of people within spans, by period and flag: each span has the place of its unit among :flags,
-- a byte a day from :first on, 0 for days that do not count. :firsts are the first days of the periods, in order.
SELECT s.employee, width_bucket(a.day, :firsts::date[]) AS period, get_byte(f.flags, a.day - :first::date) AS flag,
    count(*) AS present, <<attendance.sums>>
FROM unnest(:employees::text[], :first_days::date[], :last_days::date[], :places::int[]) AS s (employee, first, last, place)
JOIN unnest(:flags::bytea[]) WITH ORDINALITY AS f (flags, place) ON f.place = s.place
CROSS JOIN LATERAL (SELECT * FROM attendance_day x
    WHERE x.employee = s.employee AND x.day BETWEEN s.first AND s.last OFFSET 0) AS a
WHERE get_byte(f.flags, a.day - :first::date) > 0
GROUP BY 1, 2, 3;

-- name: served(employees, first, last, firsts)
-- Sums of the services and answers that name these people, by period.
SELECT p.employee, width_bucket(s.day, :firsts::date[]) AS period, <<credited.sums>>
FROM unnest(:employees::text[]) AS p (employee)
CROSS JOIN LATERAL (SELECT * FROM person_service x
    WHERE x.employee = p.employee AND x.day BETWEEN :first AND :last OFFSET 0) AS s
GROUP BY 1, 2;
