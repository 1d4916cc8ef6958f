/* A list page by page: searched, sorted by its columns, taken along as a file of what is shown. */
import { useState, type ReactNode } from 'react';
import { ArrowDown, ArrowUp, ChevronLeft, ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, Range } from '@/api/types';
import type { ListQuery } from '@/api/use-community';
import { ExportMenu } from '@/components/export-menu';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { exportName } from '@/lib/export-name';
import type { Cell } from '@/lib/table';

const ROWS = 10;

export type ListName = 'moderation' | 'boosts' | 'commands' | 'events' | 'games' | 'invites';

export interface FactColumn<Row> {
	key: string;
	title: string;
	/** the words of the contract's `sort` */
	sort?: string;
	isNumber?: boolean;
	isQuiet?: boolean;
	show: (row: Row) => ReactNode;
	/** in a file */
	cell: (row: Row) => Cell;
}

interface Answer<Row> {
	range: Range;
	total: number;
	rows: Row[];
}

interface Asked<Row> {
	data: Answer<Row> | undefined;
	error: Error | null;
	isPlaceholderData: boolean;
	refetch: () => unknown;
}

export interface ListState<Sort extends string> {
	query: ListQuery<Sort>;
	set: (change: Partial<ListQuery<Sort>>) => void;
}

/** What part of the list is shown; a new search or order begins at its top. */
export function useListState<Sort extends string>(sort: Sort, about: string): ListState<Sort> {
	const first: ListQuery<Sort> = { limit: ROWS, offset: 0, sort, q: '' };
	const [state, setState] = useState({ about, query: first });
	const query = state.about === about ? state.query : { ...state.query, offset: 0 };
	return {
		query,
		set: (change) => setState({ about, query: { ...query, offset: 0, ...change } }),
	};
}

interface FactListProps<Row, Sort extends string> {
	name: ListName;
	guild: Guild;
	asked: Asked<Row>;
	state: ListState<Sort>;
	columns: FactColumn<Row>[];
	summary?: ReactNode;
	className?: string;
}

interface HeadProps<Row, Sort extends string> {
	column: FactColumn<Row>;
	state: ListState<Sort>;
}

function Head<Row, Sort extends string>({ column, state }: HeadProps<Row, Sort>) {
	const { t } = useTranslation();
	const { sort } = state.query;
	const isDown = sort === `-${column.sort}`;
	const isUp = sort === column.sort;
	const className = [column.isNumber && 'is-number', column.isQuiet && 'is-quiet']
		.filter(Boolean)
		.join(' ');
	const Arrow = isUp ? ArrowUp : ArrowDown;
	return (
		<th
			scope="col"
			className={className || undefined}
			aria-sort={isDown ? 'descending' : isUp ? 'ascending' : undefined}
		>
			{column.sort ? (
				<button
					type="button"
					title={t('community.list.sort_by', { what: column.title })}
					onClick={() =>
						state.set({ sort: (isDown ? column.sort : `-${column.sort}`) as Sort })
					}
				>
					{column.title}
					{(isDown || isUp) && <Arrow size={12} aria-hidden="true" />}
				</button>
			) : (
				column.title
			)}
		</th>
	);
}

function Pager<Sort extends string>({ total, state }: { total: number; state: ListState<Sort> }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { offset } = state.query;
	if (total <= ROWS) return null;
	const last = Math.min(total, offset + ROWS);
	return (
		<nav className="ra-facts__pager">
			<button
				type="button"
				className="ra-icon-button"
				aria-label={t('community.list.newer')}
				disabled={offset === 0}
				onClick={() => state.set({ offset: Math.max(0, offset - ROWS) })}
			>
				<ChevronLeft size={16} aria-hidden="true" />
			</button>
			<span aria-live="polite">
				{t('community.list.rows', {
					from: formats.count(Math.min(offset + 1, last)),
					to: formats.count(last),
					total: formats.count(total),
				})}
			</span>
			<button
				type="button"
				className="ra-icon-button"
				aria-label={t('community.list.older')}
				disabled={last >= total}
				onClick={() => state.set({ offset: offset + ROWS })}
			>
				<ChevronRight size={16} aria-hidden="true" />
			</button>
		</nav>
	);
}

export function FactList<Row, Sort extends string>(props: FactListProps<Row, Sort>) {
	const { name, guild, asked, state, columns, summary, className } = props;
	const { t } = useTranslation();
	const { data, error } = asked;
	const { q } = state.query;
	const title = t(`community.list.${name}`);
	const file = data && {
		columns: columns.map(({ key, title: head, isNumber }) => ({
			key,
			title: head,
			isNumber: isNumber ?? false,
		})),
		rows: data.rows.map((row) => columns.map((column) => column.cell(row))),
	};
	return (
		<Panel
			id={`list-${name}`}
			title={title}
			isStale={asked.isPlaceholderData}
			summary={summary}
			{...(className && { className })}
			controls={
				<input
					type="search"
					className="form-control ra-facts__search"
					placeholder={t('community.list.search')}
					aria-label={t('community.list.search_in', { what: title })}
					maxLength={50}
					value={q}
					onChange={(event) => state.set({ q: event.target.value })}
				/>
			}
			tools={
				file && (
					<ExportMenu
						what={title}
						table={file}
						name={exportName(guild, name, data.range)}
					/>
				)
			}
		>
			{!data && !error && <Skeleton height={28} lines={6} />}
			{error && !data && <ProblemNotice error={error} onRetry={() => void asked.refetch()} />}
			{data && data.rows.length === 0 && (
				<div className="ra-empty is-small">
					<p>
						{q
							? t('community.list.nothing_found', { q })
							: t(`community.list.empty.${name}`)}
					</p>
				</div>
			)}
			{data && data.rows.length > 0 && (
				<div className="ra-table-scroll" tabIndex={0} role="region" aria-label={title}>
					<table className="ra-table ra-facts">
						<caption className="visually-hidden">{title}</caption>
						<thead>
							<tr>
								{columns.map((column) => (
									<Head key={column.key} column={column} state={state} />
								))}
							</tr>
						</thead>
						<tbody>
							{data.rows.map((row, index) => (
								<tr key={index}>
									{columns.map((column) => (
										<td
											key={column.key}
											className={column.isNumber ? 'is-number' : undefined}
										>
											{column.show(row)}
										</td>
									))}
								</tr>
							))}
						</tbody>
					</table>
				</div>
			)}
			{data && <Pager total={data.total} state={state} />}
		</Panel>
	);
}
