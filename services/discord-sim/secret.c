#include "services/discord-sim/secret.h"
#include <sodium.h>

void secret_hex(char *out, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i + 1 < size; i++)
		out[i] = digits[randombytes_uniform(16)];
	out[size - 1] = '\0';
}
