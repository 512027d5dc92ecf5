-- Stands in for Citus in a database of its own: the functions and tables that are asked of it, by the same names. It writes
-- down every call, refuses what `refused` names, and refuses to spread a table that has a key without the column. Nothing
-- is moved.
SET allow_system_table_mods = on;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
VALUES (999999, 'citus', 10, 11, FALSE, '0');
CREATE TABLE pg_catalog.pg_dist_partition
    (logicalrelid regclass PRIMARY KEY, partmethod "char", partkey TEXT, repmodel "char");
CREATE TABLE pg_catalog.pg_dist_node (groupid INTEGER);
CREATE FUNCTION pg_catalog.column_to_column_name(regclass, TEXT) RETURNS TEXT LANGUAGE sql AS 'SELECT $2';
CREATE TABLE public.calls (number BIGINT GENERATED ALWAYS AS IDENTITY, call TEXT);
CREATE TABLE public.refused (place TEXT);
CREATE FUNCTION public.called(asked regclass, what TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE name TEXT := (SELECT relnamespace::regnamespace || '.' || relname FROM pg_class WHERE oid = asked);
BEGIN
    IF EXISTS (SELECT FROM public.refused WHERE place = name) THEN
        RAISE EXCEPTION '% is refused', name;
    END IF;
    INSERT INTO public.calls (call) VALUES (name || ' ' || what);
END $$;
CREATE FUNCTION pg_catalog.create_distributed_table(place regclass, spread_by TEXT, colocate_with TEXT)
RETURNS VOID LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attname = spread_by
               WHERE indrelid = place AND indisunique AND NOT attnum = ANY (indkey)) THEN
        RAISE EXCEPTION 'cannot create constraint on %', place;
    END IF;
    IF colocate_with <> 'none' AND NOT EXISTS (
        SELECT FROM pg_dist_partition WHERE logicalrelid = colocate_with::regclass AND partmethod = 'h'
    ) THEN
        RAISE EXCEPTION '% is not distributed', colocate_with;
    END IF;
    PERFORM public.called(place, format('by %s beside %s', spread_by, colocate_with));
    INSERT INTO pg_dist_partition VALUES (place, 'h', spread_by, 's');
END $$;
CREATE FUNCTION pg_catalog.create_reference_table(place regclass) RETURNS VOID LANGUAGE plpgsql AS $$ BEGIN
    PERFORM public.called(place, 'everywhere');
    INSERT INTO pg_dist_partition VALUES (place, 'n', NULL, 't');
END $$;
CREATE FUNCTION pg_catalog.citus_add_local_table_to_metadata(place regclass) RETURNS VOID LANGUAGE plpgsql AS $$ BEGIN
    PERFORM public.called(place, 'here');
    INSERT INTO pg_dist_partition VALUES (place, 'n', NULL, 's');
END $$;
CREATE FUNCTION pg_catalog.truncate_local_data_after_distributing_table(place regclass)
RETURNS VOID LANGUAGE plpgsql AS $$ BEGIN
    PERFORM public.called(place, 'freed');
    EXECUTE format('TRUNCATE %s', place);
END $$;
