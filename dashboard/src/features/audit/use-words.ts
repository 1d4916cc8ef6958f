/* A note of the log in words: what a member of it is called, and what its values mean. */
import { useTranslation } from 'react-i18next';
import { useDirectory } from '@/api/use-directory';
import { useFormats } from '@/i18n/use-formats';

const NOTHING = '—';
const INSTANT = /^\d{4}-\d\d-\d\dT/;
const ID = /^\d{15,20}$/;
const isKept = (name: string) => name === 'leave_grace_days' || name.startsWith('retention_days.');

/* Words that are not in the catalogue are shown as they are. */
export const actionKey = (action: string) => action.replace('.', '_') as 'settings_change';

export function useWords(guildId: string, zone: string, members: readonly string[]) {
	const { t } = useTranslation();
	const formats = useFormats();
	const names = useDirectory(guildId, members, '').data;
	const known = [...(names?.channels ?? []), ...(names?.roles ?? []), ...(names?.members ?? [])];
	const nameOf = (id: string) => known.find((one) => one.id === id)?.name ?? id;

	const one = (name: string, value: unknown): string => {
		if (typeof value === 'boolean') return t(value ? 'audit.yes' : 'audit.no');
		if (typeof value === 'number') {
			if (name === 'week_start' || name === 'weekday')
				return formats.weekday(value - 1, 'long');
			return isKept(name)
				? t('audit.days', { count: value, n: formats.count(value) })
				: String(value);
		}
		if (typeof value !== 'string') return JSON.stringify(value);
		if (INSTANT.test(value)) return formats.dateTime(Date.parse(value), zone);
		return ID.test(value) ? nameOf(value) : value;
	};

	return {
		nameOf: (name: string) =>
			t(`audit.field.${name.replace('.', '_')}` as 'audit.field.timezone', {
				defaultValue: name.replaceAll(/[._]/g, ' '),
			}),
		valueOf: (name: string, value: unknown): string => {
			if (isKept(name) && (value === null || value === undefined)) return t('audit.for_good');
			if (Array.isArray(value) && value.length)
				return value.map((entry) => one(name, entry)).join(', ');
			const isEmpty = value === null || value === undefined || value === '';
			return isEmpty || Array.isArray(value) ? NOTHING : one(name, value);
		},
	};
}
