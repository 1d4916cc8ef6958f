/* ring: numbers without holes, the oldest leave first, bodies are shared and counted. */
#include "services/discord-sim/ring.h"
#include "tests/harness/cmocka.h"

static struct body *body_of_size(size_t len, char fill)
{
	struct body *body = body_new(len);
	memset(body->text, fill, len);
	return body;
}

static void put(struct ring *ring, size_t len, char fill)
{
	struct body *body = body_of_size(len, fill);
	ring_put(ring, body, 7);
	body_unref(body);
}

static void test_numbers_start_at_one(void **ctx)
{
	struct ring ring;
	(void)ctx;
	ring_init(&ring, 1000);
	assert_null(ring_at(&ring, 0));
	assert_null(ring_at(&ring, 1));
	put(&ring, 10, 'a');
	put(&ring, 10, 'b');
	assert_int_equal(ring.first, 1);
	assert_int_equal(ring.last, 2);
	assert_int_equal(ring_at(&ring, 1)->body->text[0], 'a');
	assert_int_equal(ring_at(&ring, 2)->body->text[0], 'b');
	assert_int_equal(ring_at(&ring, 2)->put_at_ms, 7);
	assert_null(ring_at(&ring, 3));
	ring_fini(&ring);
}

static void test_oldest_leave_when_it_is_full(void **ctx)
{
	struct ring ring;
	(void)ctx;
	ring_init(&ring, 30);
	for (int i = 0; i < 5; i++)
		put(&ring, 10, (char)('a' + i));
	assert_int_equal(ring.first, 3);
	assert_int_equal(ring.last, 5);
	assert_int_equal(ring.bytes, 30);
	assert_null(ring_at(&ring, 2));
	assert_int_equal(ring_at(&ring, 3)->body->text[0], 'c');
	ring_fini(&ring);
}

static void test_the_newest_stays_however_large(void **ctx)
{
	struct ring ring;
	(void)ctx;
	ring_init(&ring, 30);
	put(&ring, 10, 'a');
	put(&ring, 500, 'b');
	assert_int_equal(ring.first, 2);
	assert_int_equal(ring_at(&ring, 2)->body->len, 500);
	ring_fini(&ring);
}

static void test_growing_keeps_everything(void **ctx)
{
	struct ring ring;
	(void)ctx;
	ring_init(&ring, 50 * 4);
	for (int i = 0; i < 1000; i++)
		put(&ring, 4, (char)('a' + i % 26));
	assert_int_equal(ring.last, 1000);
	assert_int_equal(ring.first, 951);
	for (uint64_t n = ring.first; n <= ring.last; n++)
		assert_int_equal(ring_at(&ring, n)->body->text[0], 'a' + (int)(n - 1) % 26);
	ring_fini(&ring);
}

static void test_bodies_are_shared(void **ctx)
{
	struct ring one, two;
	struct body *body = body_of_size(10, 'x');
	(void)ctx;
	ring_init(&one, 10);
	ring_init(&two, 1000);
	ring_put(&one, body, 0);
	ring_put(&two, body, 0);
	assert_int_equal(body->refs, 3);
	put(&one, 10, 'y'); /* pushes it out of the first */
	assert_int_equal(body->refs, 2);
	ring_fini(&two);
	assert_int_equal(body->refs, 1);
	body_unref(body);
	ring_fini(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_start_at_one),
		cmocka_unit_test(test_oldest_leave_when_it_is_full),
		cmocka_unit_test(test_the_newest_stays_however_large),
		cmocka_unit_test(test_growing_keeps_everything),
		cmocka_unit_test(test_bodies_are_shared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
