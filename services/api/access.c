/*
 * access: see access.h.
 *
 *	read the row --the list is old------> roster_refresh --> read again --> judge
 *	      `--fresh enough------------------------------------------------->'
 */
#include "services/api/access.h"
#include "services/api/roster.h"
#include "services/api/session.h"

#define STALE_MS (10LL * 60 * 1000)

#define ADMINISTRATOR       (1ULL << 3)
#define MANAGE_GUILD        (1ULL << 5)
#define VIEW_GUILD_INSIGHTS (1ULL << 19)

/* Of a guild g, with $2 now: the columns from NAME on, and where they come from. */
#define SQL_GUILD_COLUMNS                                                                          \
	"g.name, g.icon, t.timezone, g.member_count, g.is_available, "                             \
	" public.ts_to_ms(g.first_event_at), public.ts_to_ms(g.last_event_at), "                   \
	" (public.ms_to_ts($2) AT TIME ZONE t.timezone)::date - date '1970-01-01', "               \
	" (coalesce(g.first_event_at, public.ms_to_ts($2)) AT TIME ZONE t.timezone)::date "        \
	"  - date '1970-01-01', public.ts_to_ms(first.at), "                                       \
	" (coalesce(first.at, public.ms_to_ts($2)) AT TIME ZONE t.timezone)::date "                \
	"  - date '1970-01-01', coalesce(c.week_start, 1), "                                       \
	" coalesce(cardinality(c.excluded_channels) > 0, false), "                                 \
	" coalesce(cardinality(c.excluded_roles) + cardinality(c.excluded_members) > 0, false), "  \
	" NOT coalesce(c.excludes_bots, true), g.day_zone = t.timezone "
#define SQL_GUILD_JOINS                                                                            \
	"LEFT JOIN app.guild_settings c ON c.guild_id = g.guild_id "                               \
	"LEFT JOIN analytics.history h ON h.guild_id = g.guild_id "                                \
	"CROSS JOIN LATERAL (SELECT coalesce(c.timezone, 'UTC') AS timezone) t "                   \
	"CROSS JOIN LATERAL (SELECT least(g.first_event_at, h.oldest_at, g.imported_from) AS at) " \
	"first "

/* $1 token hash, $2 now, $3 idle time, $4 guild or 0 */
const char sql_access[] =
	"SELECT s.user_id, a.username, a.global_name, a.avatar, s.csrf_token, "
	" public.ts_to_ms(s.last_seen_at), public.ts_to_ms(a.guilds_fetched_at), "
	" m.guild_id IS NOT NULL AND g.guild_id IS NOT NULL, m.is_owner, m.permissions, "
	" p.left_at IS NULL AND coalesce($4 = ANY(c.viewer_roles) OR c.viewer_roles && p.roles, "
	"  false), "
	" g.guild_id IS NOT NULL AND (p.guild_id IS NOT NULL OR EXISTS (SELECT "
	"  FROM analytics.unnamed u WHERE u.guild_id = $4 AND u.user_id = s.user_id)), "
	" EXISTS (SELECT FROM response.staff f WHERE f.guild_id = $4 AND f.user_id = s.user_id "
	"  AND f.ended_at IS NULL), public.ts_to_ms(g.removed_at), "
	" " SQL_GUILD_COLUMNS "FROM app.session s JOIN app.account a USING (user_id) "
	"LEFT JOIN app.account_guild m ON m.user_id = s.user_id AND m.guild_id = $4 "
	"LEFT JOIN analytics.guild g ON g.guild_id = $4 "
	"LEFT JOIN analytics.member p ON p.guild_id = $4 AND p.user_id = s.user_id " SQL_GUILD_JOINS
	"WHERE s.token_hash = $1 AND s.expires_at > public.ms_to_ts($2) "
	" AND s.last_seen_at > public.ms_to_ts($2::bigint - $3::bigint)";

/* $1 guild, $2 now */
const char sql_guest[] = "SELECT " SQL_GUILD_COLUMNS "FROM analytics.guild g " SQL_GUILD_JOINS
			 "WHERE g.guild_id = $1 AND g.removed_at IS NULL";

enum column {
	USER_ID,
	USERNAME,
	GLOBAL_NAME,
	AVATAR,
	CSRF_TOKEN,
	LAST_SEEN,
	FETCHED,
	IS_IN,
	IS_OWNER,
	PERMISSIONS,
	IS_VIEWER,
	WAS_IN,
	IS_STAFF,
	REMOVED,
	OF_GUILD,
};

enum guild_column {
	NAME,
	ICON,
	TIMEZONE,
	MEMBERS,
	IS_AVAILABLE,
	FIRST_EVENT,
	LAST_EVENT,
	TODAY,
	FIRST_EVENT_DAY,
	FIRST_MESSAGE,
	FIRST_DAY,
	WEEK_START,
	EXCLUDES_CHANNELS,
	EXCLUDES_PEOPLE,
	COUNTS_BOTS,
	HAS_DAYS,
};

struct check {
	struct api *api;        /* borrowed */
	struct ra_arena *arena; /* borrowed */
	unsigned char hash[TOKEN_HASH_BYTES];
	enum access_need need;
	uint64_t guild_id;
	bool has_refreshed;
	int64_t fetched_ms;
	bool is_in, was_in;
	struct access access;
	access_cb done;
	void *ctx; /* borrowed */
};

bool access_may_see(bool is_owner, uint64_t permissions)
{
	return is_owner ||
	       (permissions & (ADMINISTRATOR | MANAGE_GUILD | VIEW_GUILD_INSIGHTS)) != 0;
}

bool access_may_manage(bool is_owner, uint64_t permissions)
{
	return is_owner || (permissions & (ADMINISTRATOR | MANAGE_GUILD)) != 0;
}

static const char *text_of(struct ra_arena *arena, const PGresult *row, int column)
{
	return ra_arena_strdup(arena, ra_pg_get_str(row, 0, column));
}

static const char *text_or_null(struct ra_arena *arena, const PGresult *row, int column)
{
	return ra_pg_is_null(row, 0, column) ? NULL : text_of(arena, row, column);
}

/* `at`: where the guild's columns begin. */
static struct access_guild read_guild(struct ra_arena *arena, const PGresult *row, int at)
{
	return (struct access_guild){
		.name = text_of(arena, row, at + NAME),
		.icon = text_or_null(arena, row, at + ICON),
		.timezone = text_of(arena, row, at + TIMEZONE),
		.members = ra_pg_get_i64(row, 0, at + MEMBERS),
		.is_available = ra_pg_get_bool(row, 0, at + IS_AVAILABLE),
		.week_start = (int)ra_pg_get_i64(row, 0, at + WEEK_START),
		.excludes_channels = ra_pg_get_bool(row, 0, at + EXCLUDES_CHANNELS),
		.excludes_people = ra_pg_get_bool(row, 0, at + EXCLUDES_PEOPLE),
		.counts_bots = ra_pg_get_bool(row, 0, at + COUNTS_BOTS),
		.has_days = ra_pg_get_bool(row, 0, at + HAS_DAYS),
		.first_event_ms = ra_pg_get_i64(row, 0, at + FIRST_EVENT),
		.first_message_ms = ra_pg_get_i64(row, 0, at + FIRST_MESSAGE),
		.last_event_ms = ra_pg_get_i64(row, 0, at + LAST_EVENT),
		.today = (int)ra_pg_get_i64(row, 0, at + TODAY),
		.first_event_day = (int)ra_pg_get_i64(row, 0, at + FIRST_EVENT_DAY),
		.first_day = (int)ra_pg_get_i64(row, 0, at + FIRST_DAY),
	};
}

static void read_rights(struct check *check, const PGresult *row)
{
	bool is_owner = ra_pg_get_bool(row, 0, IS_OWNER);
	uint64_t permissions = (uint64_t)ra_pg_get_i64(row, 0, PERMISSIONS);
	struct access_guild *guild = &check->access.guild;
	guild->can_manage = access_may_manage(is_owner, permissions);
	guild->can_see_people = access_may_see(is_owner, permissions);
	guild->removed_ms = ra_pg_get_i64(row, 0, REMOVED);
	check->is_in = ra_pg_get_bool(row, 0, IS_IN);
	check->was_in = ra_pg_get_bool(row, 0, WAS_IN);
	guild->can_see_figures = guild->can_see_people || ra_pg_get_bool(row, 0, IS_VIEWER);
	guild->is_staff = ra_pg_get_bool(row, 0, IS_STAFF);
}

static void read_row(struct check *check, const PGresult *row)
{
	struct ra_arena *arena = check->arena;
	check->fetched_ms = ra_pg_get_i64(row, 0, FETCHED);
	check->access = (struct access){
		.user_id = ra_pg_get_u64(row, 0, USER_ID),
		.username = text_of(arena, row, USERNAME),
		.global_name = text_or_null(arena, row, GLOBAL_NAME),
		.avatar = text_or_null(arena, row, AVATAR),
		.csrf_token = text_of(arena, row, CSRF_TOKEN),
		.guild = read_guild(arena, row, OF_GUILD),
	};
	check->access.guild.id = check->guild_id;
	read_rights(check, row);
	if (check->api->now_ms() - ra_pg_get_i64(row, 0, LAST_SEEN) > SESSION_TOUCH_MS)
		session_touch(check->api, check->hash);
}

static void finish(struct check *check, int status)
{
	check->done(check->ctx, status, &check->access);
}

/* For who may see something of the guild. */
static bool is_refused(const struct access_guild *guild, enum access_need need)
{
	switch (need) {
	case ACCESS_STAFF: return !guild->can_manage && !guild->is_staff;
	case ACCESS_GUILD: return !guild->can_see_figures;
	case ACCESS_PEOPLE: return !guild->can_see_people;
	case ACCESS_MANAGER: return !guild->can_manage;
	default: return false;
	}
}

static void judge(struct check *check)
{
	const struct access_guild *guild = &check->access.guild;
	bool is_about_now = check->need >= ACCESS_ANY && check->need <= ACCESS_MANAGER;
	bool may_see = guild->can_see_figures || guild->is_staff;
	bool is_absent = check->need == ACCESS_MEMBER ? !check->is_in && !check->was_in
			 : check->need >= ACCESS_ANY  ? !check->is_in
						      : false;
	bool is_hidden = (is_about_now && (!may_see || guild->removed_ms != 0)) ||
			 (check->need == ACCESS_LEAVING && !guild->can_manage);
	finish(check, is_absent || is_hidden           ? RA_ENOTFOUND
		      : is_refused(guild, check->need) ? RA_EFORBIDDEN
						       : 0);
}

/* The list is old and no new one is to be had. */
static void judge_stale(struct check *check, int status)
{
	bool is_recent = check->api->now_ms() - check->fetched_ms <= STALE_MS;
	if (is_recent)
		judge(check);
	else
		finish(check, status);
}

static void read_session(struct check *check);

static void on_roster(void *ctx, int status)
{
	struct check *check = ctx;
	check->has_refreshed = true;
	if (status == 0)
		read_session(check);
	else if (status == RA_EHTTP)
		judge_stale(check, status);
	else
		finish(check, status);
}

static void on_session(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct check *check = ctx;
	struct api *api = check->api;
	(void)err;
	if (status < 0 || PQntuples(rows) == 0) {
		finish(check, status < 0 ? status : RA_EDENIED);
		return;
	}
	read_row(check, rows);
	bool is_old = api->now_ms() - check->fetched_ms > ACCESS_FRESH_MS;
	if (check->need == ACCESS_ACCOUNT || !is_old || check->has_refreshed)
		judge(check);
	else if (roster_may_ask(api->roster, check->access.user_id))
		roster_refresh(api->roster, check->access.user_id, on_roster, check);
	else
		judge_stale(check, RA_EHTTP);
}

static void read_session(struct check *check)
{
	struct ra_pg_params p = { .arena = check->arena };
	ra_pg_bytes(&p, (struct ra_str){ (const char *)check->hash, TOKEN_HASH_BYTES });
	ra_pg_i64(&p, check->api->now_ms());
	ra_pg_i64(&p, SESSION_IDLE_MS);
	ra_pg_i64(&p, (int64_t)check->guild_id);
	if (db_ask(check->api->db, STMT_access, &p, on_session, check) < 0)
		finish(check, RA_EDOWN);
}

void access_check(struct api *api, struct ra_arena *arena,
		  const unsigned char hash[TOKEN_HASH_BYTES], enum access_need need,
		  uint64_t guild_id, access_cb done, void *ctx)
{
	struct check *check = ra_arena_new(arena, struct check);
	*check = (struct check){ .api = api,
				 .arena = arena,
				 .need = need,
				 .guild_id = guild_id,
				 .done = done,
				 .ctx = ctx };
	memcpy(check->hash, hash, TOKEN_HASH_BYTES);
	read_session(check);
}

/* --- without a person --- */

static void on_guest(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct check *check = ctx;
	(void)err;
	if (status == 0 && PQntuples(rows) == 0)
		status = RA_ENOTFOUND;
	if (status == 0) {
		check->access = (struct access){
			.username = "",
			.csrf_token = "",
			.guild = read_guild(check->arena, rows, 0),
		};
		check->access.guild.id = check->guild_id;
		check->access.guild.can_see_figures = true;
	}
	finish(check, status);
}

void access_guest(struct api *api, struct ra_arena *arena, uint64_t guild_id, access_cb done,
		  void *ctx)
{
	struct check *check = ra_arena_new(arena, struct check);
	struct ra_pg_params p = { .arena = arena };
	*check = (struct check){
		.api = api, .arena = arena, .guild_id = guild_id, .done = done, .ctx = ctx
	};
	ra_pg_i64(&p, (int64_t)guild_id);
	ra_pg_i64(&p, api->now_ms());
	if (db_ask(api->db, STMT_guest, &p, on_guest, check) < 0)
		finish(check, RA_EDOWN);
}

static const char *copy_text(const char *text, struct ra_arena *arena)
{
	return text ? ra_arena_strdup(arena, ra_str_of(text)) : NULL;
}

const struct access *access_copy(const struct access *access, struct ra_arena *arena)
{
	struct access *copy = ra_arena_new(arena, struct access);
	*copy = *access;
	copy->username = copy_text(access->username, arena);
	copy->global_name = copy_text(access->global_name, arena);
	copy->avatar = copy_text(access->avatar, arena);
	copy->csrf_token = copy_text(access->csrf_token, arena);
	copy->guild.name = copy_text(access->guild.name, arena);
	copy->guild.icon = copy_text(access->guild.icon, arena);
	copy->guild.timezone = copy_text(access->guild.timezone, arena);
	return copy;
}
