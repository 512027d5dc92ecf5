-- The span that an event or a job comes from, as W3C writes it; where no spans are kept, nothing.
ALTER TABLE outbox ADD COLUMN traceparent TEXT;
ALTER TABLE event_failures ADD COLUMN traceparent TEXT;
ALTER TABLE jobs ADD COLUMN traceparent TEXT;
