/* secret: ids and tokens nobody can guess. */
#pragma once
#include <stddef.h>

/* Fills `out` with size - 1 hex digits and a NUL. */
void secret_hex(char *out, size_t size);
