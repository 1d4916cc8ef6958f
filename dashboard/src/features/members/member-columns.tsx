/* The columns of a table of members. */
import type { TFunction } from 'i18next';
import type { Guild, MemberList, MemberRow } from '@/api/types';
import { ChangeMark } from '@/components/change-mark';
import type { ListColumn } from '@/components/list/list-table';
import { FilterButton, MemberName } from '@/components/list/names';
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
	measure: keyof NonNullable<MemberRow['previous']>;
}

export function memberColumns(setting: Setting): ListColumn<MemberRow>[] {
	const { guild, t, formats, rule, isRunning, measure } = setting;
	const count = (
		key: 'messages' | 'reactions_given' | 'blocks' | 'active_days' | 'replies',
		isQuiet = false,
	): ListColumn<MemberRow> => ({
		key,
		title: t(`column.${key}`),
		sort: key,
		isNumber: true,
		isQuiet,
		show: (row) => formats.count(row[key]),
	});
	return [
		{
			key: 'name',
			title: t('column.member'),
			sort: 'name',
			isText: true,
			show: (row) => (
				<MemberName guildId={guild.id} member={row} hasLeft={row.left_at !== null} />
			),
		},
		count('messages'),
		{
			key: 'voice',
			title: t('column.voice'),
			sort: rule,
			isNumber: true,
			show: (row) => (row[rule] ? formats.duration(row[rule]) : '—'),
		},
		count('reactions_given', true),
		count('blocks', true),
		count('active_days', true),
		{
			key: 'joined',
			title: t('column.joined'),
			sort: 'joined',
			isNumber: true,
			isQuiet: true,
			show: (row) =>
				row.joined_at ? formats.date(Date.parse(row.joined_at), guild.timezone) : '—',
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
			show: (row) => <FilterButton what="member" id={row.id} name={row.name} />,
		},
	];
}

export function memberTable({ rows }: MemberList, t: TFunction): Table {
	const number = (key: string, title: string) => ({ key, title, isNumber: true });
	return {
		columns: [
			{ key: 'id', title: 'ID' },
			{ key: 'member', title: t('column.member') },
			number('messages', t('column.messages')),
			number('replies', t('column.replies')),
			number('reactions_given', t('column.reactions_given')),
			number('reactions_received', t('column.reactions_received')),
			number('voice_minutes', t('column.voice_minutes')),
			number('blocks', t('column.blocks')),
			number('active_days', t('column.active_days')),
			{ key: 'joined_at', title: t('column.joined') },
			{ key: 'left_at', title: t('column.left') },
			number('previous_messages', t('export.previous')),
		],
		rows: rows.map((row) => [
			row.id,
			row.name,
			row.messages,
			row.replies,
			row.reactions_given,
			row.reactions_received,
			Math.round(row.present_ms / 60_000),
			row.blocks,
			row.active_days,
			row.joined_at,
			row.left_at,
			row.previous?.messages ?? null,
		]),
	};
}
