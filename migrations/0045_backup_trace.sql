-- Which doing of somebody a job belongs to; and an end for what is remembered of people who were erased.

ALTER TABLE backup.job ADD traceparent text NOT NULL DEFAULT '' CHECK (length(traceparent) <= 55);
COMMENT ON COLUMN backup.job.traceparent IS 'W3C Trace Context of the request or the job it comes of, for the log; empty: a trace of its own';

-- What has had its time. Ten thousand rows a call at most, of each.
CREATE OR REPLACE FUNCTION backup.expire_step() RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old record;
	n bigint;
	total bigint := 0;
BEGIN
	FOR old IN VALUES
		('app.session', 'expires_at <= now() OR last_seen_at <= now() - interval ''7 days'''),
		('app.api_token', 'least(revoked_at, expires_at) < now() - interval ''90 days'''),
		('app.share_link', 'least(revoked_at, expires_at) < now() - interval ''90 days'''),
		('app.webhook_delivery', 'created_at < now() - interval ''30 days'''),
		('app.digest_post', 'finished_at < now() - interval ''90 days'''),
		('response.command', 'at < now() - interval ''7 days'''),
		('backup.job', 'finished_at < now() - interval ''90 days'''),
		('backup.backup', 'state IN (''deleted'', ''failed'') AND coalesce(finished_at, started_at) < now() - interval ''90 days'''),
		-- no backup is old enough to bring them back; the year is for files that somebody has fetched
		('backup.erased', 'at < now() - interval ''1 year'' AND at < (SELECT coalesce(min(b.started_at), ''infinity'') FROM backup.backup b
			WHERE b.state IN (''ready'', ''damaged'', ''running''))')
	LOOP
		EXECUTE format('DELETE FROM %s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s WHERE %s LIMIT 10000))', old.column1, old.column2);
		GET DIAGNOSTICS n = ROW_COUNT;
		total := total + n;
	END LOOP;
	-- files made for somebody to fetch
	INSERT INTO backup.job (kind, backup_id, created_at) SELECT 'delete', b.backup_id, now() FROM backup.backup b
	WHERE b.kind IN ('guild', 'export') AND b.state = 'ready' AND b.finished_at < now() - interval '7 days'
		AND NOT EXISTS (SELECT FROM backup.job j WHERE j.backup_id = b.backup_id AND j.kind = 'delete' AND j.state IN ('waiting', 'running'));
	RETURN total > 0;
END $$;
