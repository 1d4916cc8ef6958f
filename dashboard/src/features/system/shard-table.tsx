/* A line a shard; what is wrong with it stands below. */
import { useTranslation } from 'react-i18next';
import type { Fleet, Shard } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';
import { msBetween, toneOf } from './fleet-model';
import { useAge } from './use-age';

const STATES = [
	'live',
	'loading',
	'asking',
	'slot',
	'connecting',
	'identifying',
	'resuming',
	'waiting',
	'stopping',
	'unassigned',
	'lost',
] as const;

function State({ shard }: { shard: Shard }) {
	const { t } = useTranslation();
	const known = STATES.find((state) => state === shard.state);
	return (
		<span className={`ra-system__state is-${toneOf(shard)}`}>
			<i aria-hidden="true" />
			{known ? t(`system.state.${known}`) : shard.state}
		</span>
	);
}

function Row({ shard, at }: { shard: Shard; at: string }) {
	const { t, i18n } = useTranslation();
	const formats = useFormats();
	const age = useAge();
	const milliseconds = new Intl.NumberFormat(i18n.language, {
		style: 'unit',
		unit: 'millisecond',
	});
	const eventMs = msBetween(shard.last_event_at, at);
	return (
		<tr>
			<th scope="row">{shard.shard}</th>
			<td>
				<State shard={shard} />
				{shard.trouble && <p className="ra-system__trouble">{shard.trouble}</p>}
			</td>
			<td className="is-number">{formats.count(shard.guilds)}</td>
			<td className="is-number">{formats.mean(shard.events_per_s)}</td>
			<td className="is-number">
				{shard.latency_ms > 0 ? milliseconds.format(shard.latency_ms) : '—'}
			</td>
			<td className="is-number">
				{eventMs === null ? '—' : t('system.ago', { time: age(eventMs) })}
			</td>
			<td className="is-number">{age(msBetween(shard.session_started_at, at))}</td>
			<td className="is-number">{formats.count(shard.resumes)}</td>
			<td className="is-number" title={shard.last_cause || undefined}>
				{formats.count(shard.reconnects)}
			</td>
			<td>{shard.holder || '—'}</td>
		</tr>
	);
}

const COLUMNS = [
	'shard',
	'state',
	'guilds',
	'rate',
	'latency',
	'last_event',
	'session',
	'resumes',
	'reconnects',
	'holder',
] as const;
const TEXTS: readonly string[] = ['shard', 'state', 'holder'];

export function ShardTable({ fleet, shards }: { fleet: Fleet; shards: Shard[] }) {
	const { t } = useTranslation();
	return (
		<div className="ra-table-scroll" tabIndex={0} role="region" aria-label={t('system.shards')}>
			<table className="ra-table">
				<caption className="visually-hidden">{t('system.shards')}</caption>
				<thead>
					<tr>
						{COLUMNS.map((column) => (
							<th
								key={column}
								scope="col"
								className={TEXTS.includes(column) ? undefined : 'is-number'}
							>
								{t(`system.column.${column}`)}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{shards.map((shard) => (
						<Row key={shard.shard} shard={shard} at={fleet.at} />
					))}
				</tbody>
			</table>
		</div>
	);
}
