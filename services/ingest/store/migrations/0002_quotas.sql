-- Whose alias it is has to be asked of every registration by a sender who may not take one over: two looks, however
-- often the same employee was registered with it.
CREATE INDEX alias_holder ON alias (alias, employee);

-- Who sent an event that waits, and the scope of their rights that could not be judged before its subject is resolved.
-- Null for events parked before this column was.
ALTER TABLE parked ADD COLUMN client text COLLATE "C", ADD COLUMN within jsonb;

-- How much each client has lying here. Kept by the triggers below, so that nothing has to be counted and nobody who
-- removes something can forget it.
CREATE TABLE held (
    client text COLLATE "C" CONSTRAINT held_pk PRIMARY KEY,
    parked bigint NOT NULL DEFAULT 0,
    dead_letters bigint NOT NULL DEFAULT 0
);
INSERT INTO held (client, dead_letters) SELECT client, count(*) FROM dead_letter GROUP BY client;

CREATE FUNCTION count_parked() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO held (client, parked)
    SELECT client, count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END
    FROM moved WHERE client IS NOT NULL GROUP BY client ORDER BY client
    ON CONFLICT ON CONSTRAINT held_pk DO UPDATE SET parked = held.parked + excluded.parked;
    RETURN NULL;
END $$;
CREATE TRIGGER parked_more AFTER INSERT ON parked
    REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION count_parked();
CREATE TRIGGER parked_less AFTER DELETE ON parked
    REFERENCING OLD TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION count_parked();

CREATE FUNCTION count_dead_letters() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO held (client, dead_letters)
    SELECT client, count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END
    FROM moved GROUP BY client ORDER BY client
    ON CONFLICT ON CONSTRAINT held_pk DO UPDATE SET dead_letters = held.dead_letters + excluded.dead_letters;
    RETURN NULL;
END $$;
CREATE TRIGGER dead_letter_more AFTER INSERT ON dead_letter
    REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION count_dead_letters();
CREATE TRIGGER dead_letter_less AFTER DELETE ON dead_letter
    REFERENCING OLD TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION count_dead_letters();

-- Old ones are looked for by age.
CREATE INDEX dead_letter_age ON dead_letter (received_at);
CREATE INDEX parked_age ON parked (parked_at);

-- New identities of each client on each day, in Jakarta. `slot` keeps transactions that run beside each other apart.
CREATE TABLE claimed (
    client text COLLATE "C" NOT NULL,
    day date NOT NULL,
    slot integer NOT NULL,
    identities bigint NOT NULL,
    CONSTRAINT claimed_pk PRIMARY KEY (day, client, slot)
);
