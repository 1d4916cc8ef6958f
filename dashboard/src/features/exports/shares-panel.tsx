/* Links to a page anybody may see: choosing what is on it, taking it back. */
import { useState, type FormEvent } from 'react';
import { Share2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, NewShare, ShareLink } from '@/api/types';
import { useOut, useOutChange } from '@/api/use-out';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { SecretNote } from '@/components/secret-note';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { daysOf, ExpiryField, isOver, LifeCell, type Expiry } from './expiry';

const WIDGETS = ['figures', 'messages', 'members', 'voice', 'heatmap', 'channels'] as const;
const PERIODS = ['7d', '28d', '30d', '91d', '12mo'] as const;
type Widget = (typeof WIDGETS)[number];

const frameOf = (url: string) =>
	`<iframe src="${url}" width="100%" height="900" style="border:0" loading="lazy"></iframe>`;

function NewLink({ share }: { share: NewShare }) {
	const { t } = useTranslation();
	return (
		<>
			<SecretNote label={share.title} value={share.url} hint={t('exports.shares.once')} />
			{share.embed_url && (
				<SecretNote
					label={t('exports.shares.frame')}
					value={frameOf(share.embed_url)}
					hint={t('exports.shares.frame_hint')}
				/>
			)}
		</>
	);
}

function ShareForm({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const make = useOutChange<NewShare>(guild.id);
	const [title, setTitle] = useState('');
	const [period, setPeriod] = useState<(typeof PERIODS)[number]>('28d');
	const [widgets, setWidgets] = useState<readonly Widget[]>(['figures', 'messages', 'members']);
	const [isEmbeddable, setEmbeddable] = useState(false);
	const [expiry, setExpiry] = useState<Expiry>('90');
	const submit = (event: FormEvent) => {
		event.preventDefault();
		const body = {
			title,
			period,
			widgets,
			is_embeddable: isEmbeddable,
			expires_in_days: daysOf(expiry),
		};
		make.mutate({ method: 'POST', tail: '/shares', body }, { onSuccess: () => setTitle('') });
	};
	const toggle = (widget: Widget) =>
		setWidgets(WIDGETS.filter((one) => widgets.includes(one) !== (one === widget)));
	return (
		<>
			<form className="ra-out__form" onSubmit={submit}>
				<label>
					{t('exports.shares.name')}
					<input
						className="form-control"
						required
						maxLength={80}
						placeholder={t('exports.shares.example')}
						value={title}
						onChange={(event) => setTitle(event.target.value)}
					/>
				</label>
				<label>
					{t('exports.files.period')}
					<select
						className="form-control"
						value={period}
						onChange={(event) => setPeriod(event.target.value as typeof period)}
					>
						{PERIODS.map((one) => (
							<option key={one} value={one}>
								{t(`period.${one}`)}
							</option>
						))}
					</select>
				</label>
				<ExpiryField value={expiry} onChange={setExpiry} />
				<fieldset>
					<legend>{t('exports.shares.widgets')}</legend>
					<div className="ra-out__checks">
						{WIDGETS.map((widget) => (
							<label key={widget}>
								<input
									type="checkbox"
									className="form-check-input"
									checked={widgets.includes(widget)}
									onChange={() => toggle(widget)}
								/>
								{t(`exports.shares.widget.${widget}`)}
							</label>
						))}
					</div>
				</fieldset>
				<fieldset>
					<div className="ra-out__checks">
						<label>
							<input
								type="checkbox"
								className="form-check-input"
								checked={isEmbeddable}
								onChange={() => setEmbeddable(!isEmbeddable)}
							/>
							{t('exports.shares.embeddable')}
						</label>
					</div>
				</fieldset>
				<div className="ra-out__actions">
					<button
						type="submit"
						className="ra-button is-primary"
						disabled={make.isPending || widgets.length === 0}
					>
						<Share2 size={16} aria-hidden="true" />
						{t('exports.shares.make')}
					</button>
				</div>
			</form>
			{make.error && <ProblemNotice error={make.error} />}
			{make.data && <NewLink share={make.data} />}
		</>
	);
}

function ShareRow({ share, guild, nowMs }: { share: ShareLink; guild: Guild; nowMs: number }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const change = useOutChange(guild.id);
	const used = share.last_used_at;
	return (
		<tr className={isOver(share, nowMs) ? 'is-over' : undefined}>
			<td>
				<bdi>{share.title}</bdi>
			</td>
			<td>{t(`period.${share.period}`)}</td>
			<td>
				{formats.list(share.widgets.map((widget) => t(`exports.shares.widget.${widget}`)))}
				{share.is_embeddable && ` · ${t('exports.shares.embedded')}`}
			</td>
			<td>
				{used
					? formats.dateTime(Date.parse(used), guild.timezone)
					: t('exports.tokens.unused')}
			</td>
			<td>
				<LifeCell one={share} zone={guild.timezone} />
			</td>
			<td className="is-number">
				{!share.revoked_at && (
					<button
						type="button"
						className="ra-button"
						disabled={change.isPending}
						aria-label={t('exports.revoke_named', { name: share.title })}
						onClick={() =>
							change.mutate({ method: 'DELETE', tail: `/shares/${share.id}` })
						}
					>
						{t('exports.revoke')}
					</button>
				)}
			</td>
		</tr>
	);
}

function ShareTable({ shares, guild }: { shares: ShareLink[]; guild: Guild }) {
	const { t } = useTranslation();
	const [nowMs] = useState(() => Date.now());
	const label = t('exports.shares.title');
	return (
		<div className="ra-table-scroll" tabIndex={0} role="region" aria-label={label}>
			<table className="ra-table">
				<caption className="visually-hidden">{label}</caption>
				<thead>
					<tr>
						<th scope="col">{t('exports.shares.name')}</th>
						<th scope="col">{t('exports.files.period')}</th>
						<th scope="col">{t('exports.shares.widgets')}</th>
						<th scope="col">{t('exports.shares.used')}</th>
						<th scope="col">{t('exports.life.title')}</th>
						<th scope="col">
							<span className="visually-hidden">{t('exports.revoke')}</span>
						</th>
					</tr>
				</thead>
				<tbody>
					{shares.map((share) => (
						<ShareRow key={share.id} share={share} guild={guild} nowMs={nowMs} />
					))}
				</tbody>
			</table>
		</div>
	);
}

export function SharesPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const { data, error, refetch } = useOut('/api/v1/guilds/{guild_id}/shares', guild.id);
	return (
		<Panel id="shares" title={t('exports.shares.title')}>
			<p className="ra-out__lead">{t('exports.shares.lead')}</p>
			<ShareForm guild={guild} />
			{!data && !error && <Skeleton height={80} />}
			{error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			{data && data.shares.length > 0 && <ShareTable shares={data.shares} guild={guild} />}
		</Panel>
	);
}
