import { createInstance } from 'i18next';
import { expect, it } from 'vitest';
import ru from '@locales/ru/notices.json';
import { waitOf } from './message-texts';

it('says how long in Russian as the notifier does', async () => {
	const t = await createInstance().init({ lng: 'ru', resources: { ru: { translation: ru } } });
	const seconds = [45, 60, 120, 660, 720, 1260, 3600, 3900, 79_260, 86_400, 266_459];
	expect(seconds.map((one) => waitOf(t, one))).toEqual([
		'45 секунд',
		'1 минуту',
		'2 минуты',
		'11 минут',
		'12 минут',
		'21 минуту',
		'1 час',
		'1 час 5 минут',
		'22 часа 1 минуту',
		'1 день',
		'3 дня 2 часа',
	]);
});
