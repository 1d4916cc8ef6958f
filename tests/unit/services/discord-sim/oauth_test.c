/* oauth: the pure parts: PKCE and scopes. The dance itself is in tests/fidelity. */
#include "services/discord-sim/oauth.h"
#include "tests/harness/cmocka.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pkce),
		cmocka_unit_test(test_a_short_verifier_is_refused_even_when_it_matches),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_grants_hold_whole_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
