/*
 * Texts in the reader's language: what they chose, else what the browser asks for, else
 * English. Only the language in use is loaded, and of it what the pages seen need (areas.ts).
 */
import i18next, { type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { recall, remember } from '@/lib/storage';
import type { Area } from './areas';

export const LANGUAGES = ['en', 'ru'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language by its own name. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', ru: 'Русский' };

const catalogues = {
	en: () => import('@locales/en.json'),
	ru: () => import('@locales/ru.json'),
};

export function pickLanguage(chosen: string | null, preferred: readonly string[]): Language {
	const asked = [chosen ?? '', ...preferred].map((tag) => tag.slice(0, 2).toLowerCase());
	const known = asked.find((tag) => LANGUAGES.some((language) => language === tag));
	return (known as Language | undefined) ?? 'en';
}

const areas = new Set<Area>();

function add(language: Language, texts: object): void {
	i18next.addResourceBundle(language, 'translation', texts, true);
}

async function loadAreas(language: Language): Promise<void> {
	const missing = [...areas].filter((area) => !i18next.exists(area, { lng: language }));
	if (!missing.length) return;
	const { fetchArea } = await import('./areas');
	for (const texts of await Promise.all(missing.map((area) => fetchArea(area, language))))
		add(language, texts);
}

async function load(language: Language): Promise<void> {
	if (!i18next.hasResourceBundle(language, 'translation'))
		add(language, (await catalogues[language]()).default);
	await loadAreas(language);
}

/** For a page's lazy import: its texts come along, and follow when the language changes. */
export async function loadArea(area: Area): Promise<void> {
	areas.add(area);
	await loadAreas(i18next.language as Language);
}

export async function startI18n(): Promise<i18n> {
	const language = pickLanguage(recall('language'), navigator.languages);
	await i18next.use(initReactI18next).init({
		lng: language,
		resources: {},
		partialBundledLanguages: true,
		showSupportNotice: false,
		interpolation: { escapeValue: false /* React escapes */ },
	});
	await load(language);
	await i18next.changeLanguage(language);
	document.documentElement.lang = language;
	return i18next;
}

export async function chooseLanguage(language: Language): Promise<void> {
	await load(language);
	await i18next.changeLanguage(language);
	document.documentElement.lang = language;
	remember('language', language);
}
