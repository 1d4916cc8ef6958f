-- What a restore needs: to know positions it has put back, whom not to bring back, and who may have a file.

ALTER TABLE analytics.position ADD restored_at timestamptz;
ALTER TABLE response.position ADD restored_at timestamptz;
COMMENT ON COLUMN analytics.position.restored_at IS 'when a restore put the position back; NULL: something was folded since';
COMMENT ON COLUMN response.position.restored_at IS 'when a restore put the position back; NULL: something was folded since';

-- An erasure forgets who it was about. A backup from before does not, so what stays is enough to recognise them there.
CREATE TABLE backup.erased (
	guild_id bigint NOT NULL,
	person   bytea NOT NULL,
	at       timestamptz NOT NULL,
	PRIMARY KEY (guild_id, person)
);
COMMENT ON TABLE backup.erased IS 'who asked to be erased and when, so that a backup from before does not bring them back';
COMMENT ON COLUMN backup.erased.person IS 'backup.person_hash of guild and user: not who it was, but enough to recognise them in a backup';

CREATE FUNCTION backup.person_hash(guild bigint, person bigint) RETURNS bytea
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN sha256(convert_to('rations erased ' || guild || ' ' || person, 'UTF8'));
COMMENT ON FUNCTION backup.person_hash IS 'of somebody in a guild, for backup.erased';

CREATE FUNCTION backup.on_erasure() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO backup.erased AS e VALUES (NEW.guild_id, backup.person_hash(NEW.guild_id, NEW.user_id), NEW.requested_at)
	ON CONFLICT (guild_id, person) DO UPDATE SET at = greatest(e.at, EXCLUDED.at);
	RETURN NULL;
END $$;
COMMENT ON FUNCTION backup.on_erasure IS 'remembers an erasure for restores';
REVOKE ALL ON FUNCTION backup.on_erasure FROM PUBLIC;
CREATE TRIGGER remembered AFTER INSERT ON app.erasure FOR EACH ROW EXECUTE FUNCTION backup.on_erasure();

-- Everybody of whom a restored database has rows though they were erased after it was backed up is erased again.
CREATE FUNCTION backup.erase_again(backed_up_at timestamptz) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n bigint;
BEGIN
	INSERT INTO app.erasure (guild_id, user_id, requested_at)
	SELECT p.guild_id, p.user_id, e.at
	FROM (SELECT guild_id, user_id FROM analytics.member
		UNION SELECT guild_id, user_id FROM analytics.member_monthly
		UNION SELECT guild_id, user_id FROM app.account_guild) p
	JOIN backup.erased e ON e.guild_id = p.guild_id AND e.person = backup.person_hash(p.guild_id, p.user_id)
	WHERE e.at >= backed_up_at AND p.user_id >= 4194304
	ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;
REVOKE ALL ON FUNCTION backup.erase_again FROM PUBLIC;
COMMENT ON FUNCTION backup.erase_again IS 'wishes for erasure once more what was erased after a backup; how many people';

CREATE TABLE app.backup_ticket (
	ticket_hash bytea PRIMARY KEY,
	action      text NOT NULL CHECK (action IN ('read', 'write')),
	account_id  bigint NOT NULL,
	made_at     timestamptz NOT NULL
);
COMMENT ON TABLE app.backup_ticket IS 'one request of api to backup-scheduler for a piece of a file: good once, for a minute';
COMMENT ON COLUMN app.backup_ticket.ticket_hash IS 'SHA-256 of what the request carries';
COMMENT ON COLUMN app.backup_ticket.account_id IS 'the instance owner it is for';
GRANT SELECT, DELETE ON app.backup_ticket TO rations_backup;
