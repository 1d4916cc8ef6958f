/* What reports add up to: in all, by week, by those who report and those who verify. */
import { useTranslation } from 'react-i18next';
import type { components } from '@/api/schema';
import { Avatar } from '@/components/avatar';
import { FigureGrid, FigureTile } from '@/components/figures/figure-tile';
import { ListTable, type ListColumn } from '@/components/list/list-table';
import { Panel } from '@/components/panel';
import { useFormats } from '@/i18n/use-formats';
import type { TaskPersonSums, TaskSums, TaskWeek } from './use-tasks';

type Summary = components['schemas']['TaskSummary'];

const TILES = ['reports', 'tasks', 'approved', 'rate', 'pending'] as const;

export function TaskTiles({ summary, isStale }: { summary: Summary; isStale: boolean }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { totals, range } = summary;
	const show = (name: (typeof TILES)[number]) => {
		const value = totals[name];
		if (value === null) return '—';
		return name === 'rate' ? formats.share(value) : formats.count(value);
	};
	return (
		<FigureGrid title={t('tasks.figures')} isStale={isStale}>
			{TILES.map((name) => (
				<FigureTile
					key={name}
					explanation={{
						name: t(`tasks.figure.${name}`),
						definition: t(`tasks.definition.${name}`),
						range,
						compared: null,
						value: show(name),
						previous: null,
						sample: t('tasks.sample', {
							count: totals.reports,
							n: formats.count(totals.reports),
						}),
						filters: [],
					}}
				/>
			))}
		</FigureGrid>
	);
}

/* The columns all sums have in common. */
function useSumColumns<Row extends TaskSums>(): ListColumn<Row>[] {
	const { t } = useTranslation();
	const formats = useFormats();
	const number = (
		key: 'reports' | 'tasks' | 'approved' | 'pending' | 'reviewing',
		isQuiet = false,
	) => ({
		key,
		title: t(`tasks.column.${key}`),
		isNumber: true,
		isQuiet,
		show: (row: Row) => formats.count(row[key]),
	});
	return [
		number('reports'),
		number('tasks'),
		number('approved'),
		{
			key: 'rate',
			title: t('tasks.column.rate'),
			isNumber: true,
			show: (row: Row) => (row.rate === null ? '—' : formats.share(row.rate)),
		},
		number('pending', true),
		number('reviewing', true),
	];
}

export function WeeksPanel({ weeks }: { weeks: TaskWeek[] }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const sums = useSumColumns<TaskWeek>();
	const columns: ListColumn<TaskWeek>[] = [
		{
			key: 'week',
			title: t('tasks.column.week'),
			show: (row) => t('tasks.week_from', { day: formats.date(Date.parse(row.week), 'UTC') }),
		},
		...sums,
	];
	if (weeks.length === 0) return null;
	return (
		<Panel id="weeks" title={t('tasks.weeks')}>
			<ListTable
				caption={t('tasks.weeks')}
				columns={columns}
				rows={weeks}
				keyOf={(row) => row.week}
			/>
		</Panel>
	);
}

export function PeoplePanel({
	id,
	people,
}: {
	id: 'authors' | 'curators';
	people: TaskPersonSums[];
}) {
	const { t } = useTranslation();
	const sums = useSumColumns<TaskPersonSums>();
	const columns: ListColumn<TaskPersonSums>[] = [
		{
			key: 'name',
			title: t(`tasks.column.${id}`),
			show: (row) => {
				const name = row.name || t('lists.unknown_member');
				return (
					<span className="ra-name">
						<Avatar id={row.id} name={name} url={row.avatar_url} size={22} />
						<bdi>{name}</bdi>
					</span>
				);
			},
		},
		...sums.filter((column) => id === 'authors' || column.key !== 'pending').slice(0, 4),
	];
	if (people.length === 0) return null;
	return (
		<Panel id={id} title={t(`tasks.${id}`)}>
			<ListTable
				caption={t(`tasks.${id}`)}
				columns={columns}
				rows={people}
				keyOf={(row) => row.id}
			/>
		</Panel>
	);
}
