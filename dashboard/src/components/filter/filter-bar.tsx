/*
 * What the figures of a page are about, as chips: channels, categories, roles, members, bots. They
 * stand in the address; Escape takes all of them away.
 */
import { useState } from 'react';
import { Bookmark, Bot, ListFilter, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useDirectory } from '@/api/use-lists';
import { useHotkeys } from '@/lib/hotkeys';
import { useView } from '@/lib/use-view';
import { ID_FILTERS, type Bots, type IdFilter, type View } from '@/lib/view';
import { chipsOf, NO_FILTER } from './filter-data';
import { FilterDialog } from './filter-dialog';
import { SavedDialog } from './saved-dialog';
import './filter.scss';

interface FilterBarProps {
	guild: Guild;
	/** what the page is about by itself */
	hidden?: readonly IdFilter[];
}

function Chip({ text, kind, onRemove }: { text: string; kind: string; onRemove: () => void }) {
	const { t } = useTranslation();
	const label = t('filter.remove', { name: text });
	return (
		<li className="ra-chip">
			<span className="ra-chip__kind">{kind}</span>
			<bdi>{text}</bdi>
			<button type="button" aria-label={label} title={label} onClick={onRemove}>
				<X size={14} aria-hidden="true" />
			</button>
		</li>
	);
}

export function FilterBar({ guild, hidden = [] }: FilterBarProps) {
	const { t } = useTranslation();
	const [view, setView] = useView();
	const [open, setOpen] = useState<'filter' | 'saved' | null>(null);
	const shown = ID_FILTERS.filter((what) => !hidden.includes(what));
	const asked = Object.fromEntries(shown.map((what) => [what, view[what] || undefined]));
	const isAny = shown.some((what) => view[what]) || view.bots !== '';
	const directory = useDirectory(guild.id, asked, isAny).data;
	const clear = () => setView(NO_FILTER);

	useHotkeys((key) => {
		if (key === 'escape' && isAny) clear();
		else if (key === '/') setOpen('filter');
		else return false;
		return true;
	});

	return (
		<div className="ra-filter" role="group" aria-label={t('filter.title')}>
			<button type="button" className="ra-button" onClick={() => setOpen('filter')}>
				<ListFilter size={16} aria-hidden="true" />
				{t('filter.add')}
			</button>
			<ul className="ra-filter__chips">
				{chipsOf(view, shown, directory).map((chip) => (
					<Chip
						key={`${chip.what}-${chip.id}`}
						kind={t(`filter.kind.${chip.what}`)}
						text={chip.name ?? t('filter.unknown', { id: chip.id })}
						onRemove={() => setView({ [chip.what]: chip.rest } as Partial<View>)}
					/>
				))}
				{view.bots && (
					<li className="ra-chip">
						<Bot size={14} aria-hidden="true" />
						{t(`filter.bots.${view.bots as Exclude<Bots, ''>}`)}
						<button
							type="button"
							aria-label={t('filter.remove', { name: t('filter.kind.bots') })}
							onClick={() => setView({ bots: '' })}
						>
							<X size={14} aria-hidden="true" />
						</button>
					</li>
				)}
			</ul>
			{isAny && (
				<button type="button" className="ra-link-button" onClick={clear} title="Esc">
					{t('filter.clear')}
				</button>
			)}
			<button
				type="button"
				className="ra-icon-button is-boxed ra-filter__saved"
				aria-label={t('filter.saved')}
				title={t('filter.saved')}
				onClick={() => setOpen('saved')}
			>
				<Bookmark size={16} aria-hidden="true" />
			</button>
			{open === 'filter' && (
				<FilterDialog guild={guild} shown={shown} onClose={() => setOpen(null)} />
			)}
			{open === 'saved' && (
				<SavedDialog guild={guild} isAny={isAny} onClose={() => setOpen(null)} />
			)}
		</div>
	);
}
