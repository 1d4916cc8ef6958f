/* From one day to another, both included, in the guild's zone. */
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { Dialog } from '@/components/dialog';
import { addDays, dayOf } from '@/lib/zone';
import type { View } from '@/lib/view';

interface CustomRangeDialogProps {
	view: View;
	guild: Guild;
	onApply: (from: string, to: string) => void;
	onClose: () => void;
}

export function CustomRangeDialog({ view, guild, onApply, onClose }: CustomRangeDialogProps) {
	const { t } = useTranslation();
	const [today] = useState(() => dayOf(Date.now(), guild.timezone));
	const [from, setFrom] = useState(view.from || addDays(today, -13));
	const [to, setTo] = useState(view.to || today);
	const isBackwards = !!from && !!to && from > to;
	const first = guild.first_message_at
		? dayOf(Date.parse(guild.first_message_at), guild.timezone)
		: undefined;

	const onSubmit = (event: FormEvent) => {
		event.preventDefault();
		if (from && to && !isBackwards) onApply(from, to);
	};
	return (
		<Dialog title={t('period.custom_title')} onClose={onClose}>
			<form onSubmit={onSubmit} className="ra-form">
				<div className="ra-form__pair">
					<label>
						{t('period.first_day')}
						<input
							type="date"
							className="form-control"
							required
							min={first}
							max={today}
							value={from}
							onChange={(event) => setFrom(event.target.value)}
						/>
					</label>
					<label>
						{t('period.last_day')}
						<input
							type="date"
							className="form-control"
							required
							min={first}
							max={today}
							value={to}
							onChange={(event) => setTo(event.target.value)}
						/>
					</label>
				</div>
				{isBackwards && <p className="ra-form__wrong">{t('period.backwards')}</p>}
				<div className="ra-form__actions">
					<button type="button" className="ra-button" onClick={onClose}>
						{t('common.cancel')}
					</button>
					<button type="submit" className="ra-button is-primary" disabled={isBackwards}>
						{t('period.apply')}
					</button>
				</div>
			</form>
		</Dialog>
	);
}
