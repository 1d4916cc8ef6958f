/*
 * picture: a chart as a PNG, for Discord: bars for the values, a line for the
 * compared ones. Drawn with cairo; no text in it comes from outside.
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/base/err.h"
#include "libshared/discord/lang.h"
#include <uv.h>

#define PICTURE_WIDTH  960
#define PICTURE_HEIGHT 420
#define PICTURE_MAX    800 /* values */

/* A value nobody counted; there is a gap. */
#define PICTURE_UNKNOWN INT64_MIN

struct picture {
	const struct lang *lang; /* borrowed */
	const char *legend;      /* of the values */
	const char *legend_before;
	bool is_time; /* values are milliseconds */
	bool has_before;
	size_t count;
	int64_t *now, *before; /* `count` each */
	const char **labels;   /* below each; as many are shown as there is room for */
};

/* Appends the PNG. RA_EINVAL when there is nothing to draw. Any thread. */
int picture_draw(const struct picture *picture, struct ra_buf *png) RA_MUST_CHECK;

/* Rounds up to the next 1, 2 or 5 times a power of ten, so that `steps` of it reach `max`. Of
 * times: whole minutes or hours. Pure. */
int64_t picture_step(int64_t max, int steps, bool is_time);

/* Off the loop: `done` comes from it, exactly once; `png` is empty when there is none. The picture
 * is borrowed until then. */
typedef void (*picture_cb)(void *ctx, struct ra_str png);
void picture_start(uv_loop_t *loop, const struct picture *picture, picture_cb done, void *ctx);
/* At the end of the process: what cairo and fontconfig keep for the next picture. */
void picture_forget_fonts(void);
