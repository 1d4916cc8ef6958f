/* address: see address.h. */
#include "libshared/http/address.h"
#include <arpa/inet.h>
#include <netinet/in.h>

/* What is not public of IPv4, as network and length of its prefix. */
static const struct {
	uint32_t net;
	int bits;
} reserved[] = {
	{ 0x00000000, 8 },  /* this network */
	{ 0x0a000000, 8 },  /* private */
	{ 0x64400000, 10 }, /* shared by carriers; some clouds' metadata */
	{ 0x7f000000, 8 },  /* loopback */
	{ 0xa9fe0000, 16 }, /* link-local; the metadata of most clouds */
	{ 0xac100000, 12 }, /* private */
	{ 0xc0000000, 24 }, /* protocol assignments */
	{ 0xc0000200, 24 }, /* documentation */
	{ 0xc0586300, 24 }, /* 6to4 relays */
	{ 0xc0a80000, 16 }, /* private */
	{ 0xc6120000, 15 }, /* benchmarks */
	{ 0xc6336400, 24 }, /* documentation */
	{ 0xcb007100, 24 }, /* documentation */
	{ 0xe0000000, 4 },  /* multicast */
	{ 0xf0000000, 4 },  /* reserved, broadcast */
};

static bool is_public_v4(uint32_t address)
{
	for (size_t i = 0; i < RA_COUNT(reserved); i++)
		if ((address ^ reserved[i].net) >> (32 - reserved[i].bits) == 0)
			return false;
	return true;
}

static uint32_t v4_at(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static bool begins_with(const unsigned char *a, const char *prefix, size_t len)
{
	return memcmp(a, prefix, len) == 0;
}

static bool is_public_v6(const unsigned char a[16])
{
	if (begins_with(a, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) || /* mapped */
	    begins_with(a, "\0\x64\xff\x9b\0\0\0\0\0\0\0\0", 12)) /* translated (NAT64) */
		return is_public_v4(v4_at(a + 12));
	if (begins_with(a, "\x20\x02", 2)) /* 6to4 */
		return is_public_v4(v4_at(a + 2));
	bool is_global = (a[0] & 0xe0) == 0x20; /* all that is given out so far: 2000::/3 */
	bool is_special =
		begins_with(a, "\x20\x01\0", 3) && a[3] <= 1;    /* 2001::/23: Teredo and its kin */
	bool is_example = begins_with(a, "\x20\x01\x0d\xb8", 4); /* documentation */
	return is_global && !is_special && !is_example;
}

bool ra_address_is_public(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return is_public_v4(ntohl(
			((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
	if (address->sa_family == AF_INET6)
		return is_public_v6(
			((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
	return false;
}

uint64_t ra_address_network(const char *address)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	unsigned char a[16] = { 0 };
	uint64_t network = 0;

	if (inet_pton(AF_INET, address, a) == 1)
		return v4_at(a);
	if (inet_pton(AF_INET6, address, a) != 1)
		return 0;
	if (memcmp(a, mapped, sizeof(mapped)) == 0)
		return v4_at(a + 12);
	for (int i = 0; i < 8; i++)
		network = network << 8 | a[i];
	return network;
}
