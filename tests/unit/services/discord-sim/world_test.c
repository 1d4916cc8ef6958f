/* world and acts: what each act dispatches, in which order, and what stays behind. */
#include "services/discord-sim/act.h"
#include "services/discord-sim/render.h"
#include "tests/unit/services/discord-sim/sheet.h"

#define NOW 1795000000000LL
enum { BOT = 99, ANN = 1001, BEN = 1002 };

#define HEARD_MAX 16
struct scene {
	struct world *world;
	struct guild *guild;
	uint64_t text, voice, forum, hidden, role;
	json_t *heard[HEARD_MAX];
	char types[HEARD_MAX][32];
	struct deed deeds[HEARD_MAX];
	bool is_unmasked;
	size_t count;
};

static void on_dispatch(void *ctx, const struct dispatch *dispatch)
{
	struct scene *s = ctx;
	assert_true(s->count < HEARD_MAX);
	snprintf(s->types[s->count], sizeof(s->types[0]), "%s", dispatch->type);
	s->heard[s->count] = dispatch->create ? NULL : sheet_check(dispatch);
	s->deeds[s->count] = dispatch->deed ? *dispatch->deed : (struct deed){ .kind = DEED_OTHER };
	s->is_unmasked = !dispatch->has_content;
	s->count++;
}

static void forget(struct scene *s)
{
	for (size_t i = 0; i < s->count; i++)
		json_decref(s->heard[i]);
	s->count = 0;
}

static uint64_t make_channel(struct scene *s, int type, const char *name,
			     const struct overwrite *overwrites)
{
	return act_create_channel(s->world,
				  &(struct channel_conf){ .guild_id = s->guild->id,
							  .type = type,
							  .name = name,
							  .overwrites = overwrites,
							  .overwrite_count = overwrites != NULL })
		->id;
}

static int start(void **state)
{
	struct scene *s = ra_new(struct scene);
	s->world = world_new(&(struct world_conf){
		.application_id = BOT, .bot_name = "bot", .history_per_channel = 10 });
	world_set_now(s->world, NOW);
	s->guild = act_create_guild(s->world, &(struct guild_conf){ .name = "g", .owner_id = ANN });
	s->text = make_channel(s, CHANNEL_TEXT, "text", NULL);
	s->voice = make_channel(s, CHANNEL_VOICE, "voice", NULL);
	s->forum = make_channel(s, CHANNEL_FORUM, "forum", NULL);
	struct overwrite nobody = { .id = s->guild->id, .deny = PERM_VIEW_CHANNEL };
	s->hidden = make_channel(s, CHANNEL_TEXT, "secret", &nobody);
	act_guild_channels(s->world, s->guild->id, s->text, 0, 0);
	s->role = act_role(s->world, &(struct role_conf){ .guild_id = s->guild->id,
							  .name = "Куратор",
							  .permissions = PERM_MANAGE_GUILD })
			  ->id;
	act_user(s->world, &(struct user_conf){ .id = ANN, .username = "ann" });
	act_user(s->world, &(struct user_conf){ .id = BEN, .username = "ben" });
	act_join(s->world, &(struct join){ .guild_id = s->guild->id, .user_id = ANN });
	act_add_bot(s->world, s->guild->id, PERM_VIEW_AUDIT_LOG, 0);
	world_listen(s->world, on_dispatch, s);
	*state = s;
	return 0;
}

static int stop(void **state)
{
	struct scene *s = *state;
	forget(s);
	world_free(&s->world);
	ra_free(s);
	return 0;
}

static void expect(struct scene *s, const char *types[])
{
	for (size_t i = 0; types[i]; i++) {
		assert_true(i < s->count);
		assert_string_equal(s->types[i], types[i]);
		assert_true(i + 1 == s->count || types[i + 1]);
	}
}

#define EXPECT(s, ...) expect((s), (const char *[]){ __VA_ARGS__, NULL })

static const char *text_at(const struct scene *s, size_t i, const char *path)
{
	return json_string_value(sheet_at(s->heard[i], path));
}

static uint64_t post(struct scene *s, uint64_t channel, uint64_t author, const char *text,
		     uint64_t reply_to)
{
	struct message *m = NULL;
	struct post p = { .channel_id = channel,
			  .author_id = author,
			  .text = ra_str_of(text),
			  .reply_to = reply_to };
	assert_int_equal(act_post(s->world, &p, &m), 0);
	return m->id;
}

static void joining_is_told_and_noticed(void **state)
{
	struct scene *s = *state;
	act_join(s->world, &(struct join){ .guild_id = s->guild->id, .user_id = BEN });
	EXPECT(s, "GUILD_MEMBER_ADD", "MESSAGE_CREATE");
	assert_int_equal(json_integer_value(sheet_at(s->heard[1], "type")), MESSAGE_USER_JOIN);
	assert_int_equal(
		act_join(s->world, &(struct join){ .guild_id = s->guild->id, .user_id = BEN }),
		RA_EINVAL);
	assert_int_equal(s->count, 2);
}

static void a_reply_carries_what_it_answers(void **state)
{
	struct scene *s = *state;
	uint64_t first = post(s, s->text, ANN, "вопрос \"?\"\n\x01", 0);
	post(s, s->text, BEN, "answer", first);
	assert_int_equal(json_integer_value(sheet_at(s->heard[1], "type")), MESSAGE_REPLY);
	assert_string_equal(text_at(s, 1, "referenced_message.content"), "вопрос \"?\"\n\x01");
	assert_null(sheet_at(s->heard[1], "referenced_message.member"));
	assert_null(sheet_at(s->heard[1], "referenced_message.guild_id"));
	json_t *pinged = json_array_get(sheet_at(s->heard[1], "mentions"), 0);
	assert_string_equal(json_string_value(json_object_get(pinged, "id")), "1001");
	assert_non_null(sheet_at(pinged, "member.joined_at"));
	assert_null(sheet_at(s->heard[1], "member")); /* Ben is no member */
	act_delete(s->world, s->text, first);
	forget(s);
	post(s, s->text, ANN, "late", first);
	assert_true(json_is_null(sheet_at(s->heard[0], "referenced_message")));
}

static void mentions_are_of_those_who_exist(void **state)
{
	struct scene *s = *state;
	char text[128];
	snprintf(text, sizeof(text), "<@1001> <@!1001> <@1002> <@&%llu> <@&5> <#7> @everyone",
		 (unsigned long long)s->role);
	post(s, s->text, ANN, text, 0);
	assert_int_equal(json_array_size(sheet_at(s->heard[0], "mentions")), 1);
	assert_int_equal(json_array_size(sheet_at(s->heard[0], "mention_roles")), 1);
	assert_true(json_is_true(sheet_at(s->heard[0], "mention_everyone")));
}

static void content_is_masked_but_for_the_bots_own(void **state)
{
	struct scene *s = *state;
	post(s, s->text, ANN, "plain", 0);
	assert_false(s->is_unmasked);
	post(s, s->text, ANN, "you, <@99>?", 0);
	assert_true(s->is_unmasked);
	post(s, s->text, BOT, "I", 0);
	assert_true(s->is_unmasked);
}

static void a_webhook_is_nobodys_member(void **state)
{
	struct scene *s = *state;
	struct post p = { .channel_id = s->text, .author_id = 55, .webhook_name = "feed" };
	act_post(s->world, &p, NULL);
	assert_string_equal(text_at(s, 0, "webhook_id"), "55");
	assert_string_equal(text_at(s, 0, "author.username"), "feed");
	assert_null(sheet_at(s->heard[0], "member"));
}

static void edits_have_a_time_and_previews_do_not(void **state)
{
	struct scene *s = *state;
	uint64_t id = post(s, s->text, ANN, "x", 0);
	act_embed(s->world, s->text, id);
	act_edit(s->world,
		 &(struct edit){ .channel_id = s->text, .message_id = id, .text = RA_STR("y") });
	EXPECT(s, "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_UPDATE");
	assert_true(json_is_null(sheet_at(s->heard[1], "edited_timestamp")));
	assert_int_equal(json_array_size(sheet_at(s->heard[1], "embeds")), 1);
	assert_true(json_is_string(sheet_at(s->heard[2], "edited_timestamp")));
	assert_int_equal(s->deeds[2].kind, DEED_EDIT);
}

static void pinning_says_so(void **state)
{
	struct scene *s = *state;
	uint64_t id = post(s, s->text, ANN, "x", 0);
	assert_int_equal(act_pin(s->world, s->text, id, ANN, true), 0);
	assert_int_equal(act_pin(s->world, s->text, id, ANN, true), RA_EINVAL);
	EXPECT(s, "MESSAGE_CREATE", "MESSAGE_UPDATE", "CHANNEL_PINS_UPDATE", "MESSAGE_CREATE");
}

static void what_is_deleted_is_gone(void **state)
{
	struct scene *s = *state;
	uint64_t ids[3];
	for (int i = 0; i < 3; i++)
		ids[i] = post(s, s->text, ANN, "x", 0);
	forget(s);
	assert_int_equal(act_delete(s->world, s->text, ids[0]), 0);
	assert_int_equal(act_delete(s->world, s->text, ids[0]), RA_ENOTFOUND);
	assert_int_equal(act_delete_bulk(s->world, s->text, ids, 3), 0);
	assert_int_equal(act_delete_bulk(s->world, s->text, ids, 3), RA_ENOTFOUND);
	EXPECT(s, "MESSAGE_DELETE", "MESSAGE_DELETE_BULK");
	assert_null(sheet_at(s->heard[0], "author"));
	assert_int_equal(json_array_size(sheet_at(s->heard[1], "ids")), 2);
	assert_int_equal(s->deeds[1].count, 2);
}

static void history_is_bounded_and_ordered(void **state)
{
	struct scene *s = *state;
	uint64_t first = 0, last = 0;
	world_listen(s->world, NULL, NULL);
	for (int i = 0; i < 1000; i++) {
		world_set_now(s->world, NOW + i * 7);
		last = post(s, s->text, ANN, "x", 0);
		first = first ? first : last;
	}
	const struct channel *c = world_channel(s->world, s->text);
	assert_int_equal(c->message_len, 10);
	assert_null(world_message(c, first));
	assert_ptr_equal(world_message(c, last), c->messages[c->message_first + 9]);
	for (size_t i = 1; i < c->message_len; i++)
		assert_true(c->messages[c->message_first + i - 1]->id <
			    c->messages[c->message_first + i]->id);
}

static void reactions_are_added_once_and_cleared(void **state)
{
	struct scene *s = *state;
	uint64_t id = post(s, s->text, ANN, "x", 0);
	struct act_reaction r = {
		.channel_id = s->text, .message_id = id, .user_id = ANN, .emoji = "👍"
	};
	assert_int_equal(act_react(s->world, &r), 0);
	assert_int_equal(act_react(s->world, &r), RA_EINVAL);
	assert_int_equal(act_unreact(s->world, &r), 0);
	assert_int_equal(act_unreact(s->world, &r), RA_ENOTFOUND);
	act_react(s->world, &r);
	assert_int_equal(act_clear_reactions(s->world, &r), 0);
	act_react(s->world, &r);
	r.emoji = NULL;
	assert_int_equal(act_clear_reactions(s->world, &r), 0);
	EXPECT(s, "MESSAGE_CREATE", "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE",
	       "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE_EMOJI", "MESSAGE_REACTION_ADD",
	       "MESSAGE_REACTION_REMOVE_ALL");
	assert_string_equal(text_at(s, 1, "message_author_id"), "1001");
	assert_null(sheet_at(s->heard[2], "member"));
}

static void leaving_from_voice_is_told_in_discords_order(void **state)
{
	struct scene *s = *state;
	act_voice(s->world, s->guild->id, ANN, &(struct voice){ .channel_id = s->voice });
	act_leave(s->world, s->guild->id, ANN);
	EXPECT(s, "VOICE_STATE_UPDATE", "GUILD_MEMBER_REMOVE", "VOICE_STATE_UPDATE");
	assert_true(json_is_null(sheet_at(s->heard[2], "channel_id")));
	assert_string_equal(text_at(s, 0, "session_id"), text_at(s, 2, "session_id"));
	assert_int_equal(act_leave(s->world, s->guild->id, ANN), RA_ENOTFOUND);
}

static void a_move_keeps_the_voice_session(void **state)
{
	struct scene *s = *state;
	uint64_t other = make_channel(s, CHANNEL_VOICE, "other", NULL);
	forget(s);
	act_voice(s->world, s->guild->id, ANN, &(struct voice){ .channel_id = s->voice });
	act_voice(s->world, s->guild->id, ANN,
		  &(struct voice){ .channel_id = other, .self_mute = true });
	assert_string_equal(text_at(s, 0, "session_id"), text_at(s, 1, "session_id"));
	assert_int_equal(strlen(text_at(s, 0, "session_id")), 32);
	assert_int_equal(
		act_voice(s->world, s->guild->id, ANN, &(struct voice){ .channel_id = s->text }),
		RA_ENOTFOUND);
	act_voice(s->world, s->guild->id, ANN, &(struct voice){ 0 });
	world_set_now(s->world, NOW + 1000);
	act_voice(s->world, s->guild->id, ANN, &(struct voice){ .channel_id = s->voice });
	assert_string_not_equal(text_at(s, 0, "session_id"), text_at(s, 3, "session_id"));
}

static void bans_keep_out(void **state)
{
	struct scene *s = *state;
	act_ban(s->world, s->guild->id, BEN, ANN); /* not even a member */
	EXPECT(s, "GUILD_BAN_ADD", "GUILD_AUDIT_LOG_ENTRY_CREATE");
	struct join join = { .guild_id = s->guild->id, .user_id = BEN };
	assert_int_equal(act_join(s->world, &join), RA_EDENIED);
	act_unban(s->world, s->guild->id, BEN, ANN);
	assert_int_equal(act_join(s->world, &join), 0);
	forget(s);
	act_kick(s->world, s->guild->id, BEN, ANN);
	EXPECT(s, "GUILD_MEMBER_REMOVE", "GUILD_AUDIT_LOG_ENTRY_CREATE");
}

static void members_change(void **state)
{
	struct scene *s = *state;
	act_nick(s->world, s->guild->id, ANN, "Марк | LSPD");
	act_add_role(s->world, s->guild->id, ANN, s->role);
	assert_int_equal(act_add_role(s->world, s->guild->id, ANN, s->role), RA_EINVAL);
	act_timeout(s->world, s->guild->id, ANN, NOW + 60000);
	act_presence(s->world, s->guild->id, ANN, PRESENCE_IDLE);
	act_remove_role(s->world, s->guild->id, ANN, s->role);
	EXPECT(s, "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_UPDATE",
	       "PRESENCE_UPDATE", "GUILD_MEMBER_UPDATE");
	assert_string_equal(text_at(s, 0, "nick"), "Марк | LSPD");
	assert_int_equal(json_array_size(sheet_at(s->heard[1], "roles")), 1);
	assert_true(json_is_string(sheet_at(s->heard[2], "communication_disabled_until")));
}

static void hidden_channels_are_obfuscated_and_silent(void **state)
{
	struct scene *s = *state;
	post(s, s->hidden, ANN, "psst", 0);
	assert_int_equal(s->count, 0);
	act_update_channel(s->world, &(struct channel_conf){ .id = s->hidden, .name = "seen" });
	assert_string_equal(text_at(s, 0, "name"), "seen"); /* the overwrite is gone */
	post(s, s->hidden, ANN, "hello", 0);
	EXPECT(s, "CHANNEL_UPDATE", "MESSAGE_CREATE");
	struct overwrite nobody = { .id = s->guild->id, .deny = PERM_VIEW_CHANNEL };
	forget(s);
	act_update_channel(s->world, &(struct channel_conf){ .id = s->hidden,
							     .name = "secret",
							     .overwrites = &nobody,
							     .overwrite_count = 1 });
	assert_string_equal(text_at(s, 0, "name"), "___hidden___");
	assert_int_equal(json_integer_value(sheet_at(s->heard[0], "flags")), 1 << 17);
}

static void threads_grow_from_messages_and_forums(void **state)
{
	struct scene *s = *state;
	uint64_t id = post(s, s->text, ANN, "x", 0);
	forget(s);
	struct channel *c = act_thread(s->world, &(struct thread_conf){ .parent_id = s->text,
									.message_id = id,
									.owner_id = ANN,
									.name = "t" });
	assert_int_equal(c->id, id);
	assert_null(act_thread(
		s->world,
		&(struct thread_conf){ .parent_id = s->text, .message_id = id, .owner_id = ANN }));
	EXPECT(s, "THREAD_CREATE", "MESSAGE_UPDATE");
	assert_non_null(sheet_at(s->heard[1], "thread.id"));
	forget(s);
	c = act_thread(s->world, &(struct thread_conf){ .parent_id = s->forum,
							.owner_id = ANN,
							.name = "q",
							.text = RA_STR("why?") });
	EXPECT(s, "THREAD_CREATE", "MESSAGE_CREATE");
	assert_string_equal(text_at(s, 0, "id"), text_at(s, 1, "id"));
	assert_string_equal(text_at(s, 1, "channel_id"), text_at(s, 1, "id"));
	assert_int_equal(s->deeds[1].parent_id, s->forum);
	forget(s);
	act_update_thread(s->world, c->id, NULL, true, false);
	post(s, c->id, ANN, "again", 0);
	act_delete_channel(s->world, c->id);
	EXPECT(s, "THREAD_UPDATE", "THREAD_UPDATE", "MESSAGE_CREATE", "THREAD_DELETE");
}

static void a_deleted_voice_channel_throws_out(void **state)
{
	struct scene *s = *state;
	act_voice(s->world, s->guild->id, ANN, &(struct voice){ .channel_id = s->voice });
	act_delete_channel(s->world, s->voice);
	EXPECT(s, "VOICE_STATE_UPDATE", "CHANNEL_DELETE", "VOICE_STATE_UPDATE");
	assert_null(world_channel(s->world, s->voice));
}

static void roles_events_and_invites(void **state)
{
	struct scene *s = *state;
	struct role_conf role = { .guild_id = s->guild->id, .name = "r" };
	role.id = act_role(s->world, &role)->id;
	act_add_role(s->world, s->guild->id, ANN, role.id);
	act_role(s->world, &role);
	act_delete_role(s->world, s->guild->id, role.id);
	assert_int_equal(world_member(s->guild, ANN)->role_count, 0);
	struct event_conf event = { .guild_id = s->guild->id,
				    .channel_id = s->voice,
				    .creator_id = ANN,
				    .name = "evening",
				    .starts_at_ms = NOW };
	event.id = act_event(s->world, &event);
	event.status = EVENT_ACTIVE;
	act_event(s->world, &event);
	act_delete_event(s->world, s->guild->id, event.id);
	EXPECT(s, "GUILD_ROLE_CREATE", "GUILD_MEMBER_UPDATE", "GUILD_ROLE_UPDATE",
	       "GUILD_ROLE_DELETE", "GUILD_SCHEDULED_EVENT_CREATE", "GUILD_SCHEDULED_EVENT_UPDATE",
	       "GUILD_SCHEDULED_EVENT_DELETE");
	forget(s);
	struct invite_conf invite = { .channel_id = s->text, .inviter_id = ANN, .code = "abc" };
	act_invite(s->world, &invite);
	assert_int_equal(s->count, 0); /* only those who manage the channel hear of it */
	struct role_conf own = { .guild_id = s->guild->id,
				 .id = world_member(s->guild, BOT)->roles[0],
				 .permissions = PERM_MANAGE_CHANNELS };
	act_role(s->world, &own);
	act_delete_invite(s->world, s->guild->id, "abc");
	act_invite(s->world, &invite);
	EXPECT(s, "GUILD_ROLE_UPDATE", "INVITE_DELETE", "INVITE_CREATE");
}

static void an_outage_is_silence_between_two_words(void **state)
{
	struct scene *s = *state;
	act_outage(s->world, s->guild->id, true);
	post(s, s->text, ANN, "unheard", 0);
	act_outage(s->world, s->guild->id, false);
	EXPECT(s, "GUILD_DELETE", "GUILD_CREATE");
	assert_true(json_is_true(sheet_at(s->heard[0], "unavailable")));
	assert_ptr_equal(s->deeds[1].guild, s->guild);
	forget(s);
	act_remove_bot(s->world, s->guild->id);
	post(s, s->text, ANN, "unheard", 0);
	act_add_bot(s->world, s->guild->id, 0, 0);
	EXPECT(s, "GUILD_DELETE", "GUILD_CREATE");
	assert_null(sheet_at(s->heard[0], "unavailable"));
}

static void guild_create_lists_whom_the_session_may_see(void **state)
{
	struct scene *s = *state;
	struct ra_buf out = { 0 };
	act_join(s->world, &(struct join){ .guild_id = s->guild->id, .user_id = BEN });
	act_voice(s->world, s->guild->id, BEN, &(struct voice){ .channel_id = s->voice });
	const struct {
		struct guild_create how;
		size_t members;
	} cases[] = {
		{ { .large_threshold = 50 }, 2 }, /* the bot and Ben, who is in voice */
		{ { .large_threshold = 50, .with_presences = true }, 3 },
		{ { .large_threshold = 2, .with_presences = true }, 2 },
	};
	for (size_t i = 0; i < RA_COUNT(cases); i++) {
		ra_buf_clear(&out);
		render_guild_create(&out, s->world, s->guild, &cases[i].how);
		json_t *d = sheet_parse(ra_buf_str(&out));
		assert_int_equal(json_array_size(sheet_at(d, "members")), cases[i].members);
		assert_int_equal(json_integer_value(sheet_at(d, "member_count")), 3);
		assert_int_equal(json_array_size(sheet_at(d, "voice_states")), 1);
		assert_null(sheet_at(json_array_get(sheet_at(d, "voice_states"), 0), "guild_id"));
		assert_true(json_is_false(sheet_at(d, "unavailable")));
		json_decref(d);
	}
	ra_buf_fini(&out);
}

static void a_nonce_is_remembered_for_minutes(void **state)
{
	struct scene *s = *state;
	struct message *m = NULL;
	act_post(s->world,
		 &(struct post){ .channel_id = s->text, .author_id = BOT, .nonce = RA_STR("n1") },
		 &m);
	const struct channel *c = world_channel(s->world, s->text);
	assert_ptr_equal(world_message_by_nonce(s->world, c, BOT, RA_STR("n1")), m);
	assert_null(world_message_by_nonce(s->world, c, ANN, RA_STR("n1")));
	assert_string_equal(text_at(s, 0, "nonce"), "n1");
	world_set_now(s->world, NOW + 10 * 60 * 1000);
	assert_null(world_message_by_nonce(s->world, c, BOT, RA_STR("n1")));
}

static void permissions_follow_the_algorithm(void **state)
{
	struct scene *s = *state;
	struct overwrite rules[] = {
		{ .id = s->guild->id, .deny = PERM_SEND_MESSAGES | PERM_ADD_REACTIONS },
		{ .id = s->role, .allow = PERM_SEND_MESSAGES },
		{ .id = BEN,
		  .is_member = true,
		  .deny = PERM_SEND_MESSAGES,
		  .allow = PERM_ADD_REACTIONS },
	};
	act_update_channel(s->world, &(struct channel_conf){ .id = s->text,
							     .name = "text",
							     .overwrites = rules,
							     .overwrite_count = 3 });
	act_join(s->world, &(struct join){ .guild_id = s->guild->id, .user_id = BEN });
	const struct channel *c = world_channel(s->world, s->text);
	uint64_t bits = world_permissions(s->world, s->guild, c, BEN);
	assert_true(bits & PERM_ADD_REACTIONS && !(bits & PERM_SEND_MESSAGES));
	act_add_role(s->world, s->guild->id, BEN, s->role);
	bits = world_permissions(s->world, s->guild, c, BEN);
	assert_false(bits & PERM_SEND_MESSAGES); /* the member's own overwrite is last */
	assert_true(world_permissions(s->world, s->guild, NULL, BEN) & PERM_MANAGE_GUILD);
	act_timeout(s->world, s->guild->id, BEN, NOW + 1000);
	assert_int_equal(world_permissions(s->world, s->guild, c, BEN),
			 PERM_VIEW_CHANNEL | PERM_READ_HISTORY);
	assert_int_equal(world_permissions(s->world, s->guild, c, ANN), PERM_ALL); /* the owner */
	assert_int_equal(world_permissions(s->world, s->guild, c, 123456), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(joining_is_told_and_noticed),
		TEST(a_reply_carries_what_it_answers),
		TEST(mentions_are_of_those_who_exist),
		TEST(content_is_masked_but_for_the_bots_own),
		TEST(a_webhook_is_nobodys_member),
		TEST(edits_have_a_time_and_previews_do_not),
		TEST(pinning_says_so),
		TEST(what_is_deleted_is_gone),
		TEST(history_is_bounded_and_ordered),
		TEST(reactions_are_added_once_and_cleared),
		TEST(leaving_from_voice_is_told_in_discords_order),
		TEST(a_move_keeps_the_voice_session),
		TEST(bans_keep_out),
		TEST(members_change),
		TEST(hidden_channels_are_obfuscated_and_silent),
		TEST(threads_grow_from_messages_and_forums),
		TEST(a_deleted_voice_channel_throws_out),
		TEST(roles_events_and_invites),
		TEST(an_outage_is_silence_between_two_words),
		TEST(guild_create_lists_whom_the_session_may_see),
		TEST(a_nonce_is_remembered_for_minutes),
		TEST(permissions_follow_the_algorithm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
