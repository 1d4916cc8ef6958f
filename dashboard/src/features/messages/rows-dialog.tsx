/* The rows behind a figure, as they are kept: for those who may see single members. */
import { useState } from 'react';
import { Rows3 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, RowList } from '@/api/types';
import { useRows } from '@/api/use-lists';
import { Dialog } from '@/components/dialog';
import { ChannelName, MemberName } from '@/components/list/names';
import { ListTable, type ListColumn } from '@/components/list/list-table';
import { Pager } from '@/components/list/pager';
import { PAGE_ROWS } from '@/components/list/use-list-state';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';

type Of = 'messages' | 'voice' | 'flow';
type Row = RowList['rows'][number];

const SHOWN = {
	messages: ['messages', 'replies', 'attachments', 'edits', 'reactions_given'],
	voice: ['raw_ms', 'present_ms', 'engaged_ms', 'talking_ms'],
	flow: [],
} as const;

function useColumns(guild: Guild, of: Of): ListColumn<Row>[] {
	const { t } = useTranslation();
	const formats = useFormats();
	const number = (key: (typeof SHOWN)['messages' | 'voice'][number]): ListColumn<Row> => ({
		key,
		title: key.endsWith('_ms')
			? t(`voice.${key as 'raw_ms'}.name`)
			: t(`column.${key as 'messages'}`),
		isNumber: true,
		show: ({ values }) =>
			key.endsWith('_ms')
				? formats.duration(Number(values[key]))
				: formats.count(Number(values[key])),
	});
	return [
		{
			key: 'at',
			title: t(of === 'flow' ? 'column.at' : 'column.hour'),
			show: (row) => formats.dateTime(Date.parse(row.at), guild.timezone),
		},
		{
			key: 'member',
			title: t('column.member'),
			show: (row) => (
				<MemberName guildId={guild.id} member={row.member} hasLeft={row.member.has_left} />
			),
		},
		...(of === 'flow'
			? [
					{
						key: 'kind',
						title: t('column.kind'),
						show: ({ values }: Row) =>
							t(
								values.kind === 'leave'
									? 'flow.leave'
									: values.is_rejoin
										? 'flow.rejoin'
										: 'flow.join',
							),
					},
				]
			: [
					{
						key: 'channel',
						title: t('column.channel'),
						show: (row: Row) =>
							row.channel && <ChannelName guildId={guild.id} channel={row.channel} />,
					},
				]),
		...SHOWN[of].map(number),
	];
}

function RowsDialog({ guild, of, onClose }: { guild: Guild; of: Of; onClose: () => void }) {
	const { t } = useTranslation();
	const [view] = useView();
	const [page, setPage] = useState(1);
	const { compare: _compare, ...range } = rangeQuery(view);
	const { data, error, refetch } = useRows(guild.id, {
		...range,
		of,
		limit: PAGE_ROWS,
		offset: (page - 1) * PAGE_ROWS,
	});
	const columns = useColumns(guild, of);
	return (
		<Dialog title={t('rows.title')} onClose={onClose}>
			<p>{t(`rows.of.${of}`)}</p>
			{!data && !error && <Skeleton height={28} lines={8} />}
			{error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			{data && (
				<ListTable
					caption={t('rows.title')}
					columns={columns}
					rows={data.rows}
					keyOf={(row) =>
						`${row.at}-${row.channel?.id}-${row.member.id}-${JSON.stringify(row.values)}`
					}
				/>
			)}
			{data && <Pager page={page} total={data.total} onPage={setPage} />}
		</Dialog>
	);
}

export function RowsButton({ guild, of }: { guild: Guild; of: Of }) {
	const { t } = useTranslation();
	const [isOpen, setOpen] = useState(false);
	return (
		<>
			<button type="button" className="ra-button" onClick={() => setOpen(true)}>
				<Rows3 size={16} aria-hidden="true" />
				{t('rows.show')}
			</button>
			{isOpen && <RowsDialog guild={guild} of={of} onClose={() => setOpen(false)} />}
		</>
	);
}
