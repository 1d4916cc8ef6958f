/* clock: see the header. */
#include "libshared/base/clock.h"
#include "libshared/base/err.h"
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const uint64_t *offset; /* mapped for as long as the process lives; NULL: none */

static int64_t read_ms(clockid_t id)
{
	struct timespec now;
	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t ra_clock_offset_ms(void)
{
	return offset ? (int64_t)le64toh(__atomic_load_n(offset, __ATOMIC_RELAXED)) : 0;
}

int64_t ra_wall_ms(void)
{
	return read_ms(CLOCK_REALTIME) + ra_clock_offset_ms();
}

int ra_clock_follow(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	struct stat file;
	int rc = fstat(fd, &file) < 0 ? -errno : file.st_size < 8 ? RA_EINVAL : 0;
	void *map =
		rc == 0 ? mmap(NULL, sizeof(*offset), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
	if (rc == 0 && map == MAP_FAILED)
		rc = -errno;
	if (rc == 0)
		offset = map;
	close(fd);
	return rc;
}

uint64_t ra_monotonic_ms(void)
{
	return (uint64_t)read_ms(CLOCK_MONOTONIC);
}

/* Days since 1970-01-01, proleptic Gregorian; years are taken to begin in March, so that the leap
 * day is their last. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
	year -= month <= 2;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t leap_days = year / 4 - year / 100 + year / 400;
	return year * 365 + leap_days + day_of_year - 719468;
}

static int64_t month_days(int64_t year, int64_t month)
{
	static const int64_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month - 1] + (month == 2 && is_leap);
}

/* Takes `width` digits off the front as a number in [low, high]; false when they are not there. */
static bool take_number(struct ra_str *text, size_t width, int64_t low, int64_t high, int64_t *out)
{
	if (text->len < width || ra_str_to_i64((struct ra_str){ text->ptr, width }, out) < 0 ||
	    text->ptr[0] == '-')
		return false;
	*text = (struct ra_str){ text->ptr + width, text->len - width };
	return *out >= low && *out <= high;
}

static bool take_char(struct ra_str *text, char c)
{
	if (text->len == 0 || text->ptr[0] != c)
		return false;
	*text = (struct ra_str){ text->ptr + 1, text->len - 1 };
	return true;
}

static bool take_date(struct ra_str *text, int64_t *days)
{
	int64_t year, month, day;
	if (!take_number(text, 4, 1, 9999, &year) || !take_char(text, '-') ||
	    !take_number(text, 2, 1, 12, &month) || !take_char(text, '-') ||
	    !take_number(text, 2, 1, month_days(year, month), &day))
		return false;
	*days = days_from_civil(year, month, day);
	return true;
}

static bool take_hours_minutes(struct ra_str *text, int64_t *minutes)
{
	int64_t hour, minute;
	if (!take_number(text, 2, 0, 23, &hour) || !take_char(text, ':') ||
	    !take_number(text, 2, 0, 59, &minute))
		return false;
	*minutes = hour * 60 + minute;
	return true;
}

/* ".123456": any number of digits, of which three count. */
static bool take_fraction(struct ra_str *text, int64_t *ms)
{
	*ms = 0;
	if (!take_char(text, '.'))
		return true;
	int64_t digit, weight = 100;
	size_t before = text->len;
	while (take_number(text, 1, 0, 9, &digit)) {
		*ms += digit * weight;
		weight /= 10;
	}
	return text->len < before;
}

static bool take_zone(struct ra_str *text, int64_t *minutes)
{
	*minutes = 0;
	if (take_char(text, 'Z'))
		return true;
	bool is_west = take_char(text, '-');
	if ((!is_west && !take_char(text, '+')) || !take_hours_minutes(text, minutes))
		return false;
	if (is_west)
		*minutes = -*minutes;
	return true;
}

int ra_iso8601_parse(struct ra_str text, int64_t *ms)
{
	int64_t days, minutes, seconds, fraction_ms, zone_minutes;
	if (!take_date(&text, &days) || !take_char(&text, 'T') ||
	    !take_hours_minutes(&text, &minutes) || !take_char(&text, ':') ||
	    !take_number(&text, 2, 0, 59, &seconds) || !take_fraction(&text, &fraction_ms) ||
	    !take_zone(&text, &zone_minutes) || text.len != 0)
		return RA_EINVAL;
	minutes += days * 24 * 60 - zone_minutes;
	*ms = (minutes * 60 + seconds) * 1000 + fraction_ms;
	return 0;
}

static void put_number(char *out, int width, int64_t value)
{
	for (; width > 0; value /= 10)
		out[--width] = (char)('0' + value % 10);
}

/* What a year of four digits can say. */
#define FIRST_MS INT64_C(-62135596800000)
#define LAST_MS  INT64_C(253402300799999)

void ra_iso8601_format(int64_t ms, char out[33])
{
	ms = ms < FIRST_MS ? FIRST_MS : ms > LAST_MS ? LAST_MS : ms;
	int64_t fraction_ms = (ms % 1000 + 1000) % 1000;
	time_t seconds = (ms - fraction_ms) / 1000;
	struct tm utc;
	gmtime_r(&seconds, &utc);
	memcpy(out, "0000-00-00T00:00:00.000000+00:00", 33);
	put_number(out, 4, utc.tm_year + 1900);
	put_number(out + 5, 2, utc.tm_mon + 1);
	put_number(out + 8, 2, utc.tm_mday);
	put_number(out + 11, 2, utc.tm_hour);
	put_number(out + 14, 2, utc.tm_min);
	put_number(out + 17, 2, utc.tm_sec);
	put_number(out + 20, 3, fraction_ms);
}

/* splitmix64, https://prng.di.unimi.it/splitmix64.c */
static uint64_t next_random(void)
{
	static uint64_t state;
	if (state == 0 && getrandom(&state, sizeof(state), GRND_NONBLOCK) != sizeof(state))
		state = (uint64_t)read_ms(CLOCK_REALTIME);
	uint64_t z = state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint64_t ra_random(uint64_t bound)
{
	return (uint64_t)((unsigned __int128)next_random() * bound >> 64);
}
