/* The columns of a table of channels. */
import type { TFunction } from 'i18next';
import type { ChannelList, ChannelRow, Guild } from '@/api/types';
import { ChangeMark } from '@/components/change-mark';
import type { ListColumn } from '@/components/list/list-table';
import { ChannelName, FilterButton } from '@/components/list/names';
import { Sparkline } from '@/components/sparkline';
import type { Formats } from '@/lib/format';
import type { Table } from '@/lib/table';
import type { VoiceRule } from '@/lib/view';

interface Setting {
	guild: Guild;
	t: TFunction;
	formats: Formats;
	rule: VoiceRule;
	isRunning: boolean;
	/** what the list is sorted by: the change and the line are of it */
	measure: keyof NonNullable<ChannelRow['previous']>;
}

export function channelColumns(setting: Setting): ListColumn<ChannelRow>[] {
	const { guild, t, formats, rule, isRunning, measure } = setting;
	const isCategory = (row: ChannelRow) => row.kind === 4;
	const count = (
		key: 'messages' | 'writers' | 'reactions_given' | 'replies',
		isQuiet = false,
	) => ({
		key,
		title: t(`column.${key}`),
		sort: key,
		isNumber: true,
		isQuiet,
		show: (row: ChannelRow) => formats.count(row[key]),
	});
	return [
		{
			key: 'name',
			title: t('column.channel'),
			sort: 'name',
			isText: true,
			show: (row) => (
				<ChannelName guildId={guild.id} channel={row} parent={row.parent?.name} />
			),
		},
		count('messages'),
		count('writers'),
		count('replies', true),
		count('reactions_given', true),
		{
			key: 'voice',
			title: t('column.voice'),
			sort: rule,
			isNumber: true,
			isQuiet: true,
			show: (row) => (row[rule] ? formats.duration(row[rule]) : '—'),
		},
		{
			key: 'change',
			title: t('change.title'),
			isNumber: true,
			show: (row) =>
				row.previous && (
					<ChangeMark value={row[measure]} previous={row.previous[measure]} />
				),
		},
		{
			key: 'line',
			title: t('column.course'),
			isQuiet: true,
			show: (row) => <Sparkline values={row.sparkline} isRunning={isRunning} />,
		},
		{
			key: 'filter',
			title: '',
			isNumber: true,
			show: (row) =>
				row.id && (
					<FilterButton
						what={isCategory(row) ? 'category' : 'channel'}
						id={row.id}
						name={row.name}
					/>
				),
		},
	];
}

export function channelTable({ rows }: ChannelList, t: TFunction): Table {
	const number = (key: string, title: string) => ({ key, title, isNumber: true });
	return {
		columns: [
			{ key: 'id', title: 'ID' },
			{ key: 'channel', title: t('column.channel') },
			{ key: 'parent', title: t('column.parent') },
			number('messages', t('column.messages')),
			number('writers', t('column.writers')),
			number('replies', t('column.replies')),
			number('reactions_given', t('column.reactions_given')),
			number('voice_minutes', t('column.voice_minutes')),
			number('previous_messages', t('export.previous')),
		],
		rows: rows.map((row) => [
			row.id,
			row.name,
			row.parent?.name ?? null,
			row.messages,
			row.writers,
			row.replies,
			row.reactions_given,
			Math.round(row.present_ms / 60_000),
			row.previous?.messages ?? null,
		]),
	};
}
