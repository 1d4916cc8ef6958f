/* s3_xml: see the header. */
#include "services/backup-scheduler/s3_xml.h"
#include "libshared/base/buf.h"
#include "libshared/base/err.h"
#include <assert.h>
#include <expat.h>
#include <limits.h>
#include <stdio.h>

#define DEPTH_MAX 8
#define NAME_MAX_ 48
#define TEXT_MAX  4096

struct parsing {
	XML_Parser parser;
	s3_xml_end on_end;
	void *ctx;
	int depth;                        /* elements open */
	char names[DEPTH_MAX][NAME_MAX_]; /* theirs, the outermost first */
	struct ra_buf text;               /* of the innermost, since the last tag */
};

static void on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	struct parsing *p = ctx;
	(void)attributes;
	if (p->depth == DEPTH_MAX) {
		XML_StopParser(p->parser, XML_FALSE);
		return;
	}
	snprintf(p->names[p->depth++], NAME_MAX_, "%s", name);
	ra_buf_clear(&p->text);
}

static void on_text(void *ctx, const XML_Char *text, int len)
{
	struct parsing *p = ctx;
	if (p->text.len + (size_t)len <= TEXT_MAX)
		ra_buf_add(&p->text, text, (size_t)len);
}

static void on_end(void *ctx, const XML_Char *name)
{
	struct parsing *p = ctx;
	(void)name;
	p->depth--;
	p->on_end(p->ctx, p->depth > 0 ? p->names[p->depth - 1] : "", p->names[p->depth],
		  ra_buf_str(&p->text));
	ra_buf_clear(&p->text);
}

/* Where entities would be declared, that grow as they are read. */
static void on_doctype(void *ctx, const XML_Char *name, const XML_Char *system,
		       const XML_Char *public, int has_internal)
{
	(void)name, (void)system, (void)public, (void)has_internal;
	XML_StopParser(((struct parsing *)ctx)->parser, XML_FALSE);
}

int s3_xml_parse(struct ra_str xml, s3_xml_end end, void *ctx)
{
	struct parsing p = { .parser = XML_ParserCreate("UTF-8"), .on_end = end, .ctx = ctx };
	assert(p.parser);
	XML_SetUserData(p.parser, &p);
	XML_SetElementHandler(p.parser, on_start, on_end);
	XML_SetCharacterDataHandler(p.parser, on_text);
	XML_SetStartDoctypeDeclHandler(p.parser, on_doctype);
	int rc = xml.len > INT_MAX || XML_Parse(p.parser, xml.ptr, (int)xml.len, 1) != XML_STATUS_OK
			 ? RA_EPROTO
			 : 0;
	XML_ParserFree(p.parser);
	ra_buf_fini(&p.text);
	return rc;
}
