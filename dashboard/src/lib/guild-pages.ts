/*
 * The pages of a guild, in the order of the navigation. What follows /guilds/<id> is the path;
 * guild-routes.tsx knows what each path shows, locales/<language>/guild.json what a page is called.
 */
import {
	AudioLines,
	BellDot,
	BellRing,
	CalendarClock,
	CircleHelp,
	ClipboardCheck,
	Clock,
	FileDown,
	Hash,
	Headset,
	History,
	ListChecks,
	ListFilter,
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
	group: 'now' | 'activity' | 'people' | 'desk' | 'manage';
	/** who finds it here; what is said nowhere is for those who may see figures */
	whose?: Whose;
}

/** people: who may see single members; staff: of the desk, and managers */
type Whose = 'figures' | 'people' | 'staff' | 'managers';

export const GUILD_PAGES = [
	{ key: 'overview', path: '', icon: LayoutDashboard, group: 'now' },
	{ key: 'live', path: '/live', icon: Radio, group: 'now' },
	{ key: 'messages', path: '/messages', icon: MessageSquare, group: 'activity' },
	{ key: 'channels', path: '/channels', icon: Hash, group: 'activity' },
	{ key: 'voice', path: '/voice', icon: AudioLines, group: 'activity' },
	{ key: 'hours', path: '/hours', icon: Clock, group: 'activity' },
	{ key: 'members', path: '/members', icon: UsersRound, group: 'people', whose: 'people' },
	{ key: 'growth', path: '/growth', icon: Sprout, group: 'people' },
	{ key: 'community', path: '/community', icon: ShieldCheck, group: 'people' },
	{ key: 'requests', path: '/requests', icon: CircleHelp, group: 'desk', whose: 'staff' },
	{ key: 'curators', path: '/curators', icon: Headset, group: 'desk', whose: 'managers' },
	{ key: 'tasks', path: '/tasks', icon: ClipboardCheck, group: 'desk', whose: 'staff' },
	{
		key: 'schedules',
		path: '/schedules',
		icon: CalendarClock,
		group: 'desk',
		whose: 'managers',
	},
	{ key: 'rules', path: '/rules', icon: ListFilter, group: 'desk', whose: 'managers' },
	{
		key: 'notifications',
		path: '/notifications',
		icon: BellDot,
		group: 'desk',
		whose: 'managers',
	},
	{ key: 'alerts', path: '/alerts', icon: BellRing, group: 'manage' },
	{ key: 'exports', path: '/exports', icon: FileDown, group: 'manage' },
	{ key: 'setup', path: '/setup', icon: ListChecks, group: 'manage', whose: 'managers' },
	{ key: 'settings', path: '/settings', icon: Settings2, group: 'manage', whose: 'managers' },
	{ key: 'audit', path: '/audit', icon: ScrollText, group: 'manage', whose: 'managers' },
	{ key: 'digest', path: '/digest', icon: Newspaper, group: 'manage', whose: 'managers' },
	{ key: 'history', path: '/history', icon: History, group: 'manage', whose: 'managers' },
] as const satisfies readonly PageLine[];

export type GuildPageKey = (typeof GUILD_PAGES)[number]['key'];
export type GuildPageGroup = PageLine['group'];
export const GUILD_PAGE_GROUPS: readonly GuildPageGroup[] = [
	'now',
	'activity',
	'people',
	'desk',
	'manage',
];

/** What somebody may do in a guild; a guild not yet known allows nothing. */
export type Rights = Pick<Guild, 'can_manage' | 'can_see_people' | 'can_see_figures' | 'is_staff'>;

const IS_FOR: Record<Whose, (rights: Rights) => boolean> = {
	figures: (rights) => rights.can_see_figures,
	people: (rights) => rights.can_see_people,
	staff: (rights) => rights.can_manage || rights.is_staff,
	managers: (rights) => rights.can_manage,
};

function isShown(line: PageLine, rights: Rights | undefined): boolean {
	return rights ? IS_FOR[line.whose ?? 'figures'](rights) : !line.whose;
}

/** The lines of one group, for somebody with these rights. */
export function pagesOf(
	group: GuildPageGroup,
	rights: Rights | undefined,
): (PageLine & { key: GuildPageKey })[] {
	const lines: readonly (PageLine & { key: GuildPageKey })[] = GUILD_PAGES;
	return lines.filter((line) => line.group === group && isShown(line, rights));
}

/** Staff that may not see figures have no overview: their first page is the one of requests. */
export function isBesideRights(key: GuildPageKey, rights: Rights): boolean {
	const line: PageLine | undefined = GUILD_PAGES.find((page) => page.key === key);
	const isOfFigures = !line?.whose || line.whose === 'people';
	return isOfFigures && !rights.can_see_figures;
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
