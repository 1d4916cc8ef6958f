/* device: see device.h. */
#include "services/api/device.h"

struct mark {
	const char *text, *name;
};

/* Every browser says it is the ones before it: the first that fits is right. */
static const struct mark browsers[] = {
	{ "Edg/", "Edge" },
	{ "EdgA/", "Edge" },
	{ "EdgiOS/", "Edge" },
	{ "OPR/", "Opera" },
	{ "YaBrowser/", "Yandex Browser" },
	{ "SamsungBrowser/", "Samsung Internet" },
	{ "Vivaldi/", "Vivaldi" },
	{ "Firefox/", "Firefox" },
	{ "FxiOS/", "Firefox" },
	{ "CriOS/", "Chrome" },
	{ "Chrome/", "Chrome" },
	{ "Safari/", "Safari" },
};

static const struct mark systems[] = {
	{ "iPhone", "iPhone" }, { "iPad", "iPad" },       { "Android", "Android" },
	{ "CrOS", "ChromeOS" }, { "Windows", "Windows" }, { "Mac OS X", "macOS" },
	{ "Linux", "Linux" },
};

static const char *find(struct ra_str text, const struct mark *marks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (memmem(text.ptr, text.len, marks[i].text, strlen(marks[i].text)))
			return marks[i].name;
	return "";
}

struct device device_of(struct ra_str user_agent)
{
	return (struct device){ find(user_agent, browsers, RA_COUNT(browsers)),
				find(user_agent, systems, RA_COUNT(systems)) };
}
