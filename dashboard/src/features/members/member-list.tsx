/* A panel with a table of members, as far as the filter of the page lets them through. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useMembers } from '@/api/use-lists';
import { ExportMenu } from '@/components/export-menu';
import { ListPages } from '@/components/list/list-pages';
import { measureOf } from '@/components/list/measure';
import { listQuery, type ListState } from '@/components/list/use-list-state';
import { Panel } from '@/components/panel';
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
	const answer = useMembers(guild.id, query);
	const { data, isPlaceholderData } = answer;
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
			<ListPages
				caption={title}
				query={answer}
				columns={memberColumns({
					guild,
					t,
					formats,
					rule: view.rule,
					isRunning: data?.range.is_partial ?? false,
					measure: measureOf(state.sort),
				})}
				keyOf={(row) => row.id}
				state={state}
				onChange={onChange}
				empty={t(state.q ? 'lists.not_found' : 'lists.no_members')}
			/>
		</Panel>
	);
}
