/* Every test speaks English unless it says otherwise, and leaves nothing behind. */
import { cleanup, configure } from '@testing-library/react';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { FakeEventSource } from './fake-event-source';
import { strangers } from './mock-api';

/* Every catalogue at once: a test does not wait for texts. */
const catalogues = import.meta.glob<object>('../../../locales/**/*.json', {
	eager: true,
	import: 'default',
});
const textsOf = (language: string): object =>
	Object.assign(
		{},
		...Object.entries(catalogues)
			.filter(([path]) => path.includes(`/${language}`))
			.map(([, texts]) => texts),
	) as object;

/* A busy machine is no failure. */
configure({ asyncUtilTimeout: 10_000 });

beforeAll(async () => {
	await i18next.use(initReactI18next).init({
		lng: 'en',
		showSupportNotice: false,
		resources: { en: { translation: textsOf('en') }, ru: { translation: textsOf('ru') } },
		interpolation: { escapeValue: false },
	});
});

beforeEach(() => {
	vi.stubGlobal('EventSource', FakeEventSource);
	FakeEventSource.all = [];
});

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
	expect(strangers.splice(0)).toEqual([]);
	history.replaceState(null, '', '/');
});
