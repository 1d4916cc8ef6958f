/*
 * unnamed: people who opted out of a guild's figures, and those who are being
 * erased. What they do is counted, who did it is not kept: in rows they are
 * the anonymous member, in voice, where people have to be told apart, a number
 * made of the voice session. Users below 2^22 do not exist (Discord docs,
 * Snowflakes), so none of these numbers is anybody's.
 *
 * Who they are is read when the state is, and belongs to the rules events are
 * counted by (app.rules): a transaction that counted by older ones fails.
 */
#pragma once
#include "libshared/base/table.h"
#include <libpq-fe.h>

#define ANONYMOUS   1ULL
#define ALIAS_FIRST (1ULL << 21) /* of voice sessions */
#define ALIAS_END   (1ULL << 22)

struct unnamed {
	int64_t version;        /* of the rules; 0: never read, and not checked */
	struct ra_table people; /* of struct unnamed_row; owned */
};

struct unnamed_row {
	uint64_t guild, user;
};

void unnamed_init(struct unnamed *unnamed);
void unnamed_fini(struct unnamed *unnamed);
/* What SQL_LOAD_UNNAMED answers, in place of what was known. */
void unnamed_read(struct unnamed *unnamed, const PGresult *result);
/* NULL: nobody is. */
bool unnamed_has(const struct unnamed *unnamed, uint64_t guild, uint64_t user);
/* Whose row it is that counts for `user`. */
uint64_t unnamed_person(const struct unnamed *unnamed, uint64_t guild, uint64_t user);
/* analytics.voice_alias() says the same. */
uint64_t unnamed_alias(struct ra_str voice_session);
