-- How far the log has acknowledged records to any process of ingest: a log that ends below it has lost them.
CREATE TABLE acknowledged (
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL,
    CONSTRAINT acknowledged_pk PRIMARY KEY (topic, partition)
) WITH (fillfactor = 20);
