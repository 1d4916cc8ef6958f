/*
 * s3_xml: what S3 answers, element by element. Flat enough that the name of
 * an element and of the one around it say what it is.
 */
#pragma once
#include "libshared/base/base.h"

/* An element has ended. `text` is what stood in it itself; one too long to be anything we ask for
 * comes cut off. */
typedef void (*s3_xml_end)(void *ctx, const char *parent, const char *name, struct ra_str text);

/* 0, or RA_EPROTO when it is no XML, is nested deeper than S3 does, or declares entities. */
int s3_xml_parse(struct ra_str xml, s3_xml_end on_end, void *ctx) RA_MUST_CHECK;
