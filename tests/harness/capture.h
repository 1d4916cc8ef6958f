/*
 * capture: what a piece of code writes to stderr or stdout, as a text.
 *
 *	struct capture capture = capture_begin(STDERR_FILENO);
 *	...
 *	char *text = capture_end(&capture); // yours to ra_free
 */
#pragma once
#include "libshared/base/base.h"
#include <assert.h>
#include <stdio.h>
#include <unistd.h>

struct capture {
	FILE *file; /* owned */
	int fd, saved_fd;
};

static inline struct capture capture_begin(int fd)
{
	fflush(NULL);
	struct capture capture = { .file = tmpfile(), .fd = fd, .saved_fd = dup(fd) };
	assert(capture.file && capture.saved_fd >= 0);
	dup2(fileno(capture.file), fd);
	return capture;
}

static inline char *capture_end(struct capture *capture)
{
	fflush(NULL);
	dup2(capture->saved_fd, capture->fd);
	close(capture->saved_fd);
	long len = lseek(fileno(capture->file), 0, SEEK_END);
	char *text = ra_alloc((size_t)len + 1);
	ssize_t got = pread(fileno(capture->file), text, (size_t)len, 0);
	assert(got == len);
	(void)got;
	fclose(capture->file);
	return text;
}
