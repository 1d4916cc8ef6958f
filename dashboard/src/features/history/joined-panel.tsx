/* The members of today by the month they joined: a bar a month, and the table beside it. */
import { useTranslation } from 'react-i18next';
import type { Guild, History, Joined } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { Panel } from '@/components/panel';
import { useFormats } from '@/i18n/use-formats';
import type { Table } from '@/lib/table';
import { useJoined } from './use-history';

const WIDTH = 600;
const HEIGHT = 120;

/* Months nobody joined in are bars, too: of no height. */
function* monthsBetween(first: string, last: string) {
	let [year, month] = first.split('-').map(Number) as [number, number];
	for (;;) {
		const name = `${year}-${String(month).padStart(2, '0')}`;
		yield name;
		if (name >= last) return;
		[year, month] = month === 12 ? [year + 1, 1] : [year, month + 1];
	}
}

function Bars({ months }: { months: Joined['months'] }) {
	const counts = new Map(months.map(({ month, joined }) => [month, joined]));
	const [first, last] = [months[0]?.month ?? '', months.at(-1)?.month ?? ''];
	const names = [...monthsBetween(first, last)];
	const most = Math.max(...counts.values());
	const step = WIDTH / names.length;
	return (
		<svg
			className="ra-history__bars"
			viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
			preserveAspectRatio="none"
			aria-hidden="true"
		>
			{names.map((name, place) => {
				const height = ((counts.get(name) ?? 0) / most) * HEIGHT;
				return (
					<rect
						key={name}
						x={place * step}
						y={HEIGHT - height}
						width={step * 0.8}
						height={height}
					/>
				);
			})}
		</svg>
	);
}

export function JoinedPanel({ guild, past }: { guild: Guild; past: History }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { data } = useJoined(guild.id, past.members);
	if (!data?.months.length) return null;
	const table: Table = {
		columns: [
			{
				key: 'month',
				title: t('history.joined.month'),
				read: (month) =>
					formats.bucket(Date.parse(`${month}-01T00:00:00Z`), 'month', 'UTC'),
			},
			{ key: 'joined', title: t('history.joined.count'), isNumber: true },
			{ key: 'members', title: t('history.joined.members'), isNumber: true },
		],
		rows: data.months
			.map(({ month, joined, members }) => [month, joined, members])
			.toReversed(),
	};
	return (
		<Panel
			id="joined"
			title={t('history.joined.title')}
			summary={`${t('history.joined.summary')}${data.is_complete ? '' : ` ${t('history.joined.partial')}`}`}
		>
			<Bars months={data.months} />
			<DataTable table={table} caption={t('history.joined.title')} />
		</Panel>
	);
}
