/*
 * courier: takes what is due to webhooks and sends it.
 *
 * A delivery is a row with a due time; who moves that time sends it, and tries
 * again later and later when that fails. A webhook nobody has answered at for
 * three days is disabled. Where it goes is chosen by strangers, so only public
 * addresses are connected to (libshared/http/address.h), and what comes back
 * is looked at for its status alone.
 *
 * Signature (header X-Rations-Signature): t=<seconds>,v1=<hex>, the HMAC-SHA256
 * by the webhook's secret of "<seconds>.<body>".
 */
#pragma once
#include "services/api/api.h"

#define COURIER_SIGNATURE_LEN 96 /* at most, with its NUL */

struct courier;

struct courier *courier_start(struct api *api);
void courier_stop(struct courier *courier, void (*stopped)(void *ctx), void *ctx);

/* Pure. */
void courier_sign(struct ra_str secret, int64_t at_s, struct ra_str body,
		  char out[COURIER_SIGNATURE_LEN]);
/* How long after the nth failed attempt (from 1) to try again; 0: give up. */
int64_t courier_retry_ms(int64_t attempts);
