/* oauth: PKCE, scopes, and what a restart remembers. The dance itself is in tests/fidelity. */
#include "services/discord-sim/logins.h"
#include "tests/harness/cmocka.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* RFC 7636, appendix B. */
#define VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static void test_pkce(void **ctx)
{
	(void)ctx;
	assert_true(pkce_matches(VERIFIER, CHALLENGE));
	assert_false(pkce_matches(VERIFIER "x", CHALLENGE));
	assert_false(pkce_matches(VERIFIER, CHALLENGE "="));
	assert_false(pkce_matches(NULL, CHALLENGE));
	assert_false(pkce_matches("", CHALLENGE));
}

static void test_a_short_verifier_is_refused_even_when_it_matches(void **ctx)
{
	(void)ctx;
	/* sha256 of 42 times "a" */
	assert_false(pkce_matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
				  "elOGB_2quSlplZKfRRVlu7gULhhEEXMiqv0rPXawGv8"));
}

static void test_scopes(void **ctx)
{
	(void)ctx;
	assert_true(oauth_knows_scope("identify"));
	assert_true(oauth_knows_scope("identify guilds guilds.members.read"));
	assert_false(oauth_knows_scope(""));
	assert_false(oauth_knows_scope("guild"));
	assert_false(oauth_knows_scope("identify  guilds"));
	assert_false(oauth_knows_scope("identify admin"));
}

static void test_grants_hold_whole_words(void **ctx)
{
	char scope[] = "identify guilds.members.read";
	struct grant grant = { .scope = scope };
	(void)ctx;
	assert_true(grant_has(&grant, "identify"));
	assert_true(grant_has(&grant, "guilds.members.read"));
	assert_false(grant_has(&grant, "guilds"));
}

static void forget(struct login **logins)
{
	while (*logins)
		login_remove(logins, *logins);
}

static void test_a_restart_remembers_who_logged_in(void **ctx)
{
	(void)ctx;
	char folder[] = "/tmp/rations-test-XXXXXX";
	struct login *before = NULL, *after = NULL, *found;
	struct stat file;
	assert_non_null(mkdtemp(folder));
	char *path = ra_format("%s/state.logins", folder);
	logins_load(&after, path); /* the first start of all */
	assert_null(after);

	login_add(&before, 5, "identify guilds", 1900000000000);
	const struct login *second =
		login_add(&before, UINT64_MAX, "identify guilds.members.read", 1);
	logins_save(before, path);
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
	logins_load(&after, path);
	assert_int_equal(HASH_COUNT(after), 2);
	HASH_FIND_STR(after, second->access, found);
	assert_true(found && strcmp(found->refresh, second->refresh) == 0 &&
		    found->grant.user_id == UINT64_MAX && found->grant.expires_at_ms == 1 &&
		    strcmp(found->grant.scope, "identify guilds.members.read") == 0);

	forget(&before);
	forget(&after);
	logins_save(NULL, path);
	logins_load(&after, path);
	assert_null(after);
	unlink(path);
	rmdir(folder);
	ra_free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pkce),
		cmocka_unit_test(test_a_short_verifier_is_refused_even_when_it_matches),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_grants_hold_whole_words),
		cmocka_unit_test(test_a_restart_remembers_who_logged_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
