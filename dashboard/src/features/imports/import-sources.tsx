/* What can be moved in, and how to get the file. */
import { useTranslation } from 'react-i18next';
import { Panel } from '@/components/panel';

const SOURCES = ['rations', 'govtracker', 'exporter', 'csv'] as const;

export function ImportSources({ isOpen }: { isOpen: boolean }) {
	const { t } = useTranslation();
	return (
		<Panel id="sources" title={t('imports.sources')} summary={t('imports.sources_lead')}>
			{SOURCES.map((source) => (
				<details key={source} className="ra-imports__source" open={isOpen}>
					<summary>
						{t(`imports.source.${source}.name`)}
						<span>{t(`imports.source.${source}.what`)}</span>
					</summary>
					<p>{t(`imports.source.${source}.how`)}</p>
					{source === 'csv' && (
						<pre tabIndex={0} aria-label={t('imports.csv_example')}>
							guild_id,channel_id,user_id,timestamp,messages{'\n'}
							81384788765712384,381870553235193857,80351110224678912,2025-03-01T14:00:00Z,12
						</pre>
					)}
				</details>
			))}
			<p className="ra-imports__note">{t('imports.statbot')}</p>
		</Panel>
	);
}
