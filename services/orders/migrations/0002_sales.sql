-- What was sold in each quarter of an hour: orders that were placed then and not cancelled since. The orders of one
-- quarter are spread over a few slots by their customer, so that those who buy at the same time do not wait for one
-- row.
-- shard: slot
CREATE TABLE sales (
    slot BIGINT NOT NULL,
    currency TEXT NOT NULL,
    at BIGINT NOT NULL,
    placed BIGINT NOT NULL,
    pieces BIGINT NOT NULL,
    total BIGINT NOT NULL,
    PRIMARY KEY (slot, currency, at)
) {clustered};

INSERT INTO sales (slot, currency, at, placed, pieces, total)
SELECT 0, currency, placed_at - placed_at % 900000000, COUNT(*), CAST(SUM(pieces) AS BIGINT), CAST(SUM(total) AS BIGINT)
FROM orders WHERE placed_at IS NOT NULL AND lifecycle IN ('placed', 'on_hold', 'closed')
GROUP BY currency, placed_at - placed_at % 900000000;
