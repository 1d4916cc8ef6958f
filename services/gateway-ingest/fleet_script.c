/* fleet_script: see fleet_script.h. */
#include "services/gateway-ingest/fleet_script.h"
#include "libshared/redis/redis.h"
#include <stdio.h>

/* clang-format off */
static const char script[] =
"#!lua flags=allow-oom\n" /* shards are held in a full Redis, too */
"local fleet, replicas, leases, settings, status, settled, retired = unpack(KEYS)\n"
"local me, nonce, setting = ARGV[1], ARGV[2], ARGV[3]\n"
"local first, last, wanted = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])\n"
"local lease_ms, is_new, is_leaving = tonumber(ARGV[7]), ARGV[8] == '1', ARGV[9] == '1'\n"
"local more = tonumber(ARGV[10])\n"
/* lists of shards: each its length, then its names */
"local at = 11\n"
"local function list_of()\n"
"  local names, n = {}, tonumber(ARGV[at])\n"
"  for i = at + 1, at + n do names[#names + 1] = ARGV[i] end\n"
"  at = at + 1 + n\n"
"  return names\n"
"end\n"
"local held, are_settled, are_retired, released = list_of(), list_of(), list_of(), list_of()\n"
"local t = redis.call('TIME')\n"
"local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
"\n"
"local function forget(id)\n"
"  redis.call('ZREM', replicas, id)\n"
"  redis.call('HDEL', settings, id)\n"
"  redis.call('HDEL', status, 'replica:' .. id)\n"
"end\n"
"\n"
/* "8" and "0-3/8" want the same plan */
"local function plan_of(text)\n"
"  return string.match(text, '%d+$') or 'auto'\n"
"end\n"
"local function range_of(text, plan)\n"
"  return string.match(text, '^%d+%-%d+/' .. plan .. '$')\n"
"end\n"
"\n"
/* 1. who is there: silent for longer than his lease is gone */
"local alive, others = {}, {}\n"
"local list = redis.call('ZRANGE', replicas, 0, -1, 'WITHSCORES')\n"
"for i = 1, #list, 2 do\n"
"  local id, told = list[i], redis.call('HGET', settings, list[i])\n"
"  local its_nonce, its_setting, its_way = string.match(told or '', '^(%S+) (%S+) (%S+)$')\n"
"  local is_late = tonumber(list[i + 1]) <= now\n"
"  if not its_nonce or (is_late and id ~= me) then\n"
"    forget(id)\n"
"  elseif id ~= me then\n"
"    alive[id] = true\n"
"    others[#others + 1] = { id = id, setting = its_setting, is_leaving = its_way == 'leaves' }\n"
"  elseif its_nonce ~= nonce and not is_new and not is_late then\n"
"    return { 'twin' }\n"
"  end\n"
"end\n"
"\n"
/* 2. may I take part: the plan is one, and who was there first says which */
"local rule = redis.call('HGET', fleet, 'setting')\n"
"if rule and rule ~= plan_of(setting) then\n"
"  for _, other in ipairs(others) do\n"
"    if plan_of(other.setting) == rule then\n"
"      forget(me)\n"
"      return { 'refused', rule }\n"
"    end\n"
"  end\n"
"end\n"
"redis.call('HSET', fleet, 'setting', plan_of(setting))\n"
"redis.call('ZADD', replicas, string.format('%d', now + lease_ms), me)\n"
"redis.call('HSET', settings, me, nonce .. ' ' .. setting .. ' ' .. (is_leaving and 'leaves' or 'stays'))\n"
"alive[me] = true\n"
"\n"
/* 3. how many shards there are */
"local count = tonumber(redis.call('HGET', fleet, 'count') or 0)\n"
"if count == 0 and wanted == 0 then\n"
"  return { 'unplanned' }\n"
"elseif count == 0 then\n"
"  count = wanted\n"
"  redis.call('HSET', fleet, 'count', count)\n"
"end\n"
"local next_count = tonumber(redis.call('HGET', fleet, 'next') or 0)\n"
"local function begin(n)\n"
"  if next_count > 0 or n == 0 or n == count then return end\n"
"  next_count = n\n"
"  redis.call('HSET', fleet, 'next', n, 'next_since', string.format('%d', now))\n"
"  redis.call('DEL', settled, retired)\n"
"end\n"
"local wish, ignored = tonumber(redis.call('HGET', fleet, 'wish') or 0), 0\n"
"redis.call('HDEL', fleet, 'wish')\n"
"if plan_of(setting) ~= 'auto' then\n"
"  ignored = wish\n"
"  begin(wanted)\n"
"else\n"
"  begin(wish)\n"
"  begin(more)\n"
/* Discord recommends one for a thousand guilds */
"  if wanted > 2 * count then begin(wanted) end\n"
"  if wish > 0 and wish ~= next_count and wish ~= count then ignored = wish end\n"
"end\n"
"\n"
/* 3a. the hand-over: when all of the next plan are settled, those of the old retire; when all of
 * these have, the next plan is the plan */
"local is_retiring, is_over = redis.call('HGET', fleet, 'retiring') == '1', {}\n"
"local function plan_part(name) return tonumber(string.match(name, '^%d+')) end\n"
"if next_count > 0 then\n"
"  for _, name in ipairs(held) do\n"
"    if plan_part(name) == next_count then redis.call('SREM', settled, name) end\n"
"  end\n"
"  for _, name in ipairs(are_settled) do\n"
"    if plan_part(name) == next_count then redis.call('SADD', settled, name) end\n"
"  end\n"
"  for _, name in ipairs(are_retired) do\n"
"    if plan_part(name) == count then redis.call('SADD', retired, name) end\n"
"  end\n"
"  if not is_retiring and redis.call('SCARD', settled) == next_count then\n"
"    is_retiring = true\n"
"    redis.call('HSET', fleet, 'retiring', 1)\n"
"  end\n"
"  if is_retiring and redis.call('SCARD', retired) == count then\n"
"    for i = 0, count - 1 do redis.call('HDEL', status, count .. '.' .. i) end\n"
"    redis.call('HSET', fleet, 'count', next_count)\n"
"    redis.call('HDEL', fleet, 'next', 'next_since', 'retiring')\n"
"    redis.call('DEL', settled, retired)\n"
"    count, next_count, is_retiring = next_count, 0, false\n"
"  end\n"
"  for _, name in ipairs(redis.call('SMEMBERS', retired)) do is_over[name] = true end\n"
"end\n"
"\n"
/* 4. whose are they: leases of the dead and of former plans end, what I released too; what I run
 * without a lease of anybody (Redis has forgotten it) is mine */
"local holder = {}\n"
"local function is_planned(name)\n"
"  local plan, index = string.match(name, '^(%d+)%.(%d+)$')\n"
"  plan = tonumber(plan)\n"
"  return plan and (plan == count or plan == next_count) and tonumber(index) < plan and not is_over[name]\n"
"end\n"
"list = redis.call('HGETALL', leases)\n"
"for i = 1, #list, 2 do\n"
"  if alive[list[i + 1]] and is_planned(list[i]) then\n"
"    holder[list[i]] = list[i + 1]\n"
"  else\n"
"    redis.call('HDEL', leases, list[i])\n"
"  end\n"
"end\n"
"for _, name in ipairs(released) do\n"
"  if holder[name] == me then\n"
"    redis.call('HDEL', leases, name)\n"
"    holder[name] = nil\n"
"  end\n"
"end\n"
"local function take(name)\n"
"  redis.call('HSET', leases, name, me)\n"
"  holder[name] = me\n"
"end\n"
"for _, name in ipairs(held) do\n"
"  if not holder[name] and is_planned(name) then take(name) end\n"
"end\n"
"\n"
/* 5. my share of a plan, among those who take part in the same shards of it */
"local mine = {}\n"
"local function share_out(plan)\n"
"  if plan == 0 then return 0 end\n"
"  local from, to, range, members, before = 0, plan - 1, range_of(setting, plan), 1, 0\n"
"  if range then from, to = first, last end\n"
"  for _, other in ipairs(others) do\n"
"    if not other.is_leaving and range_of(other.setting, plan) == range then\n"
"      members = members + 1\n"
"      if other.id < me then before = before + 1 end\n"
"    end\n"
"  end\n"
"  local all, have, free = to - from + 1, {}, {}\n"
"  local share = math.floor(all / members) + (before < all % members and 1 or 0)\n"
"  if is_leaving then share = 0 end\n"
"  for i = from, to do\n"
"    local name = plan .. '.' .. i\n"
"    if holder[name] == me then have[#have + 1] = name\n"
"    elseif not holder[name] and not is_over[name] then free[#free + 1] = name end\n"
"  end\n"
"  for _, name in ipairs(free) do\n"
"    if #have >= share then break end\n"
"    take(name)\n"
"    have[#have + 1] = name\n"
"  end\n"
"  for _, name in ipairs(have) do mine[#mine + 1] = name end\n"
"  return math.max(0, #have - share)\n"
"end\n"
"local surplus, surplus_of_next = share_out(count), share_out(next_count)\n"
"if is_leaving and #mine == 0 then forget(me) end\n"
"return { 'member', count, next_count, surplus, surplus_of_next, mine, now, is_retiring and 1 or 0, ignored }\n";
/* clang-format on */

/* Lists of shards. */

void fleet_shards_add(struct fleet_shards *shards, struct fleet_shard shard)
{
	if (shards->count == shards->cap) {
		shards->cap = shards->cap ? shards->cap * 2 : 8;
		shards->list = ra_realloc(shards->list, shards->cap * sizeof(*shards->list));
	}
	shards->list[shards->count++] = shard;
}

bool fleet_shards_have(const struct fleet_shards *shards, struct fleet_shard shard)
{
	for (size_t i = 0; i < shards->count; i++)
		if (shards->list[i].count == shard.count && shards->list[i].index == shard.index)
			return true;
	return false;
}

void fleet_shards_fini(struct fleet_shards *shards)
{
	ra_free(shards->list);
	*shards = (struct fleet_shards){ 0 };
}

/* Asking. */

static void add_shards(struct ra_buf *out, const struct fleet_shards *shards)
{
	char name[24];
	ra_resp_u64(out, shards->count);
	for (size_t i = 0; i < shards->count; i++) {
		snprintf(name, sizeof(name), "%u.%u", shards->list[i].count, shards->list[i].index);
		ra_resp_word(out, ra_str_of(name));
	}
}

void fleet_request_write(struct ra_buf *out, const struct fleet_request *r)
{
	static const char *const keys[] = {
		FLEET_KEY,    "replicas:{fleet}", "leases:{fleet}",  "settings:{fleet}",
		FLEET_STATUS, "settled:{fleet}",  "retired:{fleet}",
	};
	ra_resp_command(out, 3 + RA_COUNT(keys) + 10 + 4 + r->held.count + r->settled.count +
				     r->retired.count + r->released.count);
	ra_resp_word(out, RA_STR("EVAL"));
	ra_resp_word(out, ra_str_of(script));
	ra_resp_u64(out, RA_COUNT(keys));
	for (size_t i = 0; i < RA_COUNT(keys); i++)
		ra_resp_word(out, ra_str_of(keys[i]));
	ra_resp_word(out, ra_str_of(r->replica));
	ra_resp_word(out, ra_str_of(r->nonce));
	ra_resp_word(out, ra_str_of(r->plan->text));
	ra_resp_u64(out, r->plan->first);
	ra_resp_u64(out, r->plan->last);
	ra_resp_u64(out, r->wanted);
	ra_resp_i64(out, r->lease_ms);
	ra_resp_u64(out, r->is_new);
	ra_resp_u64(out, r->is_leaving);
	ra_resp_u64(out, r->more);
	add_shards(out, &r->held);
	add_shards(out, &r->settled);
	add_shards(out, &r->retired);
	add_shards(out, &r->released);
}

/* Reading the answer. */

static unsigned number_at(const redisReply *reply, size_t i)
{
	bool is_number = i < reply->elements && reply->element[i]->type == REDIS_REPLY_INTEGER &&
			 reply->element[i]->integer > 0 &&
			 reply->element[i]->integer <= PLAN_MAX_SHARDS;
	return is_number ? (unsigned)reply->element[i]->integer : 0;
}

static void read_mine(struct fleet_answer *answer, const redisReply *list)
{
	for (size_t i = 0; i < list->elements; i++) {
		struct fleet_shard shard;
		const redisReply *name = list->element[i];
		if (name->type == REDIS_REPLY_STRING &&
		    sscanf(name->str, "%u.%u", &shard.count, &shard.index) == 2)
			fleet_shards_add(&answer->mine, shard);
	}
}

static bool read_verdict(struct fleet_answer *answer, struct ra_str verdict)
{
	static const char *const names[] = {
		[FLEET_MEMBER] = "member",
		[FLEET_UNPLANNED] = "unplanned",
		[FLEET_TWIN] = "twin",
		[FLEET_REFUSED] = "refused",
	};
	for (size_t i = 0; i < RA_COUNT(names); i++)
		if (ra_str_is(verdict, names[i])) {
			answer->verdict = (enum fleet_verdict)i;
			return true;
		}
	return false;
}

int fleet_answer_read(struct fleet_answer *answer, const redisReply *reply, const char **why)
{
	*answer = (struct fleet_answer){ 0 };
	if (reply->type == REDIS_REPLY_ERROR) {
		*why = reply->str;
		return RA_EPROTO;
	}
	*why = "not an answer of the script";
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 1 ||
	    !read_verdict(answer, ra_reply_str(reply->element[0])))
		return RA_EPROTO;
	if (answer->verdict == FLEET_REFUSED && reply->elements == 2)
		snprintf(answer->rule, sizeof(answer->rule), "%s",
			 ra_reply_str(reply->element[1]).ptr);
	if (answer->verdict != FLEET_MEMBER)
		return 0;
	if (reply->elements != 9 || reply->element[5]->type != REDIS_REPLY_ARRAY)
		return RA_EPROTO;
	answer->count = number_at(reply, 1);
	answer->next = number_at(reply, 2);
	answer->surplus = number_at(reply, 3);
	answer->surplus_of_next = number_at(reply, 4);
	read_mine(answer, reply->element[5]);
	answer->now_ms = reply->element[6]->integer;
	answer->is_retiring = number_at(reply, 7) == 1;
	answer->ignored_wish = number_at(reply, 8);
	return 0;
}

void fleet_answer_fini(struct fleet_answer *answer)
{
	fleet_shards_fini(&answer->mine);
}
