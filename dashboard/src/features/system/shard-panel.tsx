/* The shards, all or only those to worry about. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Fleet } from '@/api/types';
import { Panel } from '@/components/panel';
import { Segments } from '@/components/segments';
import { useFormats } from '@/i18n/use-formats';
import { isLive } from './fleet-model';
import { ShardTable } from './shard-table';

type Choice = 'all' | 'troubled';

export function ShardPanel({ fleet }: { fleet: Fleet }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [choice, choose] = useState<Choice>('all');
	const troubled = fleet.shards.filter((shard) => !isLive(shard));
	const key = troubled.length ? 'system.troubled' : 'system.all_live';
	const count = troubled.length || fleet.shards.length;
	const shown = choice === 'all' ? fleet.shards : troubled;
	return (
		<Panel
			id="shards"
			title={t('system.shards')}
			summary={t(key, { count, n: formats.count(count) })}
			controls={
				<Segments<Choice>
					label={t('system.show')}
					options={[
						{ value: 'all', text: t('system.show_all') },
						{ value: 'troubled', text: t('system.show_troubled') },
					]}
					value={choice}
					onChoose={choose}
				/>
			}
		>
			{shown.length ? (
				<ShardTable fleet={fleet} shards={shown} />
			) : (
				<p>{t('system.none_troubled')}</p>
			)}
		</Panel>
	);
}
