/*
 * address: which addresses belong to everybody's internet. For requests to
 * places that strangers choose: what is private, local to the machine or the
 * link, or reserved is not theirs to reach through us. And which are one
 * household's, for counting. Pure.
 */
#pragma once
#include "libshared/base/base.h"
#include <sys/socket.h>

/* A unicast address of the public internet (IANA's special-purpose registries, RFC 6890)? An IPv4
 * address inside an IPv6 one (mapped, translated, 6to4) counts as itself. */
bool ra_address_is_public(const struct sockaddr *address);
/* What tells one household from another: an IPv4 address, or the first half of an IPv6 one, since
 * whoever has one address there has 2^64 (RFC 6177). 0: it is no address. */
uint64_t ra_address_network(const char *address);
