/* site: everything that needs no session - the files of the dashboard, what this installation is,
 * health. */
#pragma once
#include "services/api/api.h"

void site_instance(struct ra_http_request *req, void *api);
void site_health(struct ra_http_request *req, void *api);
void site_ready(struct ra_http_request *req, void *api);
/* 404 for what is no endpoint, as JSON: nobody asks /api for a page. */
void site_no_endpoint(struct ra_http_request *req, void *api);

void site_headers_init(struct site_headers *headers, const struct urls *urls);
void site_headers_fini(struct site_headers *headers);
