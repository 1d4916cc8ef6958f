/* What a fresh guild still needs: from the answer to lines of a list, each done or not. */
import type { TFunction } from 'i18next';
import type { Guild, Setup } from '@/api/types';
import type { Formats } from '@/lib/format';

export type SetupKey = 'bot' | 'channels' | 'people' | 'zone' | 'counting';

export interface SetupLine {
	key: SetupKey;
	isDone: boolean;
	text: string;
}

type Show = (value: number) => string;

function channelsLine({ channels, hidden_channels: hidden }: Setup, t: TFunction, n: Show) {
	const seen = channels - hidden;
	if (!channels) return { isDone: false, text: t('setup.channels.unknown') };
	if (!hidden)
		return { isDone: true, text: t('setup.channels.done', { count: seen, n: n(seen) }) };
	return {
		isDone: false,
		text: t('setup.channels.hidden', { count: hidden, n: n(hidden), all: n(channels) }),
	};
}

export function setupLines(setup: Setup, t: TFunction, formats: Formats): SetupLine[] {
	const { is_connected, is_zone_chosen, timezone, people_known, first_event_at: first } = setup;
	const known = { count: people_known, n: formats.count(people_known) };
	return [
		{
			key: 'bot',
			isDone: is_connected,
			text: t(is_connected ? 'setup.bot.done' : 'setup.bot.open'),
		},
		{ key: 'channels', ...channelsLine(setup, t, formats.count) },
		{
			key: 'people',
			isDone: people_known > 0,
			text: people_known > 0 ? t('setup.people.done', known) : t('setup.people.open'),
		},
		{
			key: 'zone',
			isDone: is_zone_chosen,
			text: t(is_zone_chosen ? 'setup.zone.done' : 'setup.zone.open', { zone: timezone }),
		},
		{
			key: 'counting',
			isDone: first !== null,
			text:
				first === null
					? t('setup.counting.open')
					: t('setup.counting.done', { date: formats.date(Date.parse(first), timezone) }),
		},
	];
}

/**
 * Whether the list is worth its room: nothing is counted yet, or something is left to do for those
 * who can do it; and nobody put it away.
 */
export function isSetupShown(lines: SetupLine[], guild: Guild, isPutAway: boolean): boolean {
	const isOpen = lines.some((line) => !line.isDone);
	const isCounting = lines.some((line) => line.key === 'counting' && line.isDone);
	if (isPutAway) return false;
	return !isCounting || (isOpen && guild.can_manage);
}
