-- What failed is listed by time along these. They hold nothing while all goes well.
CREATE INDEX event_failures_parked ON event_failures (parked, at, event_id, consumer) WHERE parked = TRUE;
CREATE INDEX jobs_parked ON jobs (due_at, queue, key) WHERE parked = TRUE;
