import i18next from 'i18next';
import { afterEach, expect, it } from 'vitest';
import { chooseLanguage, pickLanguage } from './index';

afterEach(() => i18next.changeLanguage('en'));

it('prefers what was chosen, then what the browser asks for, then English', () => {
	expect(pickLanguage('ru', ['en-US'])).toBe('ru');
	expect(pickLanguage(null, ['de-DE', 'ru-RU', 'en'])).toBe('ru');
	expect(pickLanguage('xx', ['de-DE'])).toBe('en');
});

it('remembers a choice and tells the page', async () => {
	await chooseLanguage('ru');
	expect(document.documentElement.lang).toBe('ru');
	expect(localStorage.getItem('rations.language')).toBe('ru');
});

it('counts in Russian as Russians do', async () => {
	await i18next.changeLanguage('ru');
	const say = (count: number) => i18next.t('picker.members', { count, n: String(count) });
	expect([1, 2, 5, 11, 21, 22, 111].map(say)).toEqual([
		'1 участник',
		'2 участника',
		'5 участников',
		'11 участников',
		'21 участник',
		'22 участника',
		'111 участников',
	]);
});
