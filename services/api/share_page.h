/*
 * share_page: what a share link shows, to whoever has its address. Public: no
 * session, no cookie. The widgets are the endpoints' own answers, asked for
 * from inside as nobody, with small groups left out (share_mask.h); kept for a
 * minute, for pages many people look at.
 */
#pragma once
#include "services/api/visit.h"

/* The widgets there are, by name; a link's choice is a set of them. */
enum share_widget {
	SHARE_FIGURES,
	SHARE_MESSAGES,
	SHARE_MEMBERS,
	SHARE_VOICE,
	SHARE_HEATMAP,
	SHARE_CHANNELS,
	SHARE_WIDGETS,
};
extern const char *const share_widget_names[SHARE_WIDGETS];

/* GET /api/v1/shares/{token}; ?embed=true: asked by the page other sites may frame. */
void share_page(struct ra_http_request *req, void *api);
void share_cache_clear(struct api *api);
