-- Lists by email read it along this: the index that keeps emails apart lies elsewhere where customers lie on many shards.
CREATE INDEX customers_by_email ON customers (email);
