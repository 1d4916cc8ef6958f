/*
 * access: who may do what - every endpoint of the table, asked by every kind of
 * caller. What is due to each is said in access_matrix.h, not taken from the table.
 */
#include "services/api/owners.h"
#include "services/api/visit.h"
#include "tests/unit/services/api/access_matrix.h"
#include "tests/unit/services/api/fixture.h"

enum caller {
	NOBODY,
	EXPIRED,
	IDLE,
	LOGGED_OUT,
	STRANGER,
	INSTANCE,
	MEMBER,
	STAFF,
	VIEWER,
	INSIGHTS,
	MANAGER,
	ADMINISTRATOR,
	OWNER,
	CALLERS
};

/* What Discord says of each: is he in the guild, owner, permission bits; and has he a viewer role.
 */
static const struct {
	const char *name;
	bool has_session, is_in, is_owner, is_viewer, is_staff;
	unsigned long long permissions;
	const char *ending; /* SQL: how his session went */
} callers[CALLERS] = {
	[NOBODY] = { "nobody", .has_session = false },
	/* the guild is theirs: nothing but the session is wrong */
	[EXPIRED] = { "expired", true, true, true,
		      .ending = "UPDATE app.session SET expires_at = '2026-03-30 10:20Z'" },
	[IDLE] = { "idle", true, true, true,
		   .ending = "UPDATE app.session SET last_seen_at = '2026-03-23 10:20Z'" },
	[LOGGED_OUT] = { "logged out", true, true, true, .ending = "DELETE FROM app.session" },
	[STRANGER] = { "stranger", .has_session = true },
	[INSTANCE] = { "who runs the installation", .has_session = true },
	[MEMBER] = { "member", true, true, .permissions = 68608 },
	[STAFF] = { "staff", true, true, .is_staff = true, .permissions = 68608 },
	[VIEWER] = { "viewer", true, true, .is_viewer = true, .permissions = 68608 },
	[INSIGHTS] = { "insights", true, true, .permissions = 1 << 19 },
	[MANAGER] = { "manager", true, true, .permissions = 1 << 5 },
	[ADMINISTRATOR] = { "administrator", true, true, .permissions = 1 << 3 },
	[OWNER] = { "owner", true, true, .is_owner = true },
};

/* The problem a caller meets at the door; NULL: he passes. */
static const char *expected(enum access_need need, enum caller caller)
{
	bool may_see = caller >= VIEWER, may_see_people = caller >= INSIGHTS;
	bool may_manage = caller >= MANAGER;
	if (caller < STRANGER)
		return "/problems/login";
	if (need >= ACCESS_MEMBER && caller <= INSTANCE)
		return "/problems/guild";
	if (need == ACCESS_LEAVING)
		return may_manage ? NULL : "/problems/guild";
	if (need >= ACCESS_ANY && !may_see && caller != STAFF)
		return "/problems/guild";
	if (need == ACCESS_STAFF && caller != STAFF && !may_manage)
		return "/problems/staff";
	if (need == ACCESS_GUILD && !may_see)
		return "/problems/figures";
	if (need == ACCESS_PEOPLE && !may_see_people)
		return "/problems/people";
	if (need == ACCESS_MANAGER && !may_manage)
		return "/problems/manage";
	return need == ACCESS_OWNER && caller != INSTANCE ? "/problems/owner" : NULL;
}

static void become(enum caller caller)
{
	fixture_sql(
		"DELETE FROM app.session; DELETE FROM app.account_guild;"
		"DELETE FROM app.opt_out; DELETE FROM app.erasure; DELETE FROM analytics.member;"
		"DELETE FROM response.staff;"
		"UPDATE app.guild_settings SET viewer_roles = '{77}'");
	fx.cookie[0] = '\0';
	if (!callers[caller].has_session)
		return;
	fixture_log_in(caller == INSTANCE ? ALICE : 555);
	if (callers[caller].is_in) {
		char *sql = ra_format("INSERT INTO analytics.member (guild_id, user_id) "
				      "VALUES (4194304000, 555);"
				      "INSERT INTO app.account_guild VALUES (555, %llu, 'Mine', "
				      "NULL, %s, %llu)",
				      GUILD, callers[caller].is_owner ? "true" : "false",
				      callers[caller].permissions);
		fixture_sql(sql);
		ra_free(sql);
	}
	if (callers[caller].is_staff)
		fixture_sql("INSERT INTO response.staff (guild_id, user_id, started_at) "
			    "VALUES (4194304000, 555, '2026-01-01Z')");
	if (callers[caller].is_viewer)
		fixture_sql("UPDATE analytics.member SET roles = '{77}' WHERE user_id = 555");
	if (callers[caller].ending)
		fixture_sql(callers[caller].ending);
}

/* The path of an endpoint with an id for each of its parameters. Yours to free. */
static char *path_of(const struct endpoint *endpoint)
{
	struct ra_buf out = { 0 };
	for (const char *c = endpoint->path; *c; c++) {
		if (*c != '{') {
			ra_buf_add(&out, c, 1);
			continue;
		}
		ra_buf_add_text(&out, strncmp(c, "{guild_id}", 10) == 0 ? "4194304000" : "1");
		c = strchr(c, '}');
	}
	char *path = ra_strdup(ra_buf_text(&out));
	ra_buf_fini(&out);
	return path;
}

static bool is_door(const char *type)
{
	static const char *const doors[] = { "login",  "guild", "people", "figures", "staff",
					     "manage", "owner", "csrf",   "token",   "scope" };
	for (size_t i = 0; type && i < RA_COUNT(doors); i++)
		if (strcmp(type + strlen("/problems/"), doors[i]) == 0)
			return true;
	return false;
}

/* Its row of the matrix. */
static enum access_need need_of(const struct endpoint *endpoint)
{
	char *name = ra_format("%s %s", endpoint->method, endpoint->path);
	size_t i = 0;
	while (i < RA_COUNT(access_matrix) && strcmp(access_matrix[i].endpoint, name) != 0)
		i++;
	if (i == RA_COUNT(access_matrix))
		give_up("%s is not in access_matrix.h: say there who may", name);
	ra_free(name);
	return access_matrix[i].need;
}

/* The answer is the problem that is due; or, NULL, none that is met at the door. */
static void check(const struct endpoint *endpoint, const char *caller, const char *problem)
{
	bool is_endless = strstr(endpoint->path, "/live") != NULL;
	if (is_endless && !problem)
		return;
	char *path = path_of(endpoint);
	struct page page =
		ask(endpoint->method, path, strcmp(endpoint->method, "GET") == 0 ? NULL : "{}");
	const char *type = json_string_value(json_object_get(page.json, "type"));
	bool is_right = problem ? type && strcmp(type, problem) == 0 : !is_door(type);
	if (!is_right)
		give_up("%s %s by %s: %d %s, not %s", endpoint->method, endpoint->path, caller,
			page.status, type ? type : "passed", problem ? problem : "passed");
	page_free(&page);
	ra_free(path);
}

/* Every endpoint has one row, and every row an endpoint. */
static void test_the_matrix_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < api_endpoint_count; i++)
		assert_int_equal(need_of(&api_endpoints[i]), api_endpoints[i].need);
	assert_int_equal(RA_COUNT(access_matrix), api_endpoint_count);
}

static void test_every_endpoint_by_every_caller(void **state)
{
	(void)state;
	test_run_until(&fx.loop, owners_have(fx.api->owners, ALICE));
	for (size_t i = 0; i < api_endpoint_count; i++)
		for (int caller = 0; caller < CALLERS; caller++) {
			become((enum caller)caller);
			check(&api_endpoints[i], callers[caller].name,
			      expected(need_of(&api_endpoints[i]), (enum caller)caller));
		}
}

enum token { FIGURES, PEOPLE, ELSEWHERE, ENDED, REVOKED, TOKENS };

static const struct {
	const char *name, *row; /* guild, sees figures, sees people, expires, revoked */
} tokens[TOKENS] = {
	[FIGURES] = { "a token for figures", "4194304000, true, false, NULL, NULL" },
	[PEOPLE] = { "a token for people", "4194304000, false, true, NULL, NULL" },
	[ELSEWHERE] = { "another guild's token", "8388608000, true, true, NULL, NULL" },
	[ENDED] = { "an expired token", "4194304000, true, true, '2026-03-30 10:20Z', NULL" },
	[REVOKED] = { "a revoked token", "4194304000, true, true, NULL, '2026-03-30 10:00Z'" },
};

static const char *expected_of_token(const struct endpoint *endpoint, enum token token)
{
	enum access_need need = need_of(endpoint);
	bool is_figures = need == ACCESS_ANY || need == ACCESS_GUILD;
	bool is_people = need == ACCESS_PEOPLE || need == ACCESS_STAFF;
	bool is_read = strcmp(endpoint->method, "GET") == 0 && !strstr(endpoint->path, "/live");
	if (token >= ENDED)
		return "/problems/token";
	if (!is_read || !(is_figures || is_people))
		return "/problems/scope";
	if (token == ELSEWHERE)
		return "/problems/guild";
	return (token == PEOPLE ? is_people : is_figures) ? NULL : "/problems/scope";
}

/* Another one each time: none is asked with too often. */
static void show(enum token token)
{
	unsigned char hash[TOKEN_HASH_BYTES];
	char hex[2 * TOKEN_HASH_BYTES + 1], random[TOKEN_TEXT_LEN + 1];
	token_make(random);
	snprintf(fx.bearer, sizeof(fx.bearer), "rtn_%s", random);
	token_hash(ra_str_of(fx.bearer), hash);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	char *sql = ra_format(
		"INSERT INTO app.api_token (token_hash, name, ending, created_by, created_at, "
		"guild_id, sees_figures, sees_people, expires_at, revoked_at) "
		"VALUES ('\\x%s', 'test', 'xxxx', 1, '2026-01-01Z', %s)",
		hex, tokens[token].row);
	fixture_sql(sql);
	ra_free(sql);
}

/* A token counts, and not the session that comes with it. */
static void test_every_endpoint_by_every_token(void **state)
{
	(void)state;
	become(OWNER);
	for (size_t i = 0; i < api_endpoint_count; i++)
		for (int token = 0; token < TOKENS; token++) {
			show((enum token)token);
			check(&api_endpoints[i], tokens[token].name,
			      expected_of_token(&api_endpoints[i], (enum token)token));
		}
	fx.bearer[0] = '\0';
}

/* A change is refused when it does not carry the token of this session, whoever sends it. */
static void test_every_change_needs_the_token(void **state)
{
	static const char *const wrong[] = { "", "csrf-of-alicf" };
	(void)state;
	for (size_t i = 0; i < RA_COUNT(wrong) * api_endpoint_count; i++) {
		const struct endpoint *endpoint = &api_endpoints[i / RA_COUNT(wrong)];
		assert_int_equal(endpoint->is_change, strcmp(endpoint->method, "GET") != 0);
		if (!endpoint->is_change)
			continue;
		become(endpoint->need == ACCESS_OWNER ? INSTANCE : OWNER);
		snprintf(fx.csrf, sizeof(fx.csrf), "%s", wrong[i % RA_COUNT(wrong)]);
		check(endpoint, callers[OWNER].name, "/problems/csrf");
	}
}

static bool fits(const char *pattern, const char *path)
{
	while (*pattern && *path) {
		if (*pattern == '{') {
			pattern = strchr(pattern, '}') + 1;
			path += strcspn(path, "/");
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return *pattern == *path;
}

static bool is_endpoint(const char *method, const char *path)
{
	for (size_t i = 0; i < api_endpoint_count; i++)
		if (strcmp(api_endpoints[i].method, method) == 0 &&
		    fits(api_endpoints[i].path, path))
			return true;
	return false;
}

/* What is not in the table is not there, not even for who owns all of it. */
static void test_no_other_method(void **state)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
	(void)state;
	become(OWNER);
	for (size_t i = 0; i < RA_COUNT(methods) * api_endpoint_count; i++) {
		const char *method = methods[i % RA_COUNT(methods)];
		char *path = path_of(&api_endpoints[i / RA_COUNT(methods)]);
		if (strncmp(path, "/api/", 5) == 0 && !is_endpoint(method, path) &&
		    status_of(method, path, strcmp(method, "GET") == 0 ? NULL : "{}") != 404)
			give_up("%s %s is answered", method, path);
		ra_free(path);
	}
}

/* The bot is gone: nothing is to be seen; what becomes of the data is for managers, what is one's
 * own for oneself. Somebody who left the guild still has that. */
static void test_after_leaving(void **state)
{
	(void)state;
	fixture_sql("UPDATE analytics.guild SET removed_at = '2026-03-01Z' WHERE guild_id = "
		    "4194304000");
	become(OWNER);
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 404);
	assert_int_equal(status_of("GET", GUILD_PATH "/settings", NULL), 404);
	assert_int_equal(status_of("GET", GUILD_PATH "/leaving", NULL), 200);
	assert_int_equal(status_of("GET", GUILD_PATH "/me", NULL), 200);
	become(MEMBER);
	assert_int_equal(status_of("GET", GUILD_PATH "/leaving", NULL), 404);
	assert_int_equal(status_of("GET", GUILD_PATH "/me", NULL), 200);
	fixture_sql("UPDATE analytics.guild SET removed_at = NULL;"
		    "INSERT INTO analytics.member (guild_id, user_id, left_at) VALUES "
		    "(8388608000, 555, '2026-03-01Z')");
	assert_int_equal(status_of("GET", "/api/v1/guilds/8388608000/me", NULL), 200);
	assert_int_equal(status_of("GET", "/api/v1/guilds/8388608000", NULL), 404);
	fixture_sql("DELETE FROM analytics.member WHERE guild_id = 8388608000");
	assert_int_equal(status_of("GET", "/api/v1/guilds/8388608000/me", NULL), 404);
}

/* The list of servers and the gate agree on viewer roles; the guild's own id is everybody. */
static void test_viewer_roles(void **state)
{
	(void)state;
	become(VIEWER);
	struct page list = get("/api/v1/guilds"), guild = get(GUILD_PATH);
	assert_int_equal(json_array_size(at(list.json, "guilds")), 1);
	assert_true(json_is_false(at(guild.json, "can_see_people")));
	assert_true(json_is_false(at(guild.json, "can_manage")));
	page_free(&list);
	page_free(&guild);
	become(MEMBER);
	list = get("/api/v1/guilds");
	assert_int_equal(json_array_size(at(list.json, "guilds")), 0);
	page_free(&list);
	fixture_sql("UPDATE app.guild_settings SET viewer_roles = '{4194304000}'");
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 200);
	fixture_sql("UPDATE app.guild_settings SET viewer_roles = '{77}';"
		    "UPDATE analytics.member SET roles = '{77}', left_at = now()");
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 404);
	fixture_sql("UPDATE analytics.member SET left_at = NULL");
}

/* Who is staff and nothing else finds the guild in the list, without its figures; who no longer is
 * staff does not. */
static void test_staff(void **state)
{
	(void)state;
	become(STAFF);
	struct page list = get("/api/v1/guilds"), guild = get(GUILD_PATH);
	json_t *card = json_array_get(at(list.json, "guilds"), 0);
	assert_true(json_is_true(at(card, "is_staff")));
	assert_true(json_is_false(at(card, "can_see_figures")));
	assert_true(json_is_null(at(card, "members")));
	assert_true(json_is_null(at(card, "messages_7d")));
	assert_true(json_is_true(at(guild.json, "is_staff")));
	assert_true(json_is_false(at(guild.json, "can_see_figures")));
	page_free(&list);
	page_free(&guild);
	fixture_sql("UPDATE response.staff SET ended_at = now()");
	list = get("/api/v1/guilds");
	assert_int_equal(json_array_size(at(list.json, "guilds")), 0);
	page_free(&list);
	assert_int_equal(status_of("GET", GUILD_PATH, NULL), 404);
}

static int open_fixture(void **state)
{
	(void)state;
	fixture_open();
	fixture_guild("Europe/Berlin");
	/* Discord is never asked: the lists of this test are always fresh. */
	fx.discord.status = 500;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_matrix_is_whole),
		cmocka_unit_test(test_every_endpoint_by_every_caller),
		cmocka_unit_test(test_every_endpoint_by_every_token),
		cmocka_unit_test(test_every_change_needs_the_token),
		cmocka_unit_test(test_no_other_method),
		cmocka_unit_test(test_after_leaving),
		cmocka_unit_test(test_viewer_roles),
		cmocka_unit_test(test_staff),
	};
	return cmocka_run_group_tests(tests, open_fixture, fixture_end);
}
