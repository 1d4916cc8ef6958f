import { expect, it } from 'vitest';
import { GUILD_PAGE_GROUPS, GUILD_PAGES, guildHref, pageAt, pagesOf } from './guild-pages';

it('takes the range along, and nothing else', () => {
	const search = new URLSearchParams('period=custom&from=2025-11-01&to=2025-11-02&heat=voice');
	expect(guildHref('7', 'overview', search)).toBe(
		'/guilds/7?period=custom&from=2025-11-01&to=2025-11-02',
	);
	expect(guildHref('7', 'history', new URLSearchParams())).toBe('/guilds/7/history');
});

it('knows the page of a path', () => {
	expect(pageAt('')).toBe('overview');
	expect(pageAt('/history')).toBe('history');
	expect(pageAt('/history/7')).toBe('history');
});

it('shows every page once to those who manage, and fewer to those who look', () => {
	const shown = (can_manage: boolean, can_see_people: boolean) =>
		GUILD_PAGE_GROUPS.flatMap((group) => pagesOf(group, { can_manage, can_see_people })).map(
			(line) => line.key,
		);
	expect(shown(true, true)).toEqual(GUILD_PAGES.map((line) => line.key));
	expect(shown(false, true)).toContain('members');
	expect(shown(false, true)).not.toContain('history');
	expect(shown(false, false)).toContain('overview');
	expect(shown(false, false)).not.toContain('members');
});
