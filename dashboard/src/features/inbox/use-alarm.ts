/*
 * How a new request makes itself known to who looks elsewhere: a sound, a notification of the
 * browser. Both are off until somebody switches them on, which is when leave is asked for.
 */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeskRequest } from '@/api/types';
import { recall, remember } from '@/lib/storage';

export const ALARMS = ['sound', 'notification'] as const;
export type Alarm = (typeof ALARMS)[number];

const GAIN = 0.08;
const canNotify = () => 'Notification' in globalThis && Notification.permission === 'granted';

/* Two short notes; browsers let them sound after the first click on the page. */
function chime(): void {
	const audio = new AudioContext();
	for (const [index, hertz] of [660, 880].entries()) {
		const note = audio.createOscillator();
		const volume = audio.createGain();
		const from = audio.currentTime + index * 0.14;
		note.frequency.value = hertz;
		volume.gain.setValueAtTime(GAIN, from);
		volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.25);
		note.connect(volume).connect(audio.destination);
		note.start(from);
		note.stop(from + 0.26);
	}
	setTimeout(() => void audio.close(), 1000);
}

function isOnAtFirst(alarm: Alarm): boolean {
	if (recall(`inbox.${alarm}`) !== 'on') return false;
	return alarm === 'sound' || canNotify();
}

export function useAlarm() {
	const { t } = useTranslation();
	const [isOn, setOn] = useState({
		sound: isOnAtFirst('sound'),
		notification: isOnAtFirst('notification'),
	});
	const [isDenied, setDenied] = useState(false);

	const turn = async (alarm: Alarm) => {
		const wanted = !isOn[alarm];
		if (wanted && alarm === 'notification' && !canNotify()) {
			const isGranted =
				'Notification' in globalThis &&
				(await Notification.requestPermission()) === 'granted';
			setDenied(!isGranted);
			if (!isGranted) return;
		}
		if (wanted && alarm === 'sound') chime();
		setOn((now) => ({ ...now, [alarm]: wanted }));
		remember(`inbox.${alarm}`, wanted ? 'on' : 'off');
	};

	const ring = (row: DeskRequest) => {
		if (isOn.sound) chime();
		if (isOn.notification && document.hidden && canNotify())
			new Notification(
				t('inbox.new_request', { name: row.author.name || t('inbox.somebody') }),
				{
					body: `${row.guild.name} · #${row.channel.name}`,
					tag: `rations-${row.id}`,
				},
			).onclick = () => focus();
	};

	return { isOn, isDenied, turn, ring };
}
