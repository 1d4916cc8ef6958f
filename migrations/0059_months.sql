-- A month is made beside its table and then attached. CREATE TABLE ... PARTITION OF locked each of the tables against everybody
-- until all had theirs, so a question that read two of them could wait for one while it held the other: a deadlock, and its
-- asker got an error. Attaching is in nobody's way.

CREATE OR REPLACE FUNCTION analytics.ensure_months(from_at timestamptz, to_at timestamptz) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	month timestamp;
	parent text;
	child text;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('analytics.ensure_months'));
	FOR month IN SELECT generate_series(date_trunc('month', from_at AT TIME ZONE 'UTC'),
					    date_trunc('month', to_at AT TIME ZONE 'UTC'), '1 month') LOOP
		FOR parent IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			      WHERE n.nspname = 'analytics' AND c.relkind = 'p' LOOP
			child := parent || to_char(month, '_YYYYMM');
			IF to_regclass('analytics.' || child) IS NULL THEN
				EXECUTE format('CREATE TABLE analytics.%I (LIKE analytics.%I INCLUDING ALL EXCLUDING COMMENTS)', child, parent);
				EXECUTE format('ALTER TABLE analytics.%I ATTACH PARTITION analytics.%I FOR VALUES FROM (%L) TO (%L)',
					       parent, child, month AT TIME ZONE 'UTC',
					       (month + interval '1 month') AT TIME ZONE 'UTC');
			END IF;
		END LOOP;
	END LOOP;
END $$;
