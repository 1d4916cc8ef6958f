/* Which channel, how often, at what hour. */
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { DigestState, Guild } from '@/api/types';
import { useMe } from '@/api/use-me';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Segments } from '@/components/segments';
import { useFormats } from '@/i18n/use-formats';
import { useChangeDigest } from './use-digest';

type Rhythm = 'day' | 'week';
const RHYTHMS: Rhythm[] = ['week', 'day'];
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

const twoDigits = (hour: number) => `${String(hour).padStart(2, '0')}:00`;

export function ChoicePanel({ guild, state }: { guild: Guild; state: DigestState }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const me = useMe();
	const change = useChangeDigest(guild.id, me.data?.csrf_token ?? '');
	const { digest, channels } = state;
	const [channel, setChannel] = useState(digest?.channel_id ?? '');
	const [every, setEvery] = useState<Rhythm>(digest?.every ?? 'week');
	const [weekday, setWeekday] = useState(digest?.weekday ?? 1);
	const [hour, setHour] = useState(digest?.hour ?? 9);
	const isGone = channel !== '' && !channels.some((one) => one.id === channel);
	const isAsSet =
		digest !== null &&
		digest.channel_id === channel &&
		digest.every === every &&
		digest.hour === hour &&
		(every === 'day' || digest.weekday === weekday);

	const onSubmit = (event: FormEvent) => {
		event.preventDefault();
		change.mutate({ set: { channel_id: channel, every, weekday, hour } });
	};
	return (
		<Panel
			id="digest-choice"
			title={t('digest.choice.title')}
			summary={
				digest
					? t('digest.choice.next', {
							time: formats.dateTime(Date.parse(digest.next_at), guild.timezone),
						})
					: t('digest.choice.off')
			}
		>
			<form onSubmit={onSubmit} className="ra-form ra-digest__form">
				<label>
					{t('digest.choice.channel')}
					<select
						className="form-control"
						value={channel}
						required
						aria-invalid={isGone}
						onChange={(event) => setChannel(event.target.value)}
					>
						<option value="">{t('digest.choice.choose')}</option>
						{isGone && <option value={channel}>{t('digest.choice.gone')}</option>}
						{channels.map((one) => (
							<option key={one.id} value={one.id}>
								#{one.name}
							</option>
						))}
					</select>
				</label>
				<div className="ra-digest__rhythm">
					<span>{t('digest.choice.every')}</span>
					<Segments<Rhythm>
						label={t('digest.choice.every')}
						options={RHYTHMS.map((value) => ({
							value,
							text: t(`digest.choice.${value}`),
						}))}
						value={every}
						onChoose={setEvery}
					/>
				</div>
				<div className="ra-digest__when">
					{every === 'week' && (
						<label>
							{t('digest.choice.weekday')}
							<select
								className="form-control"
								value={weekday}
								onChange={(event) => setWeekday(Number(event.target.value))}
							>
								{WEEKDAYS.map((day) => (
									<option key={day} value={day}>
										{t(`digest.weekday.${day}`)}
									</option>
								))}
							</select>
						</label>
					)}
					<label>
						{t('digest.choice.hour')}
						<select
							className="form-control"
							value={hour}
							onChange={(event) => setHour(Number(event.target.value))}
						>
							{HOURS.map((one) => (
								<option key={one} value={one}>
									{twoDigits(one)}
								</option>
							))}
						</select>
					</label>
				</div>
				<p className="ra-form__help">{t('digest.choice.zone', { zone: guild.timezone })}</p>
				{change.error && <ProblemNotice error={change.error} />}
				<div className="ra-form__actions ra-digest__actions">
					<button
						type="submit"
						className="ra-button is-primary"
						disabled={isAsSet || isGone || channel === '' || change.isPending}
					>
						{t(digest ? 'common.save' : 'digest.choice.start')}
					</button>
					{digest && (
						<>
							<button
								type="button"
								className="ra-button"
								disabled={change.isPending || state.last?.state === 'waiting'}
								onClick={() => change.mutate('test')}
							>
								{t('digest.choice.test')}
							</button>
							<button
								type="button"
								className="ra-button"
								disabled={change.isPending}
								onClick={() => {
									change.mutate('end', { onSuccess: () => setChannel('') });
								}}
							>
								{t('digest.choice.end')}
							</button>
						</>
					)}
				</div>
			</form>
		</Panel>
	);
}
