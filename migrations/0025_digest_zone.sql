-- A guild that goes to another zone keeps the hour of its digest, on the new clocks.

CREATE FUNCTION app.on_zone_changed() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE app.digest SET next_at = (next_at AT TIME ZONE OLD.timezone) AT TIME ZONE NEW.timezone
	WHERE guild_id = NEW.guild_id;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION app.on_zone_changed IS 'moves what is due by the clocks of a guild';
REVOKE ALL ON FUNCTION app.on_zone_changed FROM PUBLIC;
CREATE TRIGGER zone_changed AFTER UPDATE OF timezone ON app.guild_settings FOR EACH ROW
	WHEN (OLD.timezone IS DISTINCT FROM NEW.timezone) EXECUTE FUNCTION app.on_zone_changed();
