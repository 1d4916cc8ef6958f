/*
 * trace: which doing of somebody a line in a log belongs to, whichever service
 * wrote it: W3C Trace Context, handed on as `traceparent` from request to
 * command, and logged as trace_id. https://www.w3.org/TR/trace-context/
 */
#pragma once
#include "libshared/base/base.h"
#include "libshared/base/log.h"

#define RA_TRACEPARENT_MAX 56 /* 00-<32 hex digits>-<16>-<2>, and a NUL */

/* A span of our own: of the trace of `parent`, or of a new one where that is no traceparent. */
void ra_traceparent(char out[RA_TRACEPARENT_MAX], struct ra_str parent);
/* The trace id in it; empty where it is none. */
struct ra_str ra_trace_id(struct ra_str traceparent);
#define ra_f_trace(traceparent) ra_f_str("trace_id", ra_trace_id(traceparent))
