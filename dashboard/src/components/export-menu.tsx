/* What is on the screen, as a file. */
import { Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { download } from '@/lib/download';
import { toCsv, toJson, type Table } from '@/lib/table';
import { Menu, MenuItem } from './menu';

interface ExportMenuProps {
	table: Table;
	/** for the label: several of these stand on one page */
	what: string;
	/** file name without ending */
	name: string;
	isBoxed?: boolean;
}

export function ExportMenu({ table, what, name, isBoxed }: ExportMenuProps) {
	const { t } = useTranslation();
	return (
		<Menu
			className={`ra-icon-button${isBoxed ? ' is-boxed' : ''}`}
			label={t('export.title', { what })}
			trigger={<Download size={16} aria-hidden="true" />}
		>
			<MenuItem onPick={() => download(`${name}.csv`, 'text/csv', toCsv(table))}>
				{t('export.csv')}
			</MenuItem>
			<MenuItem onPick={() => download(`${name}.json`, 'application/json', toJson(table))}>
				{t('export.json')}
			</MenuItem>
		</Menu>
	);
}
