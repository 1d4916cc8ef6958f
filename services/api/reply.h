/* reply: the small words of our JSON (proto/api.yaml) and the problems every endpoint may answer
 * with. */
#pragma once
#include "services/api/api.h"

/* What is kept by the millisecond and sent as text. */
json_t *json_id(uint64_t id);
json_t *json_instant(int64_t ms);    /* 0 gives null */
json_t *json_text(const char *text); /* NULL gives null; broken UTF-8 gives "" */
json_t *json_str(struct ra_str text);
/* What PostgreSQL wrote as JSON; NULL for NULL, and when there is no such row. */
json_t *json_column(const PGresult *rows, int row, int column);

/* Addresses at the CDN (Discord docs, Image Formatting); null without a hash. */
json_t *json_avatar(const struct api *api, uint64_t user_id, struct ra_str hash);
json_t *json_icon(const struct api *api, uint64_t guild_id, struct ra_str hash);

/* A person {id, avatar} (SQL_PERSON, sql.h) or a guild {id, icon} as PostgreSQL wrote them: the
 * hash of the picture becomes its address. Anything else stays as it is. */
void json_dress_person(const struct api *api, json_t *person);
void json_dress_guild(const struct api *api, json_t *guild);

/* Where to send somebody who adds the bot; `guild_id` 0: Discord asks which guild. null without a
 * client id. */
json_t *json_invite(const struct api *api, uint64_t guild_id);

/* The problem an error code stands for; `status` is one of access_check's or of the database. */
void reply_failure(const struct api *api, struct ra_http_request *req, int status);
/* 400, from a check of the arguments. */
void reply_bad_argument(struct ra_http_request *req, const struct ra_err *err);

/* nosniff and its kin, on everything that is not a file of the dashboard. */
void reply_set_security_headers(struct ra_http_request *req);
