/*
 * proxies: who asked, when others hand requests on. Every proxy adds whom it
 * heard at the end of a header; of whom that header then says that it heard
 * somebody, and so on, only as much is true as proxies of ours have added.
 * So we go from the peer backwards as long as they are ours, and stop at the
 * first that is not: everything before it anybody may have made up. Pure.
 */
#pragma once
#include "libshared/base/err.h"
#include <netinet/in.h>

/* Networks of 4 and 6, the former as mapped addresses (::ffff:0:0/96). */
struct ra_proxies {
	struct ra_network {
		unsigned char address[16];
		unsigned bits;
	} networks[32];
	size_t count;
	/* What they add to: Forwarded (RFC 7239), or X-Forwarded-For. Never both: the other one
	 * they hand on as they got it from whoever wrote it. */
	bool use_forwarded;
};

/* Adds networks separated by commas or spaces: 10.0.0.0/8, 2001:db8::/32, single addresses, and
 * "private_ranges" for loopback, RFC 1918 and RFC 4193. RA_ECONF and *err where something is none
 * of these, or there are too many. */
int ra_proxies_add(struct ra_proxies *proxies, const char *text, struct ra_err *err) RA_MUST_CHECK;
/* Is this one of ours? False for what is no address. NULL: there are none. */
bool ra_proxies_have(const struct ra_proxies *proxies, const char *address);
/* Who asked: `peer`, or whom `lines` say our proxies heard. `lines`: the values of their header, in
 * the order they came. As text, of an IPv4 address in its usual form. */
void ra_proxies_client(const struct ra_proxies *proxies, const char *peer,
		       const struct ra_str *lines, size_t count, char client[INET6_ADDRSTRLEN]);
/* What a parameter of Forwarded says: in its last element, the one our proxy added. Empty when it
 * is not there. Borrowed. */
struct ra_str ra_forwarded_last(struct ra_str value, const char *name);
