/* What a community decides about itself; so far, its time zone. */
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Guild } from '@/api/types';
import { useChangeGuild } from '@/api/use-change-guild';
import { useMe } from '@/api/use-me';
import { Dialog } from '@/components/dialog';
import { ProblemNotice } from '@/components/problem-notice';
import { useFormats } from '@/i18n/use-formats';
import { isZone, knownZones } from '@/lib/zone';

interface SettingsDialogProps {
	guild: Guild;
	onClose: () => void;
}

export function SettingsDialog({ guild, onClose }: SettingsDialogProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const me = useMe();
	const change = useChangeGuild(guild.id, me.data?.csrf_token ?? '');
	const [zones] = useState(knownZones);
	const [zone, setZone] = useState(guild.timezone);
	const [openedAt] = useState(() => Date.now());
	const isKnown = isZone(zone);

	const onSubmit = (event: FormEvent) => {
		event.preventDefault();
		if (isKnown) change.mutate({ timezone: zone }, { onSuccess: onClose });
	};
	return (
		<Dialog title={t('settings.title')} onClose={onClose}>
			<form onSubmit={onSubmit} className="ra-form">
				<label>
					{t('settings.zone')}
					<input
						className="form-control"
						list="ra-zones"
						value={zone}
						required
						autoComplete="off"
						spellCheck={false}
						aria-invalid={!isKnown}
						aria-describedby="ra-zone-help"
						onChange={(event) => setZone(event.target.value.trim())}
					/>
				</label>
				<datalist id="ra-zones">
					{zones.map((name) => (
						<option key={name} value={name} />
					))}
				</datalist>
				<p id="ra-zone-help" className={isKnown ? 'ra-form__help' : 'ra-form__wrong'}>
					{isKnown
						? t('settings.zone_help', { time: formats.time(openedAt, zone) })
						: t('settings.zone_unknown')}
				</p>
				<p className="ra-form__help">
					<Link href={`/guilds/${guild.id}/settings`} onClick={onClose}>
						{t('settings.all')}
					</Link>
				</p>
				<p className="ra-form__help">
					<Link href={`/guilds/${guild.id}/history`} onClick={onClose}>
						{t('settings.history')}
					</Link>
				</p>
				{change.error && <ProblemNotice error={change.error} />}
				<div className="ra-form__actions">
					<button type="button" className="ra-button" onClick={onClose}>
						{t('common.cancel')}
					</button>
					<button
						type="submit"
						className="ra-button is-primary"
						disabled={!isKnown || zone === guild.timezone || change.isPending}
					>
						{t('common.save')}
					</button>
				</div>
			</form>
		</Dialog>
	);
}
