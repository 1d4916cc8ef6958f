/*
 * Everything is an SVG, whatever the extension asked for: browsers go by the
 * content type. A hash always gives the same picture.
 */
#include "services/discord-sim/cdn.h"
#include "libshared/base/buf.h"
#include "libshared/http/server.h"
#include "services/discord-sim/sim.h"
#include "services/discord-sim/world.h"
#include <utf8proc.h>

/* Draws numbers out of a name, one after the other. */
struct dice {
	uint64_t state;
};

static struct dice dice_of(struct ra_str name)
{
	struct dice dice = { 0xcbf29ce484222325ULL };
	for (size_t i = 0; i < name.len && name.ptr[i] != '.'; i++)
		dice.state = (dice.state ^ (unsigned char)name.ptr[i]) * 0x100000001b3ULL;
	return dice;
}

static unsigned roll(struct dice *dice, unsigned sides)
{
	dice->state = dice->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(dice->state >> 33) % sides;
}

static void open_svg(struct ra_buf *out, unsigned hue, unsigned light)
{
	ra_buf_printf(out,
		      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\">"
		      "<rect width=\"64\" height=\"64\" fill=\"hsl(%u 65%% %u%%)\"/>",
		      hue, light);
}

static void reply_svg(struct ra_http_request *req, struct ra_buf *out)
{
	ra_buf_add_text(out, "</svg>");
	ra_http_set_header(req, "cache-control", "public, max-age=31536000, immutable");
	ra_http_set_header(req, "x-content-type-options", "nosniff");
	ra_http_set_header(req, "access-control-allow-origin", "*");
	ra_http_reply(req, 200, "image/svg+xml", ra_buf_str(out));
	ra_buf_fini(out);
}

/* ---- faces ---- */

static const char *const skins[] = { "#ffdbb4", "#f2c29b", "#d9a066", "#ae7242", "#7c4a2a" };
static const char *const hairs[] = { "#2b2016", "#5a3a1b", "#a8672f",
				     "#d9b35b", "#8d8f98", "#b5473c" };
static const char *const cuts[] = {
	"M16 30a16 17 0 0 1 32 0q-4-9-16-9t-16 9z",
	"M15 34q-3-22 17-22t17 22q-2-12-9-14-12 3-20 0-4 4-5 14z",
	"M14 46q-4-34 18-34t18 34q-4 0-5-4 1-16-5-20-9 3-16 0-6 4-5 20-1 4-5 4z",
	"M20 19q3-8 12-8t12 8q-6-3-12-3t-12 3z",
};
static const char *const mouths[] = {
	"M26 43q6 5 12 0",
	"M27 44h10",
	"M26 42q6 8 12 0z",
	"M28 44q4 3 9-1",
};

static void draw_face(struct ra_buf *out, struct dice dice)
{
	open_svg(out, roll(&dice, 360), 55 + roll(&dice, 20));
	const char *skin = skins[roll(&dice, RA_COUNT(skins))];
	ra_buf_add_text(out, "<g transform=\"translate(-9 -7) scale(1.28)\">");
	ra_buf_printf(out, "<path d=\"M10 64q0-16 22-16t22 16z\" fill=\"hsl(%u 50%% 40%%)\"/>",
		      roll(&dice, 360));
	ra_buf_printf(out, "<path d=\"M27 44h10v8q-5 5-10 0z\" fill=\"%s\"/>", skin);
	ra_buf_printf(out, "<ellipse cx=\"32\" cy=\"33\" rx=\"14\" ry=\"16\" fill=\"%s\"/>", skin);
	ra_buf_printf(out, "<path d=\"%s\" fill=\"%s\"/>", cuts[roll(&dice, RA_COUNT(cuts))],
		      hairs[roll(&dice, RA_COUNT(hairs))]);
	ra_buf_add_text(out,
			"<circle cx=\"26.5\" cy=\"34\" r=\"1.8\"/><circle cx=\"37.5\" cy=\"34\" "
			"r=\"1.8\"/>");
	if (roll(&dice, 4) == 0)
		ra_buf_add_text(out,
				"<g fill=\"none\" stroke=\"#333\"><circle cx=\"26.5\" cy=\"34\" "
				"r=\"5\"/><circle cx=\"37.5\" cy=\"34\" r=\"5\"/>"
				"<path d=\"M31.5 34h1\"/></g>");
	ra_buf_printf(out,
		      "<path d=\"%s\" fill=\"none\" stroke=\"#8a3324\" stroke-width=\"1.6\" "
		      "stroke-linecap=\"round\"/>",
		      mouths[roll(&dice, RA_COUNT(mouths))]);
	ra_buf_add_text(out, "</g>");
}

static void on_avatar(struct ra_http_request *req, void *ctx)
{
	struct ra_buf out = { 0 };
	(void)ctx;
	draw_face(&out, dice_of(ra_http_param(req, "hash")));
	reply_svg(req, &out);
}

/* The faceless one, in one of six colours. */
static void on_default_avatar(struct ra_http_request *req, void *ctx)
{
	static const unsigned hues[] = { 235, 220, 150, 40, 350, 320 };
	struct ra_buf out = { 0 };
	struct ra_str name = ra_http_param(req, "hash");
	unsigned index = name.len > 0 && name.ptr[0] >= '0' && name.ptr[0] <= '9'
				 ? (unsigned)(name.ptr[0] - '0')
				 : 0;
	(void)ctx;
	open_svg(&out, hues[index % RA_COUNT(hues)], 58);
	ra_buf_add_text(&out, "<circle cx=\"32\" cy=\"26\" r=\"11\" fill=\"#fff\"/>"
			      "<path d=\"M12 60q0-20 20-20t20 20z\" fill=\"#fff\"/>");
	reply_svg(req, &out);
}

/* ---- guilds ---- */

static bool is_letter(utf8proc_int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);
	return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

/* The first letters of the first two words; quotes and dashes are none. */
static void add_initials(struct ra_buf *out, const char *name)
{
	const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)name;
	bool in_word = false;
	int words = 0;
	utf8proc_int32_t c;
	utf8proc_ssize_t len;
	while (*at && words < 2 && (len = utf8proc_iterate(at, -1, &c)) > 0) {
		if (is_letter(c) && !in_word) {
			ra_buf_add(out, at, (size_t)len);
			words++;
		}
		in_word = is_letter(c);
		at += len;
	}
}

static void on_icon(struct ra_http_request *req, void *ctx)
{
	const struct sim *sim = ctx;
	struct ra_buf out = { 0 };
	struct dice dice = dice_of(ra_http_param(req, "hash"));
	uint64_t guild_id = 0;
	if (ra_str_to_u64(ra_http_param(req, "guild"), &guild_id) < 0)
		guild_id = 0;
	const struct guild *guild = world_guild(sim->world, guild_id);
	unsigned hue = roll(&dice, 360);
	open_svg(&out, hue, 42);
	ra_buf_printf(&out,
		      "<circle cx=\"%u\" cy=\"%u\" r=\"30\" fill=\"hsl(%u 70%% 52%%)\"/>"
		      "<circle cx=\"%u\" cy=\"%u\" r=\"18\" fill=\"hsl(%u 75%% 62%%)\" "
		      "opacity=\".7\"/>",
		      8 + roll(&dice, 20), 8 + roll(&dice, 20), (hue + 40) % 360,
		      40 + roll(&dice, 20), 40 + roll(&dice, 20), (hue + 80) % 360);
	ra_buf_add_text(&out, "<text x=\"32\" y=\"41\" text-anchor=\"middle\" fill=\"#fff\" "
			      "font-family=\"system-ui,sans-serif\" font-weight=\"700\" "
			      "font-size=\"25\">");
	add_initials(&out, guild ? guild->name : "?");
	ra_buf_add_text(&out, "</text>");
	reply_svg(req, &out);
}

void cdn_routes(struct sim *sim)
{
	ra_http_route(sim->http, "GET", "/cdn/avatars/{user}/{hash}", on_avatar, sim);
	ra_http_route(sim->http, "GET", "/cdn/guilds/{guild}/users/{user}/avatars/{hash}",
		      on_avatar, sim);
	ra_http_route(sim->http, "GET", "/cdn/embed/avatars/{hash}", on_default_avatar, sim);
	ra_http_route(sim->http, "GET", "/cdn/icons/{guild}/{hash}", on_icon, sim);
}
