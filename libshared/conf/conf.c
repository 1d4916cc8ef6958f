/* conf: see the header. */
#include "libshared/conf/conf.h"
#include "libshared/base/log.h"
#include "libshared/conf/value.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Far above any token or key. */
#define FILE_BYTES 65536

/* Empty is unset: that is what `NAME=` in an .env file and `${NAME:-}` in a compose file mean. */
static const char *read_variable(const char *name)
{
	const char *value = getenv(name);
	return value && *value ? value : NULL;
}

/* The content of `path` without its trailing newlines; NULL and *err when it can not be had. */
static char *read_file(const char *file_name, const char *path, struct ra_err *err)
{
	char hint[128];
	snprintf(hint, sizeof(hint), "Set %s to the path of a readable text file.", file_name);
	char *text = ra_alloc(FILE_BYTES + 1);
	errno = 0;
	FILE *file = fopen(path, "re");
	size_t len = file ? fread(text, 1, FILE_BYTES + 1, file) : 0;
	int rc = 0;
	if (!file || ferror(file))
		rc = ra_fail(err, RA_ECONF, hint, "%s: cannot read %s: %s", file_name, path,
			     strerror(errno));
	else if (len > FILE_BYTES || memchr(text, '\0', len))
		rc = ra_fail(err, RA_ECONF, hint, "%s: %s is not a text of at most 64 KB",
			     file_name, path);
	if (file)
		fclose(file);
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		text[--len] = '\0';
	if (rc == 0)
		return text;
	ra_free(text);
	return NULL;
}

static void fail_both_set(const char *name, const char *file_name, struct ra_err *err)
{
	char *hint = ra_format("Keep %s or %s and unset the other.", name, file_name);
	ra_fail(err, RA_ECONF, hint, "%s and %s are both set", name, file_name);
	ra_free(hint);
}

/* The text somebody set, yours to free; NULL with *err->code 0 when nobody did. */
static char *read_option(const struct ra_option *option, struct ra_err *err)
{
	char *file_name = ra_format("%s_FILE", option->name);
	const char *value = read_variable(option->name);
	const char *path = read_variable(file_name);
	char *text = NULL;
	if (value && path)
		fail_both_set(option->name, file_name, err);
	else if (path)
		text = read_file(file_name, path, err);
	else
		text = ra_strdup(value);
	ra_free(file_name);
	return text;
}

static int fail_unset(const struct ra_option *option, struct ra_err *err)
{
	struct ra_buf expected = { 0 };
	ra_option_add_expected(option, &expected);
	char *hint = ra_format("Set %s, or %s_FILE to a file holding it, to %s: %s.", option->name,
			       option->name, ra_buf_text(&expected), option->help);
	ra_fail(err, RA_ECONF, hint, "%s is not set", option->name);
	ra_free(hint);
	ra_buf_fini(&expected);
	return RA_ECONF;
}

/* An installation is one folder: bin/ and, beside it, what the programs bring along. */
static char *find_folder(const char *name)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self));
	for (int parts = 0; len > 0 && parts < 2; len--)
		parts += self[len - 1] == '/';
	char *installed = ra_format("%.*s/%s", len > 0 ? (int)len : 0, self, name);
	if (access(installed, F_OK) == 0)
		return installed;
	ra_free(installed);
	return ra_strdup(name);
}

static int load_option(const struct ra_option *option, void *conf, struct ra_err *err)
{
	char *text = read_option(option, err);
	if (!text && err->code == 0) {
		if (!option->initial)
			return fail_unset(option, err);
		text = option->kind == RA_CONF_folder ? find_folder(option->initial)
						      : ra_strdup(option->initial);
	}
	if (text)
		err->code = ra_option_parse(option, text, conf, err);
	ra_free(text);
	return err->code;
}

int ra_conf_load(const struct ra_option *options, size_t count, void *conf)
{
	int mistakes = 0;
	for (size_t i = 0; i < count; i++) {
		if (ra_option_is_text(&options[i]))
			*(char **)((char *)conf + options[i].offset) = ra_strdup("");
		struct ra_err err = { 0 };
		if (load_option(&options[i], conf, &err) == 0)
			continue;
		fprintf(stderr, "%s\n  %s\n", err.msg, err.hint);
		mistakes++;
	}
	return mistakes;
}

int ra_conf_mistake(const char *name, const char *what, const char *hint)
{
	fprintf(stderr, "%s: %s\n  %s\n", name, what, hint);
	return 1;
}

void ra_conf_free(const struct ra_option *options, size_t count, void *conf)
{
	for (size_t i = 0; i < count; i++) {
		if (!ra_option_is_text(&options[i]))
			continue;
		char **text = (char **)((char *)conf + options[i].offset);
		ra_free(*text);
		*text = NULL;
	}
}

void ra_conf_help(const struct ra_option *options, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ra_buf expected = { 0 };
		ra_option_add_expected(&options[i], &expected);
		printf("  %-26s %s\n  %-26s %s; ", options[i].name, options[i].help, "",
		       ra_buf_text(&expected));
		if (!options[i].initial)
			puts("must be set");
		else if (!*options[i].initial)
			puts("not set by default");
		else
			printf("default %s\n", options[i].initial);
		ra_buf_fini(&expected);
	}
}

static void print_origin(const char *name)
{
	char *file_name = ra_format("%s_FILE", name);
	const char *path = read_variable(file_name);
	if (path)
		printf("file %s\n", path);
	else
		puts(read_variable(name) ? "environment" : "default");
	ra_free(file_name);
}

void ra_conf_explain(const struct ra_option *options, size_t count, const void *conf)
{
	for (size_t i = 0; i < count; i++) {
		struct ra_buf value = { 0 };
		ra_option_add_value(&options[i], conf, &value);
		for (size_t at = 0; at < value.len; at++)
			if ((unsigned char)value.ptr[at] < ' ')
				value.ptr[at] = ' ';
		printf("%s\t%s\t", options[i].name, ra_buf_text(&value));
		print_origin(options[i].name);
		ra_buf_fini(&value);
	}
}

void ra_conf_dump(const struct ra_option *options, size_t count, const void *conf)
{
	if (!ra_log_enabled(RA_LEVEL_DEBUG))
		return;
	struct ra_field *fields = ra_alloc((count + 1) * sizeof(*fields));
	struct ra_buf *texts = ra_alloc(count * sizeof(*texts));
	for (size_t i = 0; i < count; i++) {
		ra_option_add_value(&options[i], conf, &texts[i]);
		fields[i] = ra_f_str(options[i].name, ra_buf_str(&texts[i]));
	}
	ra_log_line(NULL, RA_LEVEL_DEBUG, "configuration", fields);
	for (size_t i = 0; i < count; i++)
		ra_buf_fini(&texts[i]);
	ra_free(texts);
	ra_free(fields);
}
