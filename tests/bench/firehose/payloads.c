/* payloads: see payloads.h. */
#include "tests/bench/firehose/payloads.h"
#include "libshared/base/clock.h"
#include "libshared/discord/snowflake.h"

#define PUT(literal)     ra_buf_add(out, (literal), sizeof(literal) - 1)
#define PUT_U64(value)   ra_buf_add_u64(out, (value))
#define PUT_ID(key, id)  (PUT(key), PUT("\""), PUT_U64(id), PUT("\""))
#define PUT_TEXT(key, s) (PUT(key), ra_buf_add_json_string(out, ra_str_of(s)))

#define BOT_ID      1100000000000000042ULL
#define FIRST_GUILD 262144000000ULL /* << 22; so that any shard count divides evenly from 0 */
#define ROLES       6

static const char *const words_ru[] = {
	"привет",    "сегодня", "сервер",  "голосовой", "канал",  "помогите",   "не",
	"работает",  "кто",     "играет",  "вечером",   "завтра", "посмотри",   "роль",
	"правила",   "спасибо", "давайте", "турнир",    "ссылка", "обновление", "вопрос",
	"модератор", "почему",  "снова",   "хорошо",    "точно",  "и",          "на",
	"в",         "для",     "это",     "всё",
};
static const char *const words_en[] = {
	"hello", "today",   "server",  "voice",  "channel",  "help", "not",   "working",
	"who",   "plays",   "tonight", "again",  "look",     "role", "rules", "thanks",
	"let's", "tourney", "link",    "update", "question", "mod",  "why",   "tomorrow",
	"great", "exactly", "and",     "on",     "the",      "for",  "this",  "everything",
};
static const char *const names[] = {
	"Анна",    "Пётр",   "shadow", "Мария", "neko",  "Иван",   "frostbyte", "Ольга",
	"kitsune", "Сергей", "pixel",  "Дарья", "ronin", "Максим", "luna",      "Екатерина",
};

/* xorshift64*: the same dice every time. */
static uint64_t roll(struct teller *t, uint64_t sides)
{
	t->random ^= t->random >> 12;
	t->random ^= t->random << 25;
	t->random ^= t->random >> 27;
	return (t->random * 0x2545F4914F6CDD1DULL >> 33) % sides;
}

/* The same with a favourite: of a hundred people ten do half of it. */
static uint64_t roll_uneven(struct teller *t, uint64_t sides)
{
	double unit = (double)roll(t, 1u << 24) / (1u << 24);
	return (uint64_t)((double)sides * unit * unit * unit);
}

static uint64_t guild_id(uint64_t guild)
{
	return (FIRST_GUILD + guild) << 22;
}

static uint64_t channel_id(const struct mix *mix, uint64_t guild, uint64_t n)
{
	return ((FIRST_GUILD + 40000000 + guild * mix->channels + n) << 22) + 1;
}

static uint64_t role_id(uint64_t guild, uint64_t n)
{
	return n == 0 ? guild_id(guild) : ((FIRST_GUILD + 80000000 + guild * ROLES + n) << 22) + 2;
}

static uint64_t user_id(const struct mix *mix, uint64_t guild, uint64_t n)
{
	return ((FIRST_GUILD + 100000000 + guild * mix->members + n) << 22) + 3;
}

static uint64_t mix_bits(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
	x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
	return x ^ (x >> 31);
}

/* A person is always the same: all of it follows from the id. */
static void put_user(struct ra_buf *out, uint64_t id)
{
	uint64_t traits = mix_bits(id);
	PUT("{\"username\":\"player_");
	PUT_U64(traits % 1000000);
	PUT("\",\"public_flags\":0,\"primary_guild\":null");
	PUT_ID(",\"id\":", id);
	PUT_TEXT(",\"global_name\":", names[traits % RA_COUNT(names)]);
	PUT(",\"discriminator\":\"0\",\"display_name_styles\":null,\"collectibles\":null,"
	    "\"clan\":null,\"avatar_decoration_data\":null,\"avatar\":");
	if (traits >> 60 < 4)
		PUT("null}");
	else
		ra_buf_printf(out, "\"%016llx%016llx\"}", (unsigned long long)traits,
			      (unsigned long long)mix_bits(traits));
}

static void put_member(struct ra_buf *out, const struct mix *mix, uint64_t guild, uint64_t n)
{
	uint64_t traits = mix_bits(user_id(mix, guild, n) + 1);
	PUT("{\"roles\":[");
	for (uint64_t i = 0; i < traits % 4; i++) {
		if (i > 0)
			PUT(",");
		PUT_ID("", role_id(guild, 1 + i));
	}
	PUT("],\"premium_since\":null,\"pending\":false,\"nick\":");
	if (traits >> 61 == 0)
		ra_buf_add_json_string(out, ra_str_of(names[(traits >> 8) % RA_COUNT(names)]));
	else
		PUT("null");
	ra_buf_printf(out,
		      ",\"mute\":false,\"joined_at\":\"2025-%02d-%02dT%02d:30:00.%06d+00:00\","
		      "\"flags\":0,\"deaf\":false,\"communication_disabled_until\":null,"
		      "\"banner\":null,\"avatar\":null",
		      (int)(1 + (traits >> 12) % 12), (int)(1 + (traits >> 16) % 28),
		      (int)((traits >> 24) % 24), (int)((traits >> 32) % 1000000));
}

static void put_whole_member(struct ra_buf *out, const struct mix *mix, uint64_t guild, uint64_t n)
{
	put_member(out, mix, guild, n);
	PUT(",\"user\":");
	put_user(out, user_id(mix, guild, n));
	PUT("}");
}

static void put_time(struct ra_buf *out, int64_t ms)
{
	char text[33];
	ra_iso8601_format(ms, text);
	PUT("\"");
	ra_buf_add(out, text, 23);
	PUT("000+00:00\"");
}

static void open_dispatch(struct teller *t, struct ra_buf *out, const char *type)
{
	PUT("{\"t\":\"");
	ra_buf_add_text(out, type);
	PUT("\",\"s\":");
	PUT_U64(++t->seq);
	PUT(",\"op\":0,\"d\":{");
}

static void close_dispatch(struct ra_buf *out)
{
	PUT("}}");
}

/* --- time -------------------------------------------------------------------------- */

double pace_due_ms(const struct pace *pace, uint64_t event)
{
	double before_ms = 0, left = (double)event;
	unsigned i = 0;
	for (; i + 1 < pace->count && left > pace->phases[i].per_ms * pace->phases[i].ms; i++) {
		left -= pace->phases[i].per_ms * pace->phases[i].ms;
		before_ms += pace->phases[i].ms;
	}
	return before_ms + left / pace->phases[i].per_ms;
}

uint64_t pace_due_count(const struct pace *pace, double ms)
{
	double due = 0;
	unsigned i = 0;
	for (; i + 1 < pace->count && ms > pace->phases[i].ms; i++) {
		due += pace->phases[i].per_ms * pace->phases[i].ms;
		ms -= pace->phases[i].ms;
	}
	return (uint64_t)(due + ms * pace->phases[i].per_ms);
}

static int64_t now_ms(const struct teller *t)
{
	return t->mix->from_ms + (int64_t)pace_due_ms(&t->mix->pace, t->told);
}

/* --- the beginning --------------------------------------------------------------- */

void teller_init(struct teller *t, const struct mix *mix, unsigned shard)
{
	*t = (struct teller){ .mix = mix, .shard = shard, .random = 88172645463325252ULL + shard };
	t->guilds = ra_alloc((mix->guilds / mix->shards + 1) * sizeof(*t->guilds));
	for (unsigned guild = 0; guild < mix->guilds; guild++)
		if ((FIRST_GUILD + guild) % mix->shards == shard)
			t->guilds[t->guild_count++] = guild;
}

void teller_fini(struct teller *t)
{
	ra_free(t->guilds);
}

void tell_hello(struct teller *t, struct ra_buf *out)
{
	(void)t;
	PUT("{\"t\":null,\"s\":null,\"op\":10,\"d\":{\"heartbeat_interval\":600000,"
	    "\"_trace\":[\"[\\\"firehose\\\",{\\\"micros\\\":0.0}]\"]}}");
}

void tell_ready(struct teller *t, struct ra_buf *out, int port)
{
	open_dispatch(t, out, "READY");
	PUT("\"v\":10,\"user_settings\":{},\"user\":{\"verified\":true,\"username\":\"rations\","
	    "\"mfa_enabled\":true,\"global_name\":null,\"flags\":0,\"email\":null,"
	    "\"discriminator\":\"4242\",\"bot\":true,\"avatar\":null");
	PUT_ID(",\"id\":", BOT_ID);
	PUT("},\"shard\":[");
	PUT_U64(t->shard);
	PUT(",");
	PUT_U64(t->mix->shards);
	PUT("],\"session_type\":\"normal\",\"session_id\":\"");
	ra_buf_printf(out, "%032x", t->shard + 1);
	PUT("\",\"resume_gateway_url\":\"ws://127.0.0.1:");
	PUT_U64((uint64_t)port);
	PUT("\",\"relationships\":[],\"private_channels\":[],\"presences\":[],\"guilds\":[");
	for (unsigned i = 0; i < t->guild_count; i++) {
		if (i > 0)
			PUT(",");
		PUT_ID("{\"unavailable\":true,\"id\":", guild_id(t->guilds[i]));
		PUT("}");
	}
	PUT("],\"guild_join_requests\":[],\"geo_ordered_rtc_regions\":[],\"application\":{");
	PUT_ID("\"id\":", BOT_ID);
	PUT(",\"flags\":565248},\"_trace\":[]");
	close_dispatch(out);
}

static void put_role(struct ra_buf *out, uint64_t guild, uint64_t n)
{
	PUT("{\"version\":1747000000000,\"unicode_emoji\":null,\"tags\":{},\"position\":");
	PUT_U64(n);
	PUT(",\"permissions\":\"2248473465835073\",\"name\":");
	if (n == 0)
		PUT("\"@everyone\"");
	else
		ra_buf_printf(out, "\"Роль %d\"", (int)n);
	PUT(",\"mentionable\":false,\"managed\":false");
	PUT_ID(",\"id\":", role_id(guild, n));
	PUT(",\"icon\":null,\"hoist\":false,\"flags\":0,\"colors\":{\"tertiary_color\":null,"
	    "\"secondary_color\":null,\"primary_color\":0},\"color\":0}");
}

static void put_channel(struct ra_buf *out, const struct mix *mix, uint64_t guild, uint64_t n)
{
	bool is_voice = n + 1 == mix->channels;
	PUT("{\"version\":1747000000001,\"type\":");
	PUT_U64(is_voice ? 2 : 0);
	PUT(",\"topic\":null,\"rate_limit_per_user\":0,\"position\":");
	PUT_U64(n);
	PUT(",\"permission_overwrites\":[],\"parent_id\":null,\"nsfw\":false");
	ra_buf_printf(out, ",\"name\":\"%s-%d\"", is_voice ? "голос" : "общение", (int)n);
	PUT(",\"last_message_id\":null");
	PUT_ID(",\"id\":", channel_id(mix, guild, n));
	PUT(",\"flags\":0");
	if (is_voice)
		PUT(",\"bitrate\":64000,\"user_limit\":0,\"rtc_region\":null");
	PUT("}");
}

#define PUT_LIST(count, put_one)                                                                   \
	for (unsigned i = 0; i < (count); i++) {                                                   \
		if (i > 0)                                                                         \
			PUT(",");                                                                  \
		put_one;                                                                           \
	}

void tell_guild(struct teller *t, struct ra_buf *out, unsigned n)
{
	const struct mix *mix = t->mix;
	unsigned guild = t->guilds[n];
	open_dispatch(t, out, "GUILD_CREATE");
	PUT("\"joined_at\":\"2025-05-01T12:00:00.000000+00:00\",\"large\":false,"
	    "\"unavailable\":false,\"member_count\":");
	PUT_U64(mix->members);
	ra_buf_printf(out, ",\"name\":\"Сообщество %u\"", guild);
	PUT_ID(",\"id\":", guild_id(guild));
	PUT_ID(",\"owner_id\":", user_id(mix, guild, 0));
	PUT(",\"icon\":null,\"splash\":null,\"region\":\"deprecated\",\"afk_channel_id\":null,"
	    "\"afk_timeout\":300,\"verification_level\":1,\"default_message_notifications\":1,"
	    "\"explicit_content_filter\":2,\"mfa_level\":0,\"nsfw_level\":0,\"nsfw\":false,"
	    "\"features\":[\"COMMUNITY\",\"NEWS\"],\"emojis\":[],\"stickers\":[],"
	    "\"premium_tier\":1,\"premium_subscription_count\":3,\"preferred_locale\":\"ru\","
	    "\"premium_progress_bar_enabled\":false,\"system_channel_flags\":0,"
	    "\"system_channel_id\":null,\"rules_channel_id\":null,\"vanity_url_code\":null,"
	    "\"public_updates_channel_id\":null,\"description\":null,\"banner\":null,"
	    "\"application_id\":null,\"max_members\":500000,\"max_presences\":null,\"roles\":[");
	PUT_LIST(ROLES, put_role(out, guild, i));
	PUT("],\"channels\":[");
	PUT_LIST(mix->channels, put_channel(out, mix, guild, i));
	PUT("],\"members\":[");
	PUT_LIST(mix->members, put_whole_member(out, mix, guild, i));
	PUT("],\"threads\":[],\"voice_states\":[],\"presences\":[],\"stage_instances\":[],"
	    "\"guild_scheduled_events\":[],\"soundboard_sounds\":[],\"embedded_activities\":[]");
	close_dispatch(out);
}

/* --- what happens ------------------------------------------------------------------ */

/* Ids rise within a shard and differ between shards. */
static uint64_t next_id(struct teller *t)
{
	uint64_t below = (t->told & 0x3ff) << 12 | (t->shard & 0xfff);
	return (uint64_t)(now_ms(t) - RA_DISCORD_EPOCH_MS) << 22 | below;
}

struct place {
	uint64_t guild, channel, user;
	unsigned guild_number;
};

static struct place somewhere(struct teller *t)
{
	const struct mix *mix = t->mix;
	unsigned guild = t->guilds[roll(t, t->guild_count)];
	return (struct place){
		.guild_number = guild,
		.guild = guild_id(guild),
		.channel = channel_id(mix, guild, roll_uneven(t, mix->channels - 1)),
		.user = roll_uneven(t, mix->members),
	};
}

/* One language throughout. */
static void put_content(struct teller *t, struct ra_buf *out)
{
	bool is_russian = roll(t, 2) == 0;
	const char *const *words = is_russian ? words_ru : words_en;
	uint64_t count = 4 + roll(t, is_russian ? 28 : 44);
	PUT("\"content\":\"");
	for (uint64_t i = 0; i < count; i++) {
		uint64_t n = roll(t, RA_COUNT(words_ru) + 1);
		if (n == RA_COUNT(words_ru))
			PUT_U64(roll(t, 100000));
		else
			ra_buf_add_text(out, words[n]);
		PUT(" ");
	}
	PUT(" <:ok:1100000000000000077>\"");
}

static void put_attachment(struct ra_buf *out, uint64_t channel, uint64_t id)
{
	PUT("{\"width\":1280,\"size\":183042,\"proxy_url\":\"https://media.discordapp.net/"
	    "attachments/");
	PUT_U64(channel);
	PUT("/");
	PUT_U64(id);
	PUT("/image.png?ex=6920&is=691f&hm=5c1f\",\"id\":\"");
	PUT_U64(id);
	PUT("\",\"height\":720,\"filename\":\"image.png\",\"content_type\":\"image/png\","
	    "\"url\":\"https://cdn.discordapp.com/attachments/");
	PUT_U64(channel);
	PUT("/");
	PUT_U64(id);
	PUT("/image.png?ex=6920&is=691f&hm=5c1f\"}");
}

static void put_mention(struct teller *t, struct ra_buf *out, const struct place *at)
{
	uint64_t n = roll(t, t->mix->members);
	put_user(out, user_id(t->mix, at->guild_number, n));
	out->len--; /* the brace is opened again */
	PUT(",\"member\":");
	put_member(out, t->mix, at->guild_number, n);
	PUT("}}");
}

static void put_message(struct teller *t, struct ra_buf *out, const struct place *at, uint64_t id,
			bool is_edit)
{
	bool is_reply = roll(t, 5) == 0;
	PUT("\"type\":");
	PUT_U64(is_reply ? 19 : 0);
	PUT(",\"tts\":false,\"timestamp\":");
	put_time(out, now_ms(t));
	PUT(",\"pinned\":false");
	PUT_ID(",\"nonce\":", id + 1);
	PUT(",\"mentions\":[");
	if (is_reply || roll(t, 4) == 0)
		put_mention(t, out, at);
	PUT("],\"mention_roles\":[],\"mention_everyone\":false,\"member\":");
	put_member(out, t->mix, at->guild_number, at->user);
	PUT("}");
	PUT_ID(",\"id\":", id);
	PUT(",\"flags\":0,\"embeds\":[],\"edited_timestamp\":");
	if (is_edit)
		put_time(out, now_ms(t));
	else
		PUT("null");
	PUT(",");
	put_content(t, out);
	PUT(",\"components\":[]");
	PUT_ID(",\"channel_id\":", at->channel);
	PUT(",\"channel_type\":0,\"author\":");
	put_user(out, user_id(t->mix, at->guild_number, at->user));
	PUT(",\"attachments\":[");
	if (roll(t, 8) == 0)
		put_attachment(out, at->channel, id + 2);
	PUT("]");
	if (is_reply) {
		PUT_ID(",\"message_reference\":{\"type\":0,\"message_id\":", id - (1 << 22));
		PUT_ID(",\"channel_id\":", at->channel);
		PUT_ID(",\"guild_id\":", at->guild);
		PUT("}");
	}
	PUT_ID(",\"guild_id\":", at->guild);
}

static void tell_message(struct teller *t, struct ra_buf *out)
{
	struct place at = somewhere(t);
	uint64_t id = next_id(t);
	open_dispatch(t, out, "MESSAGE_CREATE");
	put_message(t, out, &at, id, false);
	close_dispatch(out);
	t->message_id = id;
	t->message_channel = at.channel;
	t->message_guild = at.guild_number;
}

static struct place at_last_message(struct teller *t)
{
	if (t->message_id == 0) {
		struct place at = somewhere(t);
		t->message_id = next_id(t);
		t->message_channel = at.channel;
		t->message_guild = at.guild_number;
	}
	return (struct place){
		.guild_number = (unsigned)t->message_guild,
		.guild = guild_id(t->message_guild),
		.channel = t->message_channel,
		.user = roll_uneven(t, t->mix->members),
	};
}

static void tell_edit(struct teller *t, struct ra_buf *out)
{
	struct place at = at_last_message(t);
	open_dispatch(t, out, "MESSAGE_UPDATE");
	put_message(t, out, &at, t->message_id, true);
	close_dispatch(out);
}

static void tell_deletion(struct teller *t, struct ra_buf *out)
{
	struct place at = at_last_message(t);
	open_dispatch(t, out, "MESSAGE_DELETE");
	PUT_ID("\"id\":", t->message_id);
	PUT_ID(",\"channel_id\":", at.channel);
	PUT_ID(",\"guild_id\":", at.guild);
	close_dispatch(out);
	t->message_id = 0;
}

static void tell_reaction(struct teller *t, struct ra_buf *out)
{
	static const char *const emojis[] = { "🔥", "👍", "😂", "❤️", "✅", "🎉", "👀", "😢" };
	struct place at = at_last_message(t);
	open_dispatch(t, out, "MESSAGE_REACTION_ADD");
	PUT_ID("\"user_id\":", user_id(t->mix, at.guild_number, at.user));
	PUT_ID(",\"type\":0,\"message_id\":", t->message_id);
	PUT_ID(",\"message_author_id\":", user_id(t->mix, at.guild_number, 0));
	PUT(",\"member\":");
	put_whole_member(out, t->mix, at.guild_number, at.user);
	PUT_TEXT(",\"emoji\":{\"name\":", emojis[roll(t, RA_COUNT(emojis))]);
	PUT(",\"id\":null}");
	PUT_ID(",\"channel_id\":", at.channel);
	PUT(",\"burst\":false");
	PUT_ID(",\"guild_id\":", at.guild);
	close_dispatch(out);
}

static void tell_voice(struct teller *t, struct ra_buf *out)
{
	struct place at = somewhere(t);
	uint64_t user = user_id(t->mix, at.guild_number, at.user);
	open_dispatch(t, out, "VOICE_STATE_UPDATE");
	PUT("\"member\":");
	put_whole_member(out, t->mix, at.guild_number, at.user);
	PUT_ID(",\"user_id\":", user);
	PUT(",\"suppress\":false,\"session_id\":\"");
	ra_buf_printf(out, "%032llx", (unsigned long long)user);
	PUT("\",\"self_video\":false,\"self_mute\":");
	if (roll(t, 2) == 0)
		PUT("true");
	else
		PUT("false");
	PUT(",\"self_deaf\":false,\"request_to_speak_timestamp\":null,\"mute\":false");
	PUT_ID(",\"guild_id\":", at.guild);
	PUT(",\"deaf\":false,\"channel_id\":");
	if (roll(t, 2) == 0)
		PUT_ID("", channel_id(t->mix, at.guild_number, t->mix->channels - 1));
	else
		PUT("null");
	close_dispatch(out);
}

static void tell_presence(struct teller *t, struct ra_buf *out)
{
	static const char *const statuses[] = { "online", "idle", "dnd", "offline" };
	struct place at = somewhere(t);
	open_dispatch(t, out, "PRESENCE_UPDATE");
	PUT_ID("\"user\":{\"id\":", user_id(t->mix, at.guild_number, at.user));
	PUT_TEXT("},\"status\":", statuses[roll(t, RA_COUNT(statuses))]);
	PUT_ID(",\"processed_at_timestamp\":0,\"guild_id\":", at.guild);
	PUT(",\"client_status\":{\"desktop\":\"online\"},\"broadcast\":null,\"activities\":[");
	if (roll(t, 2) == 0) {
		PUT("{\"type\":0,\"timestamps\":{\"start\":");
		PUT_U64((uint64_t)now_ms(t));
		PUT("},\"name\":\"Dota 2\",\"id\":\"ec0b28a579ecb4bd\",\"created_at\":");
		PUT_U64((uint64_t)now_ms(t));
		PUT(",\"application_id\":\"356875988589740042\"}");
	}
	PUT("]");
	close_dispatch(out);
}

static void tell_join(struct teller *t, struct ra_buf *out)
{
	struct place at = somewhere(t);
	open_dispatch(t, out, "GUILD_MEMBER_ADD");
	out->len--; /* the member opens it */
	put_member(out, t->mix, at.guild_number, at.user);
	PUT(",\"user\":");
	put_user(out, user_id(t->mix, at.guild_number, at.user));
	PUT_ID(",\"guild_id\":", at.guild);
	close_dispatch(out);
}

static void tell_leave(struct teller *t, struct ra_buf *out)
{
	struct place at = somewhere(t);
	open_dispatch(t, out, "GUILD_MEMBER_REMOVE");
	PUT("\"user\":");
	put_user(out, user_id(t->mix, at.guild_number, at.user));
	PUT_ID(",\"guild_id\":", at.guild);
	close_dispatch(out);
}

static const struct {
	uint64_t below; /* of a hundred */
	void (*tell)(struct teller *t, struct ra_buf *out);
} kinds[] = {
	{ 70, tell_message }, { 82, tell_reaction }, { 88, tell_voice }, { 94, tell_presence },
	{ 96, tell_join },    { 98, tell_leave },    { 99, tell_edit },  { 100, tell_deletion },
};

void tell_event(struct teller *t, struct ra_buf *out)
{
	uint64_t dice = roll(t, 100);
	size_t kind = 0;
	while (dice >= kinds[kind].below)
		kind++;
	kinds[kind].tell(t, out);
	t->told++;
}

void tell_end(struct teller *t, struct ra_buf *out)
{
	struct place at = somewhere(t);
	uint64_t id = next_id(t);
	open_dispatch(t, out, "MESSAGE_CREATE");
	PUT("\"content\":\"the end\"");
	PUT(",\"type\":0,\"tts\":false,\"pinned\":false,\"flags\":0,\"embeds\":[],\"mentions\":[],"
	    "\"mention_roles\":[],\"mention_everyone\":false,\"edited_timestamp\":null,"
	    "\"attachments\":[],\"components\":[],\"timestamp\":");
	put_time(out, now_ms(t));
	PUT_ID(",\"id\":", id);
	PUT_ID(",\"channel_id\":", at.channel);
	PUT_ID(",\"guild_id\":", at.guild);
	PUT(",\"author\":");
	put_user(out, user_id(t->mix, at.guild_number, at.user));
	PUT(",\"member\":");
	put_member(out, t->mix, at.guild_number, at.user);
	PUT("}");
	close_dispatch(out);
	t->told++;
}
