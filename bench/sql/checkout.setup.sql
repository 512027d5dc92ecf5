-- Makes a shop's database ready for `checkout.pgbench.sql`, which cannot look up what it buys: SKUs get numbers, and there
-- is enough of each. Prints how many there are.
CREATE SCHEMA bench;

-- A text id as long as the shop's, rising with `n` as they rise with time.
CREATE FUNCTION bench.id(prefix TEXT, n BIGINT, client BIGINT) RETURNS TEXT IMMUTABLE
RETURN prefix || '_' || lpad(n::TEXT, 16, '0') || lpad(client::TEXT, 10, '0');
CREATE FUNCTION bench.sku(n BIGINT) RETURNS TEXT IMMUTABLE RETURN 'SKU-' || lpad(n::TEXT, 7, '0');
-- Microseconds, as the shop keeps time.
CREATE FUNCTION bench.at(n BIGINT) RETURNS BIGINT IMMUTABLE RETURN 1767225600000000 + n * 1000;
-- `pgbench` would take what stands behind its colon for a variable.
CREATE FUNCTION bench.journal() RETURNS TEXT IMMUTABLE RETURN '1:capture';

-- Texts as long as a cart, an order's body, its events and its email are on average, and about as easy to compress.
DO $$
DECLARE text_of RECORD;
BEGIN
    FOR text_of IN SELECT * FROM (VALUES ('cart', 320), ('body', 940), ('created', 195), ('placed', 370), ('changed', 500),
        ('html', 3070), ('mail', 500)) AS texts (name, length)
    LOOP
        EXECUTE format('CREATE FUNCTION bench.%I() RETURNS TEXT IMMUTABLE RETURN %L', text_of.name,
            left((SELECT string_agg('<td style="padding">' || left(md5(i::TEXT), 12) || '</td>', '')
                FROM generate_series(1, 120) AS i), text_of.length));
    END LOOP;
END $$;

CREATE TEMPORARY TABLE numbered AS
SELECT sku, row_number() OVER (ORDER BY product_id, sku) AS n FROM souk_catalog.skus WHERE is_active;
UPDATE souk_catalog.skus AS s SET sku = bench.sku(numbered.n), sku_key = lower(bench.sku(numbered.n))
FROM numbered WHERE s.sku = numbered.sku;
UPDATE souk_inventory.levels AS l SET sku = bench.sku(numbered.n), on_hand = 1000000000
FROM numbered WHERE l.sku = numbered.sku;
VACUUM ANALYZE souk_catalog.skus, souk_inventory.levels;
SELECT COUNT(*) FROM numbered;
