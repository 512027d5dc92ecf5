-- Since when a customer wants to be told of offers by email.
ALTER TABLE customers ADD COLUMN marketing_since BIGINT;
