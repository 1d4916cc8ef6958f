import { expect, it } from 'vitest';
import {
	GUILD_PAGE_GROUPS,
	GUILD_PAGES,
	guildHref,
	isBesideRights,
	pageAt,
	pagesOf,
	type Rights,
} from './guild-pages';

const NOTHING: Rights = {
	can_manage: false,
	can_see_people: false,
	can_see_figures: false,
	is_staff: false,
};

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
	const shown = (rights: Partial<Rights>) =>
		GUILD_PAGE_GROUPS.flatMap((group) => pagesOf(group, { ...NOTHING, ...rights })).map(
			(line) => line.key,
		);
	const manager = { can_manage: true, can_see_people: true, can_see_figures: true };
	expect(shown(manager)).toEqual(GUILD_PAGES.map((line) => line.key));
	expect(shown({ can_see_people: true, can_see_figures: true })).toContain('members');
	expect(shown({ can_see_people: true, can_see_figures: true })).not.toContain('history');
	expect(shown({ can_see_figures: true })).toContain('overview');
	expect(shown({ can_see_figures: true })).not.toContain('members');
	expect(shown({ can_see_figures: true })).not.toContain('requests');
	expect(shown({ is_staff: true })).toEqual(['requests', 'tasks']);
});

it('knows what is beside the rights of staff that may not see figures', () => {
	const staff = { ...NOTHING, is_staff: true };
	expect(isBesideRights('overview', staff)).toBe(true);
	expect(isBesideRights('members', staff)).toBe(true);
	expect(isBesideRights('requests', staff)).toBe(false);
	expect(isBesideRights('overview', { ...staff, can_see_figures: true })).toBe(false);
});
