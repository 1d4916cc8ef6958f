/* The four rules side by side, and what each of them asks for. */
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useVoice } from '@/api/use-voice';
import { DataTable } from '@/components/data-table';
import { ExportMenu } from '@/components/export-menu';
import { Panel } from '@/components/panel';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { exportName } from '@/lib/export-name';
import { useView } from '@/lib/use-view';
import { rangeQuery, VOICE_RULES } from '@/lib/view';
import { rulesTable } from './voice-data';

export function RulesPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const { data, isPlaceholderData } = useVoice(guild.id, rangeQuery(view));
	const table = data && rulesTable(data, { t, formats });
	return (
		<Panel
			id="rules"
			title={t('voice_page.rules')}
			summary={t('voice_page.rules_summary')}
			className="is-half"
			isStale={isPlaceholderData}
			tools={
				table && (
					<ExportMenu
						what={t('voice_page.rules')}
						table={table}
						name={exportName(guild, 'voice-rules', data.range)}
					/>
				)
			}
		>
			{table ? (
				<DataTable table={table} caption={t('voice_page.rules')} />
			) : (
				<Skeleton height={160} />
			)}
			<dl className="ra-rules">
				{VOICE_RULES.map((rule) => (
					<div key={rule}>
						<dt>{t(`voice.${rule}.name`)}</dt>
						<dd>{t(`voice_page.meaning.${rule}`)}</dd>
					</div>
				))}
			</dl>
		</Panel>
	);
}
