import type { Guild, Range } from '@/api/types';
import { dayOf } from '@/lib/zone';

/** `rations-night-city-messages-2025-10-25-2025-11-21` */
export function exportName(guild: Guild, what: string, range: Range): string {
	const words = guild.name.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [guild.id];
	const first = dayOf(Date.parse(range.from), range.timezone);
	const last = dayOf(Math.max(Date.parse(range.from), Date.parse(range.to) - 1), range.timezone);
	return ['rations', ...words, what, first, last].join('-');
}
