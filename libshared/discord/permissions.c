/* permissions: see the header. */
#include "libshared/discord/permissions.h"

uint64_t ra_permissions_read(const json_t *text)
{
	uint64_t bits = 0;
	if (ra_str_to_u64(ra_str_of(json_string_value(text)), &bits) < 0)
		return 0;
	return bits;
}

static bool is_id(const json_t *object, const char *id)
{
	const char *own = json_string_value(json_object_get(object, "id"));
	return own && strcmp(own, id) == 0;
}

static bool has_role(const json_t *member, const json_t *role)
{
	const char *id = json_string_value(json_object_get(role, "id"));
	size_t i;
	const json_t *own;
	json_array_foreach(json_object_get(member, "roles"), i, own)
	{
		if (id && json_is_string(own) && strcmp(id, json_string_value(own)) == 0)
			return true;
	}
	return false;
}

uint64_t ra_permissions_of_guild(const char *guild_id, const json_t *roles, const json_t *member)
{
	uint64_t bits = 0;
	size_t i;
	const json_t *role;
	json_array_foreach(roles, i, role)
	{
		if (is_id(role, guild_id) || has_role(member, role))
			bits |= ra_permissions_read(json_object_get(role, "permissions"));
	}
	return bits & RA_PERM_ADMINISTRATOR ? UINT64_MAX : bits;
}

struct overwrite {
	uint64_t allow, deny;
};

static void add(struct overwrite *sum, const json_t *overwrite)
{
	sum->allow |= ra_permissions_read(json_object_get(overwrite, "allow"));
	sum->deny |= ra_permissions_read(json_object_get(overwrite, "deny"));
}

uint64_t ra_permissions_of_channel(uint64_t base, const char *guild_id, const char *user_id,
				   const json_t *channel, const json_t *member)
{
	enum { EVERYONE, ROLES, MEMBER, KINDS };
	struct overwrite sums[KINDS] = { { 0 } };
	size_t i;
	const json_t *overwrite;
	if (base & RA_PERM_ADMINISTRATOR)
		return base;
	json_array_foreach(json_object_get(channel, "permission_overwrites"), i, overwrite)
	{
		if (is_id(overwrite, guild_id))
			add(&sums[EVERYONE], overwrite);
		else if (is_id(overwrite, user_id))
			add(&sums[MEMBER], overwrite);
		else if (has_role(member, overwrite))
			add(&sums[ROLES], overwrite);
	}
	for (size_t kind = 0; kind < KINDS; kind++)
		base = (base & ~sums[kind].deny) | sums[kind].allow;
	return base & RA_PERM_VIEW_CHANNEL ? base : 0;
}
