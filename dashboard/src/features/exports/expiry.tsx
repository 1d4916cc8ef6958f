/* How long something lives: a choice, and what became of it. */
import { useTranslation } from 'react-i18next';
import { useFormats } from '@/i18n/use-formats';

const CHOICES = ['30', '90', '365', 'never'] as const;
export type Expiry = (typeof CHOICES)[number];

export const daysOf = (expiry: Expiry) => (expiry === 'never' ? null : Number(expiry));

export function ExpiryField({
	value,
	onChange,
}: {
	value: Expiry;
	onChange: (value: Expiry) => void;
}) {
	const { t } = useTranslation();
	return (
		<label>
			{t('exports.expiry.title')}
			<select
				className="form-control"
				value={value}
				onChange={(event) => onChange(event.target.value as Expiry)}
			>
				{CHOICES.map((choice) => (
					<option key={choice} value={choice}>
						{t(`exports.expiry.${choice}`)}
					</option>
				))}
			</select>
		</label>
	);
}

interface Lived {
	expires_at: string | null;
	revoked_at: string | null;
}

export const isOver = (one: Lived, nowMs: number) =>
	one.revoked_at !== null || (one.expires_at !== null && Date.parse(one.expires_at) <= nowMs);

export function LifeCell({ one, zone }: { one: Lived; zone: string }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const when = (at: string) => formats.date(Date.parse(at), zone);
	if (one.revoked_at) return t('exports.life.revoked', { when: when(one.revoked_at) });
	return one.expires_at
		? t('exports.life.until', { when: when(one.expires_at) })
		: t('exports.life.forever');
}
