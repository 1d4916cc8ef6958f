/*
 * Texts that only some pages need, so that the first page does not pay for them:
 * locales/<language>/<area>.json. `guild` is what all pages of a guild share; of the others all
 * stands below one key named as the area, or below keys that no other catalogue has.
 */
import type { Language } from './index';

type Load = () => Promise<{ default: object }>;

const AREAS = {
	alerts: {
		en: () => import('@locales/en/alerts.json'),
		ru: () => import('@locales/ru/alerts.json'),
	},
	audit: {
		en: () => import('@locales/en/audit.json'),
		ru: () => import('@locales/ru/audit.json'),
	},
	backups: {
		en: () => import('@locales/en/backups.json'),
		ru: () => import('@locales/ru/backups.json'),
	},
	checkup: {
		en: () => import('@locales/en/checkup.json'),
		ru: () => import('@locales/ru/checkup.json'),
	},
	community: {
		en: () => import('@locales/en/community.json'),
		ru: () => import('@locales/ru/community.json'),
	},
	curators: {
		en: () => import('@locales/en/curators.json'),
		ru: () => import('@locales/ru/curators.json'),
	},
	digest: {
		en: () => import('@locales/en/digest.json'),
		ru: () => import('@locales/ru/digest.json'),
	},
	exports: {
		en: () => import('@locales/en/exports.json'),
		ru: () => import('@locales/ru/exports.json'),
	},
	fleet: {
		en: () => import('@locales/en/fleet.json'),
		ru: () => import('@locales/ru/fleet.json'),
	},
	growth: {
		en: () => import('@locales/en/growth.json'),
		ru: () => import('@locales/ru/growth.json'),
	},
	guild: {
		en: () => import('@locales/en/guild.json'),
		ru: () => import('@locales/ru/guild.json'),
	},
	history: {
		en: () => import('@locales/en/history.json'),
		ru: () => import('@locales/ru/history.json'),
	},
	hours: {
		en: () => import('@locales/en/hours.json'),
		ru: () => import('@locales/ru/hours.json'),
	},
	imports: {
		en: () => import('@locales/en/imports.json'),
		ru: () => import('@locales/ru/imports.json'),
	},
	inbox: {
		en: () => import('@locales/en/inbox.json'),
		ru: () => import('@locales/ru/inbox.json'),
	},
	lists: {
		en: () => import('@locales/en/lists.json'),
		ru: () => import('@locales/ru/lists.json'),
	},
	live_page: {
		en: () => import('@locales/en/live_page.json'),
		ru: () => import('@locales/ru/live_page.json'),
	},
	notices: {
		en: () => import('@locales/en/notices.json'),
		ru: () => import('@locales/ru/notices.json'),
	},
	notices_page: {
		en: () => import('@locales/en/notices_page.json'),
		ru: () => import('@locales/ru/notices_page.json'),
	},
	overview: {
		en: () => import('@locales/en/overview.json'),
		ru: () => import('@locales/ru/overview.json'),
	},
	picker: {
		en: () => import('@locales/en/picker.json'),
		ru: () => import('@locales/ru/picker.json'),
	},
	privacy: {
		en: () => import('@locales/en/privacy.json'),
		ru: () => import('@locales/ru/privacy.json'),
	},
	request_rules: {
		en: () => import('@locales/en/request_rules.json'),
		ru: () => import('@locales/ru/request_rules.json'),
	},
	requests: {
		en: () => import('@locales/en/requests.json'),
		ru: () => import('@locales/ru/requests.json'),
	},
	rules: {
		en: () => import('@locales/en/rules.json'),
		ru: () => import('@locales/ru/rules.json'),
	},
	schedules: {
		en: () => import('@locales/en/schedules.json'),
		ru: () => import('@locales/ru/schedules.json'),
	},
	shared: {
		en: () => import('@locales/en/shared.json'),
		ru: () => import('@locales/ru/shared.json'),
	},
	system: {
		en: () => import('@locales/en/system.json'),
		ru: () => import('@locales/ru/system.json'),
	},
	tasks: {
		en: () => import('@locales/en/tasks.json'),
		ru: () => import('@locales/ru/tasks.json'),
	},
	voice_page: {
		en: () => import('@locales/en/voice_page.json'),
		ru: () => import('@locales/ru/voice_page.json'),
	},
} satisfies Record<string, Record<Language, Load>>;

export type Area = keyof typeof AREAS;

export async function fetchArea(area: Area, language: Language): Promise<object> {
	return (await AREAS[area][language]()).default;
}
