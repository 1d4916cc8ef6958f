/* What is marked on a chart, in words: closed until somebody wants to know. */
import { lazy, Suspense, useState } from 'react';
import { Pencil, Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Annotation, Guild } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';
import { colorOf, markText } from './mark-model';
import './marks.scss';

const MarkDialog = lazy(() =>
	import('./mark-dialog').then((module) => ({ default: module.MarkDialog })),
);

interface MarkListProps {
	guild: Guild;
	marks: Annotation[];
	/** where the chart ends: a new mark is put shortly before it */
	endMs: number;
}

interface LineProps {
	guild: Guild;
	mark: Annotation;
	onEdit: () => void;
}

function Line({ guild, mark, onEdit }: LineProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const text = markText(mark, t, formats);
	const when = (at: string) => formats.dateTime(Date.parse(at), guild.timezone);
	return (
		<li>
			<i className="ra-swatch" style={{ '--ra-swatch': `var(${colorOf(mark.kind)})` }} />
			<span className="ra-marks__when">
				{mark.until_at
					? t('mark.from_to', { from: when(mark.at), to: when(mark.until_at) })
					: when(mark.at)}
			</span>
			<span className="ra-marks__text" dir="auto">
				{text}
			</span>
			{mark.author && <span className="ra-marks__author">{mark.author}</span>}
			{mark.id && guild.can_manage && (
				<button
					type="button"
					className="ra-icon-button"
					aria-label={t('mark.edit_what', { what: text })}
					title={t('mark.edit')}
					onClick={onEdit}
				>
					<Pencil size={14} aria-hidden="true" />
				</button>
			)}
		</li>
	);
}

export function MarkList({ guild, marks, endMs }: MarkListProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [edited, setEdited] = useState<Annotation | null>(null);
	const [isNew, setNew] = useState(false);
	if (marks.length === 0 && !guild.can_manage) return null;
	const close = () => {
		setEdited(null);
		setNew(false);
	};
	return (
		<div className="ra-marks">
			{marks.length > 0 && (
				<details>
					<summary>
						{t('mark.count', { count: marks.length, n: formats.count(marks.length) })}
					</summary>
					<ul>
						{marks.map((mark, index) => (
							<Line
								key={mark.id ?? index}
								guild={guild}
								mark={mark}
								onEdit={() => setEdited(mark)}
							/>
						))}
					</ul>
				</details>
			)}
			{guild.can_manage && (
				<button type="button" className="ra-marks__add" onClick={() => setNew(true)}>
					<Plus size={14} aria-hidden="true" />
					{t('mark.add')}
				</button>
			)}
			{(edited || isNew) && (
				<Suspense>
					<MarkDialog guild={guild} mark={edited} atMs={endMs - 60_000} onClose={close} />
				</Suspense>
			)}
		</div>
	);
}
