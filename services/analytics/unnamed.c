#include "services/analytics/unnamed.h"
#include "libshared/pg/pg.h"
#include <sodium.h>

void unnamed_init(struct unnamed *unnamed)
{
	*unnamed =
		(struct unnamed){ .people = RA_TABLE_OF(struct unnamed_row, struct unnamed_row) };
}

void unnamed_fini(struct unnamed *unnamed)
{
	ra_table_fini(&unnamed->people);
}

void unnamed_read(struct unnamed *unnamed, const PGresult *result)
{
	ra_table_clear(&unnamed->people);
	for (int i = 0; i < PQntuples(result); i++) {
		unnamed->version = ra_pg_get_i64(result, i, 0);
		struct unnamed_row row = { ra_pg_get_u64(result, i, 1),
					   ra_pg_get_u64(result, i, 2) };
		if (row.user != 0)
			ra_table_row(&unnamed->people, &row, NULL);
	}
}

bool unnamed_has(const struct unnamed *unnamed, uint64_t guild, uint64_t user)
{
	struct unnamed_row row = { guild, user };
	return unnamed && unnamed->people.count > 0 && ra_table_find(&unnamed->people, &row);
}

uint64_t unnamed_person(const struct unnamed *unnamed, uint64_t guild, uint64_t user)
{
	bool is_alias = user >= ALIAS_FIRST && user < ALIAS_END;
	return is_alias || unnamed_has(unnamed, guild, user) ? ANONYMOUS : user;
}

uint64_t unnamed_alias(struct ra_str voice_session)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256(hash, (const unsigned char *)voice_session.ptr, voice_session.len);
	return ALIAS_FIRST + ((hash[0] & 31ULL) << 16) + ((uint64_t)hash[1] << 8) + hash[2];
}
