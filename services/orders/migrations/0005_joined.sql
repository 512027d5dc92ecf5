-- Which account an email belongs to, once it was shown to.
-- shard: email
CREATE TABLE verified_emails (
    email TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    PRIMARY KEY (email)
) {clustered};

-- Orders that were made with the email of an account, but not by it: it sees them too. They stay where they are.
-- shard: account_id
CREATE TABLE joined_orders (
    account_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    PRIMARY KEY (account_id, order_id)
) {clustered};
