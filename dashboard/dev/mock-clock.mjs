/* Days in a time zone, for the stand-in: the same cutting PostgreSQL does for the api. */
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const formats = new Map();

function partsOf(atMs, zone) {
	if (!formats.has(zone))
		formats.set(
			zone,
			new Intl.DateTimeFormat('en-GB', {
				timeZone: zone,
				hourCycle: 'h23',
				year: 'numeric',
				month: 'numeric',
				day: 'numeric',
				hour: 'numeric',
				minute: 'numeric',
			}),
		);
	const found = {};
	for (const { type, value } of formats.get(zone).formatToParts(atMs))
		found[type] = Number(value);
	return found;
}

/** The local wall clock of an instant, as if it were UTC. */
export function localOf(atMs, zone) {
	const { year, month, day, hour, minute } = partsOf(atMs, zone);
	return Date.UTC(year, month - 1, day, hour, minute);
}

function instantOf(localMs, zone) {
	const guess = localMs - (localOf(localMs, zone) - localMs);
	return localMs - (localOf(guess, zone) - guess);
}

/** Local midnight, `days` after the day of `atMs`. */
export function dayStart(atMs, zone, days = 0) {
	const local = new Date(localOf(atMs, zone));
	return instantOf(
		Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate() + days),
		zone,
	);
}

export function monthStart(atMs, zone, months = 0) {
	const local = new Date(localOf(atMs, zone));
	return instantOf(Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + months, 1), zone);
}

export const weekdayOf = (atMs, zone) => (new Date(localOf(atMs, zone)).getUTCDay() + 6) % 7;
export const hourOf = (atMs, zone) => new Date(localOf(atMs, zone)).getUTCHours();

const dayText = (text, zone) => instantOf(Date.parse(`${text}T00:00:00Z`), zone);

const SPANS = {
	today: (now, zone) => [dayStart(now, zone), now],
	yesterday: (now, zone) => [dayStart(now, zone, -1), dayStart(now, zone)],
	'24h': (now) => [now - DAY_MS, now],
	month: (now, zone) => [monthStart(now, zone), now],
	last_month: (now, zone) => [monthStart(now, zone, -1), monthStart(now, zone)],
	ytd: (now, zone) => [monthStart(now, zone, -new Date(localOf(now, zone)).getUTCMonth()), now],
	'12mo': (now, zone) => [monthStart(now, zone, -11), now],
};

/** [from, to, end of the period] of a request. */
export function spanOf(query, guild, now) {
	const period = query.get('period') ?? '28d';
	const zone = guild.timezone;
	if (period === 'custom') {
		const from = dayText(query.get('from'), zone);
		const end = dayStart(dayText(query.get('to'), zone), zone, 1);
		return [from, Math.min(end, now), end];
	}
	if (period === 'all') return [dayStart(guild.firstMs, zone), now, dayStart(now, zone, 1)];
	const days = /^(\d+)d$/.exec(period);
	const [from, to] = days ? [dayStart(now, zone, 1 - days[1]), now] : SPANS[period](now, zone);
	return [from, to, period === '24h' || to < now ? to : dayStart(now, zone, 1)];
}

/** The compared span, weekdays aligned, cut where the current one has got to. */
export function compareSpan(query, [from, to, end]) {
	const compare = query.get('compare') ?? 'previous';
	if (compare === 'none') return null;
	const length = end - from;
	const week = 7 * DAY_MS;
	const shift =
		compare === 'year'
			? 364 * DAY_MS
			: length >= week
				? Math.ceil(length / week - 0.01) * week
				: length;
	return [from - shift, to - shift];
}

const NEXT = {
	hour: (at) => at + HOUR_MS,
	day: (at, zone) => dayStart(at + 2 * HOUR_MS, zone, 1),
	week: (at, zone) => dayStart(at + 2 * HOUR_MS, zone, 7 - weekdayOf(at, zone)),
	month: (at, zone) => monthStart(at + 2 * HOUR_MS, zone, 1),
};

export function autoBucket(from, to) {
	const days = (to - from) / DAY_MS;
	return days <= 2.05 ? 'hour' : days <= 92 ? 'day' : days <= 400 ? 'week' : 'month';
}

export function bucketStarts(from, to, bucket, zone) {
	const starts = [];
	for (let at = from; at < to; at = NEXT[bucket](at, zone)) starts.push(at);
	return starts;
}
