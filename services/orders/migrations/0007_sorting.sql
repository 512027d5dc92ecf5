-- A total never changes once the order is made: this costs a change of an order nothing.
CREATE INDEX orders_by_total ON orders (total, order_id);
