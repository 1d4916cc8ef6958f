/* Curators who were deleted: their files, and the way back. */
import { useState } from 'react';
import { Download, RotateCcw, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { CuratorArchive, Guild } from '@/api/types';
import { useArchives, useCuratorChange } from '@/api/use-curators';
import { ListPages } from '@/components/list/list-pages';
import type { ListColumn } from '@/components/list/list-table';
import { PAGE_ROWS } from '@/components/list/use-list-state';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { useFormats } from '@/i18n/use-formats';
import { archiveUrl } from './archive-url';

function Actions({ guild, row }: { guild: Guild; row: CuratorArchive }) {
	const { t } = useTranslation();
	const change = useCuratorChange(guild.id);
	const name = row.name || row.user_id;
	const tail = `/curator-archives/${row.id}`;
	const remove = () => {
		if (confirm(t('curators.archive.confirm', { name })))
			change.mutate({ method: 'DELETE', tail });
	};
	return (
		<span className="ra-curators__actions">
			{change.error && <ProblemNotice error={change.error} />}
			<a
				className="ra-icon-button"
				href={archiveUrl(guild.id, row.id)}
				download=""
				aria-label={t('curators.archive.download_what', { name })}
				title={t('curators.archive.download')}
			>
				<Download size={16} aria-hidden="true" />
			</a>
			{!row.is_back && (
				<button
					type="button"
					className="ra-icon-button"
					disabled={change.isPending}
					aria-label={t('curators.archive.restore_what', { name })}
					title={t('curators.archive.restore')}
					onClick={() => change.mutate({ method: 'POST', tail: `${tail}/restore` })}
				>
					<RotateCcw size={16} aria-hidden="true" />
				</button>
			)}
			<button
				type="button"
				className="ra-icon-button"
				disabled={change.isPending}
				aria-label={t('curators.archive.delete_what', { name })}
				title={t('curators.archive.delete')}
				onClick={remove}
			>
				<Trash2 size={16} aria-hidden="true" />
			</button>
		</span>
	);
}

function useColumns(guild: Guild): ListColumn<CuratorArchive>[] {
	const { t } = useTranslation();
	const formats = useFormats();
	const count = (key: 'activities' | 'answers' | 'task_reports'): ListColumn<CuratorArchive> => ({
		key,
		title: t(`curators.archive.${key}`),
		isNumber: true,
		isQuiet: key !== 'activities',
		show: (row) => formats.count(row[key]),
	});
	return [
		{
			key: 'name',
			title: t('curators.column.name'),
			show: (row) => (
				<span className="ra-name">
					<bdi>{row.name || row.user_id}</bdi>
					{row.is_back && <em className="ra-tag">{t('curators.archive.is_back')}</em>}
				</span>
			),
		},
		count('activities'),
		count('answers'),
		count('task_reports'),
		{
			key: 'bytes',
			title: t('curators.archive.size'),
			isNumber: true,
			isQuiet: true,
			show: (row) =>
				t('curators.archive.kb', { n: formats.mean(Math.max(0.1, row.bytes / 1024)) }),
		},
		{
			key: 'at',
			title: t('curators.archive.at'),
			isNumber: true,
			show: (row) => formats.date(Date.parse(row.archived_at), guild.timezone),
		},
		{
			key: 'by',
			title: t('curators.archive.by'),
			isQuiet: true,
			show: (row) => <bdi>{row.archived_by.name || row.archived_by.id}</bdi>,
		},
		{
			key: 'do',
			title: '',
			isNumber: true,
			show: (row) => <Actions guild={guild} row={row} />,
		},
	];
}

export function ArchivesPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const [page, setPage] = useState(1);
	const columns = useColumns(guild);
	const query = useArchives(guild.id, {
		limit: PAGE_ROWS,
		offset: (page - 1) * PAGE_ROWS,
	});
	const title = t('curators.tab.archives');
	return (
		<Panel id="archives" className="is-full" title={title} summary={t('curators.archive.lead')}>
			<ListPages
				caption={title}
				query={query}
				columns={columns}
				keyOf={(row) => row.id}
				state={{ page }}
				onChange={(change) => setPage(change.page ?? 1)}
				empty={t('curators.archive.none')}
				lines={3}
			/>
		</Panel>
	);
}
