/* The rules in their order: what each looks for, what it found, and whether it is on. */
import { useState } from 'react';
import { ArrowDown, ArrowUp, FlaskConical, Pencil, Plus, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { Panel } from '@/components/panel';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { Mistakes } from './mistakes';
import { RuleDialog } from './rule-dialog';
import { useDeskChange, useRules, wishOf, type Desk, type Rule } from './use-rules';

const SHOWN = 12;

function RuleWords({ rule }: { rule: Rule }) {
	const { t } = useTranslation();
	if (rule.kind !== 'keyword')
		return (
			<p className="ra-desk__what">
				{t(
					rule.kind === 'mention' && rule.roles.length > 0
						? 'request_rules.kind.mention_some'
						: `request_rules.kind.${rule.kind}_what`,
					{ count: rule.roles.length },
				)}
			</p>
		);
	const terms = [...rule.stems, ...rule.words, ...rule.phrases, ...rule.patterns];
	return (
		<ul className="ra-desk__terms">
			{terms.slice(0, SHOWN).map((term) => (
				<li key={term} className={rule.patterns.includes(term) ? 'is-code' : undefined}>
					<bdi>{term}</bdi>
				</li>
			))}
			{terms.length > SHOWN && <li>+{terms.length - SHOWN}</li>}
		</ul>
	);
}

interface RuleProps {
	rule: Rule;
	guild: Guild;
	place: number;
	count: number;
	onMove: (by: -1 | 1) => void;
	onEdit: (isTrying: boolean) => void;
}

function RuleLine({ rule, guild, place, count, onMove, onEdit }: RuleProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const change = useDeskChange(guild.id);
	const tail = `/rules/${rule.id}`;
	const named = (action: string) => t('request_rules.named', { action, name: rule.name });
	const tool = (
		label: string,
		Icon: typeof Pencil,
		onClick: () => void,
		isDisabled = change.isPending,
	) => (
		<button
			type="button"
			className="ra-icon-button is-boxed"
			aria-label={named(label)}
			title={label}
			disabled={isDisabled}
			onClick={onClick}
		>
			<Icon size={16} aria-hidden="true" />
		</button>
	);
	return (
		<li className={rule.is_enabled ? undefined : 'is-off'}>
			<label className="ra-check ra-desk__switch">
				<input
					type="checkbox"
					role="switch"
					checked={rule.is_enabled}
					disabled={change.isPending}
					aria-label={named(t('request_rules.on'))}
					onChange={(event) =>
						change.mutate({
							method: 'PUT',
							tail,
							body: { ...wishOf(rule), is_enabled: event.target.checked },
						})
					}
				/>
			</label>
			<div className="ra-desk__rule">
				<h3>
					<bdi>{rule.name}</bdi>
					<span className={`ra-desk__priority is-${rule.priority}`}>
						{t(`request_rules.priority.${rule.priority as 1 | 2 | 3 | 4}`)}
					</span>
				</h3>
				<RuleWords rule={rule} />
				<p className="ra-rules__help">
					{rule.requests === 0
						? t('request_rules.found_none')
						: t('request_rules.found', {
								count: rule.requests,
								n: formats.count(rule.requests),
							})}
					{rule.marked > 0 &&
						` ${t('request_rules.marked', { share: formats.percent(rule.marked / rule.requests), count: rule.marked })}`}
				</p>
				{change.error && <Mistakes error={change.error} />}
			</div>
			<div className="ra-desk__tools">
				{tool(t('request_rules.up'), ArrowUp, () => onMove(-1), place === 0)}
				{tool(t('request_rules.down'), ArrowDown, () => onMove(1), place === count - 1)}
				{tool(t('request_rules.try.title'), FlaskConical, () => onEdit(true), false)}
				{tool(t('request_rules.edit'), Pencil, () => onEdit(false), false)}
				{tool(t('request_rules.delete'), Trash2, () => {
					if (confirm(t('request_rules.confirm', { name: rule.name })))
						change.mutate({ method: 'DELETE', tail });
				})}
			</div>
		</li>
	);
}

function Watch({ guild, desk }: { guild: Guild; desk: Desk }) {
	const { t } = useTranslation();
	const change = useDeskChange(guild.id);
	return (
		<>
			<label className="ra-check ra-desk__main">
				<input
					type="checkbox"
					role="switch"
					checked={desk.is_enabled}
					disabled={change.isPending}
					onChange={(event) =>
						change.mutate({
							method: 'PUT',
							tail: '/desk',
							body: { is_enabled: event.target.checked },
						})
					}
				/>
				{t('request_rules.watch')}
			</label>
			{!desk.is_enabled && <p className="ra-rules__help">{t('request_rules.watch_off')}</p>}
			{desk.is_enabled && desk.staff === 0 && (
				<p className="ra-desk__warning">{t('request_rules.no_staff')}</p>
			)}
			{change.error && <Mistakes error={change.error} />}
		</>
	);
}

interface Edit {
	rule: Rule | null;
	isTrying: boolean;
}

export function RuleList({ guild, desk }: { guild: Guild; desk: Desk }) {
	const { t } = useTranslation();
	const rules = useRules(guild.id);
	const order = useDeskChange(guild.id);
	const [edit, setEdit] = useState<Edit | null>(null);
	const list = rules.data ?? [];
	const move = (place: number, by: -1 | 1) => {
		const ids = list.map((rule) => rule.id);
		const [id] = ids.splice(place, 1);
		if (id) ids.splice(place + by, 0, id);
		order.mutate({ method: 'PUT', tail: '/rules/order', body: { ids } });
	};
	return (
		<Panel
			id="rules"
			title={t('request_rules.title')}
			summary={t('request_rules.order_help')}
			tools={
				<button
					type="button"
					className="ra-button"
					onClick={() => setEdit({ rule: null, isTrying: false })}
				>
					<Plus size={16} aria-hidden="true" />
					{t('request_rules.new')}
				</button>
			}
		>
			<Watch guild={guild} desk={desk} />
			{rules.isPending && <Skeleton height={80} />}
			{rules.error && <Mistakes error={rules.error} />}
			{rules.data?.length === 0 && (
				<div className="ra-empty is-small">
					<p>{t('request_rules.empty')}</p>
				</div>
			)}
			<ol className="ra-desk__rules" aria-label={t('request_rules.title')}>
				{list.map((rule, place) => (
					<RuleLine
						key={rule.id}
						rule={rule}
						guild={guild}
						place={place}
						count={list.length}
						onMove={(by) => move(place, by)}
						onEdit={(isTrying) => setEdit({ rule, isTrying })}
					/>
				))}
			</ol>
			{order.error && <Mistakes error={order.error} />}
			{edit && (
				<RuleDialog
					guild={guild}
					rule={edit.rule}
					isTrying={edit.isTrying}
					onClose={() => setEdit(null)}
				/>
			)}
		</Panel>
	);
}
