/* address: what is public, and every way to write what is not. */
#include "libshared/http/address.h"
#include "libshared/http/client.h"
#include "tests/unit/libshared/http/fixture.h"
#include <arpa/inet.h>

static bool is_public(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return ra_address_is_public((struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return ra_address_is_public((struct sockaddr *)&v6);
}

static void test_public(void **state)
{
	static const char *const addresses[] = {
		"1.1.1.1",          "93.184.216.34",        "100.63.255.255", "100.128.0.1",
		"172.15.255.255",   "172.32.0.1",           "192.0.1.1",      "198.17.255.255",
		"223.255.255.255",  "2606:4700:4700::1111", "2a00::1",        "::ffff:1.1.1.1",
		"64:ff9b::1.1.1.1",
	};
	(void)state;
	for (size_t i = 0; i < RA_COUNT(addresses); i++)
		if (!is_public(addresses[i]))
			fail_msg("%s is public", addresses[i]);
}

static void test_not_public(void **state)
{
	static const char *const addresses[] = {
		"0.0.0.0",
		"0.1.2.3",
		"10.0.0.1",
		"100.64.0.1",
		"100.100.100.200",
		"127.0.0.1",
		"127.255.255.254",
		"169.254.169.254",
		"172.16.0.1",
		"172.31.255.255",
		"192.0.0.192",
		"192.0.2.1",
		"192.168.1.1",
		"198.18.0.1",
		"198.51.100.1",
		"203.0.113.1",
		"224.0.0.1",
		"239.1.1.1",
		"240.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"::127.0.0.1",
		"::ffff:127.0.0.1",
		"::ffff:10.0.0.1",
		"::ffff:169.254.1.1",
		"64:ff9b::7f00:1",
		"64:ff9b:1::1",
		"2002:7f00:1::",
		"2002:a9fe:a9fe::1",
		"2001::1",
		"2001:db8::1",
		"fc00::1",
		"fd00:ec2::254",
		"fe80::1",
		"fec0::1",
		"ff02::1",
		"100::1",
	};
	struct sockaddr other = { .sa_family = AF_UNIX };
	(void)state;
	for (size_t i = 0; i < RA_COUNT(addresses); i++)
		if (is_public(addresses[i]))
			fail_msg("%s is not public", addresses[i]);
	assert_false(ra_address_is_public(&other));
}

/* --- the client asks before it connects --- */

static int knocks;

static void on_knock(struct ra_http_request *req, void *ctx)
{
	(void)ctx;
	knocks++;
	ra_http_redirect(req, 302, "http://127.0.0.1/elsewhere");
}

static bool any(const struct sockaddr *address)
{
	return address->sa_family == AF_INET;
}

/* However loopback is written, nobody is knocked at. */
static void test_client_is_kept_away(void **state)
{
	static const char *const hosts[] = { "127.0.0.1",          "localhost",
					     "2130706433",         "0x7f.1",
					     "0177.0.0.1",         "127.1",
					     "[::ffff:127.0.0.1]", "0" };
	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, NULL, "/*", on_knock, NULL);
	for (size_t i = 0; i < RA_COUNT(hosts); i++) {
		struct reply reply = { 0 };
		char *url =
			ra_format("http://%s:%u/hook", hosts[i], ra_http_server_port(fx.server));
		ra_http_send(fx.client,
			     &(struct ra_http_call){ .method = "POST",
						     .url = url,
						     .may_connect = ra_address_is_public },
			     on_reply, &reply);
		test_run_until(&fx.loop, reply.calls == 1);
		if (reply.status != RA_EFORBIDDEN)
			fail_msg("%s: %s", url, reply.err.msg);
		ra_free(url);
	}
	assert_int_equal(knocks, 0);
	fixture_close();
}

/* Nor does an earlier connection help, nor is a redirect followed. */
static void test_client_asks_each_time(void **state)
{
	(void)state;
	knocks = 0;
	fixture_open(NULL);
	ra_http_route(fx.server, NULL, "/*", on_knock, NULL);
	expect(get("/a"), 302, NULL);
	struct reply reply =
		ask((struct ra_http_call){ .method = "GET", .may_connect = ra_address_is_public },
		    "/b");
	assert_int_equal(reply.status, RA_EFORBIDDEN);
	expect(ask((struct ra_http_call){ .method = "GET", .may_connect = any }, "/c"), 302, NULL);
	assert_int_equal(knocks, 2);
	fixture_close();
}

/* One household is one, however many addresses it has. */
static void test_networks(void **state)
{
	(void)state;
	assert_true(ra_address_network("192.0.2.1") != ra_address_network("192.0.2.2"));
	assert_true(ra_address_network("192.0.2.1") == ra_address_network("::ffff:192.0.2.1"));
	assert_true(ra_address_network("2001:db8:1:2::1") ==
		    ra_address_network("2001:db8:1:2:ffff::2"));
	assert_true(ra_address_network("2001:db8:1:2::1") != ra_address_network("2001:db8:1:3::1"));
	assert_int_equal(ra_address_network("unknown"), 0);
	assert_int_equal(ra_address_network(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_public),
		cmocka_unit_test(test_not_public),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_client_is_kept_away),
		cmocka_unit_test(test_client_asks_each_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
