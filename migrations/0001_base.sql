-- Schemas, one writing role a service, and the helpers everything uses.
-- A service logs in as its own role; what it owns it may write, the rest it may read.

DO $$
DECLARE
	role text;
BEGIN
	FOREACH role IN ARRAY ARRAY['rations_analytics', 'rations_response', 'rations_backup', 'rations_api'] LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
			EXECUTE format('CREATE ROLE %I LOGIN', role);
		END IF;
	END LOOP;
END $$;

CREATE SCHEMA app;
CREATE SCHEMA analytics;
COMMENT ON SCHEMA app IS 'what people edit: accounts, sessions, settings; written by api';
COMMENT ON SCHEMA analytics IS 'what gateway events add up to; written by analytics';

GRANT USAGE ON SCHEMA app TO rations_api, rations_analytics;
GRANT USAGE ON SCHEMA analytics TO rations_analytics, rations_api;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO rations_api;
ALTER DEFAULT PRIVILEGES IN SCHEMA analytics GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO rations_analytics;
ALTER DEFAULT PRIVILEGES IN SCHEMA analytics GRANT SELECT ON TABLES TO rations_api;
GRANT USAGE ON SCHEMA public TO PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- Programs speak milliseconds since the epoch, tables timestamptz; these two convert exactly.
CREATE FUNCTION public.ms_to_ts(ms bigint) RETURNS timestamptz
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN timestamptz 'epoch' + ms * interval '1 millisecond';
COMMENT ON FUNCTION public.ms_to_ts IS 'milliseconds since the epoch as a time';

CREATE FUNCTION public.ts_to_ms(ts timestamptz) RETURNS bigint
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN floor(extract(epoch FROM ts) * 1000)::bigint;
COMMENT ON FUNCTION public.ts_to_ms IS 'a time as milliseconds since the epoch';
