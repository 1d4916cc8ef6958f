/*
 * Days in the guild's time zone. Buckets are cut by the server; the browser only has to
 * name them, and to say what day it is there.
 */

const dayFormats = new Map<string, Intl.DateTimeFormat>();

function dayFormat(zone: string): Intl.DateTimeFormat {
	let format = dayFormats.get(zone);
	if (!format) {
		/* sv-SE writes ISO dates. */
		format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
		dayFormats.set(zone, format);
	}
	return format;
}

/** `2025-11-03` of an instant, in `zone`. */
export function dayOf(atMs: number, zone: string): string {
	return dayFormat(zone).format(atMs);
}

export function addDays(day: string, days: number): string {
	const at = new Date(`${day}T00:00:00Z`);
	at.setUTCDate(at.getUTCDate() + days);
	return at.toISOString().slice(0, 10);
}

export function isZone(zone: string): boolean {
	try {
		return new Intl.DateTimeFormat('en', { timeZone: zone }).format(0) !== '';
	} catch {
		return false;
	}
}

export function knownZones(): string[] {
	return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
}

/** `GMT+3`, as people write it beside a zone's name. */
export function zoneOffset(zone: string, language: string, atMs: number): string {
	const parts = new Intl.DateTimeFormat(language, {
		timeZone: zone,
		timeZoneName: 'shortOffset',
	}).formatToParts(atMs);
	return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
}
