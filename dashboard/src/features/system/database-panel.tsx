/* The read replica, where there is one: whether it is used, and how far it is behind. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get } from '@/api/client';
import { Panel } from '@/components/panel';
import { useFormats } from '@/i18n/use-formats';
import { useAge } from './use-age';

const EVERY_MS = 5000;

/* How it looks beside the word. */
const LOOK: Record<string, string> = { used: 'is-good', behind: 'is-busy' };

export function DatabasePanel() {
	const { t } = useTranslation();
	const formats = useFormats();
	const age = useAge();
	const database = useQuery({
		queryKey: ['system', 'database'],
		queryFn: ({ signal }) => get('/api/v1/system/database', { signal }),
		refetchInterval: EVERY_MS,
	});
	const replica = database.data?.replica;
	if (!replica) return null;
	return (
		<Panel
			id="database"
			className="ra-system__upkeep"
			title={t('system.database.title')}
			summary={t(`system.database.says.${replica.state}`)}
		>
			<dl className="ra-system__cards">
				<div className="ra-system__card">
					<dt>{t('system.database.state')}</dt>
					<dd>
						<span className={`ra-system__state ${LOOK[replica.state] ?? 'is-bad'}`}>
							<i aria-hidden="true" />
							{t(`system.database.word.${replica.state}`)}
						</span>
					</dd>
				</div>
				<div className="ra-system__card">
					<dt>{t('system.database.lag')}</dt>
					<dd>
						<strong>
							{replica.lag_ms === 0
								? t('system.database.level')
								: age(replica.lag_ms)}
						</strong>
						<span>
							{t('system.database.max_lag', { time: age(replica.max_lag_ms) })}
						</span>
					</dd>
				</div>
				<div className="ra-system__card">
					<dt>{t('system.database.connections')}</dt>
					<dd>
						<strong>
							{t('system.live_of', {
								live: formats.count(replica.connections_used),
								all: formats.count(replica.connections),
							})}
						</strong>
					</dd>
				</div>
			</dl>
		</Panel>
	);
}
