/* The same figures for each channel, curator, rule, kind or priority; a row narrows the page to it. */
import { useTranslation } from 'react-i18next';
import { ListFilter } from 'lucide-react';
import type { Guild, HelpRequest, RequestFigures, RequestGroup } from '@/api/types';
import { ListTable, type ListColumn } from '@/components/list/list-table';
import { ExportMenu } from '@/components/export-menu';
import { Panel } from '@/components/panel';
import { Segments } from '@/components/segments';
import { useFormats } from '@/i18n/use-formats';
import { exportName } from '@/lib/export-name';
import { useChoice } from '@/lib/use-choice';
import { useNarrowed, type Narrowing } from './use-requests';
import { waitText } from './wait';

const CUTS = ['curators', 'channels', 'priorities', 'kinds', 'rules', 'guilds'] as const;
export type Cut = (typeof CUTS)[number];
/* Servers are chosen above, not by a line. */
const NARROWS: Record<Cut, Narrowing | null> = {
	curators: 'curator',
	channels: 'channel',
	priorities: 'priority',
	kinds: 'kind',
	rules: 'rule',
	guilds: null,
};
const SHOWN = 50;

/** What a group is called: by name, or by the word of its kind or priority. */
export function useGroupName() {
	const { t } = useTranslation();
	return (cut: Cut, group: Pick<RequestGroup, 'id'> & { name?: string | null }): string => {
		if (cut === 'kinds') return t(`requests.kind.${group.id as HelpRequest['kind']}`);
		if (cut === 'priorities')
			return t(`requests.priority.${group.id as HelpRequest['priority']}`);
		return group.name || t('requests.unnamed', { id: group.id });
	};
}

export function CutPanel({ guild, answer }: { guild: Guild; answer: RequestFigures }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const nameOf = useGroupName();
	const [cut, setCut] = useChoice<Cut>('cut', CUTS, 'curators');
	const [narrowed, narrow] = useNarrowed();
	const rows = answer.cut[cut].slice(0, SHOWN);
	const wait = (ms: number | null, group: RequestGroup) =>
		ms === null
			? t(group.is_hidden ? 'requests.few' : 'requests.not_reached')
			: waitText(ms, formats);
	const what = NARROWS[cut];
	const columns: ListColumn<RequestGroup>[] = [
		{
			key: 'name',
			title: t(`requests.cut.${cut}`),
			show: (group) => {
				const name = nameOf(cut, group);
				if (!what) return <bdi>{name}</bdi>;
				const isOn = narrowed[what] === group.id;
				return (
					<span className="ra-name">
						<bdi>{name}</bdi>
						<button
							type="button"
							className="ra-icon-button"
							aria-pressed={isOn}
							aria-label={t('requests.narrow', { name })}
							title={t('requests.narrow', { name })}
							onClick={() => narrow(what, isOn ? '' : group.id)}
						>
							<ListFilter size={14} aria-hidden="true" />
						</button>
					</span>
				);
			},
		},
		{
			key: 'n',
			title: t('requests.figure.n'),
			isNumber: true,
			show: (group) => formats.count(group.n),
		},
		{
			key: 'p50',
			title: t('requests.figure.p50'),
			isNumber: true,
			show: (group) => wait(group.calendar.p50_ms, group),
		},
		{
			key: 'p90',
			title: t('requests.figure.p90'),
			isNumber: true,
			isQuiet: true,
			show: (group) => wait(group.calendar.p90_ms, group),
		},
		{
			key: 'good',
			title: t('requests.part.good'),
			isNumber: true,
			isQuiet: true,
			show: (group) =>
				group.answered ? formats.share(group.bands.good / group.answered) : '—',
		},
		{
			key: 'target',
			title: t('requests.figure.target'),
			isNumber: true,
			isQuiet: true,
			show: (group) => (group.target.rate === null ? '—' : formats.share(group.target.rate)),
		},
		{
			key: 'mean',
			title: t('requests.cut.mean'),
			isNumber: true,
			isQuiet: true,
			show: (group) =>
				group.plain.mean_ms === null ? '—' : waitText(group.plain.mean_ms, formats),
		},
	];
	return (
		<Panel
			id="cut"
			title={t('requests.cut.title')}
			summary={t(cut === 'curators' ? 'requests.cut.curators_note' : 'requests.cut.note')}
			className="is-full"
			controls={
				<Segments
					label={t('requests.cut.title')}
					options={CUTS.filter(
						(value) => value !== 'guilds' || answer.cut.guilds.length > 1,
					).map((value) => ({ value, text: t(`requests.cut.${value}`) }))}
					value={cut}
					onChoose={setCut}
				/>
			}
			tools={
				<ExportMenu
					what={t('requests.cut.title')}
					name={exportName(guild, `requests-${cut}`, answer.range)}
					table={{
						columns: [
							{ key: 'name', title: t(`requests.cut.${cut}`) },
							{ key: 'n', title: t('requests.figure.n'), isNumber: true },
							{ key: 'p50_ms', title: t('requests.figure.p50'), isNumber: true },
							{ key: 'p90_ms', title: t('requests.figure.p90'), isNumber: true },
							{ key: 'mean_ms', title: t('requests.cut.mean'), isNumber: true },
						],
						rows: rows.map((group) => [
							nameOf(cut, group),
							group.n,
							group.calendar.p50_ms,
							group.calendar.p90_ms,
							group.plain.mean_ms,
						]),
					}}
				/>
			}
		>
			{rows.length ? (
				<ListTable
					caption={t('requests.cut.title')}
					columns={columns}
					rows={rows}
					keyOf={(group) => group.id}
				/>
			) : (
				<div className="ra-empty is-small">
					<p>{t('requests.cut.empty')}</p>
				</div>
			)}
		</Panel>
	);
}
