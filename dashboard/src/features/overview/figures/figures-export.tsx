import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { ExportMenu } from '@/components/export-menu';
import { useFormats } from '@/i18n/use-formats';
import { exportName } from '@/lib/export-name';
import { figureTable, orderFigures } from './figures-data';
import { useView } from '@/lib/use-view';
import { useOverviewWith } from '@/features/overview/with/use-with';

/** The cards as a file. */
export function FiguresExport({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const { data, name } = useOverviewWith(guild, view);
	if (!data) return null;
	return (
		<ExportMenu
			isBoxed
			what={t('overview.figures')}
			table={figureTable(orderFigures(data.figures), t, formats, name)}
			name={exportName(guild, 'figures', data.range)}
		/>
	);
}
