/*
 * events_doc: writes proto/events.md from proto/events.def, and fails when
 * the committed page is not what the list says. To renew it, run from the
 * root: build/gcc-san/tests/unit/proto/events_doc_test --update
 */
#include "proto/events.h"
#include "tests/harness/cmocka.h"
#include "tests/harness/golden.h"

#define PAGE "proto/events.md"

static bool update;

static const char head[] = "# Events\n"
			   "\n"
			   "Made from `proto/events.def`; change the list, not this page.\n"
			   "\n"
			   "What gateway-ingest publishes: one entry of the Redis stream "
			   "`events:{N.I}` (shard I of N) is one\n"
			   "event, its fields are the entry's fields. A field at its default is "
			   "left out. Readers skip fields\n"
			   "and types they do not know.\n"
			   "\n"
			   "| kind | in the entry | default |\n"
			   "| --- | --- | --- |\n"
			   "| id | a snowflake, decimal | 0 |\n"
			   "| int | a whole number, decimal, perhaps negative | 0 |\n"
			   "| time | milliseconds since the Unix epoch | 0: unknown |\n"
			   "| flag | 1 | not set |\n"
			   "| text | UTF-8 | empty |\n"
			   "| ids | snowflakes, separated by spaces | empty |\n"
			   "\n"
			   "## Every event\n"
			   "\n"
			   "| field | kind | meaning |\n"
			   "| --- | --- | --- |\n"
			   "| `type` | text | what happened: one of the headings below |\n"
			   "| `session` | text | Discord session id |\n"
			   "| `seq` | id | sequence number of the dispatch it came from |\n"
			   "| `part` | id | its place among the events of that dispatch, from 0 |\n"
			   "| `at` | time | Discord's time where it gives one, else arrival |\n"
			   "| `guild` | id | the guild; none for the shard's own events |\n";

static void add_event(struct ra_buf *page, const char *name, const char *help, bool has_fields)
{
	ra_buf_printf(page, "\n## %s\n\n%s.\n", name, help);
	if (has_fields)
		ra_buf_add_text(page, "\n| field | kind | meaning |\n| --- | --- | --- |\n");
}

static void add_field(struct ra_buf *page, const char *name, const char *kind, const char *help)
{
	ra_buf_printf(page, "| `%s` | %s | ", name, kind);
	for (; *help; help++)
		ra_buf_printf(page, *help == '|' ? "\\%c" : "%c", *help);
	ra_buf_add_text(page, " |\n");
}

static void the_page_says_what_the_list_says(void **state)
{
	(void)state;
	struct ra_buf page = { 0 };
	ra_buf_add_text(&page, head);
#define EVENT(name, help) add_event(&page, #name, help, sizeof(struct ra_ev_##name) > 1);
#define ID(name, help)    add_field(&page, #name, "id", help);
#define INT(name, help)   add_field(&page, #name, "int", help);
#define TIME(name, help)  add_field(&page, #name, "time", help);
#define FLAG(name, help)  add_field(&page, #name, "flag", help);
#define TEXT(name, help)  add_field(&page, #name, "text", help);
#define IDS(name, help)   add_field(&page, #name, "ids", help);
#include "proto/events.def"
	bool is_current = golden_is_current(PAGE, &page, update);
	ra_buf_fini(&page);
	if (!is_current)
		fail_msg(PAGE " is not current: run this test with --update");
}

int main(int argc, char **argv)
{
	update = argc > 1 && strcmp(argv[1], "--update") == 0;
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_page_says_what_the_list_says) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
