/*
 * picture: see picture.h.
 *
 *	legend
 *	  tick |---------------------------
 *	  tick |   bars, and the line over them
 *	     0 +---------------------------
 *	         label     label     label
 */
#include "services/api/picture.h"
#include <cairo.h>
#include <fontconfig/fontconfig.h>
#include <math.h>

#define FONT      "DejaVu Sans"
#define FONT_SIZE 17.0
#define TICKS     4
#define TOP       58.0
#define BOTTOM    44.0
#define RIGHT     28.0
#define MINUTE_MS 60000LL
#define HOUR_MS   3600000LL

struct colour {
	double r, g, b;
};

/* On Discord's dark and light ground alike. */
static const struct colour ground = { 0.094, 0.102, 0.125 }, ink = { 0.86, 0.87, 0.90 },
			   faint = { 0.60, 0.63, 0.69 }, grid = { 0.20, 0.215, 0.25 },
			   bar = { 0.35, 0.56, 0.98 }, line = { 0.96, 0.70, 0.26 };

struct plot {
	const struct picture *picture;
	cairo_t *cr;
	struct ra_arena arena;
	double left, width, height;
	int64_t step, top; /* of the scale */
};

static void use(cairo_t *cr, struct colour colour)
{
	cairo_set_source_rgb(cr, colour.r, colour.g, colour.b);
}

int64_t picture_step(int64_t max, int steps, bool is_time)
{
	static const int64_t times[] = {
		MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS,
		HOUR_MS,   2 * HOUR_MS,   5 * HOUR_MS,
	};
	int64_t least = max <= steps ? 1 : (max + steps - 1) / steps, unit = 1;
	for (size_t i = 0; is_time && i < RA_COUNT(times); i++)
		if (times[i] >= least)
			return times[i];
	if (is_time)
		unit = HOUR_MS;
	for (int64_t power = 1;; power *= 10)
		for (int64_t digit = 1; digit <= 5; digit = digit == 1 ? 2 : digit == 2 ? 5 : 10)
			if (digit * power * unit >= least)
				return digit * power * unit;
}

static int64_t greatest(const struct picture *p)
{
	int64_t max = 0;
	for (size_t i = 0; i < p->count; i++) {
		if (p->now[i] > max)
			max = p->now[i];
		if (p->has_before && p->before[i] > max)
			max = p->before[i];
	}
	return max;
}

static double text_width(const struct plot *plot, const char *text)
{
	cairo_text_extents_t size;
	cairo_text_extents(plot->cr, text, &size);
	return size.x_advance;
}

static void write_at(const struct plot *plot, double x, double y, const char *text)
{
	cairo_move_to(plot->cr, x, y);
	cairo_show_text(plot->cr, text);
}

static const char *tick_text(struct plot *plot, int64_t value)
{
	const struct picture *p = plot->picture;
	return p->is_time ? lang_duration(p->lang, &plot->arena, value)
			  : lang_number(p->lang, &plot->arena, value);
}

static double y_of(const struct plot *plot, int64_t value)
{
	return TOP + plot->height * (1 - (double)value / (double)plot->top);
}

static double slot_of(const struct plot *plot)
{
	return plot->width / (double)plot->picture->count;
}

/* The scale, and how much room its numbers take on the left. */
static void measure(struct plot *plot)
{
	double widest = 0;
	plot->step = picture_step(greatest(plot->picture), TICKS, plot->picture->is_time);
	plot->top = plot->step * TICKS;
	for (int i = 0; i <= TICKS; i++)
		widest = fmax(widest, text_width(plot, tick_text(plot, plot->step * i)));
	plot->left = 24 + widest + 12;
	plot->width = PICTURE_WIDTH - plot->left - RIGHT;
	plot->height = PICTURE_HEIGHT - TOP - BOTTOM;
}

static void draw_scale(struct plot *plot)
{
	for (int i = 0; i <= TICKS; i++) {
		const char *text = tick_text(plot, plot->step * i);
		double y = round(y_of(plot, plot->step * i)) + 0.5;
		use(plot->cr, grid);
		cairo_set_line_width(plot->cr, 1);
		cairo_move_to(plot->cr, plot->left, y);
		cairo_rel_line_to(plot->cr, plot->width, 0);
		cairo_stroke(plot->cr);
		use(plot->cr, faint);
		write_at(plot, plot->left - 12 - text_width(plot, text), y + FONT_SIZE * 0.35,
			 text);
	}
}

static void draw_bars(const struct plot *plot)
{
	double slot = slot_of(plot), gap = fmin(8, slot * 0.25);
	use(plot->cr, bar);
	for (size_t i = 0; i < plot->picture->count; i++) {
		int64_t value = plot->picture->now[i];
		if (value <= 0)
			continue;
		double y = y_of(plot, value);
		cairo_rectangle(plot->cr, plot->left + slot * (double)i + gap / 2, y, slot - gap,
				TOP + plot->height - y);
	}
	cairo_fill(plot->cr);
}

/* Broken where nothing was counted. */
static void draw_line(const struct plot *plot)
{
	const struct picture *p = plot->picture;
	bool is_drawing = false;
	use(plot->cr, line);
	cairo_set_line_width(plot->cr, 3);
	cairo_set_line_join(plot->cr, CAIRO_LINE_JOIN_ROUND);
	for (size_t i = 0; p->has_before && i < p->count; i++) {
		double x = plot->left + slot_of(plot) * ((double)i + 0.5);
		if (p->before[i] == PICTURE_UNKNOWN)
			is_drawing = false;
		else if (is_drawing)
			cairo_line_to(plot->cr, x, y_of(plot, p->before[i]));
		else
			cairo_move_to(plot->cr, x, y_of(plot, p->before[i])), is_drawing = true;
	}
	cairo_stroke(plot->cr);
}

static void draw_labels(const struct plot *plot)
{
	const struct picture *p = plot->picture;
	double widest = 1, slot = slot_of(plot), free_from = plot->left - 8;
	for (size_t i = 0; i < p->count; i++)
		widest = fmax(widest, text_width(plot, p->labels[i]));
	size_t every = (size_t)ceil((widest + 28) / slot);
	use(plot->cr, faint);
	for (size_t i = 0; i < p->count; i += every) {
		double wide = text_width(plot, p->labels[i]);
		double x = plot->left + slot * ((double)i + 0.5) - wide / 2;
		x = fmin(fmax(x, plot->left - 8), PICTURE_WIDTH - 8 - wide);
		if (x < free_from)
			continue;
		write_at(plot, x, PICTURE_HEIGHT - 16, p->labels[i]);
		free_from = x + wide + 12;
	}
}

static double draw_key(const struct plot *plot, double x, struct colour colour, bool is_line,
		       const char *text)
{
	use(plot->cr, colour);
	if (is_line)
		cairo_rectangle(plot->cr, x, 28, 22, 4);
	else
		cairo_rectangle(plot->cr, x, 22, 16, 16);
	cairo_fill(plot->cr);
	use(plot->cr, ink);
	write_at(plot, x + 32, 30 + FONT_SIZE * 0.35, text);
	return x + 32 + text_width(plot, text) + 36;
}

static void draw_legend(const struct plot *plot)
{
	double x = draw_key(plot, 24, bar, false, plot->picture->legend);
	if (plot->picture->has_before)
		draw_key(plot, x, line, true, plot->picture->legend_before);
}

static cairo_status_t on_bytes(void *ctx, const unsigned char *bytes, unsigned len)
{
	ra_buf_add(ctx, bytes, len);
	return CAIRO_STATUS_SUCCESS;
}

int picture_draw(const struct picture *picture, struct ra_buf *png)
{
	if (picture->count == 0 || picture->count > PICTURE_MAX)
		return RA_EINVAL;
	cairo_surface_t *surface =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, PICTURE_WIDTH, PICTURE_HEIGHT);
	struct plot plot = { .picture = picture, .cr = cairo_create(surface) };
	use(plot.cr, ground);
	cairo_paint(plot.cr);
	cairo_select_font_face(plot.cr, FONT, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(plot.cr, FONT_SIZE);
	measure(&plot);
	draw_scale(&plot);
	draw_bars(&plot);
	draw_line(&plot);
	draw_labels(&plot);
	draw_legend(&plot);
	bool is_drawn =
		cairo_status(plot.cr) == CAIRO_STATUS_SUCCESS &&
		cairo_surface_write_to_png_stream(surface, on_bytes, png) == CAIRO_STATUS_SUCCESS;
	cairo_destroy(plot.cr);
	cairo_surface_destroy(surface);
	ra_arena_fini(&plot.arena);
	return is_drawn ? 0 : RA_EINVAL;
}

/* --- off the loop --- */

struct job {
	uv_work_t work;
	const struct picture *picture; /* borrowed */
	struct ra_buf png;             /* owned */
	picture_cb done;
	void *ctx; /* borrowed */
};

static void on_work(uv_work_t *work)
{
	struct job *job = ra_container_of(work, struct job, work);
	if (picture_draw(job->picture, &job->png) < 0)
		ra_buf_clear(&job->png);
}

static void on_drawn(uv_work_t *work, int status)
{
	struct job *job = ra_container_of(work, struct job, work);
	if (status < 0)
		ra_buf_clear(&job->png);
	job->done(job->ctx, ra_buf_str(&job->png));
	ra_buf_fini(&job->png);
	ra_free(job);
}

void picture_start(uv_loop_t *loop, const struct picture *picture, picture_cb done, void *ctx)
{
	struct job *job = ra_new(struct job);
	job->picture = picture;
	job->done = done;
	job->ctx = ctx;
	uv_queue_work(loop, &job->work, on_work, on_drawn);
}

void picture_forget_fonts(void)
{
	cairo_debug_reset_static_data();
	FcFini();
}
