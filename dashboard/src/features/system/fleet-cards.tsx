/* The fleet in a line of figures. */
import { useTranslation } from 'react-i18next';
import type { Fleet } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';
import { msBetween, type FleetSums } from './fleet-model';
import { useAge } from './use-age';

function Card({ name, value, note }: { name: string; value: string; note?: string | undefined }) {
	return (
		<div className="ra-system__card">
			<dt>{name}</dt>
			<dd>
				<strong>{value}</strong>
				{note && <span>{note}</span>}
			</dd>
		</div>
	);
}

export function FleetCards({ fleet, sums }: { fleet: Fleet; sums: FleetSums }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const age = useAge();
	const { identify } = fleet;
	const resetMs = msBetween(fleet.at, identify.resets_at);
	return (
		<dl className="ra-system__cards">
			<Card
				name={t('system.live')}
				value={t('system.live_of', {
					live: formats.count(sums.live),
					all: formats.count(fleet.shard_count),
				})}
			/>
			<Card
				name={t('system.guilds')}
				value={formats.count(sums.guilds)}
				note={
					sums.missing > 0
						? t('system.guilds_missing', {
								count: sums.missing,
								n: formats.count(sums.missing),
							})
						: undefined
				}
			/>
			<Card name={t('system.rate')} value={formats.mean(sums.rate)} />
			<Card
				name={t('system.identifies')}
				value={
					identify.total
						? t('system.identifies_of', {
								n: formats.count(identify.remaining),
								total: formats.count(identify.total),
							})
						: '—'
				}
				note={
					identify.total && resetMs
						? t('system.identifies_reset', { time: age(resetMs) })
						: undefined
				}
			/>
			<Card name={t('system.replicas')} value={formats.count(fleet.replicas.length)} />
		</dl>
	);
}
