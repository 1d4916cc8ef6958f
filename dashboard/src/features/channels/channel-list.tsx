/* A panel with a table of channels, as far as the filter of the page lets them through. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useChannels } from '@/api/use-lists';
import { ExportMenu } from '@/components/export-menu';
import { ListPages } from '@/components/list/list-pages';
import { listQuery, type ListState } from '@/components/list/use-list-state';
import { Panel } from '@/components/panel';
import { useFormats } from '@/i18n/use-formats';
import { listUrl } from '@/lib/list-url';
import { exportName } from '@/lib/export-name';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import { channelColumns, channelTable } from './channel-columns';
import { measureOf } from '@/components/list/measure';

interface ChannelListProps {
	guild: Guild;
	title: string;
	state: ListState;
	onChange: (change: Partial<ListState>) => void;
	/** threads each for itself, or whole categories */
	group?: 'channel' | 'thread' | 'category';
	controls?: ReactNode;
	className?: string;
}

export function ChannelListPanel(props: ChannelListProps) {
	const { guild, title, state, onChange, group = 'channel', controls, className } = props;
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const query = {
		...rangeQuery(view),
		...listQuery(state),
		threads: group === 'thread' ? ('apart' as const) : undefined,
		by: group === 'category' ? ('category' as const) : undefined,
	};
	const answer = useChannels(guild.id, query);
	const { data, isPlaceholderData } = answer;
	return (
		<Panel
			id="channels"
			className={className ?? 'is-full'}
			title={title}
			isStale={isPlaceholderData}
			summary={
				data && t('lists.of_channels', { count: data.total, n: formats.count(data.total) })
			}
			tools={
				data && (
					<ExportMenu
						what={title}
						table={channelTable(data, t)}
						name={exportName(guild, 'channels', data.range)}
						wholeUrl={listUrl(guild.id, 'channels', query)}
					/>
				)
			}
		>
			{controls}
			<ListPages
				caption={title}
				query={answer}
				columns={channelColumns({
					guild,
					t,
					formats,
					rule: view.rule,
					isRunning: data?.range.is_partial ?? false,
					measure: measureOf(state.sort),
				})}
				keyOf={(row) => row.id ?? ''}
				state={state}
				onChange={onChange}
				empty={t(state.q ? 'lists.not_found' : 'lists.no_channels')}
			/>
		</Panel>
	);
}
