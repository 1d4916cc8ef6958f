import { useTranslation } from 'react-i18next';
import { newFormats, type Formats } from '@/lib/format';

const known = new Map<string, Formats>();

/* English dates differ between countries: the browser's own kind of the language is used. */
function regional(language: string): string {
	return navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
}

export function formatsFor(language: string): Formats {
	let formats = known.get(language);
	if (!formats) known.set(language, (formats = newFormats(regional(language))));
	return formats;
}

/** Numbers and dates as the current language writes them. */
export function useFormats(): Formats {
	return formatsFor(useTranslation().i18n.language);
}
