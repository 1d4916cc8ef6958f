/*
 * Texts that only some pages need, so that the first page does not pay for them:
 * locales/<language>/<area>.json, all below one key named as the area.
 */
import type { Language } from './index';

type Load = () => Promise<{ default: object }>;

const AREAS = {
	history: {
		en: () => import('@locales/en/history.json'),
		ru: () => import('@locales/ru/history.json'),
	},
	system: {
		en: () => import('@locales/en/system.json'),
		ru: () => import('@locales/ru/system.json'),
	},
} satisfies Record<string, Record<Language, Load>>;

export type Area = keyof typeof AREAS;

export async function fetchArea(area: Area, language: Language): Promise<object> {
	return (await AREAS[area][language]()).default;
}
