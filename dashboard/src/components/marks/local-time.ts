/*
 * Between instants and what the clock on a wall in the guild's zone says, as an input of type
 * datetime-local writes it: 2026-11-21T10:15.
 */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
	let format = formats.get(zone);
	if (!format) {
		format = new Intl.DateTimeFormat('sv-SE', {
			timeZone: zone,
			dateStyle: 'short',
			timeStyle: 'short',
		});
		formats.set(zone, format);
	}
	return format;
}

export const localOf = (ms: number, zone: string): string =>
	formatOf(zone).format(ms).replace(' ', 'T').slice(0, 16);

/** NaN when it is no time. Of an hour that comes twice the first; one that is left out moves on. */
export function instantOf(local: string, zone: string): number {
	const asUtc = Date.parse(`${local}Z`);
	if (Number.isNaN(asUtc)) return NaN;
	const shift = (ms: number) => Date.parse(`${localOf(ms, zone)}Z`) - ms;
	const guesses = [shift(asUtc - 86_400_000), shift(asUtc + 86_400_000)];
	const found = guesses
		.map((ms) => asUtc - ms)
		.filter((ms) => localOf(ms, zone) === local)
		.sort((a, b) => a - b);
	return found[0] ?? asUtc - (guesses[0] ?? 0);
}
