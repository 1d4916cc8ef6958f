/* proxies: whose word is taken, and how far it goes - with what people write who want to be
 * somebody else. */
#include "libshared/http/proxies.h"
#include "tests/harness/cmocka.h"

static struct ra_proxies proxies_of(const char *text)
{
	struct ra_proxies proxies = { 0 };
	struct ra_err err = { 0 };

	if (ra_proxies_add(&proxies, text, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	return proxies;
}

static void test_lists(void **state)
{
	static const struct {
		const char *list, *address;
		bool is_there;
	} cases[] = {
		{ "", "127.0.0.1", false },
		{ "10.1.2.3", "10.1.2.3", true },
		{ "10.1.2.3", "10.1.2.4", false },
		{ "10.0.0.0/8", "10.255.0.1", true },
		{ "10.0.0.0/8", "11.0.0.1", false },
		{ "10.0.0.0/8", "::ffff:10.0.0.1", true },
		{ "172.16.0.0/12", "172.31.255.255", true },
		{ "172.16.0.0/12", "172.32.0.0", false },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.129/25", "192.0.2.255",
		  true }, /* what is beyond the prefix says nothing */
		{ "0.0.0.0/0", "8.8.8.8", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "8.8.8.8", true },
		{ "2001:db8::/32, 10.0.0.0/8\t::1", "::1", true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "::ffff:10.0.0.0/104", "10.9.9.9", true },
		{ "private_ranges", "192.168.7.7", true },
		{ "private_ranges", "127.0.0.1", true },
		{ "private_ranges", "fd12::1", true },
		{ "private_ranges", "100.64.0.1", false },
		{ "private_ranges 100.64.0.0/10", "100.127.0.1", true },
		{ "10.0.0.0/8", "", false },
		{ "10.0.0.0/8", "localhost", false },
	};
	(void)state;
	for (size_t i = 0; i < RA_COUNT(cases); i++) {
		struct ra_proxies proxies = proxies_of(cases[i].list);
		if (ra_proxies_have(&proxies, cases[i].address) != cases[i].is_there)
			fail_msg("%s in %s", cases[i].address, cases[i].list);
	}
	assert_false(ra_proxies_have(NULL, "127.0.0.1"));
}

static void test_what_is_no_list(void **state)
{
	static const char *const lists[] = {
		"localhost",          "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1",
		"10.0.0/8",           "10.0.0.1:80", "[::1]",  "*",         "/8",
		"10.0.0.0/8;10.0.0.1"
	};
	struct ra_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < RA_COUNT(lists); i++) {
		struct ra_proxies proxies = { 0 };
		if (ra_proxies_add(&proxies, lists[i], &err) != RA_ECONF || !*err.hint)
			fail_msg("%s", lists[i]);
	}
	struct ra_proxies full = { 0 };
	for (size_t i = 0; i < RA_COUNT(full.networks); i++)
		assert_int_equal(ra_proxies_add(&full, "::1", &err), 0);
	assert_int_equal(ra_proxies_add(&full, "::2", &err), RA_ECONF);
}

struct chain {
	const char *peer, *lines[3], *client;
};

static void expect_clients(bool use_forwarded, const struct chain *chains, size_t count)
{
	struct ra_proxies proxies = proxies_of("127.0.0.1 10.0.0.0/8 fd00::/8");

	proxies.use_forwarded = use_forwarded;
	for (size_t i = 0; i < count; i++) {
		char client[INET6_ADDRSTRLEN];
		struct ra_str lines[3];
		size_t line_count = 0;
		for (; line_count < 3 && chains[i].lines[line_count]; line_count++)
			lines[line_count] = ra_str_of(chains[i].lines[line_count]);
		ra_proxies_client(&proxies, chains[i].peer, lines, line_count, client);
		if (strcmp(client, chains[i].client) != 0)
			fail_msg("%s, %s: %s instead of %s", chains[i].peer,
				 line_count ? chains[i].lines[0] : "", client, chains[i].client);
	}
}

static void test_x_forwarded_for(void **state)
{
	static const struct chain chains[] = {
		/* nobody between, or nobody of ours: what they say is theirs */
		{ "192.0.2.1", { NULL }, "192.0.2.1" },
		{ "192.0.2.1", { "198.51.100.1" }, "192.0.2.1" },
		{ "2001:db8::1", { "127.0.0.1" }, "2001:db8::1" },
		/* one of ours, several of ours */
		{ "127.0.0.1", { NULL }, "127.0.0.1" },
		{ "127.0.0.1", { "198.51.100.1" }, "198.51.100.1" },
		{ "::ffff:127.0.0.1", { "198.51.100.1" }, "198.51.100.1" },
		{ "10.0.0.1", { "198.51.100.1, 10.0.0.2,10.0.0.3" }, "198.51.100.1" },
		{ "10.0.0.1", { "2001:DB8:0::1, fd00::5" }, "2001:db8::1" },
		{ "10.0.0.1", { "10.0.0.9, 10.0.0.8" }, "10.0.0.9" },
		/* made up before ours: in the same line, in a line before, in one after an empty
		   one */
		{ "127.0.0.1", { "10.0.0.1, 203.0.113.7" }, "203.0.113.7" },
		{ "127.0.0.1", { "192.0.2.9, 203.0.113.7, 10.0.0.2" }, "203.0.113.7" },
		{ "127.0.0.1", { "192.0.2.9", "203.0.113.7" }, "203.0.113.7" },
		{ "127.0.0.1", { "192.0.2.9", "203.0.113.7", " " }, "203.0.113.7" },
		{ "10.0.0.1", { "192.0.2.9", "203.0.113.7", "10.0.0.2" }, "203.0.113.7" },
		/* ports and brackets, as some write them */
		{ "127.0.0.1", { "198.51.100.1:4711" }, "198.51.100.1" },
		{ "127.0.0.1", { "[2001:db8::7]:4711" }, "2001:db8::7" },
		{ "127.0.0.1", { "[2001:db8::7]" }, "2001:db8::7" },
		{ "127.0.0.1", { "::ffff:198.51.100.1" }, "198.51.100.1" },
		/* no address: no further than who wrote that */
		{ "127.0.0.1", { "" }, "127.0.0.1" },
		{ "127.0.0.1", { "," }, "127.0.0.1" },
		{ "127.0.0.1", { "unknown" }, "127.0.0.1" },
		{ "127.0.0.1", { "192.0.2.9, unknown, 10.0.0.2" }, "10.0.0.2" },
		{ "127.0.0.1", { "192.0.2.9, , 10.0.0.2" }, "10.0.0.2" },
		{ "127.0.0.1", { "192.0.2.9.1" }, "127.0.0.1" },
		{ "127.0.0.1", { "0x7f.1" }, "127.0.0.1" },
		{ "127.0.0.1", { "fe80::1%eth0" }, "127.0.0.1" },
		{ "127.0.0.1", { "[192.0.2.1]" }, "127.0.0.1" },
		{ "127.0.0.1", { "[2001:db8::7" }, "127.0.0.1" },
		{ "127.0.0.1",
		  { "1111111111111111111111111111111111111111111111111111111" },
		  "127.0.0.1" },
		{ "127.0.0.1", { "for=192.0.2.9" }, "127.0.0.1" },
		{ "a socket", { "192.0.2.9" }, "a socket" },
	};
	(void)state;
	expect_clients(false, chains, RA_COUNT(chains));
}

static void test_forwarded(void **state)
{
	static const struct chain chains[] = {
		{ "192.0.2.1", { "for=198.51.100.1" }, "192.0.2.1" },
		{ "127.0.0.1", { "for=198.51.100.1" }, "198.51.100.1" },
		{ "127.0.0.1",
		  { "proto=https; For=\"[2001:db8:cafe::17]:4711\" ;by=10.0.0.1" },
		  "2001:db8:cafe::17" },
		{ "127.0.0.1", { "for=\"198.51.100.1:80\", for=10.0.0.2;host=x" }, "198.51.100.1" },
		{ "127.0.0.1", { "for=192.0.2.9", "for=203.0.113.7" }, "203.0.113.7" },
		/* a quote that somebody opened before ours ends at the comma */
		{ "127.0.0.1", { "for=\"192.0.2.9, for=203.0.113.7" }, "203.0.113.7" },
		{ "127.0.0.1", { "for=\"192.0.2.9;x=\", for=203.0.113.7" }, "203.0.113.7" },
		{ "127.0.0.1", { "for=192.0.2.9, for=unknown" }, "127.0.0.1" },
		{ "127.0.0.1", { "for=192.0.2.9, for=_hidden, for=10.0.0.2" }, "10.0.0.2" },
		{ "127.0.0.1", { "by=192.0.2.9" }, "127.0.0.1" },
		{ "127.0.0.1", { "xfor=192.0.2.9" }, "127.0.0.1" },
		{ "127.0.0.1", { "for=" }, "127.0.0.1" },
		{ "127.0.0.1", { "for=\"" }, "127.0.0.1" },
		{ "127.0.0.1", { ";;=;for" }, "127.0.0.1" },
		{ "127.0.0.1", { "192.0.2.9" }, "127.0.0.1" },
	};
	struct ra_str host = ra_forwarded_last(
		RA_STR("host=evil.test, for=1.2.3.4;HOST=\"a.test:8443\";proto=https"), "host");

	(void)state;
	expect_clients(true, chains, RA_COUNT(chains));
	assert_true(ra_str_is(host, "a.test:8443"));
	assert_int_equal(ra_forwarded_last(RA_STR("host=evil.test, for=1.2.3.4"), "host").len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_what_is_no_list),
		cmocka_unit_test(test_x_forwarded_for),
		cmocka_unit_test(test_forwarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
