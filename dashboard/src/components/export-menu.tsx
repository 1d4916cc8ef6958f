/* What is on the screen, as a file; of a long list all of it, made by the server. */
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
	/** the address of an answer of which `table` is only a part: files are made of all of it */
	wholeUrl?: string;
	/** saves the drawing */
	onPicture?: (() => void) | undefined;
}

/** The file the server makes of an answer. */
export function fileUrl(url: string, format: 'csv' | 'json'): string {
	const mark = format === 'csv' ? '&bom=true' : '';
	return `${url}${url.includes('?') ? '&' : '?'}format=${format}${mark}`;
}

/** The name comes from the server. */
function fetchFile(url: string): void {
	const link = document.createElement('a');
	link.href = url;
	link.download = '';
	link.click();
}

export function ExportMenu(props: ExportMenuProps) {
	const { table, what, name, isBoxed, wholeUrl, onPicture } = props;
	const { t } = useTranslation();
	const save = (format: 'csv' | 'json') => {
		if (wholeUrl) fetchFile(fileUrl(wholeUrl, format));
		else if (format === 'csv') download(`${name}.csv`, 'text/csv', toCsv(table));
		else download(`${name}.json`, 'application/json', toJson(table));
	};
	return (
		<Menu
			className={`ra-icon-button${isBoxed ? ' is-boxed' : ''}`}
			label={t('export.title', { what })}
			trigger={<Download size={16} aria-hidden="true" />}
		>
			<MenuItem onPick={() => save('csv')}>{t('export.csv')}</MenuItem>
			<MenuItem onPick={() => save('json')}>{t('export.json')}</MenuItem>
			{onPicture && <MenuItem onPick={onPicture}>{t('export.png')}</MenuItem>}
		</Menu>
	);
}
