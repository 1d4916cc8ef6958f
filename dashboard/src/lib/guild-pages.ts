/*
 * The pages of a guild, in the order of the navigation. What follows /guilds/<id> is the path;
 * guild-routes.tsx knows what each path shows, locales/<language>/guild.json what a page is called.
 */
import {
	AudioLines,
	BellRing,
	Clock,
	FileDown,
	Hash,
	History,
	LayoutDashboard,
	MessageSquare,
	Radio,
	ScrollText,
	Settings2,
	Newspaper,
	ShieldCheck,
	Sprout,
	UsersRound,
	type LucideIcon,
} from 'lucide-react';
import type { Guild } from '@/api/types';
import { keepRange } from './view';

interface PageLine {
	key: string;
	path: string;
	icon: LucideIcon;
	group: 'now' | 'activity' | 'people' | 'manage';
	/** left out for those who may look, but not change */
	isForManagers?: boolean;
	/** left out for those who may not see single members */
	isOfPeople?: boolean;
}

export const GUILD_PAGES = [
	{ key: 'overview', path: '', icon: LayoutDashboard, group: 'now' },
	{ key: 'live', path: '/live', icon: Radio, group: 'now' },
	{ key: 'messages', path: '/messages', icon: MessageSquare, group: 'activity' },
	{ key: 'channels', path: '/channels', icon: Hash, group: 'activity' },
	{ key: 'voice', path: '/voice', icon: AudioLines, group: 'activity' },
	{ key: 'hours', path: '/hours', icon: Clock, group: 'activity' },
	{ key: 'members', path: '/members', icon: UsersRound, group: 'people', isOfPeople: true },
	{ key: 'growth', path: '/growth', icon: Sprout, group: 'people' },
	{ key: 'community', path: '/community', icon: ShieldCheck, group: 'people' },
	{ key: 'alerts', path: '/alerts', icon: BellRing, group: 'manage' },
	{ key: 'exports', path: '/exports', icon: FileDown, group: 'manage' },
	{ key: 'settings', path: '/settings', icon: Settings2, group: 'manage', isForManagers: true },
	{ key: 'audit', path: '/audit', icon: ScrollText, group: 'manage', isForManagers: true },
	{ key: 'digest', path: '/digest', icon: Newspaper, group: 'manage', isForManagers: true },
	{ key: 'history', path: '/history', icon: History, group: 'manage', isForManagers: true },
] as const satisfies readonly PageLine[];

export type GuildPageKey = (typeof GUILD_PAGES)[number]['key'];
export type GuildPageGroup = PageLine['group'];
export const GUILD_PAGE_GROUPS: readonly GuildPageGroup[] = ['now', 'activity', 'people', 'manage'];

/** What somebody may do in a guild; a guild not yet known allows nothing. */
export type Rights = Pick<Guild, 'can_manage' | 'can_see_people'>;

/** The lines of one group, for somebody with these rights. */
export function pagesOf(
	group: GuildPageGroup,
	rights: Rights | undefined,
): (PageLine & { key: GuildPageKey })[] {
	const lines: readonly (PageLine & { key: GuildPageKey })[] = GUILD_PAGES;
	return lines.filter(
		(line) =>
			line.group === group &&
			(rights?.can_manage || !line.isForManagers) &&
			(rights?.can_see_people || !line.isOfPeople),
	);
}

/** The page a path below /guilds/<id> belongs to: /channels/7 is of the page of channels. */
export function pageAt(tail: string): GuildPageKey {
	const first = tail.split('/')[1] ?? '';
	return GUILD_PAGES.find((line) => line.path === (first && `/${first}`))?.key ?? 'overview';
}

/** Where a page of a guild is; the range one looks at comes along. */
export function guildHref(guildId: string, page: GuildPageKey, search: URLSearchParams): string {
	const kept = keepRange(search).toString();
	const path = GUILD_PAGES.find((line) => line.key === page)?.path ?? '';
	return `/guilds/${guildId}${path}${kept ? `?${kept}` : ''}`;
}
