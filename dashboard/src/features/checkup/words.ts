/*
 * A verdict in the reader's language. rationsctl gives a stable word and parameters; a word that is
 * new to this page is said as rationsctl says it, in English.
 */
import { sizeText } from '@/features/backups/size';
import type { Check } from '@/api/types';
import type { Formats } from '@/lib/format';

/** t() for keys made of what came over the network: `fallback` where there is no such text. */
export type Say = (key: string, fallback: string, blanks?: Blanks) => string;
type Blanks = Record<string, string | number>;

interface Tools {
	say: Say;
	formats: Formats;
	age: (ms: number) => string;
}

/* The unit is what the name ends in. A count is both: what chooses the plural, and a figure. */
function shown(check: Check, { say, formats, age }: Tools): Blanks {
	const blanks: Blanks = {};
	for (const [name, value] of Object.entries(check.params)) {
		if (typeof value === 'string') blanks[name] = value;
		else if (name.endsWith('_ms')) blanks[name] = age(value);
		else if (name.endsWith('_bytes')) blanks[name] = sizeText(value, formats.language);
		else blanks[name] = name === 'count' ? value : String(value);
	}
	const { count, bit, permission, use } = check.params;
	if (typeof count === 'number') blanks.n = formats.count(count);
	if (bit !== undefined) {
		blanks.permission = say(`checkup.permission.${bit}`, String(permission));
		blanks.use = say(`checkup.use.${bit}`, String(use));
	}
	return blanks;
}

export function checkWords(check: Check, tools: Tools): { what: string; fix: string } {
	const blanks = shown(check, tools);
	return {
		what: tools.say(`checkup.says.${check.code}`, check.what, blanks),
		fix: check.fix && tools.say(`checkup.fix.${check.code}`, check.fix, blanks),
	};
}

const WEIGHT = { problem: 0, warning: 1, ok: 2 } as const;

/** What is to be done first, each kind in the order it was found. */
export function byWeight(checks: Check[]): Check[] {
	return checks.toSorted((a, b) => WEIGHT[a.verdict] - WEIGHT[b.verdict]);
}
