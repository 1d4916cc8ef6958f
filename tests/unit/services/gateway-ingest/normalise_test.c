/*
 * normalise: each dispatch, with the odd forms that Discord and servers like
 * it have been seen to send, against the events it must become. Fixtures are
 * JSON with ' for "; events are written as "type field=value ...".
 */
#include "services/gateway-ingest/normalise.h"
#include "libshared/base/err.h"
#include "tests/harness/cmocka.h"
#include <stdlib.h>

#define AT 1795224004741

struct fixture {
	struct seen *seen;
	struct id_set wants_text;
	struct normaliser *normaliser;
	struct ra_buf events; /* a line each */
};

/* RESP words, name and value in turn, as "name=value " */
static void add_words(struct ra_buf *out, struct ra_str words)
{
	bool is_name = true;
	while (words.len > 0) {
		size_t len = strtoul(words.ptr + 1, NULL, 10);
		const char *word = memchr(words.ptr, '\n', words.len) + 1;
		ra_buf_add(out, word, len);
		ra_buf_add(out, is_name ? "=" : " ", 1);
		is_name = !is_name;
		words.len -= (size_t)(word + len + 2 - words.ptr);
		words.ptr = word + len + 2;
	}
}

static void on_event(void *ctx, struct ra_event *event)
{
	struct fixture *f = ctx;
	struct ra_buf words = { 0 };
	ra_event_encode(event, &words);
	add_words(&f->events, ra_buf_str(&words));
	f->events.ptr[f->events.len - 1] = '\n';
	ra_buf_fini(&words);
}

static int setup(void **state)
{
	struct fixture *f = ra_new(struct fixture);
	f->seen = seen_new();
	f->normaliser = normaliser_new(f->seen, &f->wants_text, NULL, on_event, f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	normaliser_free(&f->normaliser);
	seen_free(&f->seen);
	id_set_fini(&f->wants_text);
	ra_buf_fini(&f->events);
	ra_free(f);
	return 0;
}

static char *unquote(const char *json)
{
	char *text = ra_strdup(json);
	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	return text;
}

static int feed(struct fixture *f, const char *type, const char *json)
{
	char *d = unquote(json);
	ra_buf_clear(&f->events);
	int rc = normalise(f->normaliser, &(struct dispatch){ ra_str_of(type), ra_str_of(d), AT });
	ra_free(d);
	return rc;
}

#define assert_events(f, type, json, expected)                                                     \
	do {                                                                                       \
		struct fixture *f_ = (f);                                                          \
		assert_int_equal(feed(f_, (type), (json)), 0);                                     \
		assert_string_equal(ra_buf_text(&f_->events), (expected));                         \
	} while (0)

#define ANN                                                                                        \
	"'author':{'id':'200','username':'ann','global_name':'Ann','avatar':'a_0f','"              \
	"discriminator':'0'}"
#define ANN_MEMBER                                                                                 \
	"'member':{'roles':['55'],'nick':'Annie','joined_at':'2026-05-06T07:08:09.000000+00:00'}"

static void test_message(void **state)
{
	assert_events(
		*state, "MESSAGE_CREATE",
		"{'id':'1440000000000000001','channel_id':'10','guild_id':'1','type':19,'content':'"
		"\\u041a\\ud83d\\udd25 \\n\xd0\xb0',"
		"'mention_roles':['55'],'attachments':[{'id':'1'},{'id':'2','x':[1,{}]}],'flags':"
		"8192,"
		"'mentions':[{'id':'300','username':'cur','member':{'roles':[]}},{'id':'301'}]," ANN
		"," ANN_MEMBER ",'message_reference':{'type':0,'message_id':'9','channel_id':'10'},"
		"'referenced_message':{'id':'9','author':{'id':'300','username':'cur'}},'nonce':1}",
		"type=message_created at=1763393153906 guild=1 message_id=1440000000000000001 "
		"channel_id=10"
		" user_id=200 kind=19 length=5 attachments=2 reply_to=9 reply_user_id=300 "
		"mentions=300 301"
		" mention_roles=55 is_voice_message=1\n"
		"type=member_seen at=1763393153906 guild=1 user_id=200 username=ann "
		"global_name=Ann nick=Annie"
		" avatar=a_0f joined_at=1778051289000\n");
}

/* Of a guild that wants it, and of no other. */
static void test_text_where_it_is_wanted(void **state)
{
	struct fixture *f = *state;
	id_set_add(&f->wants_text, 2);
	assert_events(
		f, "MESSAGE_CREATE",
		"{'id':'4194304','channel_id':'10','guild_id':'2','content':'"
		"\\u041a\\u0430\\n\xd0\xba?'}",
		"type=message_created at=1420070400001 guild=2 message_id=4194304 channel_id=10 "
		"length=5 content=\xd0\x9a\xd0\xb0\n\xd0\xba?\n");
	assert_events(
		f, "MESSAGE_UPDATE",
		"{'id':'4194304','channel_id':'10','guild_id':'2','content':'now',"
		"'edited_timestamp':'2026-11-21T10:00:05.978000+00:00'}",
		"type=message_edited at=1795255205978 guild=2 message_id=4194304 channel_id=10 "
		"edited_at=1795255205978 length=3 content=now\n");
	assert_events(
		f, "MESSAGE_CREATE",
		"{'id':'4194304','channel_id':'10','guild_id':'1','content':'not this'}",
		"type=message_created at=1420070400001 guild=1 message_id=4194304 channel_id=10 "
		"length=8\n");
	id_set_clear(&f->wants_text);
	assert_events(
		f, "MESSAGE_CREATE",
		"{'id':'4194304','channel_id':'10','guild_id':'2','content':'nor this'}",
		"type=message_created at=1420070400001 guild=2 message_id=4194304 channel_id=10 "
		"length=8\n");
}

/* 4,000 characters of two bytes each, and then some. */
static void test_text_has_an_end(void **state)
{
	struct fixture *f = *state;
	struct ra_buf json = { 0 };
	id_set_add(&f->wants_text, 2);
	ra_buf_add_text(&json, "{'id':'4194304','channel_id':'10','guild_id':'2','content':'");
	for (int i = 0; i < 5000; i++)
		ra_buf_add_text(&json, i % 2 ? "\xd0\xb0" : "\\u0431");
	ra_buf_add(&json, "'}", 3);
	assert_int_equal(feed(f, "MESSAGE_CREATE", json.ptr), 0);
	const char *content = strstr(ra_buf_text(&f->events), "length=5000 content=");
	assert_non_null(content);
	assert_int_equal(strlen(content), strlen("length=5000 content=") + 8000 + 1);
	ra_buf_fini(&json);
}

static void test_message_of_webhook_bot_system(void **state)
{
	assert_events(*state, "MESSAGE_CREATE",
		      "{'id':'4194304','channel_id':'10','guild_id':'1','type':0,'webhook_id':'77',"
		      "'content':'x',"
		      "'author':{'id':'77','username':'hook','bot':true}}",
		      "type=message_created at=1420070400001 guild=1 message_id=4194304 "
		      "channel_id=10 user_id=77"
		      " length=1 is_bot=1 is_webhook=1\n");
	assert_events(*state, "MESSAGE_CREATE",
		      "{'id':'4194304','channel_id':'10','guild_id':'1','type':6,'content':'',"
		      "'author':{'id':'78','username':'clyde','system':true}}",
		      "type=message_created at=1420070400001 guild=1 message_id=4194304 "
		      "channel_id=10 user_id=78"
		      " kind=6 is_system=1\n"
		      "type=member_seen at=1420070400001 guild=1 user_id=78 username=clyde\n");
}

/* A pin refers to a message too; it is no reply. */
static void test_reference_without_reply(void **state)
{
	assert_events(
		*state, "MESSAGE_CREATE",
		"{'id':'4194304','channel_id':'10','guild_id':'1','type':18,'content':'a thread',"
		"'message_reference':{'channel_id':'11','message_id':'12'},'webhook_id':null}",
		"type=message_created at=1420070400001 guild=1 message_id=4194304 channel_id=10 "
		"kind=18"
		" length=8\n");
}

static void test_direct_message_is_nobodys_business(void **state)
{
	assert_events(*state, "MESSAGE_CREATE", "{'id':'5','channel_id':'10','type':0," ANN "}",
		      "");
}

static void test_names_are_sent_once(void **state)
{
	struct fixture *f = *state;
	const char *message =
		"{'id':'4194304','channel_id':'10','guild_id':'1','type':0," ANN "," ANN_MEMBER "}";
	const char *alone = "type=message_created at=1420070400001 guild=1 message_id=4194304 "
			    "channel_id=10 user_id=200\n";
	assert_int_equal(feed(f, "MESSAGE_CREATE", message), 0);
	assert_non_null(strstr(ra_buf_text(&f->events), "member_seen"));
	assert_events(f, "MESSAGE_CREATE", message, alone);
	/* a new name is news, and so is everything after names may have been lost */
	assert_int_equal(feed(f, "MESSAGE_CREATE",
			      "{'id':'4194304','channel_id':'10','guild_id':'1','type':0,"
			      "'author':{'id':'200','username':'anna'}}"),
			 0);
	assert_non_null(strstr(ra_buf_text(&f->events), "username=anna"));
	assert_int_equal(feed(f, "MESSAGE_CREATE", message), 0);
	seen_clear(f->seen);
	assert_int_equal(feed(f, "MESSAGE_CREATE", message), 0);
	assert_non_null(strstr(ra_buf_text(&f->events), "member_seen"));
}

static void test_edit(void **state)
{
	assert_events(
		*state, "MESSAGE_UPDATE",
		"{'id':'9','channel_id':'10','guild_id':'1','content':'\xd0\xb0\xd0\xb1',"
		"'edited_timestamp':'2026-11-21T01:20:05.978Z','author':{'id':'200','bot':false}}",
		"type=message_edited at=1795224005978 guild=1 message_id=9 channel_id=10 "
		"user_id=200"
		" edited_at=1795224005978 length=2\n");
	assert_events(
		*state, "MESSAGE_UPDATE",
		"{'id':'9','channel_id':'10','guild_id':'1','content':'x','edited_timestamp':null,"
		"'author':{'username':null,'avatar':null}}",
		"");
	assert_events(*state, "MESSAGE_UPDATE", "{'id':'9','channel_id':'10','guild_id':'1'}", "");
}

static void test_delete(void **state)
{
	assert_events(*state, "MESSAGE_DELETE", "{'id':'9','channel_id':'10','guild_id':'1'}",
		      "type=message_deleted at=1795224004741 guild=1 message_id=9 channel_id=10\n");
	assert_events(*state, "MESSAGE_DELETE_BULK",
		      "{'ids':['9','8',7],'channel_id':'10','guild_id':'1'}",
		      "type=message_deleted at=1795224004741 guild=1 message_id=9 channel_id=10 "
		      "is_bulk=1\n"
		      "type=message_deleted at=1795224004741 guild=1 message_id=8 channel_id=10 "
		      "is_bulk=1\n"
		      "type=message_deleted at=1795224004741 guild=1 message_id=7 channel_id=10 "
		      "is_bulk=1\n");
	assert_events(*state, "MESSAGE_DELETE_BULK", "{'ids':[],'channel_id':'10','guild_id':'1'}",
		      "");
}

static void test_reactions(void **state)
{
	assert_events(
		*state, "MESSAGE_REACTION_ADD",
		"{'user_id':'200','channel_id':'10','message_id':'9','guild_id':'1','emoji':{'id':"
		"null,'name':'\xf0\x9f\x94\xa5'},"
		"'message_author_id':'300','burst':true,'type':1,'member':{'user':{'id':'200','"
		"username':'ann','bot':true},"
		"'roles':[{'id':'1','name':'@everyone'}]}}",
		"type=reaction_added at=1795224004741 guild=1 message_id=9 channel_id=10 "
		"user_id=200 author_id=300"
		" emoji=\xf0\x9f\x94\xa5 is_burst=1 is_bot=1\n"
		"type=member_seen at=1795224004741 guild=1 user_id=200 username=ann is_bot=1\n");
	assert_events(*state, "MESSAGE_REACTION_ADD",
		      "{'user_id':'200','channel_id':'10','message_id':'9','guild_id':'1','emoji':{"
		      "'id':'42','name':null}}",
		      "type=reaction_added at=1795224004741 guild=1 message_id=9 channel_id=10 "
		      "user_id=200 emoji=42\n");
	assert_events(*state, "MESSAGE_REACTION_REMOVE",
		      "{'user_id':'200','channel_id':'10','message_id':'9','guild_id':'1','emoji':{"
		      "'name':'x'},'burst':false}",
		      "type=reaction_removed at=1795224004741 guild=1 message_id=9 channel_id=10 "
		      "user_id=200 emoji=x\n");
	assert_events(
		*state, "MESSAGE_REACTION_REMOVE_ALL",
		"{'channel_id':'10','message_id':'9','guild_id':'1'}",
		"type=reactions_cleared at=1795224004741 guild=1 message_id=9 channel_id=10\n");
	assert_events(*state, "MESSAGE_REACTION_REMOVE_EMOJI",
		      "{'channel_id':'10','message_id':'9','guild_id':'1','emoji':{'id':'42','name'"
		      ":'x'}}",
		      "type=reactions_cleared at=1795224004741 guild=1 message_id=9 channel_id=10 "
		      "emoji=42\n");
}

static void test_member_joins_and_leaves(void **state)
{
	assert_events(*state, "GUILD_MEMBER_ADD",
		      "{'guild_id':'1','roles':['1','55',{'id':'56','name':'x'}],'joined_at':'2026-"
		      "11-21T01:20:07.198+00:00',"
		      "'nick':null,'flags':1,'pending':true,'user':{'id':'5','username':'m\\u00e9',"
		      "'avatar':null,'bot':true}}",
		      "type=member_joined at=1795224007198 guild=1 user_id=5 username=m\xc3\xa9 "
		      "roles=55 56"
		      " joined_at=1795224007198 is_bot=1 is_rejoin=1 is_pending=1\n");
	/* a server that writes ids as numbers */
	assert_events(*state, "GUILD_MEMBER_REMOVE",
		      "{'guild_id':'1','user':{'id':1573508992582422500}}",
		      "type=member_left at=1795224004741 guild=1 user_id=1573508992582422500\n");
	assert_events(*state, "GUILD_MEMBER_UPDATE",
		      "{'guild_id':'1','nick':'Five','roles':[],'joined_at':null,'premium_since':'"
		      "2026-11-21T01:20:00Z',"
		      "'communication_disabled_until':'2026-11-21T01:20:01Z','user':{'id':'5','"
		      "username':'me'}}",
		      "type=member_updated at=1795224004741 guild=1 user_id=5 username=me nick=Five"
		      " boosting_since=1795224000000 timeout_until=1795224001000\n");
	assert_events(*state, "GUILD_MEMBERS_CHUNK",
		      "{'guild_id':'1','members':[{'user':{'id':'6','username':'a'}},{'user':{'id':"
		      "'7','username':'b'}}],'chunk_index':0}",
		      "type=member_updated at=1795224004741 guild=1 user_id=6 username=a listed=1\n"
		      "type=member_updated at=1795224004741 guild=1 user_id=7 username=b "
		      "listed=1\n");
}

static void test_voice(void **state)
{
	assert_events(*state, "VOICE_STATE_UPDATE",
		      "{'guild_id':'1','channel_id':'20','user_id':'5','session_id':'s','deaf':"
		      "true,'mute':true,'self_deaf':true,"
		      "'self_mute':true,'self_stream':true,'self_video':true,'suppress':true,"
		      "'member':{'user':{'id':'5','username':'me'},'nick':'n'}}",
		      "type=voice_state_changed at=1795224004741 guild=1 user_id=5 channel_id=20 "
		      "voice_session=s mute=1 deaf=1"
		      " self_mute=1 self_deaf=1 suppress=1 stream=1 video=1\n"
		      "type=member_seen at=1795224004741 guild=1 user_id=5 username=me nick=n\n");
	assert_events(
		*state, "VOICE_STATE_UPDATE",
		"{'guild_id':'1','channel_id':null,'user_id':'5','session_id':'s','self_stream':"
		"null,'member':{'nick':null}}",
		"type=voice_state_changed at=1795224004741 guild=1 user_id=5 voice_session=s\n");
	assert_events(*state, "VOICE_STATE_UPDATE",
		      "{'guild_id':null,'channel_id':null,'user_id':'5'}", "");
}

static void test_presence(void **state)
{
	assert_events(*state, "PRESENCE_UPDATE",
		      "{'user':{'id':'5'},'guild_id':'1','status':'idle','activities':[{'name':'"
		      "Song','type':2},{'name':'Chess','type':0}]}",
		      "type=presence_changed at=1795224004741 guild=1 user_id=5 status=idle "
		      "game=Chess\n");
	assert_events(*state, "PRESENCE_UPDATE",
		      "{'user':{'id':'5'},'guild_id':'1','status':'online','game':null,'activities'"
		      ":null}",
		      "type=presence_changed at=1795224004741 guild=1 user_id=5 status=online\n");
}

static void test_bans(void **state)
{
	assert_events(*state, "GUILD_BAN_ADD",
		      "{'guild_id':'1','user':{'id':'5','username':'me'},'delete_message_secs':0}",
		      "type=ban_added at=1795224004741 guild=1 user_id=5\n");
	assert_events(*state, "GUILD_BAN_REMOVE", "{'guild_id':'1','user':{'id':'5'}}",
		      "type=ban_removed at=1795224004741 guild=1 user_id=5\n");
}

static void test_channels(void **state)
{
	assert_events(*state, "CHANNEL_CREATE",
		      "{'id':'10','guild_id':'1','parent_id':null,'name':'temp','position':8,'nsfw'"
		      ":true,'type':0}",
		      "type=channel_upserted at=1795224004741 guild=1 channel_id=10 name=temp "
		      "position=8 is_nsfw=1 is_new=1\n");
	/* a thread in a CHANNEL_UPDATE: seen elsewhere */
	assert_events(*state, "CHANNEL_UPDATE",
		      "{'id':'12','type':11,'guild_id':'1','parent_id':'10','name':'t','thread_"
		      "metadata':{'locked':false,'archived':true},"
		      "'newly_created':false}",
		      "type=channel_upserted at=1795224004741 guild=1 channel_id=12 parent_id=10 "
		      "kind=11 name=t is_archived=1\n");
	assert_events(*state, "CHANNEL_UPDATE",
		      "{'id':'13','type':2,'guild_id':'1','parent_id':'4','name':'___hidden___','"
		      "flags':131072,'position':3}",
		      "type=channel_upserted at=1795224004741 guild=1 channel_id=13 parent_id=4 "
		      "kind=2 position=3 is_hidden=1\n");
	assert_events(*state, "CHANNEL_DELETE", "{'id':'10','guild_id':'1','name':'temp','type':0}",
		      "type=channel_deleted at=1795224004741 guild=1 channel_id=10\n");
	assert_events(*state, "CHANNEL_DELETE", "{'id':'10','type':1}", "");
}

static void test_threads(void **state)
{
	assert_events(*state, "THREAD_CREATE",
		      "{'id':'12','type':11,'guild_id':'1','parent_id':'10','name':'t','newly_"
		      "created':true,"
		      "'parent':{'id':'10','name':'help','flags':131072}}",
		      "type=channel_upserted at=1795224004741 guild=1 channel_id=12 parent_id=10 "
		      "kind=11 name=t is_new=1\n");
	assert_events(*state, "THREAD_CREATE",
		      "{'id':'12','type':11,'guild_id':'1','parent_id':'10','name':'t'}",
		      "type=channel_upserted at=1795224004741 guild=1 channel_id=12 parent_id=10 "
		      "kind=11 name=t\n");
	assert_events(*state, "THREAD_DELETE",
		      "{'id':'12','type':11,'guild_id':'1','parent_id':'10'}",
		      "type=channel_deleted at=1795224004741 guild=1 channel_id=12 kind=11\n");
	assert_events(
		*state, "THREAD_LIST_SYNC",
		"{'threads':[{'id':'12','type':11,'parent_id':'10','name':'t'},{'id':'13','type':"
		"12,'name':'u'}],"
		"'members':[{'id':'12'}],'guild_id':'1'}",
		"type=channel_upserted at=1795224004741 guild=1 channel_id=12 parent_id=10 kind=11 "
		"name=t\n"
		"type=channel_upserted at=1795224004741 guild=1 channel_id=13 kind=12 name=u\n");
}

static void test_roles(void **state)
{
	assert_events(*state, "GUILD_ROLE_CREATE",
		      "{'guild_id':'1','role':{'id':'55','name':'Curator','color':3368652,'"
		      "position':4,'permissions':'32',"
		      "'managed':true,'tags':{'premium_subscriber':null}}}",
		      "type=role_upserted at=1795224004741 guild=1 role_id=55 name=Curator "
		      "color=3368652 position=4"
		      " permissions=32 is_managed=1\n");
	assert_events(*state, "GUILD_ROLE_DELETE", "{'guild_id':'1','role_id':'55'}",
		      "type=role_deleted at=1795224004741 guild=1 role_id=55\n");
}

static void test_invites_events_interactions(void **state)
{
	assert_events(*state, "INVITE_CREATE",
		      "{'channel_id':'10','code':'abc','created_at':'2026-11-21T01:20:00Z','guild_"
		      "id':'1','inviter':{'id':'5'},"
		      "'max_age':3600,'max_uses':2,'temporary':true,'uses':0}",
		      "type=invite_created at=1795224000000 guild=1 code=abc channel_id=10 "
		      "user_id=5 max_age_s=3600 max_uses=2"
		      " is_temporary=1\n");
	assert_events(*state, "INVITE_DELETE", "{'channel_id':'10','guild_id':'1','code':'abc'}",
		      "type=invite_deleted at=1795224004741 guild=1 code=abc channel_id=10\n");
	assert_events(*state, "GUILD_SCHEDULED_EVENT_DELETE",
		      "{'id':'70','guild_id':'1','channel_id':null,'creator_id':'5','name':'Party',"
		      "'status':4,"
		      "'scheduled_start_time':'2026-11-21T01:20:00Z','scheduled_end_time':'2026-11-"
		      "21T01:20:01Z'}",
		      "type=scheduled_event_changed at=1795224004741 guild=1 event_id=70 user_id=5 "
		      "name=Party status=4"
		      " starts_at=1795224000000 ends_at=1795224001000 is_deleted=1\n");
	assert_events(*state, "INTERACTION_CREATE",
		      "{'id':'4194304','type':2,'guild_id':'1','channel_id':'10','member':{'user':{"
		      "'id':'5','username':'me'}},"
		      "'data':{'id':'3','name':'top','options':[{'name':'days'}]},'token':'t'}",
		      "type=interaction_created at=1420070400001 guild=1 interaction_id=4194304 "
		      "channel_id=10 user_id=5 kind=2"
		      " name=top\n");
	assert_events(*state, "INTERACTION_CREATE",
		      "{'id':'4194304','type':3,'guild_id':'1','channel_id':'10','data':{'custom_"
		      "id':'take:1'}}",
		      "type=interaction_created at=1420070400001 guild=1 interaction_id=4194304 "
		      "channel_id=10 kind=3"
		      " name=take:1\n");
}

/* Keys in an order that no author planned for, children without guild_id, somebody listed twice. */
static const char snapshot_json[] =
	"{'members':[{'user':{'id':'5','username':'me'},'roles':['1']},{'user':{'id':'6','username'"
	":'dj','bot':true},'roles':['55']},"
	"{'user':{'id':'5','username':'me'},'roles':['1']}],"
	"'voice_states':[{'user_id':'6','channel_id':'20','session_id':'v','self_deaf':true}],"
	"'threads':[{'id':'12','type':11,'parent_id':'10','name':'t','thread_metadata':{'archived':"
	"false}}],"
	"'channels':[{'id':'10','type':0,'name':'help'},{'id':'20','type':2,'name':'___hidden___','"
	"flags':131072}],"
	"'roles':[{'id':'1','name':'@everyone','permissions':'8'}],'id':'1','name':'G','icon':'i','"
	"owner_id':'5',"
	"'afk_channel_id':'20','preferred_locale':'ru','premium_tier':2,'premium_subscription_"
	"count':7,'member_count':3,"
	"'joined_at':'2026-11-21T01:20:00Z','presences':[{'user':{'id':'5'},'status':'online'}]%s}";

#define SNAPSHOT(flags)                                                                            \
	"type=guild_available at=1795224004741 guild=1 name=G icon=i owner_id=5 member_count=3 "   \
	"afk_channel_id=20"                                                                        \
	" locale=ru premium_tier=2 premium_count=7" flags " bot_joined_at=1795224000000\n"         \
	"type=role_upserted at=1795224004741 guild=1 role_id=1 name=@everyone permissions=8 "      \
	"snapshot=1\n"                                                                             \
	"type=channel_upserted at=1795224004741 guild=1 channel_id=10 name=help snapshot=1\n"      \
	"type=channel_upserted at=1795224004741 guild=1 channel_id=20 kind=2 is_hidden=1 "         \
	"snapshot=1\n"                                                                             \
	"type=channel_upserted at=1795224004741 guild=1 channel_id=12 parent_id=10 kind=11 "       \
	"name=t snapshot=1\n"                                                                      \
	"type=member_updated at=1795224004741 guild=1 user_id=5 username=me snapshot=1\n"          \
	"type=member_updated at=1795224004741 guild=1 user_id=6 username=dj roles=55 is_bot=1 "    \
	"snapshot=1\n"                                                                             \
	"type=voice_state_changed at=1795224004741 guild=1 user_id=6 channel_id=20 "               \
	"voice_session=v is_bot=1"                                                                 \
	" self_deaf=1 snapshot=1\n"                                                                \
	"type=guild_synced at=1795224004741 guild=1 channels=3 roles=1 members=2 voices=1\n"

static void assert_snapshot(struct fixture *f, const char *unavailable, const char *expected)
{
	char *json = ra_format(snapshot_json, unavailable);
	assert_events(f, "GUILD_CREATE", json, expected);
	ra_free(json);
}

static void test_new_guild(void **state)
{
	assert_snapshot(*state, "", SNAPSHOT(" is_new=1"));
	assert_snapshot(*state, "", SNAPSHOT("")); /* told already */
	assert_events(*state, "GUILD_DELETE", "{'id':'1'}",
		      "type=guild_removed at=1795224004741 guild=1\n");
	assert_snapshot(*state, "", SNAPSHOT(" is_new=1")); /* invited again */
}

static void test_announced_guild_is_not_new(void **state)
{
	struct fixture *f = *state;
	assert_snapshot(f, ",'unavailable':false", SNAPSHOT(""));
	char *guilds = unquote("[{'id':'7','unavailable':true},{'id':'1','unavailable':true}]");
	normaliser_begin(f->normaliser, ra_str_of(guilds), AT);
	ra_free(guilds);
	assert_snapshot(f, "", SNAPSHOT(""));
}

/* Between two sessions the bot was thrown out of a guild, and nobody said so. */
static void test_guild_missing_in_a_new_session(void **state)
{
	struct fixture *f = *state;
	assert_snapshot(f, ",'unavailable':false", SNAPSHOT(""));
	ra_buf_clear(&f->events);
	normaliser_begin(f->normaliser, RA_STR("[{\"id\":\"7\",\"unavailable\":true}]"), AT);
	assert_string_equal(ra_buf_text(&f->events),
			    "type=guild_removed at=1795224004741 guild=1\n");
	ra_buf_clear(&f->events);
	normaliser_begin(f->normaliser, RA_STR("[{\"id\":\"7\",\"unavailable\":true}]"), AT);
	assert_int_equal(f->events.len, 0);
}

static void test_outage_is_no_loss(void **state)
{
	assert_events(*state, "GUILD_DELETE", "{'id':'1','unavailable':true}",
		      "type=guild_unavailable at=1795224004741 guild=1\n");
	assert_events(*state, "GUILD_CREATE", "{'id':'1','unavailable':true}",
		      "type=guild_unavailable at=1795224004741 guild=1\n");
	assert_snapshot(*state, ",'unavailable':false", SNAPSHOT(""));
}

static void test_guild_update_ignores_the_rest(void **state)
{
	assert_events(*state, "GUILD_UPDATE",
		      "{'id':'1','owner_id':'5','name':'Renamed','members':[{'user':{'id':'5'}}],'"
		      "roles':[{'id':'1'}]}",
		      "type=guild_updated at=1795224004741 guild=1 name=Renamed owner_id=5\n");
}

static void test_unknown_is_skipped(void **state)
{
	assert_events(*state, "READY_SUPPLEMENTAL", "{'guilds':[[]]}", "");
	assert_events(*state, "TYPING_START", "{'user_id':'5'}", "");
	assert_events(*state, "SESSIONS_REPLACE", "[]", "");
}

static void test_malformed(void **state)
{
	struct fixture *f = *state;
	static const char *const bad[] = {
		"",
		"null",
		"[]",
		"7",
		"{}",
		"{'id':'9'}",
		"{'id':'x','channel_id':'10'}",
		"{'id':'9','channel_id':'10'",
		"{'id':'9','channel_id':'10',}x",
		"{'id':'9' 'channel_id':'10'}",
		"{'id':'99999999999999999999999','channel_id':'1'}",
	};
	for (size_t i = 0; i < RA_COUNT(bad); i++) {
		assert_int_equal(feed(f, "MESSAGE_CREATE", bad[i]), RA_EINVAL);
		assert_int_equal(f->events.len, 0);
	}
	assert_int_equal(
		feed(f, "GUILD_CREATE", "{'id':'1','channels':[{'id':'10'},{'name':'no id'}]}"),
		RA_EINVAL);
	assert_int_equal(feed(f, "GUILD_CREATE", "{'id':'1','members':[7]}"), RA_EINVAL);
	assert_int_equal(feed(f, "GUILD_BAN_ADD", "{'guild_id':'1'}"), RA_EINVAL);
}

/* PostgreSQL takes neither broken UTF-8 nor NUL. */
static void test_names_are_clean(void **state)
{
	assert_events(*state, "GUILD_BAN_ADD", "{'guild_id':'1','user':{'id':'5'}}",
		      "type=ban_added at=1795224004741 guild=1 user_id=5\n");
	assert_events(*state, "GUILD_MEMBER_REMOVE",
		      "{'guild_id':'1','user':{'id':'5','username':'a\xff\\u0000b','global_name':'"
		      "\\ud800x','avatar':'\xc3'}}",
		      "type=member_left at=1795224004741 guild=1 user_id=5 username=a\xef\xbf\xbd"
		      "b global_name=\xef\xbf\xbdx"
		      " avatar=\xef\xbf\xbd\n");
}

/* The answer of another bot says who asked, and an older field what. */
static void test_commands_of_others(void **state)
{
	assert_events(
		*state, "MESSAGE_CREATE",
		"{'id':'4194304','type':20,'guild_id':'1','channel_id':'10','content':'',"
		"'author':{'id':'9','username':'dj','bot':true},"
		"'interaction_metadata':{'id':'77','type':2,'user':{'id':'5','username':'me'}},"
		"'interaction':{'id':'77','type':2,'name':'play','user':{'id':'5'}}}",
		"type=message_created at=1420070400001 guild=1 message_id=4194304 channel_id=10 "
		"user_id=9 kind=20 is_bot=1 interaction_id=77 command_user_id=5 command=play\n"
		"type=member_seen at=1420070400001 guild=1 user_id=9 username=dj is_bot=1\n");
}

static void test_interest(void **state)
{
	assert_events(*state, "GUILD_SCHEDULED_EVENT_USER_ADD",
		      "{'guild_scheduled_event_id':'70','user_id':'5','guild_id':'1'}",
		      "type=scheduled_event_interest at=1795224004741 guild=1 event_id=70 "
		      "user_id=5\n");
	assert_events(*state, "GUILD_SCHEDULED_EVENT_USER_REMOVE",
		      "{'guild_scheduled_event_id':'70','user_id':'5','guild_id':'1'}",
		      "type=scheduled_event_interest at=1795224004741 guild=1 event_id=70 "
		      "user_id=5 is_removed=1\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_message),
		TEST(test_text_where_it_is_wanted),
		TEST(test_text_has_an_end),
		TEST(test_message_of_webhook_bot_system),
		TEST(test_reference_without_reply),
		TEST(test_direct_message_is_nobodys_business),
		TEST(test_names_are_sent_once),
		TEST(test_edit),
		TEST(test_delete),
		TEST(test_reactions),
		TEST(test_member_joins_and_leaves),
		TEST(test_voice),
		TEST(test_presence),
		TEST(test_bans),
		TEST(test_channels),
		TEST(test_threads),
		TEST(test_roles),
		TEST(test_invites_events_interactions),
		TEST(test_new_guild),
		TEST(test_announced_guild_is_not_new),
		TEST(test_outage_is_no_loss),
		TEST(test_guild_missing_in_a_new_session),
		TEST(test_guild_update_ignores_the_rest),
		TEST(test_unknown_is_skipped),
		TEST(test_commands_of_others),
		TEST(test_interest),
		TEST(test_malformed),
		TEST(test_names_are_clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
