-- Sources look for their letters by what they may send: which kinds there are is asked in one look each.
CREATE INDEX dead_letter_kind ON dead_letter (source, type);
