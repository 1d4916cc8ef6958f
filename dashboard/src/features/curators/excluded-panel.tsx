/* Who never counts as staff, whatever roles they have. */
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Exclusion, Guild } from '@/api/types';
import { useCuratorChange, useExclusions } from '@/api/use-curators';
import { useDirectory } from '@/api/use-directory';
import { ListPages } from '@/components/list/list-pages';
import type { ListColumn } from '@/components/list/list-table';
import { MemberName } from '@/components/list/names';
import { PAGE_ROWS } from '@/components/list/use-list-state';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { useFormats } from '@/i18n/use-formats';

function ExcludeForm({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const change = useCuratorChange(guild.id);
	const [text, setText] = useState('');
	const [reason, setReason] = useState('');
	const search = useDeferredValue(text.trim());
	const members = useDirectory(guild.id, [], search).data?.members ?? [];
	const found = search ? members.slice(0, 8) : [];
	const exclude = (id: string) =>
		change.mutate(
			{ method: 'PUT', tail: `/curator-exclusions/${id}`, body: { reason } },
			{
				onSuccess: () => {
					setText('');
					setReason('');
				},
			},
		);
	return (
		<div className="ra-curators__form">
			<div className="ra-list__tools">
				<input
					type="search"
					className="form-control ra-list__choice"
					aria-label={t('curators.excluded.find')}
					placeholder={t('curators.excluded.find')}
					value={text}
					onChange={(event) => setText(event.target.value)}
				/>
				<input
					className="form-control ra-list__choice"
					aria-label={t('curators.excluded.reason')}
					placeholder={t('curators.excluded.reason')}
					maxLength={200}
					value={reason}
					onChange={(event) => setReason(event.target.value)}
				/>
			</div>
			{found.length > 0 && (
				<ul className="ra-curators__found">
					{found.map((one) => (
						<li key={one.id}>
							<button type="button" onClick={() => exclude(one.id)}>
								{t('curators.excluded.add', { name: one.name || one.id })}
							</button>
						</li>
					))}
				</ul>
			)}
			{change.error && <ProblemNotice error={change.error} />}
		</div>
	);
}

export function ExcludedPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [page, setPage] = useState(1);
	const change = useCuratorChange(guild.id);
	const query = useExclusions(guild.id, {
		limit: PAGE_ROWS,
		offset: (page - 1) * PAGE_ROWS,
	});
	const title = t('curators.tab.excluded');
	const columns: ListColumn<Exclusion>[] = [
		{
			key: 'name',
			title: t('curators.column.name'),
			show: (row) => <MemberName guildId={guild.id} member={row} hasLeft={false} />,
		},
		{
			key: 'reason',
			title: t('curators.excluded.reason'),
			show: (row) => <bdi>{row.reason || '—'}</bdi>,
		},
		{
			key: 'by',
			title: t('curators.excluded.by'),
			isQuiet: true,
			show: (row) => <bdi>{row.by.name || row.by.id}</bdi>,
		},
		{
			key: 'at',
			title: t('curators.excluded.at'),
			isNumber: true,
			isQuiet: true,
			show: (row) => formats.date(Date.parse(row.at), guild.timezone),
		},
		{
			key: 'back',
			title: '',
			isNumber: true,
			show: (row) => (
				<button
					type="button"
					className="ra-button is-small"
					onClick={() =>
						change.mutate({
							method: 'DELETE',
							tail: `/curator-exclusions/${row.id}`,
						})
					}
				>
					{t('curators.excluded.include')}
				</button>
			),
		},
	];
	return (
		<Panel
			id="excluded"
			className="is-full"
			title={title}
			summary={t('curators.excluded.lead')}
		>
			<ExcludeForm guild={guild} />
			{change.error && <ProblemNotice error={change.error} />}
			<ListPages
				caption={title}
				query={query}
				columns={columns}
				keyOf={(row) => row.id}
				state={{ page }}
				onChange={(turn) => setPage(turn.page ?? 1)}
				empty={t('curators.excluded.none')}
				lines={3}
			/>
		</Panel>
	);
}
