/*
 * The texts that Discord is sent (locales/<language>/notices.json), in the language of the server, not in that of
 * who looks: a catalogue of its own.
 */
import { useQuery } from '@tanstack/react-query';
import { createInstance, type TFunction } from 'i18next';
import { fetchArea } from '@/i18n/areas';
import type { Language } from '@/i18n';

async function load(language: Language): Promise<TFunction> {
	const instance = createInstance();
	return instance.init({
		lng: language,
		showSupportNotice: false,
		resources: { [language]: { translation: await fetchArea('notices', language) } },
		interpolation: { escapeValue: false },
	});
}

export function useMessageTexts(language: Language) {
	return useQuery({
		queryKey: ['texts', 'notices', language],
		queryFn: () => load(language),
		staleTime: Infinity,
	});
}

const UNITS = [
	['days', 86_400, 'hours', 3_600],
	['hours', 3_600, 'minutes', 60],
	['minutes', 60, null, 1],
	['seconds', 1, null, 1],
] as const;

/** 1 hour 12 minutes: the two largest units, as the notifier writes it (notify_text.c). */
export function waitOf(t: TFunction, seconds: number): string {
	const whole = Math.max(1, Math.floor(seconds));
	for (const [unit, size, smaller, small] of UNITS) {
		if (whole < size) continue;
		const text = t(`notices.${unit}`, { count: Math.floor(whole / size) });
		const rest = smaller ? Math.floor((whole % size) / small) : 0;
		return smaller && rest ? `${text} ${t(`notices.${smaller}`, { count: rest })}` : text;
	}
	return '';
}
