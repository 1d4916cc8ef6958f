/* multipart: see multipart.h. */
#include "services/api/multipart.h"

void multipart_write(struct ra_buf *out, struct ra_str json, const char *file_name,
		     struct ra_str png)
{
	ra_buf_add_text(out, "--" MULTIPART_BOUNDARY "\r\n"
			     "Content-Disposition: form-data; name=\"payload_json\"\r\n"
			     "Content-Type: application/json\r\n\r\n");
	ra_buf_add_str(out, json);
	ra_buf_printf(out,
		      "\r\n--" MULTIPART_BOUNDARY "\r\n"
		      "Content-Disposition: form-data; name=\"files[0]\"; filename=\"%s\"\r\n"
		      "Content-Type: image/png\r\n\r\n",
		      file_name);
	ra_buf_add_str(out, png);
	ra_buf_add_text(out, "\r\n--" MULTIPART_BOUNDARY "--\r\n");
}
