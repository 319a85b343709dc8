-- Records that could not be folded when they came and were taken in since; fault is what the journal said until then.
-- Of no version: it goes with the journal's bytes, which all versions share.
CREATE TABLE refolded (
    number      bigint      GENERATED ALWAYS AS IDENTITY,
    part        smallint    NOT NULL,
    off         bigint      NOT NULL,
    fault       text        NOT NULL,
    refolded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT refolded_pkey PRIMARY KEY (part, off)
);
CREATE INDEX refolded_by_number ON refolded (part, number);

-- What the previous version cannot know: how many migrations and which refolded record there were when it was replaced.
CREATE TABLE kept_version (
    only_row   boolean PRIMARY KEY DEFAULT true CONSTRAINT kept_version_single CHECK (only_row),
    migrations bigint NOT NULL,
    refolded   bigint NOT NULL
);

-- What no figure has is found without looking through the rest.
CREATE INDEX journal_fault ON journal (part, off) WHERE fault IS NOT NULL;
