-- How far this service has followed the stream of all services' events, where they come by one.
-- local
CREATE TABLE event_positions (
    stream TEXT PRIMARY KEY,
    position BIGINT NOT NULL
);
