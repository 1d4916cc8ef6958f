/* The processes that hold the shards. */
import { useTranslation } from 'react-i18next';
import type { Fleet } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { Panel } from '@/components/panel';
import type { Table } from '@/lib/table';
import { msBetween } from './fleet-model';
import { useAge } from './use-age';

const MEGABYTE = 1_000_000;

export function ReplicaPanel({ fleet }: { fleet: Fleet }) {
	const { t, i18n } = useTranslation();
	const age = useAge();
	const megabytes = new Intl.NumberFormat(i18n.language, {
		style: 'unit',
		unit: 'megabyte',
		maximumFractionDigits: 0,
	});
	const table: Table = {
		columns: [
			{ key: 'id', title: t('system.column.id') },
			{ key: 'shards', title: t('system.column.shards'), isNumber: true },
			{
				key: 'running_ms',
				title: t('system.column.running'),
				isNumber: true,
				show: age,
			},
			{
				key: 'memory_bytes',
				title: t('system.column.memory'),
				isNumber: true,
				show: (bytes) => megabytes.format(bytes / MEGABYTE),
			},
			{ key: 'version', title: t('system.column.version') },
		],
		rows: fleet.replicas.map((replica) => [
			replica.id,
			replica.shards,
			msBetween(replica.started_at, fleet.at),
			replica.rss_bytes,
			replica.version,
		]),
	};
	return (
		<Panel id="replicas" title={t('system.replicas')}>
			<DataTable table={table} caption={t('system.replicas')} />
		</Panel>
	);
}
