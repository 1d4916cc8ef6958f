/* Every test speaks English unless it says otherwise, and leaves nothing behind. */
import { cleanup, configure } from '@testing-library/react';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import en from '@locales/en.json';
import ru from '@locales/ru.json';
import { FakeEventSource } from './fake-event-source';
import { strangers } from './mock-api';

/* A busy machine is no failure. */
configure({ asyncUtilTimeout: 10_000 });

beforeAll(async () => {
	await i18next.use(initReactI18next).init({
		lng: 'en',
		showSupportNotice: false,
		resources: { en: { translation: en }, ru: { translation: ru } },
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
