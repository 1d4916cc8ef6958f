/* The examples Amazon publishes
 * (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html), and the sizes of parts.
 */
#include "services/backup-scheduler/s3_sign.h"
#include "services/backup-scheduler/s3_xml.h"
#include "services/backup-scheduler/store_s3.h"
#include "tests/harness/cmocka.h"

#define HOST  "examplebucket.s3.amazonaws.com"
#define TIME  "20130524T000000Z"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void assert_signed(const struct s3_signing *example, const char *signed_headers,
			  const char *signature)
{
	struct s3_signing signing = *example;
	struct ra_buf authorization = { 0 };
	signing.access_key = "AKIAIOSFODNN7EXAMPLE";
	signing.secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
	signing.region = "us-east-1";
	signing.timestamp = TIME;
	s3_sign(&signing, &authorization);
	char *expected = ra_format("AWS4-HMAC-SHA256 "
				   "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/"
				   "aws4_request,SignedHeaders=%s,Signature=%s",
				   signed_headers, signature);
	assert_string_equal(ra_buf_text(&authorization), expected);
	ra_free(expected);
	ra_buf_fini(&authorization);
}

static void getting_a_range(void **state)
{
	(void)state;
	const struct s3_field headers[] = { { "x-amz-date", TIME },
					    { "host", HOST },
					    { "range", "bytes=0-9" },
					    { "x-amz-content-sha256", EMPTY } };
	const struct s3_signing example = { .method = "GET",
					    .path = "/test.txt",
					    .query = "",
					    .headers = headers,
					    .header_count = RA_COUNT(headers),
					    .body_sha256 = EMPTY };
	assert_signed(&example, "host;range;x-amz-content-sha256;x-amz-date",
		      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

static void putting_an_object(void **state)
{
	(void)state;
	char sha256[65];
	struct ra_buf path = { 0 };
	s3_sha256(RA_STR("Welcome to Amazon S3."), sha256);
	s3_encode(&path, RA_STR("/test$file.text"), true);
	const struct s3_field headers[] = { { "date", "Fri, 24 May 2013 00:00:00 GMT" },
					    { "host", HOST },
					    { "x-amz-content-sha256", sha256 },
					    { "x-amz-date", TIME },
					    { "x-amz-storage-class", "REDUCED_REDUNDANCY" } };
	const struct s3_signing example = { .method = "PUT",
					    .path = ra_buf_text(&path),
					    .query = "",
					    .headers = headers,
					    .header_count = RA_COUNT(headers),
					    .body_sha256 = sha256 };
	assert_signed(&example, "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
		      "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
	ra_buf_fini(&path);
}

static void asking_a_bucket(const struct s3_field *fields, size_t count, const char *signature)
{
	struct ra_buf query = { 0 };
	const struct s3_field headers[] = { { "host", HOST },
					    { "x-amz-content-sha256", EMPTY },
					    { "x-amz-date", TIME } };
	s3_query(&query, fields, count);
	const struct s3_signing example = { .method = "GET",
					    .path = "/",
					    .query = ra_buf_text(&query),
					    .headers = headers,
					    .header_count = RA_COUNT(headers),
					    .body_sha256 = EMPTY };
	assert_signed(&example, "host;x-amz-content-sha256;x-amz-date", signature);
	ra_buf_fini(&query);
}

static void queries(void **state)
{
	(void)state;
	const struct s3_field lifecycle[] = { { "lifecycle", "" } };
	const struct s3_field list[] = { { "prefix", "J" }, { "max-keys", "2" } };
	asking_a_bucket(lifecycle, RA_COUNT(lifecycle),
			"fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
	asking_a_bucket(list, RA_COUNT(list),
			"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

static void names_are_encoded(void **state)
{
	(void)state;
	struct ra_buf out = { 0 };
	const struct s3_field fields[] = { { "uploadId", "a+b/c=" }, { "partNumber", "7" } };
	s3_query(&out, fields, RA_COUNT(fields));
	assert_string_equal(ra_buf_text(&out), "partNumber=7&uploadId=a%2Bb%2Fc%3D");
	ra_buf_clear(&out);
	s3_encode(&out, RA_STR("a/\xd1\x8f ~-_."), true);
	assert_string_equal(ra_buf_text(&out), "a/%D1%8F%20~-_.");
	ra_buf_fini(&out);
}

static void timestamps(void **state)
{
	(void)state;
	char text[17];
	s3_timestamp(1369353600999, text);
	assert_string_equal(text, TIME);
}

static void parts_are_as_large_as_needed(void **state)
{
	(void)state;
	const uint64_t mib = 1 << 20;
	assert_int_equal(bucket_part_bytes(0), 8 * mib);
	assert_int_equal(bucket_part_bytes(70000 * mib), 8 * mib);
	for (uint64_t about = 1; about < 8000000 * mib; about *= 3)
		assert_true(bucket_part_bytes(about) * 9000 >= about);
	assert_int_equal(bucket_part_bytes(UINT64_MAX), 1024 * mib);
}

/* --- what is answered ------------------------------------------------------------------------ */

static void note(void *ctx, const char *parent, const char *name, struct ra_str text)
{
	ra_buf_printf(ctx, "%s/%s=%.*s;", parent, name, (int)text.len, text.ptr);
}

static void answers_are_read(void **state)
{
	(void)state;
	struct ra_buf told = { 0 };
	assert_int_equal(s3_xml_parse(RA_STR("<?xml version=\"1.0\"?><L xmlns=\"http://s3\"><C><K>a"
					     "&amp;b</K><S/></C></L>"),
				      note, &told),
			 0);
	assert_string_equal(ra_buf_text(&told), "C/K=a&b;C/S=;L/C=;/L=;");
	ra_buf_fini(&told);
}

static void nasty_answers_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"not xml",
		"<a>",
		"<a></b>",
		"<a/><b/>",
		"<a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a>",
		"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
		"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
	};
	struct ra_buf told = { 0 };
	for (size_t i = 0; i < RA_COUNT(bad); i++)
		assert_true(s3_xml_parse(ra_str_of(bad[i]), note, &told) < 0);
	ra_buf_fini(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(getting_a_range),  cmocka_unit_test(putting_an_object),
		cmocka_unit_test(queries),          cmocka_unit_test(names_are_encoded),
		cmocka_unit_test(timestamps),       cmocka_unit_test(parts_are_as_large_as_needed),
		cmocka_unit_test(answers_are_read), cmocka_unit_test(nasty_answers_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
