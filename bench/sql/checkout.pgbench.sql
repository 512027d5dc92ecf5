-- One checkout without a shop: the statements that Postgres hears from one process with all services while a shopper puts a
-- product into the cart, asks the price and orders, with those that the order's events cause. They were taken from the log
-- of such a purchase and stand here in its order; `cargo xtask bench --fleet statements` logs one anew and counts both.
--
-- As there: each statement is prepared once; what only reads is a transaction that is rolled back. Left out is what goes on
-- without orders (looking for events, jobs and leases), what the shop remembers for seconds (settings), and what search does
-- every few seconds for all orders since. Here each statement is a round trip; the shop sends some along with the next.
-- Two things are kinder to Postgres here: transactions that write are READ COMMITTED, since `pgbench` cannot repeat a part
-- of a script when two orders meet in a row of `sales`; and nothing is done about what statements answer. One is harder: under
-- load the shop has the reservations of several shoppers, and the marks of several events, in one transaction.
--
-- `n` rises with each checkout of a client; `skus` are as many as checkout.setup.sql says.
\set n :n + 1
\set s random(1, :skus)
\set slot random(0, 7)
\set number random(1, 1000000000000)

-- Into the cart: the cart, what is left, the product; then the cart is written.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT version, content FROM souk_cart.documents WHERE document_key = bench.id('cus', :n, :client_id);
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT sku, SUM(on_hand - committed - reserved - safety) FROM souk_inventory.levels
    WHERE sku IN (SELECT value FROM unnest(ARRAY[bench.sku(:s)]) AS list(value))
    GROUP BY sku;
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT DISTINCT product_id FROM souk_catalog.skus
    WHERE sku IN (SELECT value FROM unnest(ARRAY[bench.sku(:s)]) AS list(value))
    AND is_active \gset
SELECT product_id, version, slug, title, brand, status, created_at, updated_at, fingerprint, extra, document
    FROM souk_catalog.products
    WHERE product_id IN (SELECT value FROM unnest(ARRAY[:product_id]) AS list(value));
ROLLBACK;
BEGIN;
SELECT version, content FROM souk_cart.documents WHERE document_key = bench.id('cus', :n, :client_id);
INSERT INTO souk_cart.documents (document_key, version, content, changed_at)
    VALUES (bench.id('cus', :n, :client_id), 1, bench.cart(), bench.at(:n)) ON CONFLICT DO NOTHING;
COMMIT;

-- The price.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT version, content FROM souk_cart.documents WHERE document_key = bench.id('cus', :n, :client_id);
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT DISTINCT product_id FROM souk_catalog.skus
    WHERE sku IN (SELECT value FROM unnest(ARRAY[bench.sku(:s)]) AS list(value))
    AND is_active;
SELECT product_id, version, slug, title, brand, status, created_at, updated_at, fingerprint, extra, document
    FROM souk_catalog.products
    WHERE product_id IN (SELECT value FROM unnest(ARRAY[:product_id]) AS list(value));
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT sku, SUM(on_hand - committed - reserved - safety) FROM souk_inventory.levels
    WHERE sku IN (SELECT value FROM unnest(ARRAY[bench.sku(:s)]) AS list(value))
    GROUP BY sku;
ROLLBACK;

-- The order: whether there is one already, the price afresh, then its rows.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT customer_id, order_id, cart_id, number, version, lifecycle, email, currency, total, authorised, captured, refunded,
    body, shipments, cancel_reason, payment_token, created_at, placed_at FROM souk_orders.orders
    WHERE customer_id = bench.id('cus', :n, :client_id) AND cart_id = bench.id('crt', :n, :client_id);
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT version, content FROM souk_cart.documents WHERE document_key = bench.id('cus', :n, :client_id);
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT DISTINCT product_id FROM souk_catalog.skus
    WHERE sku IN (SELECT value FROM unnest(ARRAY[bench.sku(:s)]) AS list(value))
    AND is_active;
SELECT product_id, version, slug, title, brand, status, created_at, updated_at, fingerprint, extra, document
    FROM souk_catalog.products
    WHERE product_id IN (SELECT value FROM unnest(ARRAY[:product_id]) AS list(value));
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT sku, SUM(on_hand - committed - reserved - safety) FROM souk_inventory.levels
    WHERE sku IN (SELECT value FROM unnest(ARRAY[bench.sku(:s)]) AS list(value))
    GROUP BY sku;
ROLLBACK;
BEGIN;
INSERT INTO souk_orders.order_numbers (number, customer_id, order_id)
    VALUES ('N' || :number, bench.id('cus', :n, :client_id), bench.id('ord', :n, :client_id)) ON CONFLICT (number) DO NOTHING;
INSERT INTO souk_orders.orders (customer_id, order_id, cart_id, number, version, lifecycle, payment, fulfilment, email,
    recipient, pieces, currency, total, authorised, captured, refunded, body, shipments, payment_token, created_at, due_at)
    VALUES (bench.id('cus', :n, :client_id), bench.id('ord', :n, :client_id), bench.id('crt', :n, :client_id), 'N' || :number, 1,
    'pending_payment', 'pending', 'unfulfilled', 'ann@example.com', 'Ann Example', 1, 'EUR', 1999, 0, 0, 0, bench.body(), '[]',
    bench.id('tok', :n, :client_id), bench.at(:n), bench.at(:n)) ON CONFLICT (customer_id, cart_id) DO NOTHING;
INSERT INTO souk_orders.order_history (customer_id, order_id, version, at, actor, what, detail)
    VALUES (bench.id('cus', :n, :client_id), bench.id('ord', :n, :client_id), 1, bench.at(:n), 'orders', 'created', '');
INSERT INTO souk_orders.outbox (id, aggregatetype, aggregateid, type, payload, trace, at, traceparent)
    VALUES (bench.id('ev1', :n, :client_id), 'orders', bench.id('ord', :n, :client_id), 'orders.created', bench.created(),
    bench.id('trc', :n, :client_id), bench.at(:n), NULL) RETURNING seq AS created \gset
COMMIT;

-- The stock is set aside.
BEGIN;
SELECT held.order_id, held.sku, held.state, held.expires_at
    FROM (SELECT bench.id('ord', :n, :client_id) AS order_id, bench.sku(:s) AS sku) AS wanted
    CROSS JOIN souk_inventory.reservations AS held WHERE held.sku = wanted.sku AND held.order_id = wanted.order_id;
SELECT levels.sku, levels.location_id, on_hand - committed - reserved - safety FROM souk_inventory.levels
    JOIN souk_inventory.locations ON locations.location_id = levels.location_id
    WHERE levels.sku IN (SELECT value FROM unnest(ARRAY[bench.sku(:s)]) AS list(value))
    ORDER BY levels.sku, locations.priority, levels.location_id;
INSERT INTO souk_inventory.reservations (sku, order_id, location_id, quantity, shipped, state, expires_at)
    VALUES (bench.sku(:s), bench.id('ord', :n, :client_id), 'loc_00000000000000000000000001', 1, 0, 'reserved', bench.at(:n))
    ON CONFLICT (sku, order_id, location_id) DO UPDATE SET quantity = reservations.shipped + excluded.quantity,
    state = excluded.state, expires_at = excluded.expires_at WHERE reservations.state = 'released';
UPDATE souk_inventory.levels SET on_hand = on_hand + 0, committed = committed + 0, reserved = reserved + 1, safety = safety + 0
    WHERE sku = bench.sku(:s) AND location_id = 'loc_00000000000000000000000001'
    AND on_hand - committed - reserved - 1 - safety >= 0 RETURNING on_hand - committed - reserved - safety;
INSERT INTO souk_inventory.movements (sku, movement_id, location_id, on_hand, committed, reserved, order_id, kind, actor, reason, at)
    VALUES (bench.sku(:s), bench.id('mv1', :n, :client_id), 'loc_00000000000000000000000001', 0, 0, 1,
    bench.id('ord', :n, :client_id), 'reserved', 'orders', '', bench.at(:n));
COMMIT;

-- The payment: what is intended, the gateway's own charge, what came of it.
BEGIN;
INSERT INTO souk_payments.intents (customer_id, order_id, attempt, payment_id, amount_minor, currency, state, goal, live, gateway,
    token, return_path, ask_at, version, created_at)
    SELECT bench.id('cus', :n, :client_id), bench.id('ord', :n, :client_id), 1, bench.id('pay', :n, :client_id), 1999, 'EUR',
    'processing', 'capture', TRUE, 'sandbox', bench.id('tok', :n, :client_id), '/checkout/return?order=', bench.at(:n), 1, bench.at(:n)
    WHERE NOT EXISTS (SELECT 1 FROM souk_payments.ended_orders
    WHERE customer_id = bench.id('cus', :n, :client_id) AND order_id = bench.id('ord', :n, :client_id)) ON CONFLICT DO NOTHING;
COMMIT;
BEGIN;
INSERT INTO souk_sandbox_gateway.charges (reference, idempotency_key, customer, amount_minor, currency, capture, status,
    captured_minor, card, code, reason, return_path, revision, created_at)
    VALUES (bench.id('ch', :number, :client_id), bench.id('ord', :n, :client_id), bench.id('cus', :n, :client_id), 1999, 'EUR', TRUE,
    'captured', 1999, 'Visa 4242', NULL, NULL, '/checkout/return?order=', 1, bench.at(:n)) ON CONFLICT (reference) DO NOTHING;
COMMIT;
BEGIN;
UPDATE souk_payments.intents SET state = 'captured', goal = 'capture', live = TRUE, captured_minor = 1999, refunding_minor = 0,
    refunded_minor = 0, late = FALSE, gateway_reference = bench.id('ch', :number, :client_id), gateway_revision = 1, action_url = NULL,
    failure_code = NULL, failure_reason = NULL, instrument = 'Visa 4242', ask_at = NULL, asks = 0, version = 2
    WHERE customer_id = bench.id('cus', :n, :client_id) AND order_id = bench.id('ord', :n, :client_id) AND attempt = 1 AND version = 1;
INSERT INTO souk_payments.ledger (customer_id, order_id, journal, account, attempt, amount_minor, currency, at)
    VALUES (bench.id('cus', :n, :client_id), bench.id('ord', :n, :client_id), bench.journal(), 'gateway_clearing', 1, 1999, 'EUR', bench.at(:n)),
    (bench.id('cus', :n, :client_id), bench.id('ord', :n, :client_id), bench.journal(), 'sales', 1, -1999, 'EUR', bench.at(:n));
INSERT INTO souk_payments.outbox (id, aggregatetype, aggregateid, type, payload, trace, at, traceparent)
    VALUES (bench.id('ev2', :n, :client_id), 'payments', bench.id('ord', :n, :client_id), 'payments.changed', bench.changed(),
    bench.id('trc', :n, :client_id), bench.at(:n), NULL) RETURNING seq AS changed \gset
COMMIT;

-- Meanwhile the cart hears of the order, and can be changed no more.
BEGIN;
SELECT version, content FROM souk_cart.documents WHERE document_key = bench.id('cus', :n, :client_id);
UPDATE souk_cart.documents SET version = version + 1, content = bench.cart(), changed_at = bench.at(:n)
    WHERE document_key = bench.id('cus', :n, :client_id) AND version = 1;
COMMIT;

-- The order is placed, and the cart ends.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT customer_id, order_id, cart_id, number, version, lifecycle, email, currency, total, authorised, captured, refunded,
    body, shipments, cancel_reason, payment_token, created_at, placed_at FROM souk_orders.orders
    WHERE customer_id = bench.id('cus', :n, :client_id) AND order_id = bench.id('ord', :n, :client_id);
ROLLBACK;
BEGIN;
SELECT customer_id, order_id, cart_id, number, version, lifecycle, email, currency, total, authorised, captured, refunded,
    body, shipments, cancel_reason, payment_token, created_at, placed_at FROM souk_orders.orders
    WHERE customer_id = bench.id('cus', :n, :client_id) AND order_id = bench.id('ord', :n, :client_id);
INSERT INTO souk_orders.sales (slot, currency, at, placed, pieces, total)
    VALUES (:slot, 'EUR', bench.at(:n) - bench.at(:n) % 900000000, 1, 1, 1999) ON CONFLICT (slot, currency, at) DO UPDATE
    SET placed = sales.placed + excluded.placed, pieces = sales.pieces + excluded.pieces, total = sales.total + excluded.total;
INSERT INTO souk_orders.outbox (id, aggregatetype, aggregateid, type, payload, trace, at, traceparent)
    VALUES (bench.id('ev3', :n, :client_id), 'orders', bench.id('ord', :n, :client_id), 'orders.placed', bench.placed(),
    bench.id('trc', :n, :client_id), bench.at(:n), NULL) RETURNING seq AS placed \gset
UPDATE souk_orders.orders SET version = version + 1, lifecycle = 'placed', payment = 'paid', fulfilment = 'unfulfilled',
    authorised = 1999, captured = 1999, refunded = 0, shipments = '[]', cancel_reason = NULL, payment_token = NULL,
    placed_at = bench.at(:n), due_at = NULL
    WHERE customer_id = bench.id('cus', :n, :client_id) AND order_id = bench.id('ord', :n, :client_id) AND version = 1;
INSERT INTO souk_orders.order_history (customer_id, order_id, version, at, actor, what, detail)
    VALUES (bench.id('cus', :n, :client_id), bench.id('ord', :n, :client_id), 2, bench.at(:n), 'orders', 'placed', '');
COMMIT;
BEGIN;
SELECT version, content FROM souk_cart.documents WHERE document_key = bench.id('cus', :n, :client_id);
DELETE FROM souk_cart.documents WHERE document_key = bench.id('cus', :n, :client_id) AND version = 2;
COMMIT;

-- What its events cause: the reservation is committed, the cart is looked at once more, the product is known to sell, an email is
-- written; and the events are marked as delivered, which is looked up and written for each.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT consumer FROM souk_orders.event_failures WHERE parked = FALSE LIMIT 1;
ROLLBACK;
BEGIN;
UPDATE souk_orders.outbox SET sent_at = bench.at(:n) WHERE seq IN (SELECT CAST(value AS BIGINT) AS value
    FROM unnest(ARRAY[:created]) AS list(value)) AND sent_at IS NULL;
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT consumer FROM souk_payments.event_failures WHERE parked = FALSE LIMIT 1;
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT customer_id, order_id, cart_id, number, version, lifecycle, email, currency, total, authorised, captured, refunded,
    body, shipments, cancel_reason, payment_token, created_at, placed_at FROM souk_orders.orders
    WHERE customer_id = bench.id('cus', :n, :client_id) AND order_id = bench.id('ord', :n, :client_id);
ROLLBACK;
BEGIN;
UPDATE souk_payments.outbox SET sent_at = bench.at(:n) WHERE seq IN (SELECT CAST(value AS BIGINT) AS value
    FROM unnest(ARRAY[:changed]) AS list(value)) AND sent_at IS NULL;
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT consumer FROM souk_orders.event_failures WHERE parked = FALSE LIMIT 1;
ROLLBACK;
BEGIN;
INSERT INTO souk_search.inbox (consumer, event_id, at)
    VALUES ('search.popularity', bench.id('ev3', :n, :client_id), bench.at(:n)) ON CONFLICT DO NOTHING;
INSERT INTO souk_search.popularity (product_id, sold, shown) VALUES (:product_id, 1, 0)
    ON CONFLICT (product_id) DO UPDATE SET sold = popularity.sold + excluded.sold;
COMMIT;
BEGIN;
INSERT INTO souk_inventory.inbox (consumer, event_id, at)
    VALUES ('inventory.order_placed', bench.id('ev3', :n, :client_id), bench.at(:n)) ON CONFLICT DO NOTHING;
UPDATE souk_inventory.reservations SET state = 'committed'
    WHERE sku IN (SELECT value FROM unnest(ARRAY[bench.sku(:s)]) AS list(value))
    AND order_id = bench.id('ord', :n, :client_id) AND state = 'reserved' RETURNING sku, location_id, quantity - shipped;
UPDATE souk_inventory.levels SET on_hand = on_hand + 0, committed = committed + 1, reserved = reserved - 1, safety = safety + 0
    WHERE sku = bench.sku(:s) AND location_id = 'loc_00000000000000000000000001'
    AND on_hand - committed - reserved - safety >= 0 RETURNING on_hand - committed - reserved - safety;
INSERT INTO souk_inventory.movements (sku, movement_id, location_id, on_hand, committed, reserved, order_id, kind, actor, reason, at)
    VALUES (bench.sku(:s), bench.id('mv2', :n, :client_id), 'loc_00000000000000000000000001', 0, 1, -1,
    bench.id('ord', :n, :client_id), 'committed', 'orders', '', bench.at(:n));
COMMIT;
BEGIN;
SELECT version, content FROM souk_cart.documents WHERE document_key = bench.id('cus', :n, :client_id);
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT customer_id, order_id, cart_id, number, version, lifecycle, email, currency, total, authorised, captured, refunded,
    body, shipments, cancel_reason, payment_token, created_at, placed_at FROM souk_orders.orders
    WHERE customer_id = bench.id('cus', :n, :client_id) AND order_id = bench.id('ord', :n, :client_id);
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT customer_id FROM souk_orders.verified_emails WHERE email = 'ann@example.com';
ROLLBACK;
BEGIN;
INSERT INTO souk_notifications.messages (message_id, kind, email, name, order_number, subject, html, text, link_until, state, created_at)
    VALUES (bench.id('msg', :n, :client_id), 'order_confirmed', 'ann@example.com', 'Ann Example', 'N' || :number, 'Your order',
    bench.html(), bench.mail(), NULL, 'kept', bench.at(:n)) ON CONFLICT DO NOTHING;
COMMIT;
BEGIN;
UPDATE souk_orders.outbox SET sent_at = bench.at(:n) WHERE seq IN (SELECT CAST(value AS BIGINT) AS value
    FROM unnest(ARRAY[:placed]) AS list(value)) AND sent_at IS NULL;
COMMIT;
