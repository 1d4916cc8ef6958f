/* A short list of the biggest: a bar behind each name, its figures beside it, a way to more. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import '@/features/overview/top/top.scss';

export interface Rank {
	key: string;
	/** 0 … 1, against the first */
	share: number;
	icon: ReactNode;
	name: string;
	/** the name is a stand-in */
	isUnnamed?: boolean;
	tag?: string | undefined;
	href?: string | undefined;
	/** one a column */
	cells: ReactNode[];
}

interface RankTableProps {
	caption: string;
	/** of the names */
	title: string;
	/** quiet ones give way on a phone */
	columns: { title: string; isQuiet?: boolean; isHidden?: boolean }[];
	ranks: Rank[];
}

const look = (isQuiet: boolean | undefined) => `is-number${isQuiet ? ' is-quiet' : ''}`;

export function RankTable({ caption, title, columns, ranks }: RankTableProps) {
	return (
		<table className="ra-top">
			<caption className="visually-hidden">{caption}</caption>
			<thead>
				<tr>
					<th scope="col">{title}</th>
					{columns.map((column) => (
						<th key={column.title} scope="col" className={look(column.isQuiet)}>
							<span className={column.isHidden ? 'visually-hidden' : undefined}>
								{column.title}
							</span>
						</th>
					))}
				</tr>
			</thead>
			<tbody>
				{ranks.map((rank) => {
					const name = (
						<span className={rank.isUnnamed ? 'is-unnamed' : undefined}>
							{rank.name}
						</span>
					);
					return (
						<tr key={rank.key}>
							<th scope="row">
								<span
									className="ra-top__bar"
									style={{ '--ra-share': rank.share }}
								/>
								<span className="ra-top__name">
									{rank.icon}
									{rank.href ? <Link href={rank.href}>{name}</Link> : name}
									{rank.tag && <em className="ra-tag">{rank.tag}</em>}
								</span>
							</th>
							{rank.cells.map((cell, index) => (
								<td
									key={columns[index]?.title}
									className={look(columns[index]?.isQuiet)}
								>
									{cell}
								</td>
							))}
						</tr>
					);
				})}
			</tbody>
		</table>
	);
}
