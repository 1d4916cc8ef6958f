/* conf: values, defaults, files; and every mistake told, with its variable's name, at once. */
#include "libshared/conf/conf.h"
#include "libshared/base/log.h"
#include "tests/harness/capture.h"
#include "tests/harness/cmocka.h"
#include <stdlib.h>
#include <sys/stat.h>

#define OPTIONS                                                                                    \
	X(port, T_PORT, int, "5000", "1", "65535", "port people connect to")                       \
	X(wait, T_WAIT, duration, "10m", "1m", "24h", "how long to wait")                          \
	X(limit, T_LIMIT, size, "64k", NULL, "1g", "how much to keep")                             \
	X(is_demo, T_DEMO, bool, "off", NULL, NULL, "show the demo")                               \
	X(name, T_NAME, text, "", NULL, NULL, "what to call it")                                   \
	X(token, T_TOKEN, secret, NULL, NULL, NULL, "the bot's token")                             \
	X(redis, T_REDIS, url, "redis://127.0.0.1", "redis unix", NULL, "where Redis is")          \
	X(clock, T_CLOCK, choice, "wall", "wall frame", NULL, "whose time counts")

struct conf {
#define X RA_CONF_STRUCT
	OPTIONS
#undef X
};

static const struct ra_option options[] = {
#define X RA_CONF_TABLE
	OPTIONS
#undef X
};

static const char *const variables[] = { "T_PORT",      "T_WAIT",       "T_LIMIT",     "T_DEMO",
					 "T_NAME",      "T_TOKEN",      "T_REDIS",     "T_CLOCK",
					 "T_PORT_FILE", "T_TOKEN_FILE", "T_REDIS_FILE" };

static int clear_environment(void **state)
{
	(void)state;
	for (size_t i = 0; i < RA_COUNT(variables); i++)
		unsetenv(variables[i]);
	setenv("T_TOKEN", "s3cret", 1);
	return 0;
}

static struct conf load(int expected_mistakes, char **said)
{
	struct conf conf = { 0 };
	struct capture capture = capture_begin(STDERR_FILENO);
	int mistakes = ra_conf_load(options, RA_COUNT(options), &conf);
	*said = capture_end(&capture);
	assert_int_equal(mistakes, expected_mistakes);
	return conf;
}

static struct conf load_well(void)
{
	char *said;
	struct conf conf = load(0, &said);
	assert_string_equal(said, "");
	ra_free(said);
	return conf;
}

/* One mistake, and what is said about it. */
static void assert_mistake(const char *name, const char *value, const char *expected)
{
	char *said;
	clear_environment(NULL);
	setenv(name, value, 1);
	struct conf conf = load(1, &said);
	assert_string_equal(said, expected);
	ra_free(said);
	ra_conf_free(options, RA_COUNT(options), &conf);
}

static char *write_file(const char *content, size_t len)
{
	char *path = ra_strdup("/tmp/conf_test.XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, len), len);
	close(fd);
	return path;
}

static void forget_file(char *path)
{
	unlink(path);
	ra_free(path);
}

static void has_defaults(void **state)
{
	(void)state;
	struct conf conf = load_well();
	assert_int_equal(conf.port, 5000);
	assert_int_equal(conf.wait, 600000);
	assert_int_equal(conf.limit, 65536);
	assert_false(conf.is_demo);
	assert_string_equal(conf.name, "");
	assert_string_equal(conf.token, "s3cret");
	assert_string_equal(conf.redis, "redis://127.0.0.1");
	assert_string_equal(conf.clock, "wall");
	ra_conf_free(options, RA_COUNT(options), &conf);
	assert_null(conf.token);
}

static void reads_every_kind(void **state)
{
	(void)state;
	setenv("T_PORT", "65535", 1);
	setenv("T_WAIT", "90s", 1);
	setenv("T_LIMIT", "1G", 1);
	setenv("T_DEMO", "Yes", 1);
	setenv("T_NAME", "раз два", 1);
	setenv("T_REDIS", "unix:///run/redis.sock?db=2", 1);
	setenv("T_CLOCK", "frame", 1);
	struct conf conf = load_well();
	assert_int_equal(conf.port, 65535);
	assert_int_equal(conf.wait, 90000);
	assert_int_equal(conf.limit, 1 << 30);
	assert_true(conf.is_demo);
	assert_string_equal(conf.name, "раз два");
	assert_string_equal(conf.redis, "unix:///run/redis.sock?db=2");
	assert_string_equal(conf.clock, "frame");
	ra_conf_free(options, RA_COUNT(options), &conf);
}

static void knows_all_units(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = { { "60000ms", 60000 }, { "60s", 60000 },   { "1m", 60000 },
		      { "24h", 86400000 },  { "1d", 86400000 }, { "1D", 86400000 } };
	for (size_t i = 0; i < RA_COUNT(cases); i++) {
		setenv("T_WAIT", cases[i].text, 1);
		struct conf conf = load_well();
		assert_int_equal(conf.wait, cases[i].ms);
		ra_conf_free(options, RA_COUNT(options), &conf);
	}
}

static void knows_all_ways_to_say_no(void **state)
{
	(void)state;
	static const char *const words[][2] = {
		{ "true", "false" },
		{ "yes", "no" },
		{ "ON", "OFF" },
		{ "1", "0" },
	};
	for (size_t i = 0; i < RA_COUNT(words); i++)
		for (int is_no = 0; is_no < 2; is_no++) {
			setenv("T_DEMO", words[i][is_no], 1);
			struct conf conf = load_well();
			assert_int_equal(conf.is_demo, !is_no);
			ra_conf_free(options, RA_COUNT(options), &conf);
		}
}

/* `NAME=` in an .env file. */
static void empty_counts_as_unset(void **state)
{
	(void)state;
	setenv("T_PORT", "", 1);
	setenv("T_TOKEN_FILE", "", 1);
	struct conf conf = load_well();
	assert_int_equal(conf.port, 5000);
	ra_conf_free(options, RA_COUNT(options), &conf);
}

static void reads_files(void **state)
{
	(void)state;
	char *token = write_file("from a file\r\n", 13);
	char *port = write_file("81\n", 3);
	unsetenv("T_TOKEN");
	setenv("T_TOKEN_FILE", token, 1);
	setenv("T_PORT_FILE", port, 1);
	struct conf conf = load_well();
	assert_string_equal(conf.token, "from a file");
	assert_int_equal(conf.port, 81);
	ra_conf_free(options, RA_COUNT(options), &conf);
	forget_file(token);
	forget_file(port);
}

static void tells_what_is_wrong_with_files(void **state)
{
	(void)state;
	assert_mistake("T_PORT_FILE", "/nowhere/port",
		       "T_PORT_FILE: cannot read /nowhere/port: No such file or directory\n"
		       "  Set T_PORT_FILE to the path of a readable text file.\n");
	assert_mistake("T_PORT_FILE", "/tmp",
		       "T_PORT_FILE: cannot read /tmp: Is a directory\n"
		       "  Set T_PORT_FILE to the path of a readable text file.\n");
	assert_mistake("T_TOKEN_FILE", "/nowhere/token",
		       "T_TOKEN and T_TOKEN_FILE are both set\n"
		       "  Keep T_TOKEN or T_TOKEN_FILE and unset the other.\n");
}

static void refuses_files_that_are_no_texts(void **state)
{
	(void)state;
	static char large[70000];
	memset(large, 'x', sizeof(large));
	char *paths[] = { write_file("a\0b", 3), write_file(large, sizeof(large)) };
	for (size_t i = 0; i < RA_COUNT(paths); i++) {
		char *said;
		setenv("T_REDIS_FILE", paths[i], 1);
		struct conf conf = load(1, &said);
		assert_non_null(strstr(said, "is not a text of at most 64 KB\n  Set T_REDIS_FILE"));
		ra_free(said);
		ra_conf_free(options, RA_COUNT(options), &conf);
		forget_file(paths[i]);
	}
}

static void tells_each_kind_of_mistake(void **state)
{
	(void)state;
	assert_mistake("T_PORT", "http",
		       "T_PORT: \"http\" is not a whole number from 1 to 65535\n"
		       "  Set T_PORT to a whole number from 1 to 65535: port people connect to.\n");
	assert_mistake("T_DEMO", "maybe",
		       "T_DEMO: \"maybe\" is not true or false\n"
		       "  Set T_DEMO to true or false: show the demo.\n");
	assert_mistake("T_CLOCK", "wal",
		       "T_CLOCK: \"wal\" is not wall or frame\n"
		       "  Set T_CLOCK to wall or frame: whose time counts.\n");
	assert_mistake(
		"T_LIMIT", "2g",
		"T_LIMIT: \"2g\" is not a size in bytes like 512, 64k, 10m or 2g of at most 1g\n"
		"  Set T_LIMIT to a size in bytes like 512, 64k, 10m or 2g of at most 1g: how "
		"much to keep.\n");
	assert_mistake(
		"T_TOKEN", "",
		"T_TOKEN is not set\n"
		"  Set T_TOKEN, or T_TOKEN_FILE to a file holding it, to a secret: the bot's "
		"token.\n");
}

static void refuses_what_is_nearly_right(void **state)
{
	(void)state;
	static const struct {
		const char *name, *value;
	} cases[] = {
		{ "T_PORT", "0" },
		{ "T_PORT", "65536" },
		{ "T_PORT", "80 " },
		{ "T_PORT", "+80" },
		{ "T_PORT", "99999999999999999999" },
		{ "T_WAIT", "59s" },
		{ "T_WAIT", "25h" },
		{ "T_WAIT", "10" },
		{ "T_WAIT", "1h30m" },
		{ "T_WAIT", "m" },
		{ "T_WAIT", "200000000000000d" },
		{ "T_LIMIT", "1kb" },
		{ "T_LIMIT", "1025m" },
		{ "T_CLOCK", "wall frame" },
		{ "T_REDIS", "redis" },
		{ "T_REDIS", "redis://" },
		{ "T_REDIS", "://x" },
		{ "T_REDIS", "http://x" },
		{ "T_REDIS", "redis://a b" },
		{ "T_REDIS", "redi://x" },
	};
	for (size_t i = 0; i < RA_COUNT(cases); i++) {
		char *said;
		clear_environment(NULL);
		setenv(cases[i].name, cases[i].value, 1);
		struct conf conf = load(1, &said);
		assert_memory_equal(said, cases[i].name, strlen(cases[i].name));
		ra_free(said);
		ra_conf_free(options, RA_COUNT(options), &conf);
	}
}

static void never_quotes_what_may_hold_a_password(void **state)
{
	(void)state;
	assert_mistake(
		"T_REDIS", "http://user:hunter2@host",
		"T_REDIS: the value is not a URL beginning with redis:// or unix://\n"
		"  Set T_REDIS to a URL beginning with redis:// or unix://: where Redis is.\n");
}

static void tells_all_mistakes_at_once(void **state)
{
	(void)state;
	setenv("T_PORT", "x", 1);
	setenv("T_WAIT", "x", 1);
	setenv("T_DEMO", "x", 1);
	unsetenv("T_TOKEN");
	char *said;
	struct conf conf = load(4, &said);
	int lines = 0;
	for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"), lines++)
		assert_non_null(strstr(line, "T_"));
	assert_int_equal(lines, 8);
	ra_free(said);
	ra_conf_free(options, RA_COUNT(options), &conf);
}

static void helps(void **state)
{
	(void)state;
	struct capture capture = capture_begin(STDOUT_FILENO);
	ra_conf_help(options, RA_COUNT(options));
	char *text = capture_end(&capture);
	assert_non_null(strstr(text, "T_PORT "));
	assert_non_null(strstr(text, "port people connect to\n"));
	assert_non_null(strstr(text, "a whole number from 1 to 65535; default 5000\n"));
	assert_non_null(strstr(text, "a secret; must be set\n"));
	assert_non_null(strstr(text, "a text; not set by default\n"));
	assert_non_null(strstr(text, "wall or frame; default wall\n"));
	ra_free(text);
}

static char *dump(const struct conf *conf, enum ra_level level)
{
	ra_log_setup("test", level, RA_LOG_LOGFMT);
	struct capture capture = capture_begin(STDERR_FILENO);
	ra_conf_dump(options, RA_COUNT(options), conf);
	return capture_end(&capture);
}

/* This program stands in for one of bin/: what would lie beside that is the folder of its folder.
 */
static void finds_what_comes_with_the_programs(void **state)
{
	(void)state;
	struct folders {
		char *beside, *nowhere;
	} conf = { 0 };
	static const struct ra_option folders[] = {
		{ "T_NAME", RA_CONF_folder, offsetof(struct folders, beside), "conf", NULL, NULL,
		  "beside us" },
		{ "T_CLOCK", RA_CONF_folder, offsetof(struct folders, nowhere), "no/such", NULL,
		  NULL, "nowhere" },
	};
	assert_int_equal(ra_conf_load(folders, RA_COUNT(folders), &conf), 0);
	assert_int_equal(conf.beside[0], '/');
	assert_non_null(strstr(conf.beside, "/libshared/conf"));
	assert_string_equal(conf.nowhere, "no/such");
	ra_conf_free(folders, RA_COUNT(folders), &conf);

	setenv("T_NAME", "conf", 1); /* said is said */
	assert_int_equal(ra_conf_load(folders, RA_COUNT(folders), &conf), 0);
	assert_string_equal(conf.beside, "conf");
	ra_conf_free(folders, RA_COUNT(folders), &conf);
}

static void dumps_without_secrets(void **state)
{
	(void)state;
	setenv("T_REDIS", "redis://me:hunter2@host:1/2", 1);
	setenv("T_WAIT", "90s", 1);
	struct conf conf = load_well();
	char *text = dump(&conf, RA_LEVEL_DEBUG);
	assert_non_null(strstr(text,
			       "msg=configuration T_PORT=5000 T_WAIT=90s T_LIMIT=64k T_DEMO=false"
			       " T_NAME=\"\" T_TOKEN=set T_REDIS=redis://me:***@host:1/2"
			       " T_CLOCK=wall\n"));
	ra_free(text);
	text = dump(&conf, RA_LEVEL_INFO);
	assert_string_equal(text, "");
	ra_free(text);
	ra_conf_free(options, RA_COUNT(options), &conf);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, clear_environment)
	const struct CMUnitTest tests[] = {
		TEST(has_defaults),
		TEST(reads_every_kind),
		TEST(knows_all_units),
		TEST(knows_all_ways_to_say_no),
		TEST(empty_counts_as_unset),
		TEST(reads_files),
		TEST(tells_what_is_wrong_with_files),
		TEST(refuses_files_that_are_no_texts),
		TEST(tells_each_kind_of_mistake),
		TEST(refuses_what_is_nearly_right),
		TEST(never_quotes_what_may_hold_a_password),
		TEST(tells_all_mistakes_at_once),
		TEST(helps),
		TEST(finds_what_comes_with_the_programs),
		TEST(dumps_without_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
