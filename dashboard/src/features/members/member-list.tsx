/* A panel with a table of members, as far as the filter of the page lets them through. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useMembers } from '@/api/use-lists';
import { ExportMenu } from '@/components/export-menu';
import { ListTable } from '@/components/list/list-table';
import { measureOf } from '@/components/list/measure';
import { Pager } from '@/components/list/pager';
import { listQuery, type ListState } from '@/components/list/use-list-state';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { listUrl } from '@/lib/list-url';
import { exportName } from '@/lib/export-name';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import { memberColumns, memberTable } from './member-columns';

export type Left = 'with' | 'without' | 'only';

interface MemberListProps {
	guild: Guild;
	title: string;
	state: ListState;
	onChange: (change: Partial<ListState>) => void;
	left?: Left;
	controls?: ReactNode;
	className?: string;
}

export function MemberListPanel(props: MemberListProps) {
	const { guild, title, state, onChange, left = 'with', controls, className } = props;
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const query = {
		...rangeQuery(view),
		...listQuery(state),
		left: left === 'with' ? undefined : left,
	};
	const { data, error, refetch, isPlaceholderData } = useMembers(guild.id, query);
	return (
		<Panel
			id="members"
			className={className ?? 'is-full'}
			title={title}
			isStale={isPlaceholderData}
			summary={
				data && t('lists.of_members', { count: data.total, n: formats.count(data.total) })
			}
			tools={
				data && (
					<ExportMenu
						what={title}
						table={memberTable(data, t)}
						name={exportName(guild, 'members', data.range)}
						wholeUrl={listUrl(guild.id, 'members', query)}
					/>
				)
			}
		>
			{controls}
			{!data && !error && <Skeleton height={28} lines={8} />}
			{error && !data && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			{data && !data.rows.length && (
				<div className="ra-empty is-small">
					<p>{t(state.q ? 'lists.not_found' : 'lists.no_members')}</p>
				</div>
			)}
			{data && data.rows.length > 0 && (
				<>
					<ListTable
						caption={title}
						columns={memberColumns({
							guild,
							t,
							formats,
							rule: view.rule,
							isRunning: data.range.is_partial,
							measure: measureOf(state.sort),
						})}
						rows={data.rows}
						keyOf={(row) => row.id}
						sort={state.sort}
						onSort={(sort) => onChange({ sort })}
					/>
					<Pager
						page={state.page}
						total={data.total}
						rows={state.rows}
						onPage={(page) => onChange({ page })}
					/>
				</>
			)}
		</Panel>
	);
}
