/* The rules and how each stands. */
import { useState } from 'react';
import { BellRing, CircleCheck, CircleHelp, CirclePause } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { AlertRule, Guild } from '@/api/types';
import { useOut, useOutChange } from '@/api/use-out';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { RuleDialog } from './rule-form';
import { lastWords, ruleWords } from './rule-words';

const EVERY_MS = 30_000;

function State({ rule, guild }: { rule: AlertRule; guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	if (!rule.is_on)
		return (
			<span className="ra-alert-state">
				<CirclePause size={16} aria-hidden="true" />
				{t('alerts.rules.off')}
			</span>
		);
	if (rule.firing_since)
		return (
			<span className="ra-alert-state is-firing">
				<BellRing size={16} aria-hidden="true" />
				{t('alerts.rules.firing', {
					when: formats.dateTime(Date.parse(rule.firing_since), guild.timezone),
				})}
			</span>
		);
	if (rule.verdict === 'fine')
		return (
			<span className="ra-alert-state is-fine">
				<CircleCheck size={16} aria-hidden="true" />
				{t('alerts.rules.fine')}
			</span>
		);
	return (
		<span
			className="ra-alert-state"
			title={rule.verdict ? t('alerts.rules.unknown_why') : undefined}
		>
			<CircleHelp size={16} aria-hidden="true" />
			{t(rule.verdict ? 'alerts.rules.unknown' : 'alerts.rules.waiting')}
		</span>
	);
}

/* What the api takes of a rule: each kind has members of its own. */
function wishOf(rule: AlertRule, isOn: boolean) {
	const { name, figure, condition, window_hours } = rule;
	const bounds =
		condition === 'unusual'
			? { sensitivity: rule.sensitivity, direction: rule.direction }
			: { threshold: rule.threshold };
	return { name, figure, condition, window_hours, ...bounds, is_on: isOn };
}

function Actions({ rule, guild }: { rule: AlertRule; guild: Guild }) {
	const { t } = useTranslation();
	const change = useOutChange(guild.id);
	const [isOpen, setOpen] = useState(false);
	const tail = `/alerts/${rule.id}`;
	const turn = t(rule.is_on ? 'alerts.rules.switch_off' : 'alerts.rules.on');
	const remove = () => {
		if (confirm(t('alerts.rules.confirm', { name: rule.name })))
			change.mutate({ method: 'DELETE', tail });
	};
	return (
		<div className="ra-out__actions">
			<button
				type="button"
				className="ra-button"
				disabled={change.isPending}
				aria-label={t('alerts.rules.named', { action: turn, name: rule.name })}
				onClick={() =>
					change.mutate({ method: 'PUT', tail, body: wishOf(rule, !rule.is_on) })
				}
			>
				{turn}
			</button>
			<button
				type="button"
				className="ra-button"
				aria-label={t('alerts.rules.named', {
					action: t('alerts.rules.change'),
					name: rule.name,
				})}
				onClick={() => setOpen(true)}
			>
				{t('alerts.rules.change')}
			</button>
			<button
				type="button"
				className="ra-button"
				disabled={change.isPending}
				aria-label={t('alerts.rules.named', {
					action: t('alerts.rules.delete'),
					name: rule.name,
				})}
				onClick={remove}
			>
				{t('alerts.rules.delete')}
			</button>
			{isOpen && <RuleDialog guild={guild} rule={rule} onClose={() => setOpen(false)} />}
		</div>
	);
}

function Rule({ rule, guild }: { rule: AlertRule; guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	return (
		<tr className={rule.is_on ? undefined : 'is-over'}>
			<td>
				<bdi>
					<strong>{rule.name}</strong>
				</bdi>
				<br />
				<span className="ra-out__help">{ruleWords(rule, t, formats)}</span>
			</td>
			<td>
				<State rule={rule} guild={guild} />
			</td>
			<td>{lastWords(rule, t, formats)}</td>
			{guild.can_manage && (
				<td>
					<Actions rule={rule} guild={guild} />
				</td>
			)}
		</tr>
	);
}

export function RulesPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const { data, error, refetch } = useOut('/api/v1/guilds/{guild_id}/alerts', guild.id, EVERY_MS);
	const label = t('alerts.rules.title');
	return (
		<Panel id="rules" title={label}>
			{!data && !error && <Skeleton height={80} />}
			{error && !data && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			{data?.rules.length === 0 && (
				<div className="ra-empty is-small">
					<p>{t('alerts.rules.none')}</p>
				</div>
			)}
			{data && data.rules.length > 0 && (
				<div className="ra-table-scroll" tabIndex={0} role="region" aria-label={label}>
					<table className="ra-table">
						<caption className="visually-hidden">{label}</caption>
						<thead>
							<tr>
								<th scope="col">{t('alerts.rules.rule')}</th>
								<th scope="col">{t('alerts.rules.state')}</th>
								<th scope="col">{t('alerts.rules.last')}</th>
								{guild.can_manage && (
									<th scope="col">
										<span className="visually-hidden">
											{t('alerts.rules.actions')}
										</span>
									</th>
								)}
							</tr>
						</thead>
						<tbody>
							{data.rules.map((rule) => (
								<Rule key={rule.id} rule={rule} guild={guild} />
							))}
						</tbody>
					</table>
				</div>
			)}
		</Panel>
	);
}
